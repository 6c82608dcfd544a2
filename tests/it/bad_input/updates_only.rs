//! A server that reports columns for a change, and binds values only for updates, as DazzleDuck does.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{
    ConnectOptions, FlightSqlArguments, FlightSqlConnectOptions, FlightSqlConnection, query,
};
use flightsql_testkit::arrow_flight::utils::flight_data_to_batches;
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};

const INSERT: &str = "INSERT INTO t VALUES (?)";
const BIND: &str = "CommandPreparedStatementQuery";
const UPDATE: &str = "CommandPreparedStatementUpdate";

async fn scripted(dialect: &str) -> (TestServer, FlightSqlConnection) {
    counting(dialect, None).await
}

/// A server that reports this count of each update, otherwise the number of its rows.
async fn counting(dialect: &str, count: Option<i64>) -> (TestServer, FlightSqlConnection) {
    let field = |name| Schema::new(vec![Field::new(name, DataType::Int64, true)]);
    let prepared = Reply::prepared("handle", Some(&field("Count")), Some(&field("n")));
    let script = Script::new()
        .do_action("CreatePreparedStatement", prepared.always())
        .do_action("ClosePreparedStatement", Reply::empty().always())
        .on(
            Rpc::DoPut,
            BIND,
            Reply::error(Code::Unimplemented, "acceptPutPreparedStatementQuery").always(),
        )
        .on(
            Rpc::DoPut,
            UPDATE,
            Reply::with(move |request| {
                let batches = flight_data_to_batches(request.data()).unwrap();
                let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
                Reply::update_count(count.unwrap_or(i64::try_from(rows).unwrap()))
            })
            .always(),
        );
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("{}?dialect={dialect}", server.url());
    let options: FlightSqlConnectOptions = url.parse().unwrap();
    let connection = options.connect().await.unwrap();
    (server, connection)
}

fn puts(server: &TestServer) -> Vec<String> {
    let puts = server.calls_of(Rpc::DoPut);
    let puts = puts.iter().map(|call| call.command().unwrap_or_default());
    puts.map(str::to_owned).collect()
}

#[tokio::test]
async fn c9_a_bound_change_is_an_update_if_the_dialect_says_so() {
    let (server, mut connection) = scripted("duckdb").await;
    let done = query(INSERT).bind(1_i64).execute(&mut connection).await;
    assert_eq!(done.unwrap().known_rows_affected(), Some(1));
    assert_eq!(puts(&server), [UPDATE]);
}

#[tokio::test]
async fn c9_a_refused_bind_of_a_change_becomes_an_update() {
    let (server, mut connection) = scripted("ansi").await;
    let done = query(INSERT).bind(1_i64).execute(&mut connection).await;
    assert_eq!(done.unwrap().known_rows_affected(), Some(1));
    assert_eq!(puts(&server), [BIND, UPDATE]);
    // Many rows need one update.
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let numbers = RecordBatch::try_from_iter([("n", numbers)]).unwrap();
    let rows = FlightSqlArguments::from_batch(numbers);
    let done = flightsql::query_with(INSERT, rows)
        .execute(&mut connection)
        .await;
    assert_eq!(done.unwrap().known_rows_affected(), Some(3));
    assert_eq!(puts(&server), [BIND, UPDATE, BIND, UPDATE]);
}

#[tokio::test]
async fn c9_a_query_with_a_refused_bind_stays_an_error() {
    let (server, mut connection) = scripted("duckdb").await;
    let error = query("SELECT * FROM t WHERE n = ?")
        .bind(1_i64)
        .fetch_all(&mut connection)
        .await;
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("acceptPutPreparedStatementQuery")
    );
    assert_eq!(puts(&server), [BIND]);
}

/// DataFusion replies with -1 to an update, which it does not run.
#[tokio::test]
async fn c9_an_update_without_a_count_after_a_refused_bind_is_an_error() {
    let (server, mut connection) = counting("ansi", Some(-1)).await;
    let error = query(INSERT).bind(1_i64).execute(&mut connection).await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("the change may not have run"), "{error}");
    assert_eq!(puts(&server), [BIND, UPDATE]);
}

#[tokio::test]
async fn c9_a_dialect_without_updates_keeps_the_error_of_the_bind() {
    let (server, mut connection) = counting("datafusion", Some(-1)).await;
    let error = query("INSERT INTO t VALUES ($1)")
        .bind(1_i64)
        .execute(&mut connection)
        .await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("acceptPutPreparedStatementQuery"), "{error}");
    assert_eq!(puts(&server), [BIND]);
}
