//! The Arrow side of a connection: the same statement, as record batches.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow_array::{Array as _, RecordBatch};
use arrow_schema::SchemaRef;
use either::Either;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::StreamExt as _;
use sqlx_core::executor::Execute;

use super::FlightSqlConnection;
use super::request::StatementRequest;
use super::rows::Reader;
use crate::arrow::map_data_type::{nullable_schema, same_type};
use crate::error::{Error, Result};
use crate::from_arrow::FlightSqlBatch;
use crate::marker::FlightSql;
use crate::result_schema::ResultSchema;
use crate::row::FlightSqlRow;
use crate::session::execute::Outcome;
use crate::session::execute::endpoints::EndpointStream;
use crate::value::{Batch, Columns};
use flightsql_client::QueryResult as FlightSqlQueryResult;

impl FlightSqlConnection {
    /// Runs a statement and gives its result as a stream of Arrow [`RecordBatch`]es, with the same bind
    /// parameters as [`Executor::fetch`](sqlx_core::executor::Executor::fetch). Batches come as the server made
    /// them; those without rows are left out. A statement without a result gives none.
    ///
    /// The statement has begun when this returns, so [`schema`](FlightSqlBatchStream::schema) is known then
    /// if the server announces it. Nothing is read ahead beyond the HTTP/2 window and, for a cached statement, its first
    /// batch.
    ///
    /// Cancel-safe; dropping the stream stops the server.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut batches = connection.fetch_arrow("SELECT * FROM flights").await?;
    /// let mut rows = 0;
    /// while let Some(batch) = batches.try_next().await? {
    ///     rows += batch.num_rows();
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As running the statement any other way, and `ColumnDecode` at a batch with text that is not UTF-8, which
    /// [`rows`](FlightSqlBatchStream::rows) and [`batches`](FlightSqlBatchStream::batches) read as bytes. After an
    /// error the stream ends.
    pub async fn fetch_arrow<'c, 'q, E>(
        &'c mut self,
        query: E,
    ) -> std::result::Result<FlightSqlBatchStream<'c>, sqlx_core::Error>
    where
        E: Execute<'q, FlightSql>,
    {
        let request = StatementRequest::of(self, query)?;
        let reader = Reader::new(self, &request.sql);
        let outcome = request.run(&mut self.session).await;
        let (rows, query_result) = match outcome.map_err(|error| self.shown(error))? {
            Outcome::Rows(rows) => (Some(rows), None),
            Outcome::Done(result) => (None, Some(result)),
        };
        let reported = rows.as_ref().and_then(|rows| rows.schema());
        let columns = rows
            .as_ref()
            .zip(reported)
            .map(|(rows, reported)| rows.result_schema(reported));
        let mut stream = FlightSqlBatchStream {
            state: rows.map_or(State::Ended, load),
            columns: None,
            schema: None,
            is_mapped: false,
            rows_before: 0,
            query_result,
            reader,
            connection: self,
        };
        stream.set_columns(columns);
        Ok(stream)
    }
}

/// The result of [`fetch_arrow`](FlightSqlConnection::fetch_arrow).
///
/// Dropping it anywhere stops the server and leaves the connection usable.
pub struct FlightSqlBatchStream<'c> {
    state: State,
    /// The columns as sent and as meant.
    columns: Option<ResultSchema>,
    /// The schema of the batches that the stream returns.
    schema: Option<SchemaRef>,
    /// Whether the stream returns batches as meant.
    is_mapped: bool,
    /// The number of rows in the batches before the current one.
    rows_before: usize,
    query_result: Option<FlightSqlQueryResult>,
    reader: Reader,
    /// One statement at a time: the connection is free again when the stream is gone.
    connection: &'c mut FlightSqlConnection,
}

enum State {
    Loading(BoxFuture<'static, (Box<EndpointStream>, Result<Option<RecordBatch>>)>),
    Ended,
}

impl<'c> FlightSqlBatchStream<'c> {
    /// Returns the schema of the batches: as reported by the server, and from the first batch on as sent, which differs on
    /// some servers. Returns `None` if the server has sent neither yet, or for a statement without a result.
    ///
    /// Every field is nullable, at every depth, since servers send NULL in columns that they report as NOT NULL. Rows
    /// and `describe` keep the reported nullability ([`FlightSqlColumn::is_nullable`](crate::FlightSqlColumn::is_nullable)).
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
    pub fn query_result(&self) -> Option<FlightSqlQueryResult> {
        self.query_result
    }

    /// Returns the stream with batches converted by the dialect's type map: text that means a UUID becomes an
    /// `arrow.uuid` column. Without this method, batches are returned as sent.
    ///
    /// A value that does not fit its meant type is a `ColumnDecode` error with column and row, and ends the stream,
    /// because a batch cannot contain it. Rows and structs read such a value as it was sent.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut batches = connection.fetch_arrow("SELECT * FROM people").await?.mapped();
    /// while let Some(batch) = batches.try_next().await? {
    ///     println!("{}", batch.schema());
    /// }
    /// # Ok(())
    /// # }
    /// ```
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

    /// The same stream with each batch ready to be read as Rust values.
    pub fn batches(
        mut self,
    ) -> impl Stream<Item = std::result::Result<FlightSqlBatch, sqlx_core::Error>> + Send + 'c {
        let mut columns = None;
        futures_util::stream::poll_fn(move |cx| {
            let record = ready!(self.poll_record(cx));
            Poll::Ready(record.map(|record| {
                let record = record?;
                let columns = columns.get_or_insert_with(|| match &self.columns {
                    Some(columns) => Columns::new(columns.clone()),
                    None => Columns::plain(record.schema()),
                });
                Ok(FlightSqlBatch::new(Batch::new(
                    Arc::clone(columns),
                    record,
                )?))
            }))
        })
    }

    /// The next batch. Text that is not UTF-8 is in it as bytes.
    fn poll_record(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<std::result::Result<RecordBatch, sqlx_core::Error>>> {
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
                self.query_result = rows.counted();
                self.state = load(rows);
                self.reader.count(batch.num_rows());
                Poll::Ready(Some(Ok(batch)))
            }
            Ok(None) => {
                self.state = State::Ended;
                Poll::Ready(None)
            }
            Err(error) => self.failed(error),
        }
    }

    /// Ends the stream with an error.
    fn failed<T>(
        &mut self,
        error: Error,
    ) -> Poll<Option<std::result::Result<T, sqlx_core::Error>>> {
        self.state = State::Ended;
        Poll::Ready(Some(Err(self.connection.shown(error))))
    }

    /// The same result as SQLx rows; [`FlightSqlRow::batch`] gives the batch of a row.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// use futures_util::TryStreamExt;
    /// use sqlx_core::row::Row;
    ///
    /// let mut rows = std::pin::pin!(connection.fetch_arrow("SELECT 1 AS one").await?.rows());
    /// while let Some(row) = rows.try_next().await? {
    ///     println!("{} of {}", row.get::<i64, _>("one"), row.batch().num_rows());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn rows(
        self,
    ) -> impl Stream<Item = std::result::Result<FlightSqlRow, sqlx_core::Error>> + Send + 'c {
        self.batches().flat_map(|batch| {
            let rows = match batch {
                Ok(batch) => Either::Left(batch.into_rows().map(Ok)),
                Err(error) => Either::Right(std::iter::once(Err(error))),
            };
            futures_util::stream::iter(rows)
        })
    }
}

impl FlightSqlBatchStream<'_> {
    /// Returns a batch whose columns have the types of the schema; a column with text that is not UTF-8 is an error.
    fn checked(&mut self, record: RecordBatch) -> Result<RecordBatch> {
        let Some(columns) = &self.columns else {
            return Ok(record);
        };
        let fields = columns.sent().fields().iter().zip(record.columns());
        for (field, column) in fields {
            if !same_type(field.data_type(), column.data_type()) {
                let why = format!(
                    "a value of Arrow type {} is not UTF-8, so there is no Arrow array for it; rows of the same \
                     result read its bytes as `Vec<u8>`",
                    field.data_type()
                );
                return Err(flightsql_client::Error::column_decode(
                    format!("{:?}", field.name()),
                    why,
                )
                .into());
            }
        }
        let before = self.rows_before;
        self.rows_before = before.saturating_add(record.num_rows());
        if !self.is_mapped || !columns.is_mapped() {
            return Ok(record);
        }
        columns.mapped(&record).map_err(|why| {
            let column = format!("{:?}", why.column());
            flightsql_client::Error::column_decode(column, why.after(before)).into()
        })
    }
}

fn load(mut rows: Box<EndpointStream>) -> State {
    State::Loading(Box::pin(async move {
        let batch = rows.next().await.map_err(Error::from);
        (rows, batch)
    }))
}

impl Stream for FlightSqlBatchStream<'_> {
    type Item = std::result::Result<RecordBatch, sqlx_core::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let record = ready!(self.poll_record(cx));
        let Some(Ok(record)) = record else {
            return Poll::Ready(record);
        };
        match self.checked(record) {
            Err(error) => self.failed(error),
            Ok(record) => Poll::Ready(Some(Ok(record))),
        }
    }
}

impl fmt::Debug for FlightSqlBatchStream<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlBatchStream")
            .field("schema", &self.schema)
            .finish_non_exhaustive()
    }
}
