//! The filters of a [`CatalogQuery`].

use super::CatalogQuery;
use crate::catalog::{DbSchema, Pattern, Table, TableColumn};
use crate::protocol::metadata::Request;

/// Filters of queries, each of which changes one condition.
macro_rules! filters {
    ($item:ty: $($(#[$doc:meta])* $name:ident($value:ident) => |$filter:ident| $change:expr;)*) => {
        impl CatalogQuery<'_, $item> {$(
            $(#[$doc])*
            pub fn $name(mut self, $value: impl Into<String>) -> Self {
                let ($filter, $value) = (&mut self.filter, $value.into());
                $change;
                self
            }
        )*}
    };
}

/// Filters of queries for tables and for columns.
macro_rules! table_filters {
    ($($item:ty),*) => {$(filters! {
        $item:
        /// Restricts the query to this catalog.
        in_catalog(catalog) => |filter| filter.catalog = Some(catalog);
        /// Restricts the query to this schema. The name is exact: `%` and `_` in it are literal.
        in_schema(schema) => |filter| filter.schema = Some(Pattern::Exact(schema));
        /// Restricts the query to schemas whose name matches: `%` is any text, `_` any character, and a backslash before
        /// `%`, `_` or `\` makes it literal. The server decides whether case counts.
        in_schemas_like(pattern) => |filter| filter.schema = Some(Pattern::Like(pattern));
        /// Restricts the query to this exact name.
        named(table) => |filter| filter.table = Some(Pattern::Exact(table));
        /// Restricts the query to names that match: `%` is any text, `_` any character, and a backslash before `%`, `_` or
        /// `\` makes it literal. The server decides whether case counts.
        named_like(pattern) => |filter| filter.table = Some(Pattern::Like(pattern));
        /// Adds a type of tables, such as `TABLE` or `VIEW`, as the server writes it. Without one, the query returns tables
        /// of all types.
        of_type(table_type) => |filter| filter.types.push(table_type);
    })*};
}

table_filters!(Table, TableColumn);

filters! {
    DbSchema:
    /// Restricts the query to this catalog.
    in_catalog(catalog) => |filter| filter.catalog = Some(catalog);
    /// Restricts the query to this exact name.
    named(schema) => |filter| filter.schema = Some(Pattern::Exact(schema));
    /// Restricts the query to names that match: `%` is any text, `_` any character, and a backslash before `%`, `_` or `\`
    /// makes it literal. The server decides whether case counts.
    named_like(pattern) => |filter| filter.schema = Some(Pattern::Like(pattern));
}

impl CatalogQuery<'_, Table> {
    /// Adds the columns of each table, in [`Table::schema`].
    pub fn with_columns(mut self) -> Self {
        if let Request::Tables { columns, .. } = &mut self.request {
            *columns = true;
        }
        self
    }
}
