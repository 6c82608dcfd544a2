//! Results as structs of the caller, read column by column without rows.

use futures_core::Stream;
use futures_util::StreamExt as _;
use sqlx_core::executor::Execute;

use super::FlightSqlConnection;
use super::request::StatementRequest;
use crate::error::Error;
use crate::from_arrow::{FlightSqlBatch, FromArrow};
use crate::marker::FlightSql;

impl FlightSqlConnection {
    /// Runs a statement and returns all rows as `T`, a struct with `#[derive(FromArrow)]` or a tuple.
    ///
    /// The method reads column by column, about twice as fast as `query_as(…).fetch_all(…)`, with the same conversions and
    /// bind parameters.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// let delays: Vec<(String, Option<i64>)> =
    ///     connection.fetch_all_as("SELECT carrier, dep_delay FROM flights").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns the errors of the statement, and `ColumnDecode` if a column or a value cannot be read as its field.
    ///
    /// # Cancel safety
    /// This method is cancel safe. Dropping the future stops the statement on the server.
    pub async fn fetch_all_as<'q, T>(
        &mut self,
        query: impl Execute<'q, FlightSql>,
    ) -> Result<Vec<T>, sqlx_core::Error>
    where
        T: for<'b> FromArrow<'b>,
    {
        let request = StatementRequest::of(self, query)?;
        let mut all = Vec::new();
        let take = |batch| {
            FlightSqlBatch::new(batch)
                .read_into(&mut all)
                .map_err(Error::from)
        };
        let read = self.each_batch(request, take).await;
        read.map_err(|error| self.shown(error))?;
        Ok(all)
    }

    /// Runs a statement and streams its rows as `T`, one chunk per record batch.
    ///
    /// To read structs that borrow from the batch, use [`batches`](super::FlightSqlBatchStream::batches) with
    /// [`FlightSqlBatch::read`].
    ///
    /// Pin the stream to read it, and see the example of [`fetch_all_as`](Self::fetch_all_as) for `T`.
    ///
    /// # Errors
    /// Returns the errors of [`fetch_all_as`](Self::fetch_all_as), at the batch where they occur, and ends the stream.
    ///
    /// # Cancel safety
    /// This method is cancel safe. Dropping the stream stops the statement on the server.
    pub async fn fetch_chunks_as<'c, 'q, T>(
        &'c mut self,
        query: impl Execute<'q, FlightSql>,
    ) -> Result<impl Stream<Item = Result<Vec<T>, sqlx_core::Error>> + Send + 'c, sqlx_core::Error>
    where
        T: for<'b> FromArrow<'b> + Send + 'c,
    {
        let batches = Box::pin(self.fetch_arrow(query).await?.batches());
        Ok(futures_util::stream::unfold(
            Some(batches),
            |batches| async {
                let mut batches = batches?;
                let rows = batches.next().await?.and_then(|batch| batch.read());
                let rest = rows.is_ok().then_some(batches);
                Some((rows, rest))
            },
        ))
    }
}
