//! Pools: with `pool_options`, the next user finds a connection as it was opened.

use std::time::{Duration, Instant};

use flightsql::{Connection, Executor, FlightSqlPool, FlightSqlPoolOptions, pool_options};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc, TestServer};

use super::{actions, updates, with_table};
use crate::common::{connect, count, options};

async fn one(options: FlightSqlPoolOptions, server: &TestServer) -> FlightSqlPool {
    let url = format!("{}?close_timeout=400ms", server.url());
    options.max_connections(1).connect(&url).await.unwrap()
}

async fn clean(server: &TestServer) -> FlightSqlPool {
    one(pool_options(), server).await
}

#[tokio::test]
async fn next_user_finds_a_clean_connection() {
    let server = with_table().await;
    let pool = clean(&server).await;
    let mut first = pool.acquire().await.unwrap();
    first.set_session_option("zone", "UTC").await.unwrap();
    first.execute("BEGIN").await.unwrap();
    first.execute("INSERT INTO t (b) VALUES (1)").await.unwrap();
    drop(first);
    let mut second = pool.acquire().await.unwrap();
    assert!(!second.is_in_transaction());
    assert!(second.session_options().await.unwrap().is_empty());
    assert_eq!(count(&mut *second, "t").await, 0);
    second
        .execute("INSERT INTO t (b) VALUES (2)")
        .await
        .unwrap();
    assert_eq!(count(&mut connect(&server).await, "t").await, 1);
    // It is the same connection.
    assert_eq!(actions(&server, "CloseSession"), 0);
    assert_eq!(
        updates(&server)
            .iter()
            .filter(|sql| **sql == "ROLLBACK")
            .count(),
        1
    );
}

#[tokio::test]
async fn connection_with_temporary_table_is_replaced() {
    let server = with_table().await;
    let pool = clean(&server).await;
    let mut first = pool.acquire().await.unwrap();
    first.execute("CREATE TEMP TABLE s (a INT)").await.unwrap();
    assert_eq!(count(&mut *first, "s").await, 0);
    drop(first);
    let error = pool.execute("SELECT * FROM s").await.unwrap_err();
    assert!(error.to_string().contains("no such table: s"), "{error}");
    assert_eq!((actions(&server, "CloseSession"), pool.size()), (1, 1));
}

#[tokio::test]
async fn unchanged_connections_cost_nothing() {
    let server = with_table().await;
    let pool = clean(&server).await;
    pool.execute("SELECT 1").await.unwrap();
    server.clear_calls();
    for _ in 0..5 {
        drop(pool.acquire().await.unwrap());
        pool.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(
        (server.count(Rpc::GetFlightInfo), server.count_all()),
        (5, 10)
    );
    let mut transaction = pool.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    drop(transaction);
    server.clear_calls();
    assert_eq!(count(&pool, "t").await, 0);
    assert_eq!(updates(&server), Vec::<String>::new());
}

/// As with SQLx's own drivers.
#[tokio::test]
async fn plain_options_leave_what_statements_changed() {
    let server = with_table().await;
    let pool = one(FlightSqlPoolOptions::new(), &server).await;
    let mut first = pool.acquire().await.unwrap();
    first.set_session_option("zone", "UTC").await.unwrap();
    first.execute("BEGIN").await.unwrap();
    first.execute("INSERT INTO t (b) VALUES (1)").await.unwrap();
    drop(first);
    let mut second = pool.acquire().await.unwrap();
    assert!(second.is_in_transaction());
    assert_eq!(second.session_options().await.unwrap().len(), 1);
    assert_eq!(count(&mut *second, "t").await, 1);
    assert!(second.reset_session().await.unwrap());
    assert_eq!(count(&mut *second, "t").await, 0);
}

#[tokio::test]
async fn failed_reset_discards_the_connection() {
    let server = with_table().await;
    let pool = clean(&server).await;
    let mut first = pool.acquire().await.unwrap();
    first.set_session_option("zone", "UTC").await.unwrap();
    let fault = Fault::new(Rpc::DoAction).command("SetSessionOptions");
    server.fault(fault.status(Code::Internal, "out of order"));
    drop(first);
    let mut second = pool.acquire().await.unwrap();
    assert!(second.session_options().await.unwrap().is_empty());
    server
        .wait_until(|server| actions(server, "CloseSession") == 1)
        .await;
    assert_eq!(pool.size(), 1);
}

#[tokio::test]
async fn server_that_hangs_costs_close_timeout() {
    let server = with_table().await;
    let pool = clean(&server).await;
    let mut first = pool.acquire().await.unwrap();
    first.execute("BEGIN").await.unwrap();
    server.fault(Fault::new(Rpc::DoPut).hang());
    let begun = Instant::now();
    drop(first);
    let mut second = pool.acquire().await.unwrap();
    let waited = begun.elapsed();
    assert!(waited >= Duration::from_millis(350), "{waited:?}");
    assert!(waited < Duration::from_secs(5), "{waited:?}");
    assert!(!second.is_in_transaction());
    second
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    assert_eq!((count(&mut *second, "t").await, pool.size()), (1, 1));
}

/// SQLx pings each connection that comes back, and users ping as well.
#[tokio::test]
async fn ping_of_pooled_connection_keeps_its_transaction() {
    let server = with_table().await;
    let always = options(&server.url()).ping_after(Duration::ZERO);
    let pool = pool_options()
        .max_connections(1)
        .connect_with(always)
        .await
        .unwrap();
    let mut connection = pool.acquire().await.unwrap();
    connection.execute("BEGIN").await.unwrap();
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    connection.ping().await.unwrap();
    connection.execute("COMMIT").await.unwrap();
    drop(connection);
    assert_eq!(count(&pool, "t").await, 1);
}
