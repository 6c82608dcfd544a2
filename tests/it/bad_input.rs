//! Mistakes of callers: each is a typed error with a hint, and the connection stays usable.

mod binds;
mod decode;
mod sql;
mod updates_as_queries;
mod updates_only;
mod urls;

use flightsql::{FlightSqlConnection, query_scalar};

/// The connection still works.
async fn works(connection: &mut FlightSqlConnection) {
    let two: i64 = query_scalar("SELECT 1 + 1")
        .fetch_one(connection)
        .await
        .unwrap();
    assert_eq!(two, 2);
}
