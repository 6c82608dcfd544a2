//! Bulk ingest: inserts record batches into a table, all or nothing.
//!
//! Layer: engine. Message: `CommandStatementIngest` (<https://arrow.apache.org/docs/format/FlightSql.html>). Columns are
//! matched by name. Columns that the batches lack get their default.

use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::Schema;
use rusqlite::Connection;

use super::catalog::Table;
use super::error::{Kind, Result, SqliteError};
use super::types::ColType;
use super::write;

/// Target table of the rows, and the handling of an existing or missing table.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub(crate) table: String,
    /// Whether the table is in the `temp` schema, which lives as long as its connection.
    pub(crate) temporary: bool,
    pub(crate) if_missing: Missing,
    pub(crate) if_exists: Exists,
}

/// Handling of a missing table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    Create,
    Fail,
}

/// Handling of an existing table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exists {
    Append,
    Replace,
    Fail,
}

/// Reads the target table, if it exists. This is planning work, see [`plan_on`](super::held::plan_on).
pub(crate) fn find(
    conn: &Connection,
    catalog: &Connection,
    target: &Target,
) -> Result<Option<Table>> {
    match target.temporary {
        true => Table::load_in(conn, "temp", &target.table),
        false => Table::load_in(catalog, "main", &target.table),
    }
}

/// Prepares the table and inserts every batch of `next`. Returns the number of rows.
pub(crate) fn ingest(
    conn: &Connection,
    target: &Target,
    existing: Option<&Table>,
    schema: &Schema,
    next: &mut dyn FnMut() -> Result<Option<RecordBatch>>,
) -> Result<i64> {
    if schema.fields().is_empty() {
        return Err(SqliteError::invalid("the ingested data has no columns"));
    }
    atomically(conn, || {
        let hints = prepare_table(conn, target, existing, schema)?;
        let mut statement = conn.prepare(&insert(target, schema))?;
        let mut total = 0_i64;
        while let Some(batch) = next()? {
            let columns = batch
                .columns()
                .iter()
                .map(write::normalize)
                .collect::<Result<Vec<ArrayRef>>>()?;
            for row in 0..batch.num_rows() {
                for (index, (column, hint)) in columns.iter().zip(&hints).enumerate() {
                    let value = write::value(column.as_ref(), row, *hint)
                        .map_err(|error| named(schema, index, &error))?;
                    statement.raw_bind_parameter(index + 1, value)?;
                }
                statement.raw_execute()?;
                total += 1;
            }
        }
        Ok(total)
    })
}

/// Undoes all changes if a step fails, inside or outside a transaction.
pub(crate) fn atomically<T>(conn: &Connection, work: impl FnOnce() -> Result<T>) -> Result<T> {
    atomically_unless(conn, |_| false, work)
}

/// Undoes all changes unless `keeps` returns `true` for the error.
pub(crate) fn atomically_unless<T>(
    conn: &Connection,
    keeps: impl FnOnce(&SqliteError) -> bool,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    conn.execute_batch("SAVEPOINT flightsql_rows")?;
    let result = work().and_then(|value| {
        conn.execute_batch("RELEASE flightsql_rows")?;
        Ok(value)
    });
    // SQLite may have rolled back the complete transaction on its own.
    if let Err(error) = &result
        && !conn.is_autocommit()
    {
        let kept = keeps(error) && conn.execute_batch("RELEASE flightsql_rows").is_ok();
        if !kept {
            conn.execute_batch("ROLLBACK TO flightsql_rows; RELEASE flightsql_rows")?;
        }
    }
    result
}

/// Returns the types of the target columns.
fn prepare_table(
    conn: &Connection,
    target: &Target,
    existing: Option<&Table>,
    schema: &Schema,
) -> Result<Vec<Option<ColType>>> {
    let name = &target.table;
    match (existing, target.if_missing, target.if_exists) {
        (None, Missing::Fail, _) => {
            return Err(SqliteError::new(
                Kind::NotFound,
                format!("no such table: {name}"),
            ));
        }
        (Some(_), _, Exists::Fail) => {
            return Err(SqliteError::new(
                Kind::Exists,
                format!("table {name} already exists"),
            ));
        }
        (Some(table), _, Exists::Append) => return hints(table, schema),
        (Some(_), _, Exists::Replace) => {
            conn.execute_batch(&format!("DROP TABLE {}", target.qualified()))?
        }
        (None, Missing::Create, _) => {}
    }
    create(conn, target, schema)
}

fn hints(table: &Table, schema: &Schema) -> Result<Vec<Option<ColType>>> {
    let hint = |name: &String| match table.column(name) {
        Some(column) => Ok(column.ty()),
        None => Err(SqliteError::invalid(format!(
            "table {} has no column named {name}",
            table.name
        ))),
    };
    schema
        .fields()
        .iter()
        .map(|field| hint(field.name()))
        .collect()
}

fn create(conn: &Connection, target: &Target, schema: &Schema) -> Result<Vec<Option<ColType>>> {
    let mut types = Vec::with_capacity(schema.fields().len());
    let mut columns = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let ty = ColType::from_arrow(field).ok_or_else(|| {
            SqliteError::invalid(format!(
                "column {}: Arrow type {} cannot be stored in SQLite",
                field.name(),
                field.data_type()
            ))
        })?;
        let constraint = if field.is_nullable() { "" } else { " NOT NULL" };
        columns.push(format!("{} {}{constraint}", quote(field.name()), ty.decl()));
        types.push(Some(ty));
    }
    conn.execute_batch(&format!(
        "CREATE TABLE {} ({})",
        target.qualified(),
        columns.join(", ")
    ))?;
    Ok(types)
}

fn insert(target: &Target, schema: &Schema) -> String {
    let names: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| quote(field.name()))
        .collect();
    let marks = vec!["?"; names.len()].join(", ");
    format!(
        "INSERT INTO {} ({}) VALUES ({marks})",
        target.qualified(),
        names.join(", ")
    )
}

fn named(schema: &Schema, index: usize, error: &SqliteError) -> SqliteError {
    SqliteError::new(
        error.kind(),
        format!("column {}: {error}", schema.field(index).name()),
    )
}

impl Target {
    fn schema(&self) -> &'static str {
        if self.temporary { "temp" } else { "main" }
    }

    fn qualified(&self) -> String {
        format!("{}.{}", self.schema(), quote(&self.table))
    }
}

/// Quotes an identifier with double quotes.
fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
