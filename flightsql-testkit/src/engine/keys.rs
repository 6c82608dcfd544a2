//! The tables of the database, and the keys between them.
//!
//! Layer: engine. Source: `sqlite_schema` and `PRAGMA foreign_key_list` (<https://www.sqlite.org/pragma.html>).

use rusqlite::Connection;

use super::catalog::Table;
use super::error::Result;

/// A column of a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ForeignKey {
    /// The referencing table.
    pub(crate) table: String,
    pub(crate) column: String,
    /// The referenced table.
    pub(crate) parent: String,
    pub(crate) parent_column: String,
    /// The position within the key, from 1.
    pub(crate) sequence: i32,
    /// The number of the key within its table.
    pub(crate) id: i64,
    /// The referential action, such as `NO ACTION` or `CASCADE`.
    pub(crate) on_update: String,
    pub(crate) on_delete: String,
}

/// Names and types (`TABLE` or `VIEW`) of the tables and views whose name matches a `LIKE` pattern, sorted by name. Without a
/// pattern, all of them.
pub(crate) fn tables(
    conn: &Connection,
    pattern: Option<&str>,
) -> Result<Vec<(String, &'static str)>> {
    let mut statement = conn.prepare(
        "SELECT name, type = 'view' FROM main.sqlite_schema \
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND (?1 IS NULL OR name LIKE ?1 ESCAPE '\\') ORDER BY name",
    )?;
    let rows = statement.query_map([pattern], |row| {
        Ok((row.get(0)?, if row.get(1)? { "VIEW" } else { "TABLE" }))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// The stored name of a table, and the columns of its primary key with their positions, in key order.
pub(crate) type PrimaryKey = (String, Vec<(String, i32)>);

/// Returns the primary key of a table, or `None` if the table does not exist.
pub(crate) fn primary_key(conn: &Connection, table: &str) -> Result<Option<PrimaryKey>> {
    let name = tables(conn, None)?
        .into_iter()
        .map(|(name, _)| name)
        .find(|name| name.eq_ignore_ascii_case(table));
    let Some(name) = name else { return Ok(None) };
    let Some(table) = Table::load_in(conn, "main", &name)? else {
        return Ok(None);
    };
    let keys = table.columns.into_iter().filter(|column| column.key > 0);
    let mut keys: Vec<(String, i32)> = keys
        .map(|column| (column.name, i32::try_from(column.key).unwrap_or(i32::MAX)))
        .collect();
    keys.sort_by_key(|(_, position)| *position);
    Ok(Some((name, keys)))
}

/// Returns all foreign keys of the database, by table, key and position.
pub(crate) fn foreign_keys(conn: &Connection) -> Result<Vec<ForeignKey>> {
    let mut keys = Vec::new();
    for (table, _) in tables(conn, None)? {
        let mut statement = conn.prepare(
            "SELECT id, seq, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1) ORDER BY id, seq",
        )?;
        let rows = statement.query_map([&table], |row| {
            let seq: i32 = row.get(1)?;
            let key = ForeignKey {
                table: table.clone(),
                id: row.get(0)?,
                sequence: seq.saturating_add(1),
                parent: row.get(2)?,
                column: row.get(3)?,
                parent_column: String::new(),
                on_update: row.get(5)?,
                on_delete: row.get(6)?,
            };
            Ok((key, row.get::<_, Option<String>>(4)?))
        })?;
        for row in rows {
            let (mut key, column) = row?;
            key.parent_column = match column {
                Some(column) => column,
                None => implied(conn, &key)?,
            };
            keys.push(key);
        }
    }
    Ok(keys)
}

/// `REFERENCES parent` without columns means the parent's primary key.
fn implied(conn: &Connection, key: &ForeignKey) -> Result<String> {
    let columns = primary_key(conn, &key.parent)?
        .map(|(_, columns)| columns)
        .unwrap_or_default();
    Ok(columns
        .into_iter()
        .find(|(_, position)| *position == key.sequence)
        .map(|(name, _)| name)
        .unwrap_or_default())
}
