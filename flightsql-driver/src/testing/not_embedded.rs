//! Tests without an embedded server (layer 5): in builds without the feature `testkit`.

use crate::error::Error;
use crate::options::FlightSqlConnectOptions;

/// This build has no embedded servers.
#[cfg(test)]
pub(crate) const AVAILABLE: bool = false;

/// Says what to do.
pub(crate) async fn start(_db_name: &str) -> Result<FlightSqlConnectOptions, sqlx_core::Error> {
    Err(Error::configuration(
        "no server to test on: set FLIGHTSQL_TEST_URL (or DATABASE_URL) to a URL such as \
         flightsql+tcp://localhost:31337, or enable the feature `testkit` for an embedded server",
    )
    .into())
}

/// Nothing runs.
pub(crate) async fn stop(_db_name: &str) -> Result<(), sqlx_core::Error> {
    Ok(())
}
