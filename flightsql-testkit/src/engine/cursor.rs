//! Runs a plan: returns rows as record batches, one at a time, or the count of changes.
//!
//! Layer: engine. Results are not materialized: a batch is sent as soon as it is full.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, UInt64Array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Row, Rows};

use super::columns::{Output, OutputColumn};
use super::error::{Kind, Result, SqliteError};
use super::params::Bound;
use super::plan::Plan;
use super::read::Builder;
use super::sql::Verb;

/// Approximate maximum size of a batch in bytes, for wide rows.
const BATCH_BYTES: usize = 2 << 20;

/// The part of a result that one endpoint serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) skip: usize,
    pub(crate) take: usize,
}

impl Window {
    pub(crate) const ALL: Self = Self {
        skip: 0,
        take: usize::MAX,
    };
}

/// Events of a running statement, in this order.
#[derive(Debug)]
pub(crate) enum Event {
    Schema(SchemaRef),
    Batch(RecordBatch),
}

/// An execution of a statement.
#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) plan: Arc<Plan>,
    pub(crate) bound: Arc<Bound>,
    /// The reported columns; `None` for a change, which did not run to determine them.
    pub(crate) output: Option<Output>,
    pub(crate) window: Window,
    pub(crate) batch_rows: usize,
}

impl Execution {
    /// Steps through the statement. An error of `emit` stops a query. A change runs to its end even if its rows are not read.
    pub(crate) fn run(
        &self,
        conn: &Connection,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let mut statement = conn.prepare(&self.plan.text)?;
        self.plan.params.apply(&mut statement, &self.bound)?;
        if statement.column_count() == 0 {
            statement.raw_query().next()?;
            return emit(Event::Schema(Arc::new(Schema::empty())));
        }
        let mut rows = statement.raw_query();
        let mut reader = true;
        let mut send = |event| match emit(event) {
            Err(error) if self.plan.readonly => Err(error),
            result => {
                reader &= result.is_ok();
                Ok(reader)
            }
        };
        if self.output.is_none() && self.plan.is_untyped() {
            return self.run_held(rows, &mut send);
        }
        let mut row = rows.next()?;
        let output = self.output(row)?;
        send(Event::Schema(Arc::clone(&output.schema)))?;
        let mut batcher = Batcher::new(&output, &self.bound)?;
        let (mut skip, mut take) = (self.window.skip, self.window.take);
        while let Some(current) = row {
            if take == 0 {
                break;
            }
            if skip > 0 {
                skip -= 1;
            } else {
                take -= 1;
                batcher.append(|index| Ok(current.get_ref(index)?))?;
                if batcher.rows >= self.batch_rows || batcher.bytes >= BATCH_BYTES {
                    send(Event::Batch(batcher.finish()?))?;
                }
            }
            row = rows.next()?;
        }
        // Send the last batch after the change is complete, so that a client that has read it can rely on the change.
        drop(rows);
        if batcher.rows > 0 {
            send(Event::Batch(batcher.finish()?))?;
        }
        Ok(())
    }

    /// Runs a change whose column types depend on the values, so all rows are read before the first one is sent. SQLite
    /// itself keeps the rows until the change is complete.
    fn run_held(
        &self,
        mut rows: Rows<'_>,
        send: &mut dyn FnMut(Event) -> Result<bool>,
    ) -> Result<()> {
        let mut seen = self.plan.unseen();
        let mut held: Vec<Vec<Value>> = Vec::new();
        while let Some(row) = rows.next()? {
            let count = row.as_ref().column_count();
            let values = (0..count).map(|column| row.get(column));
            let values = values.collect::<rusqlite::Result<Vec<Value>>>()?;
            for (column, value) in values.iter().enumerate() {
                seen.add(column, value.data_type());
            }
            held.push(values);
        }
        drop(rows);
        let output = self.plan.output_of(&self.bound, &seen);
        send(Event::Schema(Arc::clone(&output.schema)))?;
        let mut batcher = Batcher::new(&output, &self.bound)?;
        for values in held {
            batcher.append(|column| Ok(ValueRef::from(&values[column])))?;
            if batcher.rows >= self.batch_rows || batcher.bytes >= BATCH_BYTES {
                send(Event::Batch(batcher.finish()?))?;
            }
        }
        if batcher.rows > 0 {
            send(Event::Batch(batcher.finish()?))?;
        }
        Ok(())
    }

    fn output(&self, row: Option<&Row<'_>>) -> Result<Output> {
        let output = match &self.output {
            Some(output) => output.clone(),
            None => self.plan.output_of(&self.bound, &self.plan.unseen()),
        };
        let count = row.map(|row| row.as_ref().column_count());
        if count.is_some_and(|count| count != output.columns.len()) {
            return Err(SqliteError::new(
                Kind::Precondition,
                "the tables changed after the result was announced",
            ));
        }
        Ok(output)
    }
}

/// Counts the rows of a result by stepping through it.
pub(crate) fn count(conn: &Connection, plan: &Plan, bound: &Bound) -> Result<usize> {
    let mut statement = conn.prepare(&plan.text)?;
    plan.params.apply(&mut statement, bound)?;
    let mut rows = statement.raw_query();
    let mut count = 0;
    while rows.next()?.is_some() {
        count += 1;
    }
    Ok(count)
}

/// Runs a statement to its end without reading its rows. Returns the number of changed rows (0 unless it is a change).
pub(crate) fn execute(conn: &Connection, plan: &Plan, bound: &Bound) -> Result<i64> {
    let mut statement = conn.prepare(&plan.text)?;
    plan.params.apply(&mut statement, bound)?;
    step_all(conn, plan, &mut statement)
}

/// Runs one statement for many parameter sets and sums the changes.
pub(crate) fn execute_many(conn: &Connection, plan: &Plan, batches: &[RecordBatch]) -> Result<i64> {
    let mut statement = conn.prepare(&plan.text)?;
    let mut total = 0_i64;
    for batch in batches {
        for row in 0..batch.num_rows() {
            let bound = plan.params.bind(batch, row)?;
            plan.params.apply(&mut statement, &bound)?;
            total = total.saturating_add(step_all(conn, plan, &mut statement)?);
        }
    }
    Ok(total)
}

fn step_all(
    conn: &Connection,
    plan: &Plan,
    statement: &mut rusqlite::Statement<'_>,
) -> Result<i64> {
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    drop(rows);
    // `changes` keeps its value if a statement changes no rows, such as DDL.
    let counted = plan.sql.verb() == Verb::Change;
    Ok(if counted {
        i64::try_from(conn.changes()).unwrap_or(i64::MAX)
    } else {
        0
    })
}

/// Returns the result of a change on servers that run changes as queries: one row `count`.
pub(crate) fn count_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new(
        "count",
        DataType::UInt64,
        false,
    )]))
}

pub(crate) fn count_batch(count: i64) -> Result<RecordBatch> {
    let values = UInt64Array::from(vec![u64::try_from(count).unwrap_or(0)]);
    Ok(RecordBatch::try_new(
        count_schema(),
        vec![Arc::new(values) as ArrayRef],
    )?)
}

struct Batcher<'a> {
    schema: SchemaRef,
    columns: Vec<Column<'a>>,
    rows: usize,
    bytes: usize,
}

enum Column<'a> {
    Value(Builder, String),
    Echo(&'a ArrayRef),
}

impl<'a> Batcher<'a> {
    fn new(output: &Output, bound: &'a Bound) -> Result<Self> {
        let mut columns = Vec::with_capacity(output.columns.len());
        for (column, field) in output.columns.iter().zip(output.schema.fields()) {
            columns.push(match column {
                OutputColumn::Value(ty) => Column::Value(Builder::new(*ty)?, field.name().clone()),
                OutputColumn::Echo(param) => Column::Echo(&bound.echo[*param].1),
            });
        }
        Ok(Self {
            schema: Arc::clone(&output.schema),
            columns,
            rows: 0,
            bytes: 0,
        })
    }

    fn append<'v>(&mut self, get: impl Fn(usize) -> Result<ValueRef<'v>>) -> Result<()> {
        for (index, column) in self.columns.iter_mut().enumerate() {
            self.bytes += match column {
                Column::Value(builder, name) => builder.append(get(index)?, name)?,
                Column::Echo(array) => array.get_buffer_memory_size().min(1 << 16),
            };
        }
        self.rows += 1;
        Ok(())
    }

    fn finish(&mut self) -> Result<RecordBatch> {
        let rows = std::mem::take(&mut self.rows);
        self.bytes = 0;
        let mut arrays = Vec::with_capacity(self.columns.len());
        for column in &mut self.columns {
            arrays.push(match column {
                Column::Value(builder, _) => builder.finish(),
                Column::Echo(array) => repeat(array, rows)?,
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options).map_err(
            |error| {
                SqliteError::new(
                    Kind::Data,
                    format!("the rows do not fit the announced schema: {error}"),
                )
            },
        )
    }
}

/// Repeats a one-row array `rows` times.
fn repeat(array: &ArrayRef, rows: usize) -> Result<ArrayRef> {
    if rows == 1 {
        return Ok(Arc::clone(array));
    }
    let indices = arrow_array::UInt32Array::from(vec![0; rows]);
    Ok(arrow_select::take::take(array, &indices, None)?)
}
