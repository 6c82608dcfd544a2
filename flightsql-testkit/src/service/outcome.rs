//! Outcomes: a statement with effects runs when it is planned, and its ticket returns the outcome.
//!
//! Layer: service, over the engine. A client that sends every statement as a query, such as ADBC's `execute`, may not read
//! the result of a change. Reading the result twice must not change anything twice
//! (`FlightEndpoint`, <https://arrow.apache.org/docs/format/Flight.html>).

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};
use rusqlite::Connection;

use crate::engine::{
    Bound, Event, Execution, Kind, Plan, Result, SqliteError, Verb, Window, atomically_unless,
};

/// Maximum total bytes of all stored outcomes, equal to the limit of a result for a slow reader.
pub(crate) const MAX_BYTES: usize = 256 << 20;

/// The outcome of a statement that has run.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) schema: SchemaRef,
    pub(crate) batches: Arc<Vec<RecordBatch>>,
    _reserved: Arc<Reserved>,
}

/// The total bytes of all outcomes. Clones share the number.
#[derive(Debug, Clone, Default)]
pub(crate) struct Budget(Arc<AtomicUsize>);

/// A part of the budget, which is released on drop.
#[derive(Debug)]
struct Reserved {
    budget: Budget,
    bytes: usize,
}

impl Outcome {
    /// Runs a statement and stores its outcome. A change with too many rows to store is undone.
    ///
    /// # Errors
    /// Returns the errors of the statement, and `Exhausted`.
    pub(crate) fn of(
        conn: &Connection,
        plan: &Arc<Plan>,
        bound: &Arc<Bound>,
        batch_rows: usize,
        budget: &Budget,
    ) -> Result<Self> {
        let run = || Self::collect(conn, plan, bound, batch_rows, budget);
        // After a constraint failed, SQLite keeps rows by `OR FAIL` or RAISE(FAIL), or has undone the statement.
        let keeps = |error: &SqliteError| matches!(error.kind(), Kind::Exists | Kind::Precondition);
        match plan.sql.verb() {
            // Other statements return few rows, and some do not run inside a savepoint.
            Verb::Change if plan.has_rows() => atomically_unless(conn, keeps, run),
            _ => run(),
        }
    }

    /// Returns `true` if there are no rows to read.
    pub(crate) fn is_empty(&self) -> bool {
        self.schema.fields().is_empty()
    }

    fn collect(
        conn: &Connection,
        plan: &Arc<Plan>,
        bound: &Arc<Bound>,
        batch_rows: usize,
        budget: &Budget,
    ) -> Result<Self> {
        let execution = Execution {
            plan: Arc::clone(plan),
            bound: Arc::clone(bound),
            output: None,
            window: Window::ALL,
            batch_rows,
        };
        let mut schema = Arc::new(Schema::empty());
        let mut batches = Vec::new();
        let mut reserved = budget.nothing();
        // A change runs to its end even if its rows are discarded.
        let mut fits = true;
        execution.run(conn, &mut |event| {
            match event {
                Event::Schema(given) => schema = given,
                Event::Batch(batch) => {
                    fits = fits && reserved.add(batch.get_array_memory_size());
                    if fits {
                        batches.push(batch);
                    }
                }
            }
            Ok(())
        })?;
        if !fits {
            return Err(SqliteError::new(
                Kind::Exhausted,
                format!(
                    "the rows of RETURNING clauses that wait to be read are more than {MAX_BYTES} bytes; the statement \
                     was undone: change fewer rows at a time"
                ),
            ));
        }
        Ok(Self {
            schema,
            batches: Arc::new(batches),
            _reserved: Arc::new(reserved),
        })
    }
}

impl Budget {
    /// Returns `true` if more than half of the budget is used.
    pub(crate) fn is_tight(&self) -> bool {
        self.0.load(Ordering::SeqCst) > MAX_BYTES / 2
    }

    fn nothing(&self) -> Reserved {
        Reserved {
            budget: self.clone(),
            bytes: 0,
        }
    }
}

impl Reserved {
    /// Takes more of the budget. Returns `false` if not enough is left.
    fn add(&mut self, bytes: usize) -> bool {
        let more = |used: usize| {
            let sum = used.checked_add(bytes)?;
            (sum <= MAX_BYTES).then_some(sum)
        };
        let used = &self.budget.0;
        let added = used.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        if added.is_ok() {
            self.bytes += bytes;
        }
        added.is_ok()
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        self.budget.0.fetch_sub(self.bytes, Ordering::SeqCst);
    }
}
