//! Rows of record batches: a hand-written stream, because every layer of adapters costs more than a row.
//!
//! A row is a batch and an index. The stream awaits, locks and copies nothing between two rows of one batch.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use either::Either;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use sqlx_core::logger::QueryLogger;
use sqlx_core::sql_str::SqlStr;

use super::FlightSqlConnection;
use super::request::StatementRequest;
use crate::connect_options::statement_log;
use crate::error::{Error, Result, masked};
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::session::execute::Outcome;
use crate::session::execute::endpoints::EndpointStream;
use crate::value::{Batch, Columns};
use flightsql_client::protocol::rpc::Rpc;

/// One row, or the end of one statement.
pub(crate) type Step = Either<FlightSqlQueryResult, FlightSqlRow>;

/// The rows and results of one or more statements.
///
/// Dropping the stream at any point stops the statement on the server and leaves the connection usable.
pub(crate) struct ExecuteStream<'c> {
    batch: Option<Arc<Batch>>,
    next: u32,
    len: u32,
    state: State<'c>,
    queue: VecDeque<StatementRequest>,
    reader: Reader,
    /// Masks secrets in errors, since the connection is not available after an error.
    rpc: Rpc,
    /// `true` if the current statement changes rows.
    changes: bool,
}

enum State<'c> {
    /// Nothing runs; the connection is available for the next statement of the queue.
    Idle(&'c mut FlightSqlConnection),
    Starting(BoxFuture<'c, (&'c mut FlightSqlConnection, Result<Outcome>)>),
    Loading(BoxFuture<'c, Loaded<'c>>),
    Finished,
}

type Loaded<'c> = (
    &'c mut FlightSqlConnection,
    Box<EndpointStream>,
    Result<Option<RecordBatch>>,
);

impl<'c> ExecuteStream<'c> {
    pub(crate) fn new(
        connection: &'c mut FlightSqlConnection,
        queue: VecDeque<StatementRequest>,
    ) -> Self {
        Self {
            batch: None,
            next: 0,
            len: 0,
            rpc: connection.session.rpc().clone(),
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
        masked(error, &|text| self.rpc.session().mask(text))
    }

    pub(crate) fn is_at_end_of_batch(&self) -> bool {
        self.next >= self.len
    }

    /// Polls for the next step after the current batch.
    #[cold]
    fn poll_step(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Step>>> {
        loop {
            match std::mem::replace(&mut self.state, State::Finished) {
                State::Finished => return Poll::Ready(None),
                State::Idle(connection) => {
                    let Some(request) = self.queue.pop_front() else {
                        return Poll::Ready(None);
                    };
                    self.reader = Reader::new(connection, &request.sql);
                    self.state = start(connection, request);
                }
                State::Starting(mut future) => {
                    let Poll::Ready((connection, outcome)) = future.as_mut().poll(cx) else {
                        self.state = State::Starting(future);
                        return Poll::Pending;
                    };
                    match outcome {
                        Err(error) => return Poll::Ready(Some(Err(error))),
                        Ok(Outcome::Rows(rows)) => {
                            self.changes = rows.is_change();
                            self.state = load(connection, rows);
                        }
                        Ok(Outcome::Done(result)) => {
                            let result = result.into();
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

    fn loaded(&mut self, (connection, rows, batch): Loaded<'c>) -> Option<Result<Step>> {
        let read = batch.and_then(|batch| {
            let batch = batch.map(|batch| self.reader.batch(&rows, batch));
            batch.transpose()
        });
        match read {
            Err(error) => Some(Err(error)),
            Ok(Some(batch)) => {
                (self.next, self.len) = (0, batch.num_rows());
                self.batch = Some(batch);
                self.state = load(connection, rows);
                self.row().map(|row| Ok(Either::Right(row)))
            }
            Ok(None) => {
                (self.next, self.len, self.batch) = (0, 0, None);
                let result = rows.outcome().into();
                self.reader.finish(&result);
                self.state = State::Idle(connection);
                Some(Ok(Either::Left(result)))
            }
        }
    }
}

fn start<'c>(connection: &'c mut FlightSqlConnection, request: StatementRequest) -> State<'c> {
    State::Starting(Box::pin(async move {
        let outcome = request.run(&mut connection.session).await;
        (connection, outcome)
    }))
}

fn load<'c>(connection: &'c mut FlightSqlConnection, mut rows: Box<EndpointStream>) -> State<'c> {
    State::Loading(Box::pin(async move {
        let batch = rows.next().await.map_err(Error::from);
        (connection, rows, batch)
    }))
}

impl Stream for ExecuteStream<'_> {
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
pub(crate) struct RowStream<'c>(pub(crate) ExecuteStream<'c>);

impl Stream for RowStream<'_> {
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

/// Reads the batches of one statement, and logs it. The default is the reader before the first statement.
#[derive(Default)]
pub(super) struct Reader {
    columns: Option<Arc<Columns>>,
    logger: Option<QueryLogger>,
}

impl Reader {
    pub(super) fn new(connection: &FlightSqlConnection, sql: &SqlStr) -> Self {
        let settings = statement_log::to_sqlx(&connection.options().log);
        Self {
            columns: None,
            logger: Some(QueryLogger::new(sql.clone(), settings)),
        }
    }

    /// Returns the batch with its columns downcast once. All batches have the columns of the first one.
    pub(super) fn batch(
        &mut self,
        rows: &EndpointStream,
        record: RecordBatch,
    ) -> Result<Arc<Batch>> {
        let columns = self
            .columns
            .get_or_insert_with(|| Columns::new(rows.columns(&record)));
        let batch = Batch::new(Arc::clone(columns), record)?;
        self.count(batch.record().num_rows());
        Ok(batch)
    }

    pub(super) fn count(&mut self, rows: usize) {
        if let Some(logger) = &mut self.logger {
            // The logger has only an increment by one; the compiler turns the loop into an addition.
            for _ in 0..rows {
                logger.increment_rows_returned();
            }
        }
    }

    pub(super) fn finish(&mut self, result: &FlightSqlQueryResult) {
        if let Some(mut logger) = self.logger.take() {
            logger.increase_rows_affected(result.rows_affected());
        }
    }
}
