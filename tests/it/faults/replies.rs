//! Responses that break off, are late, or never arrive.

use flightsql::{Connection, Error, FlightSqlConnection, Row, StatusCode, query};
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Fault, Rpc, SqliteConfig, TestServer};
use futures_util::StreamExt;

use crate::common::{connect, count, pool, server, server_error};

const HUNDRED: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

/// The rows before an error, and the error; nothing may follow it.
async fn rows_and_error(connection: &mut FlightSqlConnection) -> (Vec<i64>, Error) {
    let mut rows = query(HUNDRED).fetch(connection);
    let mut read = Vec::new();
    let error = loop {
        match rows.next().await.unwrap() {
            Ok(row) => read.push(row.get(0)),
            Err(error) => break error,
        }
    };
    assert!(rows.next().await.is_none());
    (read, error)
}

#[tokio::test]
async fn midstream_status_follows_earlier_rows() {
    let config = SqliteConfig::new().batch_rows(10);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut connection = connect(&server).await;
    for messages in [0, 1, 3] {
        let status = Status::with_details(Code::DataLoss, "disk gone", "facts".into());
        server.fault(Fault::new(Rpc::DoGet).fail_after(messages, status));
        let (read, error) = rows_and_error(&mut connection).await;
        let rows = i64::try_from(messages.saturating_sub(1)).unwrap() * 10;
        assert_eq!(read, (1..=rows).collect::<Vec<_>>());
        let typed = server_error(&error);
        assert_eq!(typed.status(), StatusCode::DataLoss);
        assert_eq!(typed.operation(), "DoGet");
        assert_eq!(typed.endpoint(), Some(0));
        assert_eq!(typed.details(), b"facts");
        assert_eq!(error.as_database_error().unwrap().message(), "disk gone");
    }
    assert_eq!(
        query(HUNDRED)
            .fetch_all(&mut connection)
            .await
            .unwrap()
            .len(),
        100
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn the_endpoints_behind_a_failed_one_are_not_read() {
    let config = SqliteConfig::new().endpoints(4);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut connection = connect(&server).await;
    server.fault(
        Fault::new(Rpc::DoGet)
            .nth(2)
            .fail_after(2, Status::aborted("no more")),
    );
    let (read, error) = rows_and_error(&mut connection).await;
    assert_eq!(read, (1..=50).collect::<Vec<_>>());
    let typed = server_error(&error);
    assert_eq!(
        (typed.status(), typed.endpoint()),
        (StatusCode::Aborted, Some(1))
    );
    assert_eq!(server.count(Rpc::DoGet), 2);

    let (read, error) = {
        server.fault(
            Fault::new(Rpc::DoGet)
                .nth(3)
                .status(Code::NotFound, "no such ticket"),
        );
        rows_and_error(&mut connection).await
    };
    assert_eq!(read, (1..=50).collect::<Vec<_>>());
    assert_eq!(server_error(&error).endpoint(), Some(2));
    assert_eq!(
        query(HUNDRED)
            .fetch_all(&mut connection)
            .await
            .unwrap()
            .len(),
        100
    );
}

#[tokio::test]
async fn fetch_all_gives_no_part_of_a_failed_result() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    server.fault(Fault::new(Rpc::DoGet).fail_after(2, Status::internal("late")));
    let error = query(HUNDRED).fetch_all(&pool).await.unwrap_err();
    assert_eq!(server_error(&error).status(), StatusCode::Internal);
    server.fault(Fault::new(Rpc::DoGet).fail_after(2, Status::internal("late")));
    let error = query(HUNDRED).execute(&pool).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().message(), "late");
    assert_eq!(query(HUNDRED).fetch_all(&pool).await.unwrap().len(), 100);
}

fn protocol_error<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    match result {
        Err(Error::Protocol(text)) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_update_without_an_answer_is_an_error() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let mut connection = connect(&server).await;
    server.fault(Fault::new(Rpc::DoPut).times(2).skip_reply());
    let plain = query("INSERT INTO t VALUES (1)")
        .execute(&mut connection)
        .await;
    assert_eq!(
        protocol_error(plain),
        "DoPut(CommandStatementUpdate): the server ended the RPC without a row count, \
         so the statement may not have run"
    );
    let bound = query("INSERT INTO t VALUES (?)")
        .bind(2_i64)
        .execute(&mut connection)
        .await;
    assert!(protocol_error(bound).starts_with("DoPut(CommandPreparedStatementUpdate): "));
    // It ran all the same here, and was not run a second time.
    assert_eq!(count(&mut connection, "t").await, 2);
}

#[tokio::test]
async fn an_action_without_its_answer_is_an_error() {
    let server = server().await;
    let mut connection = connect(&server).await;
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("CreatePreparedStatement")
            .skip_reply(),
    );
    let prepared = query("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await;
    assert_eq!(
        protocol_error(prepared),
        "DoAction(CreatePreparedStatement): the server ended the RPC without a reply"
    );
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("BeginTransaction")
            .trailers_only(),
    );
    let begun = connection.begin().await.map(drop);
    assert_eq!(
        protocol_error(begun),
        "DoAction(BeginTransaction): the server ended the RPC without a reply"
    );
    let mut transaction = connection.begin().await.unwrap();
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("BeginSavepoint")
            .skip_reply(),
    );
    let savepoint = transaction.begin().await.map(drop);
    assert!(protocol_error(savepoint).starts_with("DoAction(BeginSavepoint): "));
    // The failed savepoint did not take the transaction with it.
    query("CREATE TABLE t (id INTEGER)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn a_plan_without_a_message_is_an_error() {
    let server = server().await;
    let mut connection = connect(&server).await;
    server.fault(Fault::new(Rpc::GetFlightInfo).skip_reply());
    let error = query("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(
        server_error(&error).operation(),
        "GetFlightInfo(CommandStatementQuery)"
    );
    let row = query("SELECT 1").fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 1);
}

#[tokio::test]
async fn commit_rejected_in_trailers_rolls_back() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let pool = pool(&server, 1).await;
    for (status, code) in [
        (
            Status::aborted("serialisation failure"),
            StatusCode::Aborted,
        ),
        (Status::unavailable("replica lost"), StatusCode::Unavailable),
    ] {
        let mut transaction = pool.begin().await.unwrap();
        query("INSERT INTO t VALUES (1)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        let end = Fault::new(Rpc::DoAction).command("EndTransaction");
        // After the headers, so that only reading to the trailers sees it.
        server.fault(end.fail_after(0, status));
        let error = transaction.commit().await.unwrap_err();
        let typed = server_error(&error);
        assert_eq!(typed.status(), code);
        assert_eq!(typed.operation(), "DoAction(EndTransaction)");
        assert!(typed.is_retryable());
        let (row, connections) = (
            query("SELECT 1").fetch_one(&pool).await,
            server.connections(),
        );
        assert_eq!(row.unwrap().get::<i64, _>(0), 1);
        assert_eq!(connections, 1, "the connection is as good as before");
    }
    // Each failed commit was followed by a rollback of the dropped transaction.
    let ends = server.calls_of(Rpc::DoAction);
    let ends = ends
        .iter()
        .filter(|call| call.command() == Some("EndTransaction"));
    assert_eq!(ends.count(), 4);
}

#[tokio::test]
async fn a_token_echoed_late_is_masked() {
    let token = "tok-0123456789-abcdef";
    let server = TestServer::builder().bearer(token).start().await.unwrap();
    let table = "CREATE TABLE t (id INTEGER)";
    server.sqlite().execute_batch(table).unwrap();
    let mut connection = FlightSqlConnection::connect(&format!("{}?token={token}", server.url()))
        .await
        .unwrap();
    for messages in [0, 2] {
        let status = Status::permission_denied(format!("Bearer {token} may not read this"));
        server.fault(Fault::new(Rpc::DoGet).fail_after(messages, status));
        let (_, error) = rows_and_error(&mut connection).await;
        assert_eq!(
            error.as_database_error().unwrap().message(),
            "Bearer *** may not read this"
        );
        assert!(!format!("{error:?} {error}").contains(token));
    }
    server.fault(Fault::new(Rpc::DoPut).fail_after(0, Status::internal(format!("oops {token}"))));
    let error = query("DELETE FROM t")
        .execute(&mut connection)
        .await
        .unwrap_err();
    assert_eq!(error.as_database_error().unwrap().message(), "oops ***");
}
