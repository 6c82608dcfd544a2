//! Rows out of batches (layer 4): a hand-written stream, since every layer of adapters costs more than the
//! row itself.
//!
//! A row is a batch and a number. Nothing is awaited, locked or copied between two rows of one batch.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use either::Either;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use sqlx_core::logger::QueryLogger;
use sqlx_core::row::Row;
use sqlx_core::sql_str::SqlStr;

use super::FlightSqlConnection;
use super::run::{Counting, Outcome, RowsToRead};
use crate::arguments::FlightSqlArguments;
use crate::error::{Error, Result};
use crate::protocol::rpc::Rpc;
use crate::protocol::update;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::value::{Batch, Meta};

/// What a statement needs to run.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) sql: SqlStr,
    /// `None` for raw SQL.
    pub(crate) arguments: Option<FlightSqlArguments>,
    pub(crate) keep: bool,
}

/// One row, or the end of one statement.
pub(crate) type Step = Either<FlightSqlQueryResult, FlightSqlRow>;

/// The rows and results of one or more statements.
///
/// Dropping it anywhere stops the server and leaves the connection usable.
pub(crate) struct Steps<'c> {
    batch: Option<Arc<Batch>>,
    next: u32,
    len: u32,
    state: State<'c>,
    queue: VecDeque<Work>,
    reader: Reader,
    /// For the errors, since the connection is not at hand after one.
    rpc: Rpc,
    /// Whether the current statement changes rows.
    changes: bool,
}

enum State<'c> {
    /// Nothing runs; the connection is at hand for the next statement of the queue.
    Idle(&'c mut FlightSqlConnection),
    Starting(BoxFuture<'c, (&'c mut FlightSqlConnection, Result<Outcome>)>),
    Loading(BoxFuture<'c, Loaded<'c>>),
    Finished,
}

struct Loaded<'c> {
    connection: &'c mut FlightSqlConnection,
    rows: Box<RowsToRead>,
    batch: Result<Option<RecordBatch>>,
}

impl<'c> Steps<'c> {
    pub(crate) fn new(connection: &'c mut FlightSqlConnection, queue: VecDeque<Work>) -> Self {
        Self {
            batch: None,
            next: 0,
            len: 0,
            rpc: connection.inner.rpc.clone(),
            state: State::Idle(connection),
            queue,
            reader: Reader::default(),
            changes: false,
        }
    }

    /// Returns `true` if the current statement changes rows, and returns some of them.
    pub(crate) fn changes_rows(&self) -> bool {
        self.changes
    }

    /// The next row of the batch at hand.
    #[inline]
    fn row(&mut self) -> Option<FlightSqlRow> {
        if self.next >= self.len {
            return None;
        }
        let batch = self.batch.as_ref()?;
        let row = FlightSqlRow::new(Arc::clone(batch), self.next);
        self.next += 1;
        Some(row)
    }

    #[cold]
    #[inline(never)]
    fn shown(&self, error: Error) -> sqlx_core::Error {
        self.rpc.session().masked(error)
    }

    /// The batch at hand has no further row.
    pub(crate) fn is_at_end_of_batch(&self) -> bool {
        self.next >= self.len
    }

    /// Everything between two batches.
    #[cold]
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Step>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Finished) {
                State::Finished => return Poll::Ready(None),
                State::Idle(connection) => {
                    let Some(work) = self.queue.pop_front() else {
                        return Poll::Ready(None);
                    };
                    self.reader = Reader::new(connection, &work.sql);
                    self.state = start(connection, work);
                }
                State::Starting(mut future) => {
                    let Poll::Ready((connection, outcome)) = future.as_mut().poll(cx) else {
                        self.state = State::Starting(future);
                        return Poll::Pending;
                    };
                    match outcome {
                        Err(error) => return Poll::Ready(Some(Err(error))),
                        Ok(Outcome::Rows(rows)) => {
                            self.changes = rows.counting != Counting::Nothing;
                            self.state = load(connection, rows);
                        }
                        Ok(Outcome::Done(result)) => {
                            self.reader.finish(&result);
                            self.state = State::Idle(connection);
                            return Poll::Ready(Some(Ok(Either::Left(result))));
                        }
                    }
                }
                State::Loading(mut future) => {
                    let Poll::Ready(loaded) = future.as_mut().poll(cx) else {
                        self.state = State::Loading(future);
                        return Poll::Pending;
                    };
                    if let Some(step) = self.loaded(loaded) {
                        return Poll::Ready(Some(step));
                    }
                }
            }
        }
    }

    fn loaded(&mut self, loaded: Loaded<'c>) -> Option<Result<Step>> {
        let Loaded {
            connection,
            rows,
            batch,
        } = loaded;
        let batch = match batch.and_then(|batch| match batch {
            Some(batch) => self.reader.batch(&rows, batch).map(Some),
            None => Ok(None),
        }) {
            Err(error) => return Some(Err(error)),
            Ok(batch) => batch,
        };
        match batch {
            Some(batch) => {
                (self.next, self.len) = (0, batch.num_rows());
                self.batch = Some(batch);
                self.state = load(connection, rows);
                self.row().map(|row| Ok(Either::Right(row)))
            }
            None => {
                (self.next, self.len, self.batch) = (0, 0, None);
                let result = self.reader.result(&rows.counting);
                self.reader.finish(&result);
                self.state = State::Idle(connection);
                Some(Ok(Either::Left(result)))
            }
        }
    }
}

fn start<'c>(connection: &'c mut FlightSqlConnection, work: Work) -> State<'c> {
    State::Starting(Box::pin(async move {
        let outcome = connection.run(&work.sql, work.arguments, work.keep).await;
        (connection, outcome)
    }))
}

fn load<'c>(connection: &'c mut FlightSqlConnection, mut rows: Box<RowsToRead>) -> State<'c> {
    State::Loading(Box::pin(async move {
        let batch = rows.stream.next().await;
        Loaded {
            connection,
            rows,
            batch,
        }
    }))
}

impl Stream for Steps<'_> {
    type Item = Result<Step, sqlx_core::Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(row) = self.row() {
            return Poll::Ready(Some(Ok(Either::Right(row))));
        }
        let step = ready!(self.poll_step(cx));
        Poll::Ready(step.map(|step| step.map_err(|error| self.shown(error))))
    }
}

/// The rows alone, for `fetch`.
pub(crate) struct OnlyRows<'c>(pub(crate) Steps<'c>);

impl Stream for OnlyRows<'_> {
    type Item = Result<FlightSqlRow, sqlx_core::Error>;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if let Some(row) = self.0.row() {
            return Poll::Ready(Some(Ok(row)));
        }
        loop {
            match ready!(self.0.poll_step(cx)) {
                Some(Ok(Either::Right(row))) => return Poll::Ready(Some(Ok(row))),
                Some(Ok(Either::Left(_))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(self.0.shown(error)))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// What one statement's batches have in common, and what they say of changed rows.
#[derive(Default)]
pub(crate) struct Reader {
    meta: Option<Arc<Meta>>,
    rows: u64,
    counted: Option<u64>,
    logger: Option<QueryLogger>,
}

/// Returns the number of changed rows in the first row of a count column; `None` for NULL and for -1, which means "unknown".
fn changed_rows(batch: &Arc<Batch>, column: usize) -> Result<Option<u64>> {
    let row = FlightSqlRow::new(Arc::clone(batch), 0);
    if let Ok(count) = row.try_get::<Option<u64>, _>(column) {
        return Ok(count);
    }
    let count = row.try_get::<i64, _>(column).unwrap_or(-1);
    Ok(u64::try_from(update::checked("DoGet", count)?).ok())
}

/// Returns the row count of an update that ran as a query, if the batch is a row count.
pub(crate) fn count_in(
    counting: &Counting,
    record: &RecordBatch,
) -> Result<Option<FlightSqlQueryResult>> {
    let Some(column) = counting.column_index(record.schema_ref()) else {
        return Ok(None);
    };
    let batch = Batch::new(Meta::plain(record.schema()), record.clone())?;
    if batch.num_rows() == 0 {
        return Ok(None);
    }
    let counted = changed_rows(&batch, column)?.filter(|_| batch.num_rows() == 1);
    Ok(Some(counted.map_or_else(
        FlightSqlQueryResult::unknown,
        FlightSqlQueryResult::known,
    )))
}

impl Reader {
    pub(crate) fn new(connection: &FlightSqlConnection, sql: &SqlStr) -> Self {
        let settings = connection.options().log.clone();
        Self {
            logger: Some(QueryLogger::new(sql.clone(), settings)),
            ..Self::default()
        }
    }

    /// The batch with its columns downcast once. The columns are those of the first batch.
    pub(crate) fn batch(&mut self, rows: &RowsToRead, record: RecordBatch) -> Result<Arc<Batch>> {
        let meta = self
            .meta
            .get_or_insert_with(|| Meta::new(rows.stream.columns(&record)));
        let count_column = rows.counting.column_index(meta.schema());
        let batch = Batch::new(Arc::clone(meta), record)?;
        self.rows += u64::from(batch.num_rows());
        self.count(batch.record().num_rows());
        if let Some(column) = count_column
            && batch.num_rows() > 0
        {
            let counted = changed_rows(&batch, column)?;
            // One row is the count; of several, the server does not say whether they are parts of it.
            self.counted = counted.filter(|_| self.rows == 1);
        }
        Ok(batch)
    }

    /// Counts rows for the log.
    pub(crate) fn count(&mut self, rows: usize) {
        if let Some(logger) = &mut self.logger {
            // The logger counts one by one only; the loop folds into an addition.
            for _ in 0..rows {
                logger.increment_rows_returned();
            }
        }
    }

    /// What a statement that gave rows has changed.
    pub(crate) fn result(&self, counting: &Counting) -> FlightSqlQueryResult {
        match (counting, self.counted) {
            (Counting::Nothing, _) => FlightSqlQueryResult::known(0),
            (Counting::EachRow, _) => FlightSqlQueryResult::known(self.rows),
            (Counting::Column(_), Some(counted)) => FlightSqlQueryResult::known(counted),
            (Counting::Column(_), None) => FlightSqlQueryResult::unknown(),
        }
    }

    /// Logs the statement.
    pub(crate) fn finish(&mut self, result: &FlightSqlQueryResult) {
        if let Some(mut logger) = self.logger.take() {
            logger.increase_rows_affected(result.rows_affected());
        }
    }
}
