//! SQLx's own test lists, ported to this driver: `docs/sqlx-behaviors.md` names the test of each case.
//!
//! Rows that the tests of another subject cover are not repeated here; the table names those tests.

mod connection;
#[cfg(feature = "json")]
mod conversions;
#[cfg(feature = "json")]
mod derives;
mod describe;
mod errors;
mod pool;
mod query_builder;
mod statements;
mod table;
mod types;

use flightsql::{AssertSqlSafe, FlightSqlExecutor, query_scalar};
use flightsql_testkit::TestServer;

use crate::common::server;

/// A server with the tables that SQLx's lists use: `tweet`, `accounts`.
async fn with_tweets() -> TestServer {
    let server = server().await;
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE tweet (id BIGINT NOT NULL PRIMARY KEY, text TEXT NOT NULL,
                 is_sent BOOLEAN NOT NULL DEFAULT TRUE, owner_id BIGINT);
             CREATE TABLE accounts (id INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, is_active BOOLEAN);
             INSERT INTO tweet (id, text) VALUES (1, '#sqlx is pretty cool!');
             INSERT INTO accounts VALUES (1, 'Herp Derpinson', 1)",
        )
        .unwrap();
    server
}

/// Returns the one number that `sql` selects.
async fn number<'c>(executor: impl FlightSqlExecutor<'c>, sql: &str) -> i64 {
    query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(executor)
        .await
        .unwrap()
}
