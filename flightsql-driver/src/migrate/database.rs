//! `database create`, `drop` and the question whether it is there, for the schema or catalog of a URL.

use sqlx_core::connection::{ConnectOptions as _, Connection as _};
use sqlx_core::migrate::MigrateDatabase;

use crate::connect_options::FlightSqlConnectOptions;
use crate::connection::FlightSqlConnection;
use crate::dialect::TestDatabase;
use crate::error::Error;
use crate::marker::FlightSql;

type Result<T> = std::result::Result<T, sqlx_core::Error>;

/// The "database" of a URL is its schema, or its catalog where the dialect makes catalogs: see
/// [`DialectProfile::test_database`](crate::dialect::DialectProfile::test_database).
///
/// A URL that names none stands for what a connection gets anyway, which exists as soon as the server answers and can be
/// neither made nor dropped. The statements run outside of the named schema, and no transaction is around them.
impl MigrateDatabase for FlightSql {
    async fn create_database(url: &str) -> Result<()> {
        let place = Place::open(url).await?;
        let sql = place.named(TestDatabase::create)?;
        place.run(sql).await
    }

    async fn database_exists(url: &str) -> Result<bool> {
        let mut place = Place::open(url).await?;
        let Some(name) = place.name.take() else {
            // It is where the connection already is.
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

/// The schemas or catalogs that the server lists; nothing for an engine that makes none.
pub(crate) async fn databases(connection: &mut FlightSqlConnection) -> Result<Vec<String>> {
    match connection.dialect().profile().test_database {
        TestDatabase::Schema => connection.catalog().schema_names().await,
        TestDatabase::Catalog => connection.catalog().catalogs().fetch_all().await,
        _ => Ok(Vec::new()),
    }
}

/// A connection beside the database that a URL names.
struct Place {
    connection: FlightSqlConnection,
    name: Option<String>,
}

impl Place {
    async fn open(url: &str) -> Result<Self> {
        let mut given: FlightSqlConnectOptions = url.parse()?;
        if given.inner().detect_dialect {
            // Whether the name is a schema's or a catalog's is known only with the dialect.
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

    /// The statement for the URL's name.
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
                    "the engine of the dialect `{}` makes and drops no databases by SQL; use its own tools",
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
                "the URL names no {part}, so there is nothing to make or drop"
            ))
            .into()
        })
    }

    async fn run(mut self, sql: String) -> Result<()> {
        self.connection.run_text(&sql).await?;
        self.connection.close().await
    }
}
