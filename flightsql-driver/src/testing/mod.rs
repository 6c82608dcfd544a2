//! SQLx's test support: a database for each test, under `#[flightsql::test]`.
//!
//! `FLIGHTSQL_TEST_URL`, otherwise `DATABASE_URL`, in the environment or a `.env` file selects the server. The word `embedded`
//! starts an embedded SQLite server for each test (feature `testkit`). A URL creates a schema or catalog for each test on that
//! server, as the dialect specifies; the driver queries the server for its engine if the URL names no dialect. Tests run
//! embedded if neither is set, or if `DATABASE_URL` is the URL of an SQLite server.

#[cfg(feature = "testkit")]
mod embedded;
mod place;

#[cfg(test)]
mod tests;

use sqlx_core::testing::{FixtureSnapshot, TestArgs, TestContext, TestSupport};

use crate::connection::FlightSqlConnection;
use crate::error::Error;
use crate::marker::FlightSql;
use place::Place;

type Result<T> = std::result::Result<T, sqlx_core::Error>;

/// A fresh database for each test.
///
/// The database is dropped when the test passes. The database of a failed test is dropped by its next run, or by
/// [`cleanup_test_dbs`](TestSupport::cleanup_test_dbs). Embedded servers end with their test.
///
/// # Errors
/// Returns an error with a hint if the server is unreachable, if its engine creates no schemas with SQL, or if there is no URL
/// and the feature `testkit` is off. Snapshots are not supported, because SQLx does not publish their form.
impl TestSupport for FlightSql {
    async fn test_context(args: &TestArgs) -> Result<TestContext<Self>> {
        Place::from_env()?.context(Self::db_name(args)).await
    }

    async fn cleanup_test(db_name: &str) -> Result<()> {
        Place::from_env()?.cleanup(db_name).await
    }

    /// Drops every test database on the server, even of running tests. Returns `None` if tests are embedded.
    async fn cleanup_test_dbs() -> Result<Option<usize>> {
        Place::from_env()?.cleanup_all().await
    }

    async fn snapshot(_connection: &mut FlightSqlConnection) -> Result<FixtureSnapshot<Self>> {
        Err(Error::unsupported(
            "cannot take a snapshot for fixtures, because SQLx supports it only for its own drivers; write the fixture by \
             hand",
        )
        .into())
    }
}

/// Errors of embedded tests in a build without embedded servers.
#[cfg(not(feature = "testkit"))]
mod embedded {
    use crate::connect_options::FlightSqlConnectOptions;
    use crate::error::Error;

    /// Returns the error with a hint.
    pub(super) async fn start(_db_name: &str) -> super::Result<FlightSqlConnectOptions> {
        Err(Error::configuration(
            "no server to test on; set FLIGHTSQL_TEST_URL (or DATABASE_URL) to a URL such as \
             flightsql+tcp://localhost:31337, or enable the feature `testkit` for an embedded server",
        )
        .into())
    }

    /// Returns `false`, because no server runs.
    pub(super) async fn stop(_db_name: &str) -> super::Result<bool> {
        Ok(false)
    }
}
