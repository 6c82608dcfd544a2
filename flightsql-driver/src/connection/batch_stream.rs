//! Results as record batches.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use either::Either;
use flightsql_client::protocol::rpc::Rpc;
use flightsql_client::{BatchStream, ResponseHeaders};
use futures_core::Stream;
use futures_util::StreamExt as _;
use sqlx_core::executor::Execute;

use super::FlightSqlConnection;
use super::request::StatementRequest;
use super::rows::Reader;
use crate::error::{SqlxResult, masked, to_sqlx};
use crate::from_arrow::FlightSqlBatch;
use crate::marker::FlightSql;
use crate::query_result::FlightSqlQueryResult;
use crate::row::FlightSqlRow;
use crate::value::{Batch, Columns};

impl FlightSqlConnection {
    /// Runs a statement and returns its result as a stream of Arrow [`RecordBatch`]es, with the same bind parameters as
    /// [`Executor::fetch`](sqlx_core::executor::Executor::fetch).
    ///
    /// Batches are returned as the server sent them, without empty ones. A statement without a result returns no batches.
    /// Execution has started when this method returns, so [`schema`](FlightSqlBatchStream::schema) is available if the server
    /// reported it. The driver reads ahead only within the HTTP/2 window and, for a cached statement, the first batch.
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
    /// Returns the errors of the statement. The stream returns `ColumnDecode` for a batch with invalid UTF-8, which
    /// [`rows`](FlightSqlBatchStream::rows) and [`batches`](FlightSqlBatchStream::batches) read as bytes, and ends.
    ///
    /// # Cancel safety
    /// This method is cancel safe. Dropping the stream stops the statement on the server.
    pub async fn fetch_arrow<'c, 'q, E>(
        &'c mut self,
        query: E,
    ) -> SqlxResult<FlightSqlBatchStream<'c>>
    where
        E: Execute<'q, FlightSql>,
    {
        let request = StatementRequest::of(self, query)?;
        let reader = Reader::new(self, &request.sql);
        let outcome = request.run(&mut self.session).await;
        let outcome = outcome.map_err(|error| self.shown(error))?;
        Ok(FlightSqlBatchStream {
            rpc: self.session.rpc().clone(),
            batches: BatchStream::new(&mut self.session, outcome),
            reader,
        })
    }
}

/// The result of [`fetch_arrow`](FlightSqlConnection::fetch_arrow).
///
/// Dropping the stream at any point stops the statement on the server and leaves the connection usable.
pub struct FlightSqlBatchStream<'c> {
    batches: BatchStream<'c>,
    reader: Reader,
    /// Masks secrets in errors.
    rpc: Rpc,
}

impl<'c> FlightSqlBatchStream<'c> {
    /// Returns [`BatchStream::schema`], whose fields are all nullable. Rows and `describe` keep the reported nullability
    /// ([`FlightSqlColumn::is_nullable`](crate::FlightSqlColumn::is_nullable)).
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.batches.schema()
    }

    /// Returns the outcome of a statement without a result, as [`BatchStream::query_result`].
    #[must_use]
    pub fn query_result(&self) -> Option<FlightSqlQueryResult> {
        self.batches.query_result().map(Into::into)
    }

    /// Returns the response headers and trailers of the statement so far that the client keeps, as
    /// [`BatchStream::response_headers`]. All of them are known at the end of the stream.
    #[must_use]
    pub fn response_headers(&self) -> ResponseHeaders {
        self.batches.response_headers()
    }

    /// Returns the stream with batches converted by the dialect's type map, as [`BatchStream::mapped`]. A value that does not
    /// fit its meant type is a `ColumnDecode` error; rows and structs read such a value as it was sent.
    #[must_use]
    pub fn mapped(mut self) -> Self {
        self.batches = self.batches.mapped();
        self
    }

    /// Returns the stream with batches that can be read as Rust values.
    pub fn batches(mut self) -> impl Stream<Item = SqlxResult<FlightSqlBatch>> + Send + 'c {
        let (mut columns, mut failed) = (None, false);
        futures_util::stream::poll_fn(move |cx| {
            if failed {
                return Poll::Ready(None);
            }
            let record = ready!(self.poll_record(cx));
            Poll::Ready(record.map(|record| {
                let record = record?;
                let columns = columns.get_or_insert_with(|| match self.batches.columns() {
                    Some(columns) => Columns::new(columns.clone()),
                    None => Columns::plain(record.schema()),
                });
                let batch = Batch::new(Arc::clone(columns), record);
                failed = batch.is_err();
                let batch =
                    batch.map_err(|error| masked(error, &|text| self.rpc.session().mask(text)))?;
                Ok(FlightSqlBatch::new(batch))
            }))
        })
    }

    /// Polls for the next batch, which contains invalid UTF-8 as bytes.
    fn poll_record(&mut self, cx: &mut Context<'_>) -> Poll<Option<SqlxResult<RecordBatch>>> {
        let sent = ready!(self.batches.poll_sent(cx));
        if let Some(Ok(sent)) = &sent {
            self.reader.count(sent.num_rows());
        }
        Poll::Ready(sent.map(|sent| sent.map_err(to_sqlx)))
    }

    /// Returns the result as SQLx rows; [`FlightSqlRow::batch`] returns the batch of a row. Pin the stream to read it.
    pub fn rows(self) -> impl Stream<Item = SqlxResult<FlightSqlRow>> + Send + 'c {
        self.batches().flat_map(|batch| {
            let rows = match batch {
                Ok(batch) => Either::Left(batch.into_rows().map(Ok)),
                Err(error) => Either::Right(std::iter::once(Err(error))),
            };
            futures_util::stream::iter(rows)
        })
    }
}

impl Stream for FlightSqlBatchStream<'_> {
    type Item = SqlxResult<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let sent = ready!(self.poll_record(cx));
        Poll::Ready(sent.map(|sent| self.batches.check(sent?).map_err(to_sqlx)))
    }
}

flightsql_dialect::debug_fields!(FlightSqlBatchStream<'_>, |it| { schema: it.schema() });
