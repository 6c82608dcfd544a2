//! The public API of the client against the embedded server, without SQLx.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "client/ingest.rs"]
mod ingest;
#[path = "client/log.rs"]
mod log;
#[path = "client/observe.rs"]
mod observe;
#[path = "client/response_headers.rs"]
mod response_headers;
#[path = "client/statements.rs"]
mod statements;
#[path = "client/transactions.rs"]
mod transactions;

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use flightsql_client::{BatchStream, Client, Session, StatementRequest, StatusCode, connect};
use flightsql_testkit::{Rpc, TestServer};
use futures_util::TryStreamExt as _;

/// A session on a server with an empty table `t (n BIGINT)`.
async fn session() -> (TestServer, Session) {
    let server = TestServer::sqlite().await.unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (n BIGINT)")
        .unwrap();
    let session = connect(&server.url()).await.unwrap();
    (server, session)
}

const NONE: [i64; 0] = [];

/// A column of integers.
fn numbers(values: &[i64]) -> RecordBatch {
    let column: ArrayRef = Arc::new(Int64Array::from(values.to_vec()));
    RecordBatch::try_from_iter([("n", column)]).unwrap()
}

async fn read(batches: BatchStream<'_>) -> Vec<i64> {
    let batches: Vec<RecordBatch> = batches.try_collect().await.unwrap();
    let values = batches.iter().flat_map(|batch| {
        batch
            .column(0)
            .as_primitive::<Int64Type>()
            .values()
            .to_vec()
    });
    values.collect()
}

async fn all(session: &mut Session) -> Vec<i64> {
    read(session.query("SELECT n FROM t ORDER BY n").await.unwrap()).await
}

#[tokio::test]
async fn sessions_of_a_client_share_a_connection() {
    let server = TestServer::sqlite().await.unwrap();
    let url = format!("{}?channels=1", server.url());
    let client = Client::new(url.parse().unwrap()).unwrap();
    let mut one = client.session().await.unwrap();
    let mut two = client.clone().session().await.unwrap();
    one.ping().await.unwrap();
    two.ping().await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn invalid_urls_and_options_are_configuration_errors() {
    let error = connect("flightsql+tcp://host:1?no_such_key=1")
        .await
        .unwrap_err();
    assert!(error.is_configuration());
    assert!(error.to_string().contains("no_such_key"), "{error}");
    let contradiction = flightsql_client::ConnectOptions::new().host("");
    assert!(Client::new(contradiction).unwrap_err().is_configuration());
}

#[tokio::test]
async fn reports_the_error_of_the_server() {
    let (_server, mut session) = session().await;
    let error = session
        .query("SELECT no_such_column FROM t")
        .await
        .unwrap_err();
    let response = error.server().unwrap();
    assert_eq!(response.status(), StatusCode::InvalidArgument);
    assert!(response.message().contains("no_such_column"), "{error}");
    assert!(!error.is_unsupported() && !error.is_io());
    assert!(!session.is_broken());
    assert_eq!(all(&mut session).await, NONE);
}

#[tokio::test]
async fn masks_secrets_in_errors() {
    let server = TestServer::builder()
        .basic("ann", "hunter22")
        .start()
        .await
        .unwrap();
    let url = server.url().replace("//", "//ann:hunter22@");
    let mut session = connect(&url).await.unwrap();
    let error = session.execute("SELECT hunter22").await.unwrap_err();
    assert!(error.to_string().contains("***"), "{error}");
    assert!(!format!("{error:?}").contains("hunter22"), "{error:?}");
}

#[tokio::test]
async fn lists_tables_and_columns() {
    let (_server, mut session) = session().await;
    let mut catalog = session.catalog();
    assert!(catalog.has_table("t").await.unwrap());
    assert_eq!(catalog.table_names(None).await.unwrap(), ["t"]);
    let columns = catalog.columns_of("t").await.unwrap();
    assert_eq!(columns[0].name(), "n");
    let missing = catalog.columns_of("none").await.unwrap_err();
    assert!(missing.is_not_found());
}

#[tokio::test]
async fn closing_leaves_nothing_open() {
    let (server, mut session) = session().await;
    let insert = StatementRequest::new("INSERT INTO t VALUES (?)").bind(numbers(&[1]));
    session.execute(insert).await.unwrap();
    let own = session
        .prepare("SELECT n FROM t WHERE n = ?")
        .await
        .unwrap();
    assert_eq!(server.sqlite().open_prepared(), 2);
    std::mem::forget(session.begin().await.unwrap());
    assert_eq!(server.sqlite().open_transactions(), 1);
    drop(own);
    session.close().await.unwrap();
    assert_eq!(server.sqlite().open_prepared(), 0);
    assert_eq!(server.sqlite().open_transactions(), 0);
    assert_eq!(server.open_streams(), 0);
}

#[tokio::test]
async fn a_dropped_session_is_cleaned_up() {
    let (server, mut session) = session().await;
    let insert = StatementRequest::new("INSERT INTO t VALUES (?)").bind(numbers(&[1]));
    session.execute(insert).await.unwrap();
    assert_eq!(server.sqlite().open_prepared(), 1);
    drop(session);
    server
        .wait_until(|server| server.sqlite().open_prepared() == 0)
        .await;
}

#[tokio::test]
async fn a_lost_connection_breaks_the_session() {
    let (server, mut session) = session().await;
    server.kill().await;
    let error = session.query("SELECT 1").await.unwrap_err();
    assert!(error.is_io(), "{error:?}");
    assert!(session.is_broken());
    assert_eq!(server.count(Rpc::GetFlightInfo), 0);
}
