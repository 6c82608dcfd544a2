//! The Arrow side of a connection (layer 4): the same statement, as record batches.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use sqlx_core::executor::Execute;

use super::FlightSqlConnection;
use super::rows::Work;
use super::run::{Outcome, RowsToRead};
use crate::error::{Error, Result};
use crate::marker::FlightSql;

impl FlightSqlConnection {
    /// Runs a statement and gives its result as a stream of Arrow [`RecordBatch`]es, with the same bind
    /// parameters as [`Executor::fetch`](sqlx_core::executor::Executor::fetch). Batches come as the server made
    /// them; those without rows are left out. A statement without a result gives none.
    ///
    /// The statement has begun when this returns, so [`schema`](FlightSqlBatchStream::schema) is known then
    /// if the server announces it. Nothing is read ahead beyond the HTTP/2 window.
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
    /// As running the statement any other way. After an error the stream ends.
    pub async fn fetch_arrow<'c, 'q, E>(
        &'c mut self,
        mut query: E,
    ) -> std::result::Result<FlightSqlBatchStream<'c>, sqlx_core::Error>
    where
        E: Execute<'q, FlightSql>,
    {
        let arguments = query.take_arguments().map_err(sqlx_core::Error::Encode)?;
        let keep = query.persistent();
        let work = Work {
            sql: query.sql(),
            arguments,
            keep,
        };
        let rows = match self.run(&work.sql, work.arguments, work.keep).await? {
            Outcome::Rows(rows) => Some(rows),
            Outcome::Done(_) => None,
        };
        let schema = rows.as_ref().and_then(|rows| rows.stream.schema());
        Ok(FlightSqlBatchStream {
            state: rows.map_or(State::Ended, load),
            schema,
            _connection: self,
        })
    }
}

/// The result of [`fetch_arrow`](FlightSqlConnection::fetch_arrow).
///
/// Dropping it anywhere stops the server and leaves the connection usable.
pub struct FlightSqlBatchStream<'c> {
    state: State,
    schema: Option<SchemaRef>,
    /// One statement at a time: the connection is free again when the stream is gone.
    _connection: &'c mut FlightSqlConnection,
}

enum State {
    Loading(BoxFuture<'static, (Box<RowsToRead>, Result<Option<RecordBatch>>)>),
    Ended,
}

impl FlightSqlBatchStream<'_> {
    /// The columns: what the server announced, and from the first batch on what it really sent (the two
    /// differ on some servers). `None` when neither came yet, or for a statement without a result.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.schema.as_ref()
    }
}

fn load(mut rows: Box<RowsToRead>) -> State {
    State::Loading(Box::pin(async move {
        let batch = rows.stream.next().await;
        (rows, batch)
    }))
}

impl Stream for FlightSqlBatchStream<'_> {
    type Item = std::result::Result<RecordBatch, sqlx_core::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let State::Loading(future) = &mut self.state else {
            return Poll::Ready(None);
        };
        let (rows, batch) = ready!(future.as_mut().poll(cx));
        if let Some(schema) = rows.stream.arrived() {
            self.schema = Some(SchemaRef::clone(schema));
        }
        match batch {
            Ok(Some(batch)) => {
                self.state = load(rows);
                Poll::Ready(Some(Ok(batch)))
            }
            Ok(None) => {
                self.state = State::Ended;
                Poll::Ready(None)
            }
            Err(error) => {
                self.state = State::Ended;
                Poll::Ready(Some(Err(Error::into(error))))
            }
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
