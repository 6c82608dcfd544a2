//! What the database says about its tables.
//!
//! Layer: engine. Source: `PRAGMA table_xinfo` and `table_list` (<https://www.sqlite.org/pragma.html>).

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{Field, Schema};
use rusqlite::Connection;

use super::error::Result;
use super::types::ColType;

/// The one catalog.
pub(crate) const CATALOG: &str = "main";
/// SQLite has no schemas; this server pretends there is one without a name.
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
    /// The declared type, empty when there is none.
    pub(crate) decl: String,
    pub(crate) not_null: bool,
    /// Position in the primary key, from 1; 0 for none.
    pub(crate) key: i64,
    /// Computed: takes no value in `INSERT`.
    pub(crate) generated: bool,
    /// The expression of its `DEFAULT`.
    pub(crate) default: Option<String>,
}

impl Table {
    /// Reads a table; `None` when there is none of that name.
    pub(crate) fn load(conn: &Connection, name: &str) -> Result<Option<Self>> {
        Self::query(conn, "pragma_table_xinfo(?1)", &[name])
    }

    /// The same in one of SQLite's own schemas, `main` or `temp`.
    pub(crate) fn load_in(conn: &Connection, schema: &str, name: &str) -> Result<Option<Self>> {
        Self::query(conn, "pragma_table_xinfo(?1, ?2)", &[name, schema])
    }

    fn query(conn: &Connection, source: &str, args: &[&str]) -> Result<Option<Self>> {
        let name = args[0];
        let text = format!(
            "SELECT name, type, \"notnull\", pk, hidden, dflt_value FROM {source} WHERE hidden <> 1"
        );
        let mut statement = conn.prepare(&text)?;
        let rows = statement.query_map(rusqlite::params_from_iter(args), |row| {
            Ok(TableColumn {
                name: row.get(0)?,
                decl: row.get(1)?,
                not_null: row.get(2)?,
                key: row.get(3)?,
                generated: row.get::<_, i64>(4)? > 1,
                default: row.get(5)?,
            })
        })?;
        let mut columns = rows.collect::<rusqlite::Result<Vec<_>>>()?;
        if columns.is_empty() {
            return Ok(None);
        }
        mark_key(conn, name, &mut columns)?;
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

    /// The Arrow schema of the whole table; a column without a known declared type is `Null`.
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
    /// The type of the declaration, `None` when it is absent or unknown.
    pub(crate) fn ty(&self) -> Option<ColType> {
        ColType::from_decl(&self.decl)
    }
}

/// Key columns that cannot hold NULL although they are not declared so: the row id, and keys of `WITHOUT ROWID` tables.
fn mark_key(conn: &Connection, name: &str, columns: &mut [TableColumn]) -> Result<()> {
    let keys = columns.iter().filter(|column| column.key > 0).count();
    if keys == 0
        || columns
            .iter()
            .all(|column| column.key == 0 || column.not_null)
    {
        return Ok(());
    }
    let mut statement = conn.prepare("SELECT coalesce(max(wr), 0) FROM pragma_table_list(?1)")?;
    let without_rowid: bool = statement.query_row([name], |row| row.get(0))?;
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

/// Flight SQL writes booleans as 1 and 0.
fn flag(value: bool) -> String {
    u8::from(value).to_string()
}
