//! [`BatchStream`]: the result of a statement, as record batches.

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow_array::{Array as _, RecordBatch};
use arrow_schema::SchemaRef;
use futures_core::Stream;
use futures_core::future::BoxFuture;

use super::Session;
use super::execute::Outcome;
use super::execute::endpoints::EndpointStream;
use super::log::StatementLogger;
use crate::arrow::map_data_type::{nullable_schema, same_type};
use crate::error::{Error, Result};
use crate::protocol::memory::QueryMemory;
use crate::protocol::rpc::Rpc;
use crate::query_result::QueryResult;
use crate::response_headers::ResponseHeaders;
use crate::result_schema::ResultSchema;

/// The result of a statement as record batches, in the order and the sizes in which the server sends them; returned by
/// [`Session::query`]. Batches without rows are left out. After an error the stream ends.
///
/// Dropping it stops the server and leaves the session usable. Nothing is read ahead beyond the HTTP/2 flow-control window
/// and, for a cached statement, its first batch.
pub struct BatchStream<'s> {
    state: State,
    /// The columns as sent and as meant.
    columns: Option<ResultSchema>,
    schema: Option<SchemaRef>,
    /// Whether the stream returns batches as meant.
    is_mapped: bool,
    /// The number of rows in the batches before the current one.
    rows_before: usize,
    done: Option<QueryResult>,
    logger: Option<StatementLogger>,
    /// The memory of the result, if it is limited.
    memory: Option<Arc<QueryMemory>>,
    /// Masks the errors.
    rpc: Rpc,
    /// Borrows the session, which runs one statement at a time.
    session: PhantomData<&'s mut Session>,
}

enum State {
    Loading(BoxFuture<'static, (Box<EndpointStream>, Result<Option<RecordBatch>>)>),
    Ended,
}

impl<'s> BatchStream<'s> {
    /// Creates the stream of a statement that runs in `session`.
    #[doc(hidden)]
    pub fn new(session: &'s mut Session, outcome: Outcome) -> Self {
        let mut stream = Self {
            state: State::Ended,
            columns: None,
            schema: None,
            is_mapped: false,
            rows_before: 0,
            done: None,
            logger: None,
            memory: None,
            rpc: session.rpc().clone(),
            session: PhantomData,
        };
        match outcome {
            Outcome::Done(done) => stream.done = Some(done),
            Outcome::Rows(rows) => {
                stream.memory = rows.memory().cloned();
                let reported = rows.schema();
                stream.set_columns(reported.map(|reported| rows.result_schema(reported)));
                stream.state = load(rows);
            }
        }
        stream
    }

    /// Logs the statement when the stream is dropped.
    pub(super) fn logged(mut self, logger: Option<StatementLogger>) -> Self {
        self.logger = logger;
        self.log_result(self.done.clone());
        self
    }

    /// Returns the schema of the batches: as reported by the server, and from the first batch on as sent, which differs on
    /// some servers. Returns `None` if the server has sent neither yet, or for a statement without a result.
    ///
    /// Every field is nullable, at every depth, since servers send NULL in columns that they report as NOT NULL.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.schema.as_ref()
    }

    /// Returns the outcome of a statement without a result, which has then run to completion; the stream is empty.
    ///
    /// If an update runs as a query, the count is in the one row of its result and is known after that batch; see
    /// [`Statements::count_columns`](crate::dialect::Statements::count_columns). Returns `None` for a statement with a
    /// result, even an empty one.
    #[must_use]
    pub fn query_result(&self) -> Option<QueryResult> {
        let done = self.done.clone()?;
        Some(done.with_response_headers(self.response_headers()))
    }

    /// Returns the response headers and trailers of the statement so far that the client keeps. Trailers of an endpoint arrive
    /// after its last batch, so all of them are known at the end of the stream.
    #[must_use]
    pub fn response_headers(&self) -> ResponseHeaders {
        self.rpc.response_headers()
    }

    /// Returns the stream with batches converted by the dialect's type map: text that means a UUID becomes an
    /// `arrow.uuid` column. Without this method, batches are returned as sent.
    ///
    /// A value that does not fit its meant type is an error for which [`is_decode`](Error::is_decode) is true, with column
    /// and row, and ends the stream, because a batch cannot contain it.
    #[must_use]
    pub fn mapped(mut self) -> Self {
        self.is_mapped = true;
        let columns = self.columns.take();
        self.set_columns(columns);
        self
    }

    fn set_columns(&mut self, columns: Option<ResultSchema>) {
        self.schema = columns.as_ref().map(|columns| match self.is_mapped {
            true => columns.mapped_schema(),
            false => nullable_schema(columns.sent()),
        });
        self.columns = columns;
    }

    /// Returns the columns as sent and as meant.
    #[doc(hidden)]
    #[must_use]
    pub fn columns(&self) -> Option<&ResultSchema> {
        self.columns.as_ref()
    }

    /// Returns the next batch as sent. Text that is not UTF-8 is in it as bytes.
    #[doc(hidden)]
    pub fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<RecordBatch>>> {
        let State::Loading(future) = &mut self.state else {
            return Poll::Ready(None);
        };
        let (rows, batch) = ready!(future.as_mut().poll(cx));
        if let Some(arrived) = rows.arrived() {
            let known = self.columns.as_ref().map(ResultSchema::sent);
            if known != Some(arrived) {
                let columns = rows.result_schema(SchemaRef::clone(arrived));
                self.set_columns(Some(columns));
            }
        }
        match batch {
            Ok(Some(batch)) => {
                self.done = rows.counted();
                self.state = load(rows);
                if let Some(logger) = &mut self.logger {
                    logger.returned(batch.num_rows());
                }
                Poll::Ready(Some(Ok(batch)))
            }
            Ok(None) => {
                self.state = State::Ended;
                self.log_result(Some(rows.outcome()));
                Poll::Ready(None)
            }
            Err(error) => Poll::Ready(Some(Err(self.failed(error)))),
        }
    }

    /// Returns a batch whose columns have the types of the schema; a column with text that is not UTF-8 is an error, which
    /// ends the stream.
    #[doc(hidden)]
    pub fn check(&mut self, sent: RecordBatch) -> Result<RecordBatch> {
        self.checked(sent).map_err(|error| self.failed(error))
    }

    fn checked(&mut self, sent: RecordBatch) -> Result<RecordBatch> {
        let Some(columns) = &self.columns else {
            return Ok(sent);
        };
        let fields = columns.sent().fields().iter().zip(sent.columns());
        for (field, column) in fields {
            if !same_type(field.data_type(), column.data_type()) {
                let why = format!(
                    "a value of Arrow type {} is not UTF-8, so there is no Arrow array for it; cast it to bytes \
                     in the SQL, or read it as `Vec<u8>` from rows of the SQLx driver",
                    field.data_type()
                );
                return Err(Error::column_decode(format!("{:?}", field.name()), why));
            }
        }
        let before = self.rows_before;
        self.rows_before = before.saturating_add(sent.num_rows());
        if !self.is_mapped || !columns.is_mapped() {
            return Ok(sent);
        }
        let mapped = columns.mapped(&sent).map_err(|why| {
            let column = format!("{:?}", why.column());
            Error::column_decode(column, why.after(before))
        })?;
        drop(sent);
        if let Some(memory) = &self.memory {
            let claimed = memory.claim_batch(&mapped);
            claimed.map_err(|over| Error::protocol("DoGet", over.to_string()))?;
        }
        Ok(mapped)
    }

    fn failed(&mut self, error: Error) -> Error {
        self.state = State::Ended;
        self.rpc.session().masked(error)
    }

    fn log_result(&mut self, result: Option<QueryResult>) {
        if let (Some(logger), Some(result)) = (&mut self.logger, result) {
            logger.finish(&result);
        }
    }
}

fn load(mut rows: Box<EndpointStream>) -> State {
    State::Loading(Box::pin(async move {
        let batch = rows.next().await;
        (rows, batch)
    }))
}

impl Stream for BatchStream<'_> {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let sent = ready!(self.poll_sent(cx));
        Poll::Ready(sent.map(|sent| self.check(sent?)))
    }
}

flightsql_dialect::debug_fields!(BatchStream<'_>, |it| { schema: it.schema });
