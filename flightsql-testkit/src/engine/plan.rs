//! A planned statement: its parameters and the columns of its result.
//!
//! Layer: engine, above `derive`, `infer` and `columns`.

use std::sync::Arc;

use arrow_schema::Schema;
use rusqlite::Connection;

use super::catalog::Table;
use super::columns::{Columns, Output, Seen};
use super::derive::{self, Catalog};
use super::error::Result;
use super::infer;
use super::params::{Bound, Params, Placeholder};
use super::sql::{Sql, Verb};

/// A statement that SQLite has accepted.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) sql: Sql,
    /// The SQL that SQLite runs.
    pub(crate) text: String,
    pub(crate) params: Params,
    /// Whether the statement changes nothing.
    pub(crate) readonly: bool,
    /// The schema versions of the database and of the temporary objects.
    version: (i64, i64),
    columns: Columns,
}

impl Plan {
    /// Prepares a statement with SQLite and reads its structure. `catalog` is `conn`, or another connection if reading the
    /// catalog on `conn` would open its snapshot.
    pub(crate) fn new(
        conn: &Connection,
        catalog: &Connection,
        sql: Sql,
        style: Placeholder,
    ) -> Result<Self> {
        let text = sql.for_sqlite();
        let version = version(conn, catalog)?;
        let statement = conn.prepare(&text)?;
        let mut params = Params::new(&sql, &statement, style)?;
        let catalog = Catalog::new(conn, catalog);
        let derived = derive::derive(&catalog, &sql).unwrap_or_default();
        if !params.list().is_empty() {
            let names = infer::tables_named(&sql);
            let table =
                |(schema, name): &(Option<String>, String)| catalog.table(schema.as_deref(), name);
            let tables: Vec<Arc<Table>> = names.iter().filter_map(table).collect();
            infer::infer(&sql, &mut params, &derived, &tables);
        }
        let columns = Columns::new(&statement, derived, &params);
        // SQLite reports the properties of the explained statement.
        let readonly = statement.readonly() || sql.is(0, "EXPLAIN");
        drop(statement);
        Ok(Self {
            sql,
            text,
            params,
            readonly,
            version,
            columns,
        })
    }

    /// Returns `true` if tables changed after planning.
    pub(crate) fn is_stale(&self, conn: &Connection, catalog: &Connection) -> Result<bool> {
        Ok(version(conn, catalog)? != self.version)
    }

    /// Returns `true` if the statement returns rows.
    pub(crate) fn has_rows(&self) -> bool {
        !self.columns.is_empty()
    }

    /// Returns `true` if the statement has effects in addition to its rows.
    pub(crate) fn acts(&self) -> bool {
        !self.readonly || self.sql.acts()
    }

    /// Returns `true` if the statement changes data and returns no rows.
    pub(crate) fn is_change(&self) -> bool {
        self.sql.verb() == Verb::Change && !self.has_rows()
    }

    /// Returns the schema before binding. Unknown types are `Null`.
    pub(crate) fn dataset_schema(&self) -> Schema {
        self.columns.schema()
    }

    /// Returns `true` if the types of some columns depend on their values.
    pub(crate) fn is_untyped(&self) -> bool {
        self.columns.is_untyped()
    }

    /// Determines the type of every column for these bound values. Runs the statement if that is necessary and allowed.
    pub(crate) fn output(&self, conn: &Connection, bound: &Bound) -> Result<Output> {
        let mut seen = self.columns.unseen();
        if self.is_untyped() && !self.acts() {
            let mut statement = conn.prepare(&self.text)?;
            self.params.apply(&mut statement, bound)?;
            seen.look(&mut statement.raw_query())?;
        }
        Ok(self.columns.settle(bound, &seen))
    }

    /// Determines the types from recorded values, for a statement that must not run twice.
    pub(crate) fn output_of(&self, bound: &Bound, seen: &Seen) -> Output {
        self.columns.settle(bound, seen)
    }

    /// Returns an empty record of values.
    pub(crate) fn unseen(&self) -> Seen {
        self.columns.unseen()
    }
}

/// Reads the schema version, and refreshes the schema copy of the connection. Preparing alone uses the copy, which another
/// connection may have made stale.
fn version(conn: &Connection, catalog: &Connection) -> Result<(i64, i64)> {
    catalog.query_row(
        "SELECT max(rowid) FROM (SELECT rowid FROM sqlite_schema LIMIT 1)",
        [],
        |_| Ok(()),
    )?;
    let main = catalog.query_row("PRAGMA main.schema_version", [], |row| row.get(0))?;
    let temp = conn.query_row("PRAGMA temp.schema_version", [], |row| row.get(0))?;
    Ok((main, temp))
}
