//! The catalog and the server information, through the
//! [metadata commands](https://arrow.apache.org/docs/format/FlightSql.html#sql-metadata) of Flight SQL.

mod filters;
mod query;
mod read;
mod row;

use std::sync::Arc;

pub use query::CatalogQuery;
use read::Read;

use super::scope::Scoped;
use super::{Description, Session};
use crate::catalog::{
    DbSchema, Filter, ForeignKey, ForeignKeyColumn, PrimaryKey, PrimaryKeyColumn, ServerInfo,
    Table, TableColumn, TableName, XdbcType,
};
use crate::error::{Error, Result};
use crate::options::StatementOptions;
use crate::protocol::metadata::Request;

/// The catalog of a server; created by [`Session::catalog`].
///
/// A request that the server does not support is an error for which [`is_unsupported`](Error::is_unsupported) is true, never
/// an empty response.
#[derive(Debug)]
pub struct Catalog<'c> {
    session: &'c mut Session,
    options: Option<Arc<StatementOptions>>,
}

impl<'c> Catalog<'c> {
    pub(super) fn new(session: &'c mut Session) -> Self {
        Self {
            session,
            options: None,
        }
    }

    /// Sets the headers, timeouts and limits of each query of this catalog; see [`StatementOptions`].
    #[must_use]
    pub fn options(mut self, options: impl Into<Arc<StatementOptions>>) -> Self {
        self.options = Some(options.into());
        self
    }

    fn query<T: Send + 'static>(&mut self, request: Request, read: Read<T>) -> CatalogQuery<'_, T> {
        CatalogQuery::new(self.session, request, read).options(self.options.clone())
    }

    /// Returns what the server reports about itself. The sessions of one client query it once. This method is cancel safe.
    ///
    /// # Errors
    /// Returns an error for which [`is_unsupported`](Error::is_unsupported) is true if the server reports nothing.
    pub async fn server_info(&mut self) -> Result<Arc<ServerInfo>> {
        let shared = Arc::clone(&self.session.shared);
        let query = async {
            let everything = Request::SqlInfo(Vec::new());
            let query = self.query(everything, read::sql_info);
            let values = query.gathered().await?;
            Ok(Arc::new(ServerInfo::new(values.into_iter().collect())))
        };
        shared.server_info.get_or_try_init(|| query).await.cloned()
    }

    /// Queries the names of the catalogs; empty on servers without catalogs.
    pub fn catalogs(&mut self) -> CatalogQuery<'_, String> {
        self.query(Request::Catalogs, read::catalog)
    }

    /// Queries the schemas.
    pub fn schemas(&mut self) -> CatalogQuery<'_, DbSchema> {
        let request = Request::Schemas {
            catalog: None,
            pattern: None,
        };
        self.query(request, read::db_schema)
    }

    /// Queries tables and views.
    pub fn tables(&mut self) -> CatalogQuery<'_, Table> {
        self.query(tables(false), read::table)
    }

    /// Queries the kinds of tables, such as `TABLE` and `VIEW`.
    pub fn table_types(&mut self) -> CatalogQuery<'_, String> {
        self.query(Request::TableTypes, read::table_type)
    }

    /// Queries the columns of all tables that the filter names.
    pub fn columns(&mut self) -> CatalogQuery<'_, TableColumn> {
        self.query(tables(true), read::columns)
    }

    /// Queries the columns of a table's primary key.
    pub fn primary_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> CatalogQuery<'_, PrimaryKeyColumn> {
        let table = table.into();
        let request = Request::PrimaryKeys(table.clone());
        self.query(request, read::primary_key)
            .keep(Filter::of(&table))
    }

    /// Queries the foreign keys of a table, and the columns that they reference.
    pub fn imported_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> CatalogQuery<'_, ForeignKeyColumn> {
        let table = table.into();
        let request = Request::ImportedKeys(table.clone());
        self.query(request, read::imported_key)
            .keep(Filter::of(&table))
    }

    /// Queries the foreign keys that reference a table.
    pub fn exported_keys(
        &mut self,
        table: impl Into<TableName>,
    ) -> CatalogQuery<'_, ForeignKeyColumn> {
        let table = table.into();
        let request = Request::ExportedKeys(table.clone());
        self.query(request, read::exported_key)
            .keep(Filter::of(&table))
    }

    /// Queries the foreign keys of one table that reference another.
    pub fn cross_reference(
        &mut self,
        primary: impl Into<TableName>,
        foreign: impl Into<TableName>,
    ) -> CatalogQuery<'_, ForeignKeyColumn> {
        let foreign = foreign.into();
        let request = Request::CrossReference {
            primary: primary.into(),
            foreign: foreign.clone(),
        };
        self.query(request, read::imported_key)
            .keep(Filter::of(&foreign))
    }

    /// Queries the types of the server, all or those with one ODBC number.
    pub fn types(&mut self, data_type: Option<i32>) -> CatalogQuery<'_, XdbcType> {
        self.query(Request::XdbcTypes(data_type), read::xdbc_type)
    }

    /// Returns the names of the schemas, without the nameless one of servers that have no schemas. This method is cancel safe.
    ///
    /// # Errors
    /// Returns the errors of [`CatalogQuery::fetch_all`].
    pub async fn schema_names(&mut self) -> Result<Vec<String>> {
        let schemas = self.schemas().fetch_all().await?;
        let names = schemas.into_iter().map(|schema| schema.name);
        Ok(names.filter(|name| !name.is_empty()).collect())
    }

    /// Returns the names of the tables and views of a schema, or of all schemas. This method is cancel safe.
    ///
    /// # Errors
    /// Returns the errors of [`CatalogQuery::fetch_all`].
    pub async fn table_names(&mut self, schema: Option<&str>) -> Result<Vec<String>> {
        let tables = match schema {
            Some(schema) => self.tables().in_schema(schema),
            None => self.tables(),
        };
        let tables = tables.fetch_all().await?;
        let names = tables.into_iter().map(|table| table.name.name().to_owned());
        Ok(names.collect())
    }

    /// Returns `true` if there is a table or view of exactly this name. This method is cancel safe.
    ///
    /// # Errors
    /// Returns the errors of [`CatalogQuery::fetch_all`].
    pub async fn has_table(&mut self, table: impl Into<TableName>) -> Result<bool> {
        let table = table.into();
        let found = self.tables().keep(Filter::of(&table)).gathered().await?;
        Ok(!found.is_empty())
    }

    /// Returns the columns of one table, in its order. If the server lists no columns, a query on the table is described,
    /// which runs nothing. This method is cancel safe.
    ///
    /// # Errors
    /// Returns an error for which [`is_not_found`](Error::is_not_found) is true if there is no such table, and one for
    /// which [`is_argument`](Error::is_argument) is true if several schemas have one and `table` does not specify which.
    /// Also returns the errors of [`CatalogQuery::fetch_all`].
    pub async fn columns_of(&mut self, table: impl Into<TableName>) -> Result<Vec<TableColumn>> {
        let table = table.into();
        let filter = Filter::of(&table);
        let query = self.query(tables(true), read::listed_table);
        let mut listed = match query.keep(filter).gathered().await {
            // Some servers list nothing, and describe queries.
            Err(error) if error.is_unsupported() => return self.described(&table).await,
            listed => listed?,
        };
        match &mut listed[..] {
            [] => Err(Error::row_not_found()),
            [(found, Ok(Some(schema)))] => {
                let dialect = self.session.dialect();
                Ok(read::columns_of(&found.name, schema, dialect))
            }
            [(found, Ok(None))] => self.described(&found.name).await,
            [(found, Err(_))] => {
                let described = self.described(&found.name).await;
                // The error of the listing names the cause.
                let (_, broken) = listed.swap_remove(0);
                match (described, broken) {
                    (Err(_), Err(broken)) => Err(self.session.masked(broken)),
                    (described, _) => described,
                }
            }
            several => {
                let names = several.iter().map(|(table, _)| table.name.to_string());
                let names: Vec<_> = names.collect();
                let text = format!(
                    "there are several tables `{table}`: {}; specify the schema and catalog",
                    names.join(", ")
                );
                Err(self.session.masked(Error::argument(text)))
            }
        }
    }

    async fn described(&mut self, table: &TableName) -> Result<Vec<TableColumn>> {
        let sql = format!("SELECT * FROM {}", table.quoted(self.session.dialect()));
        let described = self.describe_alone(&sql).await;
        let described = described.map_err(|error| match error.is_unsupported() {
            true => Error::unsupported(format!(
                "the columns of table `{table}` are unknown, because the server neither lists them nor describes queries; \
                 run a query on the table and read the columns of its result"
            )),
            false => error,
        });
        let described = described.map_err(|error| self.session.masked(error))?;
        let (schema, dialect) = (described.columns.sent(), self.session.dialect());
        Ok(read::columns_of(table, schema, dialect))
    }

    async fn describe_alone(&mut self, sql: &str) -> Result<Description> {
        let mut session = self.session.scoped(self.options.as_ref())?;
        let scope = session.last_scope.clone();
        let described = session.describe_statement(sql, false);
        Scoped::within(scope.as_ref(), described).await
    }

    /// Returns the primary key of a table; `None` if it has none. This method is cancel safe.
    ///
    /// # Errors
    /// Returns the errors of [`CatalogQuery::fetch_all`].
    pub async fn primary_key(&mut self, table: impl Into<TableName>) -> Result<Option<PrimaryKey>> {
        let columns = self.primary_keys(table).gathered().await?;
        Ok(PrimaryKey::gather(columns))
    }

    /// Returns the foreign keys of a table. This method is cancel safe.
    ///
    /// # Errors
    /// Returns the errors of [`CatalogQuery::fetch_all`].
    pub async fn foreign_keys(&mut self, table: impl Into<TableName>) -> Result<Vec<ForeignKey>> {
        let columns = self.imported_keys(table).gathered().await?;
        Ok(ForeignKey::gather(columns))
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
