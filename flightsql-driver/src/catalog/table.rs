//! Schemas, tables and their columns. Layer D.
//!
//! `CommandGetDbSchemas`, `CommandGetTables` and
//! [the metadata of columns](https://arrow.apache.org/docs/format/FlightSql.html#column-metadata).

use arrow_schema::{FieldRef, SchemaRef};

use super::TableName;
use crate::type_info::FlightSqlTypeInfo;

/// A schema: a row of `CommandGetDbSchemas`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub struct DbSchema {
    /// The catalog it is in, where the server has catalogs.
    pub catalog: Option<String>,
    /// Its name; empty on servers without schemas.
    pub name: String,
}

/// A table or view: a row of `CommandGetTables`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Table {
    /// What it is called, and where it is.
    pub name: TableName,
    /// `TABLE`, `VIEW` or another of the server's table types; its letters are the server's.
    pub table_type: String,
    /// Its columns, when they were asked for and the server sent them.
    pub schema: Option<SchemaRef>,
}

/// A column of a table, as the schema in `CommandGetTables` tells.
#[derive(Debug, Clone, PartialEq)]
pub struct TableColumn {
    table: TableName,
    ordinal: usize,
    field: FieldRef,
    type_info: FlightSqlTypeInfo,
}

impl TableColumn {
    pub(crate) fn new(
        table: TableName,
        ordinal: usize,
        field: FieldRef,
        type_info: FlightSqlTypeInfo,
    ) -> Self {
        Self {
            table,
            ordinal,
            field,
            type_info,
        }
    }

    /// The table it is a column of.
    #[must_use]
    pub fn table(&self) -> &TableName {
        &self.table
    }

    /// Its place, counted from 0.
    #[must_use]
    pub fn ordinal(&self) -> usize {
        self.ordinal
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.field.name()
    }

    /// Its Arrow type, with the SQL name: the dialect's, else the server's own, else the standard one.
    #[must_use]
    pub fn type_info(&self) -> &FlightSqlTypeInfo {
        &self.type_info
    }

    /// Whether the server says that it may hold NULL.
    #[must_use]
    pub fn is_nullable(&self) -> bool {
        self.field.is_nullable()
    }

    /// The Arrow field as the server sent it, with all its metadata.
    #[must_use]
    pub fn field(&self) -> &FieldRef {
        &self.field
    }

    /// `ARROW:FLIGHT:SQL:PRECISION`: digits of a number, length of a text.
    #[must_use]
    pub fn precision(&self) -> Option<i32> {
        self.metadata("ARROW:FLIGHT:SQL:PRECISION")?.parse().ok()
    }

    /// `ARROW:FLIGHT:SQL:SCALE`: digits behind the point.
    #[must_use]
    pub fn scale(&self) -> Option<i32> {
        self.metadata("ARROW:FLIGHT:SQL:SCALE")?.parse().ok()
    }

    /// `ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT`.
    #[must_use]
    pub fn is_auto_increment(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_AUTO_INCREMENT")
    }

    /// `ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE`.
    #[must_use]
    pub fn is_case_sensitive(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_CASE_SENSITIVE")
    }

    /// `ARROW:FLIGHT:SQL:IS_READ_ONLY`.
    #[must_use]
    pub fn is_read_only(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_READ_ONLY")
    }

    /// `ARROW:FLIGHT:SQL:IS_SEARCHABLE`: whether it may stand in a WHERE clause.
    #[must_use]
    pub fn is_searchable(&self) -> Option<bool> {
        self.flag("ARROW:FLIGHT:SQL:IS_SEARCHABLE")
    }

    /// `ARROW:FLIGHT:SQL:REMARKS`: the comment on the column.
    #[must_use]
    pub fn comment(&self) -> Option<&str> {
        self.metadata("ARROW:FLIGHT:SQL:REMARKS")
    }

    /// The expression that a column left out of an INSERT gets: `ARROW:FLIGHT:SQL:COLUMN_DEF`, or GizmoSQL's own key.
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
