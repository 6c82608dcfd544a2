//! The catalog with SQLx's errors; all methods forward to the client's catalog.

use std::sync::Arc;

use arrow_array::RecordBatch;
use flightsql_client::StatementOptions;
use futures_core::Stream;
use futures_util::TryStreamExt as _;

use super::FlightSqlConnection;
use crate::catalog::{
    DbSchema, ForeignKey, ForeignKeyColumn, PrimaryKey, PrimaryKeyColumn, ServerInfo, Table,
    TableColumn, TableName, XdbcType,
};
use crate::error::{SqlxResult, to_sqlx};
use crate::session::catalog::{Catalog, CatalogQuery};

impl FlightSqlConnection {
    /// Returns the server's catalog: catalogs, schemas, tables, columns, keys, types, and the server information.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// let mut catalog = connection.catalog();
    /// for table in catalog.tables().of_type("TABLE").fetch_all().await? {
    ///     println!("{}", table.name);
    ///     for column in catalog.columns_of(&table.name).await? {
    ///         println!("  {} {}", column.name(), column.type_name());
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn catalog(&mut self) -> FlightSqlCatalog<'_> {
        FlightSqlCatalog(self.session.catalog())
    }
}

/// The catalog of a server; created by [`FlightSqlConnection::catalog`].
///
/// A request that the server does not support is an error whose [`is_unsupported`](crate::ServerError::is_unsupported) is
/// true, never an empty response.
#[derive(Debug)]
pub struct FlightSqlCatalog<'c>(Catalog<'c>);

/// Methods that make a query.
macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty => $passed:expr),*) -> $item:ty;)*) => {
        impl FlightSqlCatalog<'_> {$(
            $(#[$doc])*
            pub fn $name(&mut self, $($argument: $type),*) -> FlightSqlCatalogQuery<'_, $item> {
                FlightSqlCatalogQuery(self.0.$name($($passed),*))
            }
        )*}
    };
}

queries! {
    /// Queries the names of the catalogs: `CommandGetCatalogs`. The response is empty on servers without catalogs.
    catalogs() -> String;
    /// Queries the schemas: `CommandGetDbSchemas`.
    schemas() -> DbSchema;
    /// Queries tables and views: `CommandGetTables`.
    tables() -> Table;
    /// Queries the kinds of tables that the server has, such as `TABLE` and `VIEW`: `CommandGetTableTypes`.
    table_types() -> String;
    /// Queries the columns of all tables that the filter names: `CommandGetTables` with `include_schema`.
    columns() -> TableColumn;
    /// Queries the columns of a table's primary key: `CommandGetPrimaryKeys`.
    primary_keys(table: impl Into<TableName> => table) -> PrimaryKeyColumn;
    /// Queries the foreign keys of a table, and the columns that they reference: `CommandGetImportedKeys`.
    imported_keys(table: impl Into<TableName> => table) -> ForeignKeyColumn;
    /// Queries the foreign keys that reference a table: `CommandGetExportedKeys`.
    exported_keys(table: impl Into<TableName> => table) -> ForeignKeyColumn;
    /// Queries the foreign keys of one table that reference another: `CommandGetCrossReference`.
    cross_reference(
        primary: impl Into<TableName> => primary,
        foreign: impl Into<TableName> => foreign
    ) -> ForeignKeyColumn;
    /// Queries the types of the server, all or those with one ODBC number: `CommandGetXdbcTypeInfo`.
    types(data_type: Option<i32> => data_type) -> XdbcType;
}

impl<'c> FlightSqlCatalog<'c> {
    /// Sets the headers, timeouts and limits of each query of this catalog; see [`StatementOptions`].
    #[must_use]
    pub fn options(self, options: impl Into<Arc<StatementOptions>>) -> FlightSqlCatalog<'c> {
        Self(self.0.options(options))
    }
}

impl FlightSqlCatalog<'_> {
    /// Returns what the server reports about itself. The driver queries it once per pool. This method is cancel safe.
    ///
    /// # Errors
    /// Returns a `Database` error with `is_unsupported` if the server reports nothing.
    pub async fn server_info(&mut self) -> SqlxResult<Arc<ServerInfo>> {
        self.0.server_info().await.map_err(to_sqlx)
    }

    /// Returns the columns of one table, in its order. If the server lists no columns, the driver describes a query on the
    /// table, which runs nothing. This method is cancel safe.
    ///
    /// # Errors
    /// Returns `RowNotFound` if there is no such table. Returns `InvalidArgument` if several schemas have one and `table`
    /// does not specify which. Returns a `Database` error with `is_unsupported` if the server neither lists the columns
    /// nor describes the query. Also returns the errors of [`FlightSqlCatalogQuery::fetch_all`].
    pub async fn columns_of(
        &mut self,
        table: impl Into<TableName>,
    ) -> SqlxResult<Vec<TableColumn>> {
        self.0.columns_of(table).await.map_err(to_sqlx)
    }
}

/// Declares lookups that forward to those of the client.
macro_rules! lookups {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty)?) -> $found:ty;)*) => {
        impl FlightSqlCatalog<'_> {$(
            $(#[$doc])*
            /// This method is cancel safe.
            ///
            /// # Errors
            /// Returns the errors of [`FlightSqlCatalogQuery::fetch_all`].
            pub async fn $name(&mut self $(, $argument: $type)?) -> SqlxResult<$found> {
                self.0.$name($($argument)?).await.map_err(to_sqlx)
            }
        )*}
    };
}

lookups! {
    /// Returns the names of the schemas, without the nameless one of servers that have no schemas.
    schema_names() -> Vec<String>;
    /// Returns the names of the tables and views of a schema, or of all schemas.
    table_names(schema: Option<&str>) -> Vec<String>;
    /// Returns `true` if there is a table or view of exactly this name.
    has_table(table: impl Into<TableName>) -> bool;
    /// Returns the primary key of a table; `None` if it has none.
    primary_key(table: impl Into<TableName>) -> Option<PrimaryKey>;
    /// Returns the foreign keys of a table.
    foreign_keys(table: impl Into<TableName>) -> Vec<ForeignKey>;
}

/// A query to a server's catalog, created by a method of [`FlightSqlCatalog`]. Nothing is sent before one of its `fetch`
/// methods is called.
///
/// Servers disagree on the meaning of a filter. The driver therefore filters their responses again: an exact name returns
/// that name and no other.
#[derive(Debug)]
#[must_use = "nothing is sent before a `fetch` method is called"]
pub struct FlightSqlCatalogQuery<'c, T>(CatalogQuery<'c, T>);

impl<'c, T: Send + 'static> FlightSqlCatalogQuery<'c, T> {
    /// Returns the complete response. This method is cancel safe.
    ///
    /// # Errors
    /// Returns a `Database` error with [`is_unsupported`](crate::ServerError::is_unsupported) if the server does not list
    /// this; an empty response is not an error.
    pub async fn fetch_all(self) -> SqlxResult<Vec<T>> {
        self.0.fetch_all().await.map_err(to_sqlx)
    }

    /// Returns the response as it arrives. Dropping the stream stops the server.
    ///
    /// # Errors
    /// Returns the errors of [`fetch_all`](Self::fetch_all). After a row that is not readable, the stream continues with the
    /// next one; after any other error it ends.
    pub fn fetch(self) -> impl Stream<Item = SqlxResult<T>> + Send + 'c {
        self.0.fetch().map_err(to_sqlx)
    }

    /// Returns the response as record batches with the server's own columns, without the rows that the filter excludes.
    ///
    /// # Errors
    /// Returns the errors of [`fetch_all`](Self::fetch_all); after an error the stream ends.
    pub fn fetch_arrow(self) -> impl Stream<Item = SqlxResult<RecordBatch>> + Send + 'c {
        self.0.fetch_arrow().map_err(to_sqlx)
    }
}

/// Filters of queries, with one argument or none.
macro_rules! filters {
    ($item:ty: $($(#[$doc:meta])* $name:ident($($argument:ident)?);)*) => {
        impl FlightSqlCatalogQuery<'_, $item> {$(
            $(#[$doc])*
            pub fn $name(self, $($argument: impl Into<String>)?) -> Self {
                Self(self.0.$name($($argument)?))
            }
        )*}
    };
}

/// Filters of queries for tables and for columns.
macro_rules! table_filters {
    ($($item:ty),*) => {$(filters! {
        $item:
        /// Restricts the query to this catalog.
        in_catalog(catalog);
        /// Restricts the query to this schema. The name is exact: `%` and `_` in it are literal.
        in_schema(schema);
        /// Restricts the query to schemas with a matching name, as with `LIKE` and the escape character `\`; the server
        /// decides whether case counts.
        in_schemas_like(pattern);
        /// Restricts the query to tables with this exact name.
        named(table);
        /// Restricts the query to tables with a matching name, as with `LIKE` and the escape character `\`; the server decides
        /// whether case counts.
        named_like(pattern);
        /// Adds a type of tables, such as `TABLE` or `VIEW`, as the server writes it. Without one, the query returns
        /// tables of all types.
        of_type(table_type);
    })*};
}

table_filters!(Table, TableColumn);

filters! {
    Table:
    /// Adds the columns of each table, in [`Table::schema`].
    with_columns();
}

filters! {
    DbSchema:
    /// Restricts the query to this catalog.
    in_catalog(catalog);
    /// Restricts the query to schemas with this exact name.
    named(schema);
    /// Restricts the query to schemas with a matching name, as with `LIKE` and the escape character `\`; the server decides
    /// whether case counts.
    named_like(pattern);
}
