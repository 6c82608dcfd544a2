//! The catalog of the database.
//!
//! Layer: engine. Source: `PRAGMA table_xinfo` and `index_info` (<https://www.sqlite.org/pragma.html>).

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field, Schema};
use rusqlite::Connection;

use super::error::Result;
use super::types::ColType;

/// The only catalog.
pub(crate) const CATALOG: &str = "main";
/// The only schema, without a name, because SQLite has no schemas.
pub(crate) const SCHEMA: &str = "";

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) name: String,
    pub(crate) columns: Vec<TableColumn>,
}

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableColumn {
    pub(crate) name: String,
    /// The declared type, or an empty string.
    pub(crate) decl: String,
    pub(crate) not_null: bool,
    /// The position in the primary key, from 1, or 0.
    pub(crate) key: i64,
    /// Whether the column is computed, so that `INSERT` accepts no value for it.
    pub(crate) generated: bool,
    /// The expression of the `DEFAULT` clause.
    pub(crate) default: Option<String>,
}

impl Table {
    /// Reads a table of one of SQLite's schemas, `main` or `temp`. Returns `None` if it does not exist. It reads only that
    /// schema, so it opens no snapshot of the other, unlike the table-valued functions `pragma_…`.
    pub(crate) fn load_in(
        conn: &Connection,
        schema: &'static str,
        name: &str,
    ) -> Result<Option<Self>> {
        let quoted = name.replace('\'', "''");
        let mut statement = conn.prepare(&format!("PRAGMA {schema}.table_xinfo('{quoted}')"))?;
        let rows = statement.query_map([], |row| {
            let hidden: i64 = row.get("hidden")?;
            let column = TableColumn {
                name: row.get("name")?,
                decl: row.get("type")?,
                not_null: row.get("notnull")?,
                key: row.get("pk")?,
                generated: hidden > 1,
                default: row.get("dflt_value")?,
            };
            Ok((hidden != 1).then_some(column))
        })?;
        let columns = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        let mut columns: Vec<TableColumn> = columns.into_iter().flatten().collect();
        if columns.is_empty() {
            return Ok(None);
        }
        // Only a table without row ids has an index with its own name, which is its primary key.
        mark_key(&mut columns, || {
            let mut key = conn.prepare(&format!("PRAGMA {schema}.index_info('{quoted}')"))?;
            Ok(key.exists([])?)
        })?;
        Ok(Some(Self {
            name: name.to_owned(),
            columns,
        }))
    }

    pub(crate) fn column(&self, name: &str) -> Option<&TableColumn> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// Returns the Arrow schema of the table. A column without a known declared type is `Null`.
    pub(crate) fn schema(&self) -> Schema {
        let field = |column: &TableColumn| {
            let ty = column.ty().unwrap_or(ColType::Null);
            let field = ty.field(&column.name, !column.not_null);
            describe(field, &column.decl, Some((&self.name, column)))
        };
        Schema::new(
            self.columns
                .iter()
                .map(field)
                .map(Arc::new)
                .collect::<Vec<_>>(),
        )
    }
}

impl TableColumn {
    /// Returns the declared type, or `None` if it is absent or unknown.
    pub(crate) fn ty(&self) -> Option<ColType> {
        ColType::from_decl(&self.decl)
    }
}

/// Returns key columns that reject NULL without a declaration: the row id, and keys of `WITHOUT ROWID` tables.
fn mark_key(
    columns: &mut [TableColumn],
    without_rowid: impl FnOnce() -> Result<bool>,
) -> Result<()> {
    let keys = columns.iter().filter(|column| column.key > 0).count();
    if keys == 0
        || columns
            .iter()
            .all(|column| column.key == 0 || column.not_null)
    {
        return Ok(());
    }
    let without_rowid = without_rowid()?;
    for column in columns.iter_mut().filter(|column| column.key > 0) {
        column.not_null |=
            without_rowid || (keys == 1 && column.decl.eq_ignore_ascii_case("INTEGER"));
    }
    Ok(())
}

/// Adds the Flight SQL column metadata to a field.
pub(crate) fn describe(field: Field, decl: &str, origin: Option<(&str, &TableColumn)>) -> Field {
    let mut metadata: HashMap<String, String> = field.metadata().clone();
    let mut put =
        |key: &str, value: String| metadata.insert(format!("ARROW:FLIGHT:SQL:{key}"), value);
    if !decl.is_empty() {
        put("TYPE_NAME", decl.to_ascii_uppercase());
        if let Some(ColType::Decimal(precision, scale)) = ColType::from_decl(decl) {
            put("PRECISION", precision.to_string());
            put("SCALE", scale.to_string());
        }
    }
    if let Some((table, column)) = origin {
        put("CATALOG_NAME", CATALOG.to_owned());
        put("SCHEMA_NAME", SCHEMA.to_owned());
        put("TABLE_NAME", table.to_owned());
        let row_id = column.key == 1 && column.decl.eq_ignore_ascii_case("INTEGER");
        put("IS_AUTO_INCREMENT", flag(row_id));
        put(
            "IS_CASE_SENSITIVE",
            flag(column.ty() == Some(ColType::Text)),
        );
        put("IS_READ_ONLY", flag(column.generated));
        put("IS_SEARCHABLE", flag(true));
        if let Some(default) = &column.default {
            put("COLUMN_DEF", default.clone());
        }
    }
    field.with_metadata(metadata)
}

/// Formats a boolean as 1 or 0, as Flight SQL requires.
fn flag(value: bool) -> String {
    u8::from(value).to_string()
}
