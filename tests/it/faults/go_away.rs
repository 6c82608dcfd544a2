//! Channels that the server ends with GOAWAY, as load balancers do by age or count.

use std::time::Duration;

use flightsql::{
    Connection, FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions, query, query_scalar,
};
use flightsql_testkit::{Reply, Rpc, Script, TestServer};

use crate::common::count;

/// A server whose connections live for this long, with a table.
async fn aging(age: Duration) -> TestServer {
    let server = TestServer::builder().connection_age(age).start().await;
    let server = server.unwrap();
    let table = "CREATE TABLE t (a BIGINT PRIMARY KEY)";
    server.sqlite().execute_batch(table).unwrap();
    server
}

async fn pool(server: &TestServer, size: u32) -> FlightSqlPool {
    let options = FlightSqlPoolOptions::new().max_connections(size);
    options.connect(&server.url()).await.unwrap()
}

/// Runs `statement` in eight tasks until the server has ended many channels, and returns how often.
async fn run(server: &TestServer, statement: impl AsyncFn(i64)) -> usize {
    let task = async |first: i64| {
        let mut n = first;
        while n < 75 * 8 || server.connections() < 40 {
            statement(n).await;
            n += 8;
        }
        usize::try_from((n - first) / 8).unwrap()
    };
    let tasks = futures_util::future::join_all((0..8).map(task));
    tasks.await.into_iter().sum()
}

#[tokio::test]
async fn b7_queries_run_on_another_channel() {
    let server = aging(Duration::from_millis(40)).await;
    let pool = pool(&server, 8).await;
    let statements = run(&server, async |n| {
        let sum: i64 = query_scalar("SELECT ? + 1")
            .bind(n)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(sum, n + 1);
        let plain: i64 = query_scalar("SELECT 7").fetch_one(&pool).await.unwrap();
        assert_eq!(plain, 7);
    });
    assert!(statements.await >= 600);
}

/// A change that a channel did not process runs on another one, once.
#[tokio::test]
async fn b7_changes_run_once_on_another_channel() {
    let script = Script::new().do_put(Reply::update_count(1).always());
    let age = Duration::from_millis(40);
    let server = TestServer::builder().connection_age(age).scripted(script);
    let server = server.start().await.unwrap();
    let pool = pool(&server, 8).await;
    let statements = run(&server, async |_| {
        let done = query("DELETE FROM t").execute(&pool).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    });
    let statements = statements.await;
    assert!(statements >= 600);
    assert_eq!(server.count(Rpc::DoPut), statements);
}

#[tokio::test]
async fn b7_a_connection_without_a_transaction_moves() {
    let server = aging(Duration::from_millis(40)).await;
    let mut connection = crate::common::connect(&server).await;
    while server.connections() < 4 {
        let one: i64 = query_scalar("SELECT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(one, 1);
        connection.ping().await.unwrap();
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn b8_a_transaction_of_an_ended_channel_is_rolled_back() {
    let server = aging(Duration::from_millis(100)).await;
    let pool = pool(&server, 1).await;
    let mut transaction = pool.begin().await.unwrap();
    query("INSERT INTO t VALUES (1)")
        .execute(&mut *transaction)
        .await
        .unwrap();
    // The statements of a transaction do not move.
    let error = loop {
        let read = query_scalar::<_, i64>("SELECT count(*) FROM t");
        match read.fetch_one(&mut *transaction).await {
            Ok(rows) => assert_eq!(rows, 1),
            Err(error) => break error,
        }
    };
    let text = error.to_string();
    assert!(text.contains("the server sent GOAWAY NO_ERROR"), "{text}");
    drop(transaction);
    // The rollback has freed the write lock.
    query("INSERT INTO t VALUES (2)")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(count(&pool, "t").await, 1);
    let calls = server.calls();
    let ended = calls.iter().filter(|call| call.rpc() == Rpc::DoAction);
    let ended = ended.filter(|call| call.command() == Some("EndTransaction"));
    assert_eq!(ended.count(), 1);
}

/// A login that the server refuses is not repeated, although its channel has ended.
#[tokio::test]
async fn b7_a_wrong_password_is_sent_once() {
    let server = TestServer::builder()
        .connection_age(Duration::from_millis(1))
        .basic("ann", "secret")
        .handshake_only(true);
    let server = server.start().await.unwrap();
    let url = server.url().replace("//", "//ann:wrong@");
    for _ in 0..20 {
        FlightSqlConnection::connect(&url).await.unwrap_err();
    }
    assert!((1..=20).contains(&server.count(Rpc::Handshake)));
}
