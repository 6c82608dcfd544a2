//! SQLx's test support: a database for each test, under `#[flightsql::test]`.
//!
//! `FLIGHTSQL_TEST_URL`, or else `DATABASE_URL`, in the environment or a `.env` file says where: the word `embedded` starts one embedded SQLite server for
//! each test (feature `testkit`), a URL makes a schema or catalog for each test on that server, as the dialect says. With
//! neither, tests run embedded.

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
/// It is dropped when the test passes. What a failed test left is dropped by its next run, or by
/// [`cleanup_test_dbs`](TestSupport::cleanup_test_dbs); embedded servers end with their test.
///
/// # Errors
/// When the server cannot be reached, when its engine makes no schemas by SQL, and without a URL when the feature
/// `testkit` is off; each says what to do. A snapshot cannot be taken: SQLx keeps its form to itself.
impl TestSupport for FlightSql {
    async fn test_context(args: &TestArgs) -> Result<TestContext<Self>> {
        Place::from_env()?.context(Self::db_name(args)).await
    }

    async fn cleanup_test(db_name: &str) -> Result<()> {
        Place::from_env()?.cleanup(db_name).await
    }

    /// Drops every test database on the server, also those of tests that are running. `None` where tests are embedded.
    async fn cleanup_test_dbs() -> Result<Option<usize>> {
        Place::from_env()?.cleanup_all().await
    }

    async fn snapshot(_connection: &mut FlightSqlConnection) -> Result<FixtureSnapshot<Self>> {
        Err(Error::unsupported(
            "a snapshot of the data for fixtures cannot be taken: SQLx lets only its own drivers make one; write the \
             fixture by hand",
        )
        .into())
    }
}

/// The error of tests that run embedded in a build without embedded servers.
#[cfg(not(feature = "testkit"))]
mod embedded {
    use crate::connect_options::FlightSqlConnectOptions;
    use crate::error::Error;

    /// Returns the error that says what to do.
    pub(super) async fn start(_db_name: &str) -> super::Result<FlightSqlConnectOptions> {
        Err(Error::configuration(
            "no server to test on: set FLIGHTSQL_TEST_URL (or DATABASE_URL) to a URL such as \
             flightsql+tcp://localhost:31337, or enable the feature `testkit` for an embedded server",
        )
        .into())
    }

    /// Does nothing, since nothing runs.
    pub(super) async fn stop(_db_name: &str) -> super::Result<()> {
        Ok(())
    }
}
