//! Connections that break.

use std::io::ErrorKind;
use std::time::Duration;

use flightsql::{
    Connection, Error, FlightSql, FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions,
    FlightSqlRow, Row, Transaction, query, query_scalar,
};
use flightsql_testkit::{Fault, Rpc, SqliteConfig, TestServer};
use futures_util::{Stream, StreamExt, TryStreamExt};

use super::{ENDLESS, wire_error};
use crate::common::{connect, connect_once, count, pool, server};

const THOUSAND: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) \
                        SELECT i FROM n";

async fn small_batches() -> TestServer {
    let config = SqliteConfig::new().batch_rows(100);
    TestServer::builder().sqlite(config).start().await.unwrap()
}

/// Kills the server, and waits until the sockets' end is known on this side too.
async fn kill(server: &TestServer) {
    let witness = connect(server).await;
    server.kill().await;
    while !witness.is_broken() {
        tokio::task::yield_now().await;
    }
}

/// A broken connection without retries fails every use, and names the reason.
async fn stays_broken(mut connection: FlightSqlConnection) {
    assert!(connection.is_broken());
    let error = query("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    let (kind, text) = wire_error(&error);
    assert_eq!(kind, ErrorKind::NotConnected);
    assert!(
        text.starts_with("connection is no longer usable: "),
        "{text}"
    );
    assert!(
        text.ends_with("open a new one (a pool does this automatically)"),
        "{text}"
    );
    assert!(connection.ping().await.is_err());
    assert!(connection.begin().await.is_err());
    connection.close().await.unwrap();
}

/// A pool of one connection to a server with the table `t`, and a transaction that has inserted a row.
async fn inserted() -> (TestServer, FlightSqlPool, Transaction<'static, FlightSql>) {
    let server = server().await;
    let table = "CREATE TABLE t (id INTEGER)";
    server.sqlite().execute_batch(table).unwrap();
    let pool = pool(&server, 1).await;
    let mut transaction = pool.begin().await.unwrap();
    query("INSERT INTO t VALUES (1)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    (server, pool, transaction)
}

async fn answers(pool: &FlightSqlPool) {
    let one: i64 = query_scalar("SELECT 1").fetch_one(pool).await.unwrap();
    assert_eq!(one, 1);
}

/// Reads up to the error, which nothing may follow. Returns the row that would be next, and the error's kind and text.
async fn last_error(
    mut rows: impl Stream<Item = Result<FlightSqlRow, Error>> + Unpin,
    mut next: i64,
) -> (i64, ErrorKind, String) {
    let error = loop {
        match rows.next().await.unwrap() {
            Ok(row) => assert_eq!(row.get::<i64, _>(0), next),
            Err(error) => break error,
        }
        next += 1;
    };
    assert!(rows.next().await.is_none(), "nothing follows an error");
    let (kind, text) = wire_error(&error);
    (next, kind, text)
}

#[tokio::test]
async fn a_connection_cut_in_mid_stream_is_no_short_result() {
    let server = small_batches().await;
    let mut connection = connect_once(&server).await;
    // The schema and two batches.
    server.fault(Fault::new(Rpc::DoGet).cut_after(3));
    let (next, kind, text) = last_error(query(THOUSAND).fetch(&mut connection), 1).await;
    assert_eq!((next, kind), (201, ErrorKind::ConnectionReset));
    assert!(text.contains("the connection was lost"), "{text}");
    stays_broken(connection).await;
}

#[tokio::test]
async fn no_method_takes_a_cut_result_for_a_whole_one() {
    let server = small_batches().await;
    let once = format!("{}?retries=0", server.url());
    let pool = FlightSqlPoolOptions::new().max_connections(1);
    let pool = pool.connect(&once).await.unwrap();
    let reset = |error: Error| assert_eq!(wire_error(&error).0, ErrorKind::ConnectionReset);
    for messages in 1..=4 {
        let cut = || server.fault(Fault::new(Rpc::DoGet).cut_after(messages));
        cut();
        reset(query(THOUSAND).fetch_all(&pool).await.unwrap_err());
        cut();
        reset(query(THOUSAND).execute(&pool).await.unwrap_err());
        let mut connection = connect_once(&server).await;
        cut();
        let read = async {
            let batches = connection.fetch_arrow(THOUSAND).await?;
            batches.try_collect::<Vec<_>>().await
        };
        reset(read.await.unwrap_err());
    }
    assert_eq!(query(THOUSAND).fetch_all(&pool).await.unwrap().len(), 1000);
}

#[tokio::test]
async fn a_server_killed_in_mid_stream() {
    let server = server().await;
    let mut connection = connect_once(&server).await;
    let mut rows = query(ENDLESS).fetch(&mut connection);
    assert_eq!(rows.next().await.unwrap().unwrap().get::<i64, _>(0), 1);
    server.kill().await;
    let (_, kind, _) = last_error(rows, 2).await;
    assert_eq!(kind, ErrorKind::ConnectionReset);
    server.restart().await.unwrap();
    stays_broken(connection).await;
}

#[tokio::test]
async fn a_server_killed_between_two_queries() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let mut alone = connect(&server).await;
    let mut once = connect_once(&server).await;
    for _ in 0..3 {
        answers(&pool).await;
        kill(&server).await;
        server.restart().await.unwrap();
    }
    answers(&pool).await;
    // So does a connection without a pool, unless its options forbid it.
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut alone)
        .await
        .unwrap();
    assert_eq!(one, 1);
    assert!(query("SELECT 1").fetch_one(&mut once).await.is_err());
    stays_broken(once).await;
}

#[tokio::test]
async fn a_ping_after_a_kill_fails() {
    let server = server().await;
    let mut lazy = connect(&server).await;
    let eager = format!("{}?ping_after=0s", server.url());
    let mut eager = FlightSqlConnection::connect(&eager).await.unwrap();
    lazy.ping().await.unwrap();
    server.clear_calls();
    eager.ping().await.unwrap();
    assert_eq!(server.count_all(), 1);
    kill(&server).await;
    assert!(lazy.ping().await.is_err());
    assert!(eager.ping().await.is_err());
    server.restart().await.unwrap();
    assert!(lazy.ping().await.is_err());
    assert!(eager.ping().await.is_err());
}

#[tokio::test]
async fn a_commit_whose_request_is_lost() {
    let (server, pool, transaction) = inserted().await;
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("EndTransaction")
            .drop_connection(),
    );
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(wire_error(&error).0, ErrorKind::ConnectionReset);
    assert_eq!(count(&pool, "t").await, 0);
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost() {
    let (server, pool, transaction) = inserted().await;
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("EndTransaction")
            .cut_after(0),
    );
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(wire_error(&error).0, ErrorKind::ConnectionReset);
    // The server committed: an error of a commit means an unknown outcome.
    assert_eq!(count(&pool, "t").await, 1);
    assert_eq!(server.sqlite().open_transactions(), 0);
    query("INSERT INTO t VALUES (2)")
        .execute(&pool)
        .await
        .unwrap();
}

#[tokio::test]
async fn a_server_killed_during_a_commit() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let transaction = pool.begin().await.unwrap();
    let gate = server.gate_command(Rpc::DoAction, "EndTransaction");
    let (result, ()) = tokio::join!(transaction.commit(), async {
        gate.reached().await;
        server.kill().await;
    });
    assert_eq!(
        wire_error(&result.unwrap_err()).0,
        ErrorKind::ConnectionReset
    );
    drop(gate);
    server.restart().await.unwrap();
    answers(&pool).await;
    pool.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn pool_replaces_connection_of_interrupted_transaction() {
    let (server, pool, mut transaction) = inserted().await;
    server.fault(Fault::new(Rpc::GetFlightInfo).drop_connection());
    let error = query("SELECT 1")
        .fetch_one(&mut *transaction)
        .await
        .unwrap_err();
    assert_eq!(wire_error(&error).0, ErrorKind::ConnectionReset);
    assert!(transaction.is_broken());
    // Nothing runs outside of the transaction by accident.
    server.clear_calls();
    let error = query("INSERT INTO t VALUES (2)")
        .execute(&mut *transaction)
        .await
        .unwrap_err();
    assert_eq!(wire_error(&error).0, ErrorKind::NotConnected);
    let error = transaction.commit().await.unwrap_err();
    assert_eq!(wire_error(&error).0, ErrorKind::NotConnected);
    assert_eq!(server.count_all(), 0);

    assert_eq!(count(&pool, "t").await, 0);
    assert_eq!(server.connections(), 2);
    kill(&server).await;
    server.restart().await.unwrap();
    let mut transaction = pool.begin().await.unwrap();
    query("CREATE TABLE t (id INTEGER)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(&pool, "t").await, 0);
}

#[tokio::test]
async fn cleanup_of_a_broken_connection_do_not_hold_up_anybody() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let mut transaction = pool.begin().await.unwrap();
    query("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut *transaction)
        .await
        .unwrap();
    kill(&server).await;
    drop(transaction);
    server.restart().await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(5), async {
        answers(&pool).await;
        pool.close().await;
    });
    waited.await.unwrap();
}
