//! Response headers of results and streams, and of a prepared statement.

use flightsql_client::{StatementRequest, connect};
use flightsql_testkit::{Reply, Script, TestServer};
use futures_util::TryStreamExt as _;

use super::numbers;

#[tokio::test]
async fn results_and_streams_return_response_headers() {
    let batch = numbers(&[1]);
    let rows = Reply::batches(&*batch.schema(), [batch.clone()]);
    let script = Script::new()
        .get_flight_info(Reply::ticket(&*batch.schema(), "ticket"))
        .do_get(rows.header("x-own", "head").trailer("x-own", "tail"))
        .do_put(Reply::update_count(3).header("x-request-id", "put"));
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("{}?response_headers=x-own", server.url());
    let mut session = connect(&url).await.unwrap();
    let mut stream = session.query("SELECT 1").await.unwrap();
    while stream.try_next().await.unwrap().is_some() {}
    let headers = stream.response_headers();
    let texts: Vec<_> = headers.iter().map(|header| header.text()).collect();
    assert_eq!(texts, [Some("head"), Some("tail")]);
    drop(stream);
    let done = session.execute("DELETE FROM t").await.unwrap();
    assert_eq!(done.rows_affected(), 3);
    assert_eq!(done.response_headers().get("x-request-id"), Some("put"));
    assert_eq!(&session.response_headers(), done.response_headers());
}

#[tokio::test]
async fn prepared_statement_returns_response_headers_of_all_rpcs() {
    let batch = numbers(&[7]);
    let prepared = Reply::prepared("handle", None, None).header("x-request-id", "prepare");
    let script = Script::new()
        .do_action("CreatePreparedStatement", prepared)
        .do_put(Reply::update_count(1).trailer("x-request-id", "put"))
        // Not part of the result.
        .do_action(
            "ClosePreparedStatement",
            Reply::empty().header("x-request-id", "close"),
        );
    let server = TestServer::scripted(script).await.unwrap();
    let mut session = connect(&server.url()).await.unwrap();
    let insert = StatementRequest::new("INSERT INTO t VALUES (?)").bind(batch);
    let done = session.execute(insert.persistent(false)).await.unwrap();
    let headers = done.response_headers().iter();
    let headers: Vec<_> = headers.map(|h| (h.operation(), h.text())).collect();
    assert_eq!(
        headers,
        [
            ("DoAction(CreatePreparedStatement)", Some("prepare")),
            ("DoPut(CommandPreparedStatementUpdate)", Some("put")),
        ]
    );
    session.flush().await;
    assert_eq!(session.response_headers().len(), 2);
}
