//! The location of tests: an embedded server, or a schema or catalog on a server.

use std::env;
use std::sync::{Arc, OnceLock};

use flightsql_client::options::{ConnectOptions, DriverConfig};
use sqlx_core::connection::{ConnectOptions as _, Connection as _};
use sqlx_core::pool::{Pool, PoolOptions};
use sqlx_core::testing::TestContext;

use super::{Result, embedded};
use crate::connect_options::FlightSqlConnectOptions;
use crate::connection::FlightSqlConnection;
use crate::dialect::TestDatabase;
use crate::error::Error;
use crate::marker::FlightSql;
use crate::migrate::databases;

/// Read first, so that tests can run on another server than the program's own database.
const TEST_URL: &str = "FLIGHTSQL_TEST_URL";
const DATABASE_URL: &str = "DATABASE_URL";
const EMBEDDED: &str = "embedded";
/// The prefix of SQLx's names of test databases.
const PREFIX: &str = "_sqlx_test_";

/// Connections of one test, as in SQLx's drivers.
const MAX_FOR_ONE: u32 = 5;
/// Connections of all tests of a process on one server, as in SQLx's drivers.
const MAX_FOR_ALL: u32 = 20;

/// The limit that all pools of a process share. It never opens a connection.
static MASTER: OnceLock<Pool<FlightSql>> = OnceLock::new();

#[derive(Debug, Clone)]
pub(super) enum Place {
    Embedded,
    Server(Box<Server>),
}

#[derive(Debug, Clone)]
pub(super) struct Server {
    options: FlightSqlConnectOptions,
    /// Tests may run embedded instead: the URL is the program's, and does not state where to test.
    may_embed: bool,
}

impl Place {
    /// Reads the environment, and then the nearest `.env` of the folder or a higher one, as SQLx's drivers do.
    pub(super) fn from_env() -> Result<Self> {
        for name in [TEST_URL, DATABASE_URL] {
            match env::var(name) {
                Ok(url) if !url.is_empty() => return Self::parse(name, &url),
                Ok(_) | Err(env::VarError::NotPresent) => {}
                Err(env::VarError::NotUnicode(_)) => {
                    let error = format!("the environment variable {name} is not UTF-8");
                    return Err(Error::configuration(error).into());
                }
            }
        }
        let pairs = match dotenvy::dotenv_iter() {
            Ok(pairs) => pairs,
            Err(error) if error.not_found() => return Ok(Self::Embedded),
            Err(error) => {
                return Err(Error::configuration(format!("cannot read .env: {error}")).into());
            }
        };
        Self::from_pairs(pairs)
    }

    /// Reads the first of the two names that the pairs of a `.env` file contain.
    pub(super) fn from_pairs(
        pairs: impl Iterator<Item = dotenvy::Result<(String, String)>>,
    ) -> Result<Self> {
        let (mut test, mut database) = (None, None);
        for pair in pairs {
            // The error contains the line, which may contain a password.
            let (name, url) =
                pair.map_err(|_| Error::configuration("a line of .env is not `NAME=value`"))?;
            match name.as_str() {
                TEST_URL => test = Some(url),
                DATABASE_URL => database = Some(url),
                _ => {}
            }
        }
        let is_set = |url: &String| !url.is_empty();
        match (test.filter(is_set), database.filter(is_set)) {
            (Some(url), _) => Self::parse(TEST_URL, &url),
            (None, Some(url)) => Self::parse(DATABASE_URL, &url),
            (None, None) => Ok(Self::Embedded),
        }
    }

    pub(super) fn parse(variable: &str, value: &str) -> Result<Self> {
        if value == EMBEDDED {
            return Ok(Self::Embedded);
        }
        let options = value.parse().map_err(|error: sqlx_core::Error| {
            Error::configuration(format!(
                "{variable} must be `{EMBEDDED}` or a URL of this driver: {error}"
            ))
        })?;
        Ok(Self::Server(Box::new(Server {
            options: detected(options)?,
            may_embed: variable == DATABASE_URL,
        })))
    }

    pub(super) async fn context(self, db_name: String) -> Result<TestContext<FlightSql>> {
        match self {
            Self::Embedded => in_embedded(db_name).await,
            Self::Server(server) => {
                let Some(connect_opts) = server.fresh(&db_name).await? else {
                    // Shown if the test fails.
                    eprintln!(
                        "note: the server at {DATABASE_URL} is SQLite, which creates no database for a test with SQL, so \
                         the test runs on an embedded SQLite server; set {TEST_URL} to select another server"
                    );
                    return in_embedded(db_name).await;
                };
                let master = MASTER.get_or_init(|| {
                    let all = PoolOptions::new().max_connections(MAX_FOR_ALL);
                    all.connect_lazy_with(server.options)
                });
                Ok(TestContext {
                    pool_opts: one_pool().parent(master.clone()),
                    connect_opts,
                    db_name,
                })
            }
        }
    }

    pub(super) async fn cleanup(self, db_name: &str) -> Result<()> {
        match self {
            Self::Embedded => embedded::stop(db_name).await.map(drop),
            // Stops the server of a test that ran embedded.
            Self::Server(server) if server.may_embed && embedded::stop(db_name).await? => Ok(()),
            Self::Server(server) => {
                let mut connection = server.options.connect().await?;
                drop_database(&mut connection, db_name).await?;
                connection.close().await
            }
        }
    }

    pub(super) async fn cleanup_all(self) -> Result<Option<usize>> {
        let Self::Server(server) = self else {
            // Embedded servers end with their tests.
            return Ok(None);
        };
        let mut connection = server.options.connect().await?;
        let mut dropped = 0;
        for name in databases(&mut connection).await? {
            if name.starts_with(PREFIX) {
                drop_database(&mut connection, &name).await?;
                dropped += 1;
            }
        }
        connection.close().await?;
        Ok(Some(dropped))
    }
}

/// Returns the pool of one test. Connections close when they are returned, because none may outlive the test's database.
fn one_pool() -> PoolOptions<FlightSql> {
    PoolOptions::new()
        .max_connections(MAX_FOR_ONE)
        .after_release(|_connection, _| Box::pin(async { Ok(false) }))
}

/// Returns options that query the server for its engine if they name none. The standard's `CREATE SCHEMA` is not SQL for
/// every engine.
fn detected(options: FlightSqlConnectOptions) -> Result<FlightSqlConnectOptions> {
    let mut auto = DriverConfig::default();
    auto.dialect = Some("auto".to_owned());
    let detected = ConnectOptions::clone(options.inner()).configured(auto, &[]);
    let detected = detected.map_err(|error| Error::configuration(error.to_string()))?;
    Ok(detected.into())
}

async fn in_embedded(db_name: String) -> Result<TestContext<FlightSql>> {
    Ok(TestContext {
        pool_opts: one_pool(),
        connect_opts: embedded::start(&db_name).await?,
        db_name,
    })
}

impl Server {
    /// Creates the database, and drops one of an earlier run before. Returns `None` if the test can run on the same engine
    /// in an embedded server instead.
    async fn fresh(&self, db_name: &str) -> Result<Option<FlightSqlConnectOptions>> {
        let mut connection = self.options.connect().await?;
        let dialect = Arc::clone(connection.options().get_dialect());
        let level = dialect.profile().test_database;
        let Some(create) = level.create(&*dialect, db_name) else {
            connection.close().await?;
            if self.may_embed && cfg!(feature = "testkit") && dialect.name() == "sqlite" {
                return Ok(None);
            }
            return Err(Error::unsupported(format!(
                "the engine of the dialect `{}` creates no schema for a test with SQL; set {TEST_URL}={EMBEDDED} to run \
                 tests on an embedded server (feature `testkit`), or use the URL of another server",
                dialect.name()
            ))
            .into());
        };
        drop_database(&mut connection, db_name).await?;
        connection.run_text(&create).await?;
        connection.close().await?;
        // The setter creates new channels, because a channel ends with the runtime of its test.
        let options = self.options.clone().dialect(dialect);
        Ok(Some(match level {
            TestDatabase::Catalog => options.catalog(db_name),
            _ => options.schema(db_name),
        }))
    }
}

async fn drop_database(connection: &mut FlightSqlConnection, db_name: &str) -> Result<()> {
    let dialect = connection.dialect();
    if let Some(sql) = dialect.profile().test_database.drop(dialect, db_name) {
        connection.run_text(&sql).await?;
    }
    Ok(())
}
