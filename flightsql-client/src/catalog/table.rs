//! Schemas, tables and their columns.
//!
//! `CommandGetDbSchemas`, `CommandGetTables` and
//! [the metadata of columns](https://arrow.apache.org/docs/format/FlightSql.html#column-metadata).

use arrow_schema::{FieldRef, SchemaRef};

use super::TableName;
use crate::arrow::logical_type::server_type_name;
use crate::arrow::type_name::sql_name;

/// A schema: a row of `CommandGetDbSchemas`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct DbSchema {
    /// Catalog of the schema, if the server has catalogs.
    pub catalog: Option<String>,
    /// Name of the schema; empty on servers without schemas.
    pub name: String,
}

/// A table or view: a row of `CommandGetTables`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Table {
    /// Name of the table with its schema and catalog.
    pub name: TableName,
    /// Type of the table, such as `TABLE` or `VIEW`, as the server writes it.
    pub table_type: String,
    /// Columns of the table, if they were requested and the server sent readable ones.
    pub schema: Option<SchemaRef>,
}

/// A column of a table, from the schema of a row of `CommandGetTables`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    table: TableName,
    ordinal: usize,
    field: FieldRef,
    mapped: FieldRef,
    type_name: String,
}

impl TableColumn {
    pub(crate) fn new(table: TableName, ordinal: usize, field: FieldRef, mapped: FieldRef) -> Self {
        let standard = || (*sql_name(mapped.data_type(), mapped.extension_type_name())).to_owned();
        Self {
            table,
            ordinal,
            type_name: server_type_name(&mapped).unwrap_or_else(standard),
            field,
            mapped,
        }
    }

    /// Returns the table of the column.
    #[must_use]
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// Returns the position in the table, counted from 0.
    #[must_use]
    pub fn ordinal(&self) -> usize {
        self.ordinal
    }

    /// Returns the name of the column.
    #[must_use]
    pub fn name(&self) -> &str {
        self.field.name()
    }

    /// Returns the SQL name of its type: the dialect's, otherwise the server's own, otherwise the standard one.
    #[must_use]
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// Returns `true` if the server reports that the column may contain NULL.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.field.is_nullable()
    }

    /// Returns the Arrow field as the server sent it, with all its metadata.
    #[must_use]
    pub fn field(&self) -> &FieldRef {
        &self.field
    }

    /// Returns the Arrow field as the dialect's type map means it, which is the field of a query's result. It is equal to
    /// [`field`](Self::field), except for the SQL name of the type, if no rule of the type map matches.
    #[must_use]
    pub fn mapped_field(&self) -> &FieldRef {
        &self.mapped
    }

    /// Returns `ARROW:FLIGHT:SQL:PRECISION`: the number of digits of a number, or the length of a string.
    #[must_use]
    pub fn precision(&self) -> Option<i32> {
        self.metadata("ARROW:FLIGHT:SQL:PRECISION")?.parse().ok()
    }

    /// Returns `ARROW:FLIGHT:SQL:SCALE`: the number of fraction digits.
    #[must_use]
    pub fn scale(&self) -> Option<i32> {
        self.metadata("ARROW:FLIGHT:SQL:SCALE")?.parse().ok()
    }

    /// Returns `ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT`.
    #[must_use]
    pub fn is_auto_increment(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT")
    }

    /// Returns `ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE`.
    #[must_use]
    pub fn is_case_sensitive(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE")
    }

    /// Returns `ARROW:FLIGHT:SQL:IS_READ_ONLY`.
    #[must_use]
    pub fn is_read_only(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_READ_ONLY")
    }

    /// Returns `ARROW:FLIGHT:SQL:IS_SEARCHABLE`: whether a WHERE clause may use the column.
    #[must_use]
    pub fn is_searchable(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_SEARCHABLE")
    }

    /// Returns `ARROW:FLIGHT:SQL:REMARKS`: the comment on the column.
    #[must_use]
    pub fn comment(&self) -> Option<&str> {
        self.metadata("ARROW:FLIGHT:SQL:REMARKS")
    }

    /// Returns the default expression of the column: `ARROW:FLIGHT:SQL:COLUMN_DEF`, or GizmoSQL's own key.
    #[must_use]
    pub fn default_value(&self) -> Option<&str> {
        self.metadata("ARROW:FLIGHT:SQL:COLUMN_DEF")
            .or_else(|| self.metadata("GIZMOSQL:COLUMN_DEFAULT"))
    }

    fn metadata(&self, key: &str) -> Option<&str> {
        let value = self.field.metadata().get(key)?;
        (!value.is_empty()).then_some(value)
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match self.metadata(key)? {
            "1" => Some(true),
            "0" => Some(false),
            text if text.eq_ignore_ascii_case("true") => Some(true),
            text if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }
}
