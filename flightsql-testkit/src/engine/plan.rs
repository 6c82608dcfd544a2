//! A statement made ready: its parameters, and the columns of its result.
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

/// A statement SQLite has accepted.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) sql: Sql,
    /// The text SQLite runs.
    pub(crate) text: String,
    pub(crate) params: Params,
    /// It changes nothing.
    pub(crate) readonly: bool,
    /// The schema versions it was made for, of the database and of the temporary objects.
    version: (i64, i64),
    columns: Columns,
}

impl Plan {
    /// Lets SQLite check a statement and reads its shape. `catalog` is `conn`, or another connection where reading the
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
        // SQLite answers for the statement that is explained.
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

    /// Whether tables changed since the plan was made.
    pub(crate) fn is_stale(&self, conn: &Connection, catalog: &Connection) -> Result<bool> {
        Ok(version(conn, catalog)? != self.version)
    }

    /// Whether it answers rows.
    pub(crate) fn has_rows(&self) -> bool {
        !self.columns.is_empty()
    }

    /// It is run for what it does, not only for its rows.
    pub(crate) fn acts(&self) -> bool {
        !self.readonly || self.sql.acts()
    }

    /// It changes data and answers no rows.
    pub(crate) fn is_change(&self) -> bool {
        self.sql.verb() == Verb::Change && !self.has_rows()
    }

    /// The schema before anything is bound: unknown types are `Null`.
    pub(crate) fn dataset_schema(&self) -> Schema {
        self.columns.schema()
    }

    /// Whether the types of some columns can only be told from their values.
    pub(crate) fn is_untyped(&self) -> bool {
        self.columns.is_untyped()
    }

    /// Settles every column's type for these bound values; runs the statement if it has to and may.
    pub(crate) fn output(&self, conn: &Connection, bound: &Bound) -> Result<Output> {
        let mut seen = self.columns.unseen();
        if self.is_untyped() && !self.acts() {
            let mut statement = conn.prepare(&self.text)?;
            self.params.apply(&mut statement, bound)?;
            seen.look(&mut statement.raw_query())?;
        }
        Ok(self.columns.settle(bound, &seen))
    }

    /// The same for values that were seen already, of a statement that must not run twice.
    pub(crate) fn output_of(&self, bound: &Bound, seen: &Seen) -> Output {
        self.columns.settle(bound, seen)
    }

    /// No values yet.
    pub(crate) fn unseen(&self) -> Seen {
        self.columns.unseen()
    }
}

/// The schema version, and the connection's own copy of the schema brought up to it: preparing alone trusts the copy, which
/// another connection may have made stale.
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
