//! DazzleDuck, as `tests/interop/run dazzleduck` starts it: the driver must cancel dropped queries there.
//!
//! `FLIGHTSQL_DAZZLEDUCK_URL` says where it is.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use flightsql::{
    Connection as _, FlightSqlConnectOptions, FlightSqlConnection, FlightSqlPoolOptions,
    query_scalar,
};
use tokio::time::timeout;

/// Many minutes of work, and no row before its end.
const ENDLESS: &str = "SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b";

/// The default of `close_timeout`, which bounds how long a cancel is awaited.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

fn options() -> FlightSqlConnectOptions {
    let url = std::env::var("FLIGHTSQL_DAZZLEDUCK_URL")
        .expect("FLIGHTSQL_DAZZLEDUCK_URL names the server; tests/interop/run dazzleduck sets it");
    format!("{url}?dialect=auto").parse().unwrap()
}

async fn one(connection: &mut FlightSqlConnection) -> i32 {
    query_scalar("SELECT 1")
        .fetch_one(connection)
        .await
        .unwrap()
}

/// The server runs few queries at a time, so two that go on keep every client waiting.
#[tokio::test]
async fn k1_dropped_queries_do_not_keep_other_clients_waiting() {
    let mut other = FlightSqlConnection::connect_with(&options()).await.unwrap();
    assert_eq!(one(&mut other).await, 1);

    // On one connection, and through a pool.
    let mut connection = FlightSqlConnection::connect_with(&options()).await.unwrap();
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .connect_with(options());
    let pool = pool.await.unwrap();
    for _ in 0..2 {
        let slow = query_scalar::<_, i64>(ENDLESS).fetch_all(&mut connection);
        assert!(timeout(Duration::from_secs(2), slow).await.is_err());
        let slow = query_scalar::<_, i64>(ENDLESS).fetch_all(&pool);
        assert!(timeout(Duration::from_secs(2), slow).await.is_err());
    }
    let next = timeout(CLOSE_TIMEOUT, one(&mut other)).await;
    assert_eq!(
        next.expect("another client answers within close_timeout"),
        1
    );
    // What follows on the connections that dropped them.
    let next = timeout(2 * CLOSE_TIMEOUT, one(&mut connection)).await;
    assert_eq!(next.expect("the connection answers after its cancel"), 1);
    let mut pooled = timeout(2 * CLOSE_TIMEOUT, pool.acquire())
        .await
        .unwrap()
        .unwrap();
    let next = timeout(2 * CLOSE_TIMEOUT, one(&mut pooled)).await;
    assert_eq!(next.expect("the pool answers after its cancels"), 1);
}
