//! Reflection (layer 4): what a server's catalog holds and what the server can do, through Flight SQL's metadata calls.
//!
//! <https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata>
//!
//! `listing` (one question, three forms of answer) · `read` (rows to what they mean) · `cells` (patience) · `info`.

mod cells;
mod info;
mod listing;
mod read;

use std::fmt;
use std::sync::Arc;

use sqlx_core::executor::Executor as _;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr as _};

pub use listing::FlightSqlListing;

use super::FlightSqlConnection;
use crate::catalog::{
    DbSchema, Filter, ForeignKey, ForeignKeyColumn, PrimaryKey, PrimaryKeyColumn, ServerInfo,
    Table, TableColumn, TableName, XdbcType,
};
use crate::error::Error;
use crate::protocol::metadata::{Place, Request};

type SqlxResult<T> = Result<T, sqlx_core::Error>;

impl FlightSqlConnection {
    /// What the server's catalog holds: catalogs, schemas, tables, columns, keys, types, and what the server can do.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// let mut catalog = connection.catalog();
    /// for table in catalog.tables().of_type("TABLE").fetch_all().await? {
    ///     println!("{}", table.name);
    ///     for column in catalog.columns_of(&table.name).await? {
    ///         println!("  {} {}", column.name(), column.type_info());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn catalog(&mut self) -> FlightSqlCatalog<'_> {
        FlightSqlCatalog { connection: self }
    }
}

/// A server's catalog; made by [`FlightSqlConnection::catalog`].
///
/// What a server does not list is an error whose
/// [`is_unsupported`](crate::FlightSqlDatabaseError::is_unsupported) is true, never an empty answer.
pub struct FlightSqlCatalog<'c> {
    connection: &'c mut FlightSqlConnection,
}

impl FlightSqlCatalog<'_> {
    /// What the server says about itself. Asked for once per pool, however many connections want to know.
    ///
    /// # Errors
    /// `Database` with `is_unsupported` when the server does not say. Cancel-safe.
    pub async fn server_info(&mut self) -> SqlxResult<Arc<ServerInfo>> {
        Ok(info::server_info(self.connection).await?)
    }

    /// The names of the catalogs: `CommandGetCatalogs`. Empty on servers without.
    pub fn catalogs(&mut self) -> FlightSqlListing<'_, String> {
        FlightSqlListing::new(self.connection, Request::Catalogs, read::catalog)
    }

    /// The schemas: `CommandGetDbSchemas`.
    pub fn schemas(&mut self) -> FlightSqlListing<'_, DbSchema> {
        let request = Request::Schemas {
            catalog: None,
            pattern: None,
        };
        FlightSqlListing::new(self.connection, request, read::db_schema)
    }

    /// Tables and views: `CommandGetTables`.
    pub fn tables(&mut self) -> FlightSqlListing<'_, Table> {
        FlightSqlListing::new(self.connection, tables(false), read::table)
    }

    /// The kinds of tables the server has, such as `TABLE` and `VIEW`: `CommandGetTableTypes`.
    pub fn table_types(&mut self) -> FlightSqlListing<'_, String> {
        FlightSqlListing::new(self.connection, Request::TableTypes, read::table_type)
    }

    /// The columns of all tables that the filter names: `CommandGetTables` with `include_schema`.
    pub fn columns(&mut self) -> FlightSqlListing<'_, TableColumn> {
        FlightSqlListing::new(self.connection, tables(true), read::columns)
    }

    /// The columns of a table's primary key: `CommandGetPrimaryKeys`.
    pub fn primary_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> FlightSqlListing<'_, PrimaryKeyColumn> {
        let table = table.into();
        let request = Request::PrimaryKeys(place(&table));
        let listing = FlightSqlListing::new(self.connection, request, read::primary_key);
        listing.keep(Filter::of(&table))
    }

    /// The foreign keys of a table, and what they refer to: `CommandGetImportedKeys`.
    pub fn imported_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> FlightSqlListing<'_, ForeignKeyColumn> {
        let table = table.into();
        let request = Request::ImportedKeys(place(&table));
        let listing = FlightSqlListing::new(self.connection, request, read::imported_key);
        listing.keep(Filter::of(&table))
    }

    /// The foreign keys that refer to a table: `CommandGetExportedKeys`.
    pub fn exported_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> FlightSqlListing<'_, ForeignKeyColumn> {
        let table = table.into();
        let request = Request::ExportedKeys(place(&table));
        let listing = FlightSqlListing::new(self.connection, request, read::exported_key);
        listing.keep(Filter::of(&table))
    }

    /// The foreign keys of one table that refer to another: `CommandGetCrossReference`.
    pub fn cross_reference(
        &mut self,
        primary: impl Into<TableName>,
        foreign: impl Into<TableName>,
    ) -> FlightSqlListing<'_, ForeignKeyColumn> {
        let foreign = foreign.into();
        let request = Request::CrossReference {
            primary: place(&primary.into()),
            foreign: place(&foreign),
        };
        let listing = FlightSqlListing::new(self.connection, request, read::imported_key);
        listing.keep(Filter::of(&foreign))
    }

    /// The types of the server, all or those with one ODBC number: `CommandGetXdbcTypeInfo`.
    pub fn types(&mut self, data_type: Option<i32>) -> FlightSqlListing<'_, XdbcType> {
        let request = Request::XdbcTypes(data_type);
        FlightSqlListing::new(self.connection, request, read::xdbc_type)
    }

    /// The names of the schemas, without those of servers that have one without a name.
    ///
    /// # Errors
    /// As [`FlightSqlListing::fetch_all`]. Cancel-safe.
    pub async fn schema_names(&mut self) -> SqlxResult<Vec<String>> {
        let schemas = self.schemas().fetch_all().await?;
        let names = schemas.into_iter().map(|schema| schema.name);
        Ok(names.filter(|name| !name.is_empty()).collect())
    }

    /// The names of the tables and views of a schema, or of all schemas.
    ///
    /// # Errors
    /// As [`FlightSqlListing::fetch_all`]. Cancel-safe.
    pub async fn table_names(&mut self, schema: Option<&str>) -> SqlxResult<Vec<String>> {
        let tables = match schema {
            Some(schema) => self.tables().in_schema(schema),
            None => self.tables(),
        };
        let tables = tables.fetch_all().await?;
        Ok(tables
            .into_iter()
            .map(|table| table.name.name().to_owned())
            .collect())
    }

    /// Whether there is a table or view of exactly this name.
    ///
    /// # Errors
    /// As [`FlightSqlListing::fetch_all`]. Cancel-safe.
    pub async fn has_table(&mut self, table: impl Into<TableName>) -> SqlxResult<bool> {
        let filter = Filter::of(&table.into());
        Ok(!self.tables().keep(filter).gathered().await?.is_empty())
    }

    /// The columns of one table, in its order. Where the server lists no columns, a query on the table is described, which
    /// runs nothing.
    ///
    /// # Errors
    /// `RowNotFound` when there is no such table; `InvalidArgument` when several schemas have one and `table` does not say
    /// which; `Database` with `is_unsupported` when the server neither lists its columns nor describes the query; else as
    /// [`FlightSqlListing::fetch_all`]. Cancel-safe.
    pub async fn columns_of(
        &mut self,
        table: impl Into<TableName>,
    ) -> SqlxResult<Vec<TableColumn>> {
        let table = table.into();
        let filter = Filter::of(&table);
        let listed = self.tables().with_columns().keep(filter).gathered().await;
        let listed = match listed {
            Ok(listed) => listed,
            // Some servers list nothing, and describe queries.
            Err(error) if crate::error::is_unsupported(&error) => {
                return self.described(&table).await;
            }
            Err(error) => return Err(error),
        };
        match listed.as_slice() {
            [] => Err(sqlx_core::Error::RowNotFound),
            [found] => match &found.schema {
                Some(schema) => Ok(read::columns_of(
                    &found.name,
                    schema,
                    self.connection.dialect(),
                )),
                None => self.described(&found.name).await,
            },
            several => {
                let names: Vec<_> = several.iter().map(|table| table.name.to_string()).collect();
                let text = format!(
                    "there are several tables `{table}`: {}; say which schema and catalog",
                    names.join(", ")
                );
                Err(self.connection.shown(Error::argument(text)))
            }
        }
    }

    async fn described(&mut self, table: &TableName) -> SqlxResult<Vec<TableColumn>> {
        let name = table.quoted(self.connection.dialect());
        let sql = AssertSqlSafe(format!("SELECT * FROM {name}")).into_sql_str();
        let described = (&mut *self.connection).describe(sql).await?;
        let schema = described
            .columns
            .iter()
            .map(|column| Arc::clone(column.field()));
        let schema = Arc::new(arrow_schema::Schema::new(schema.collect::<Vec<_>>()));
        Ok(read::columns_of(table, &schema, self.connection.dialect()))
    }

    /// A table's primary key; `None` when it has none.
    ///
    /// # Errors
    /// As [`FlightSqlListing::fetch_all`]. Cancel-safe.
    pub async fn primary_key(
        &mut self,
        table: impl Into<TableName>,
    ) -> SqlxResult<Option<PrimaryKey>> {
        Ok(PrimaryKey::gather(
            self.primary_keys(table).gathered().await?,
        ))
    }

    /// A table's foreign keys.
    ///
    /// # Errors
    /// As [`FlightSqlListing::fetch_all`]. Cancel-safe.
    pub async fn foreign_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> SqlxResult<Vec<ForeignKey>> {
        Ok(ForeignKey::gather(
            self.imported_keys(table).gathered().await?,
        ))
    }
}

impl fmt::Debug for FlightSqlCatalog<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlCatalog").finish_non_exhaustive()
    }
}

fn tables(columns: bool) -> Request {
    Request::Tables {
        catalog: None,
        schema: None,
        table: None,
        types: Vec::new(),
        columns,
    }
}

fn place(table: &TableName) -> Place {
    Place {
        catalog: table.catalog().map(str::to_owned),
        schema: table.schema().map(str::to_owned),
        table: table.name().to_owned(),
    }
}
