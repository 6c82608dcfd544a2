//! Tests of DazzleDuck, which `tests/interop/run dazzleduck` starts. The driver must cancel dropped queries there.
//!
//! `FLIGHTSQL_DAZZLEDUCK_URL` is the URL of the server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use flightsql::{
    Connection as _, FlightSqlConnectOptions, FlightSqlConnection, FlightSqlPoolOptions,
    query_scalar,
};
use tokio::time::timeout;

/// Runs for many minutes and returns no row before its end.
const ENDLESS: &str = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b";

/// The default of `close_timeout`, which limits the wait for a cancellation.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// Time for a query to start.
const SOON: Duration = Duration::from_millis(500);

fn options() -> FlightSqlConnectOptions {
    let url = std::env::var("FLIGHTSQL_DAZZLEDUCK_URL")
        .expect("FLIGHTSQL_DAZZLEDUCK_URL is set by tests/interop/run dazzleduck");
    format!("{url}?dialect=auto").parse().unwrap()
}

async fn one(connection: &mut FlightSqlConnection) -> i32 {
    query_scalar("SELECT 1")
        .fetch_one(connection)
        .await
        .unwrap()
}

/// The server runs few queries in parallel, so two running queries would block every client.
#[tokio::test]
async fn k1_dropped_queries_do_not_block_other_clients() {
    let mut other = FlightSqlConnection::connect_with(&options()).await.unwrap();
    assert_eq!(one(&mut other).await, 1);

    // Drop queries on a connection and through a pool.
    let mut connection = FlightSqlConnection::connect_with(&options()).await.unwrap();
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .connect_with(options());
    let pool = pool.await.unwrap();
    for _ in 0..10 {
        let slow = query_scalar::<_, i64>(ENDLESS).fetch_all(&mut connection);
        assert!(timeout(SOON, slow).await.is_err());
        let slow = query_scalar::<_, i64>(ENDLESS).fetch_all(&pool);
        assert!(timeout(SOON, slow).await.is_err());
    }
    let next = timeout(CLOSE_TIMEOUT, one(&mut other)).await;
    assert_eq!(
        next.expect("another client gets a result within close_timeout"),
        1
    );
    // The connections that dropped the queries run other statements.
    let next = timeout(2 * CLOSE_TIMEOUT, one(&mut connection)).await;
    assert_eq!(
        next.expect("the connection works after its cancellation"),
        1
    );
    let mut pooled = timeout(2 * CLOSE_TIMEOUT, pool.acquire())
        .await
        .unwrap()
        .unwrap();
    let next = timeout(2 * CLOSE_TIMEOUT, one(&mut pooled)).await;
    assert_eq!(next.expect("the pool works after its cancellations"), 1);
}
