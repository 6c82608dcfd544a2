//! Errors whose text is longer than `max_header_size`: the code remains, and so does the connection.

use std::sync::Arc;

use flightsql::arrow::RecordBatch;
use flightsql::arrow::array::{ArrayRef, Int64Array};
use flightsql::{Connection, FlightSqlConnection, query};
use flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult;
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::TryStreamExt;

use crate::common::server_error;

const NOTE: &str = "raise `max_header_size` to see all of them)";

async fn scripted(script: &Script) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let connection = crate::common::connect_once(&server).await;
    (server, connection)
}

/// Texts of the kind that servers send: a plan of 66 000 bytes, and one outside ASCII.
fn long() -> [String; 2] {
    ["x".repeat(66_000), "é".repeat(33_000)]
}

#[tokio::test]
async fn b5_a_long_error_keeps_its_code_and_the_connection() {
    let script = Script::new();
    let (_server, mut connection) = scripted(&script).await;
    for text in long() {
        let reply = Reply::error(Code::Aborted, text.clone());
        let _ = script.clone().get_flight_info(reply);
        let error = query("SELECT 1")
            .fetch_all(&mut connection)
            .await
            .unwrap_err();
        let server = server_error(&error);
        assert_eq!(server.status().to_string(), "ABORTED");
        let message = error.to_string();
        assert!(message.contains(&text[..65_000]), "{}", message.len());
        assert!(
            message.contains(NOTE),
            "{}",
            &message[message.len() - 200..]
        );
        // 25 000 characters are short enough.
        let short = "é".repeat(25_000);
        let reply = Reply::error(Code::Aborted, short.clone());
        let _ = script.clone().get_flight_info(reply);
        let error = query("SELECT 1")
            .fetch_all(&mut connection)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(&short));
        assert!(!error.to_string().contains(NOTE));
        connection.ping().await.unwrap();
    }
    script.assert_used();
}

#[tokio::test]
async fn b5_a_long_error_after_rows_keeps_its_code() {
    let script = Script::new();
    let (_server, mut connection) = scripted(&script).await;
    for text in long() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values([1, 2]));
        let batch = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
        let _ = script
            .clone()
            .get_flight_info(Reply::ticket(batch.schema(), "t"))
            .do_get(
                Reply::batches(batch.schema(), [batch]).then_error(Code::ResourceExhausted, text),
            );
        let mut rows = query("SELECT 1").fetch(&mut connection);
        assert!(rows.try_next().await.unwrap().is_some());
        assert!(rows.try_next().await.unwrap().is_some());
        let error = rows.try_next().await.unwrap_err();
        drop(rows);
        assert_eq!(
            server_error(&error).status().to_string(),
            "RESOURCE_EXHAUSTED"
        );
        assert!(error.to_string().contains(NOTE));
        connection.ping().await.unwrap();
    }
}

#[tokio::test]
async fn b5_headers_beyond_the_limit_leave_the_transaction_open() {
    let script = Script::new();
    let (server, mut connection) = scripted(&script).await;
    let _ = script
        .clone()
        .on(
            Rpc::DoAction,
            "BeginTransaction",
            Reply::action_result(&ActionBeginTransactionResult {
                transaction_id: "t1".into(),
            }),
        )
        .do_put(Reply::error(Code::Internal, "x".repeat(1 << 20)))
        .on(Rpc::DoAction, "EndTransaction", Reply::empty().always());
    let mut transaction = connection.begin().await.unwrap();
    let error = query("DELETE FROM t").execute(&mut *transaction).await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("its headers are larger than 1048576 bytes; raise `max_header_size`"),
        "{text}"
    );
    transaction.rollback().await.unwrap();
    connection.ping().await.unwrap();
    assert_eq!(server.connections(), 1);
}
