//! `database create`, `database drop` and the check that a database exists, for the schema or catalog of a URL.

use sqlx_core::connection::{ConnectOptions as _, Connection as _};
use sqlx_core::migrate::MigrateDatabase;

use crate::connect_options::FlightSqlConnectOptions;
use crate::connection::FlightSqlConnection;
use crate::dialect::TestDatabase;
use crate::error::Error;
use crate::marker::FlightSql;

type Result<T> = std::result::Result<T, sqlx_core::Error>;

/// The "database" of a URL is its schema, or its catalog if the dialect creates catalogs: see
/// [`DialectProfile::test_database`](crate::dialect::DialectProfile::test_database).
///
/// A URL without a name means the default of the connection, which exists if the server responds, and cannot be created or
/// dropped. The statements run outside of the named schema and without a transaction.
impl MigrateDatabase for FlightSql {
    async fn create_database(url: &str) -> Result<()> {
        let place = Place::open(url).await?;
        let sql = place.named(TestDatabase::create)?;
        place.run(sql).await
    }

    async fn database_exists(url: &str) -> Result<bool> {
        let mut place = Place::open(url).await?;
        let Some(name) = place.name.take() else {
            // The connection already uses it.
            place.connection.close().await?;
            return Ok(true);
        };
        let names = databases(&mut place.connection).await?;
        place.connection.close().await?;
        Ok(names.contains(&name))
    }

    async fn drop_database(url: &str) -> Result<()> {
        let place = Place::open(url).await?;
        let sql = place.named(TestDatabase::drop)?;
        place.run(sql).await
    }
}

/// Returns the schemas or catalogs that the server lists; empty if the engine cannot create any.
pub(crate) async fn databases(connection: &mut FlightSqlConnection) -> Result<Vec<String>> {
    match connection.dialect().profile().test_database {
        TestDatabase::Schema => connection.catalog().schema_names().await,
        TestDatabase::Catalog => connection.catalog().catalogs().fetch_all().await,
        _ => Ok(Vec::new()),
    }
}

/// A connection outside of the database that a URL names, and that name.
struct Place {
    connection: FlightSqlConnection,
    name: Option<String>,
}

impl Place {
    async fn open(url: &str) -> Result<Self> {
        let mut given: FlightSqlConnectOptions = url.parse()?;
        if given.inner().detect_dialect {
            // Only the dialect determines whether the name is a schema or a catalog.
            let mut plain = given.clone();
            let options = plain.inner_mut();
            (options.catalog, options.schema) = (None, None);
            let connection = plain.connect().await?;
            let options = given.inner_mut();
            options.dialect = std::sync::Arc::clone(connection.options().get_dialect());
            options.detect_dialect = false;
            connection.close().await?;
        }
        let options = given.inner_mut();
        let name = match options.dialect.profile().test_database {
            TestDatabase::Schema => options.schema.take(),
            TestDatabase::Catalog => options.catalog.take(),
            _ => None,
        };
        let connection = given.connect().await?;
        Ok(Self { connection, name })
    }

    /// Returns the statement for the URL's name.
    fn named(
        &self,
        sql: fn(TestDatabase, &dyn crate::dialect::Dialect, &str) -> Option<String>,
    ) -> Result<String> {
        let dialect = self.connection.dialect();
        let level = dialect.profile().test_database;
        let part = match level {
            TestDatabase::Schema => "schema (`/catalog/schema`)",
            TestDatabase::Catalog => "catalog (`/catalog`)",
            _ => {
                let why = format!(
                    "the engine of the dialect `{}` cannot create or drop databases with SQL; use its own tools",
                    dialect.name()
                );
                return Err(Error::unsupported(why).into());
            }
        };
        let statement = self
            .name
            .as_deref()
            .and_then(|name| sql(level, dialect, name));
        statement.ok_or_else(|| {
            Error::configuration(format!(
                "the URL names no {part} to create or drop; add one"
            ))
            .into()
        })
    }

    async fn run(mut self, sql: String) -> Result<()> {
        self.connection.run_text(&sql).await?;
        self.connection.close().await
    }
}
