//! Results as structs of the caller, column by column: without a row in between.

use futures_core::Stream;
use futures_util::StreamExt as _;
use sqlx_core::executor::Execute;

use super::FlightSqlConnection;
use super::request::StatementRequest;
use crate::error::Error;
use crate::from_arrow::{FlightSqlBatch, FromArrow};
use crate::marker::FlightSql;

impl FlightSqlConnection {
    /// Runs a statement and gives all rows as `T`, a struct with `#[derive(FromArrow)]` or a tuple.
    ///
    /// It reads column by column, about twice as fast as `query_as(…).fetch_all(…)`, with the same conversions and the
    /// same bind parameters.
    ///
    /// Cancel-safe; dropping the future stops the server.
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
    /// As running the statement any other way, and when a column or a value cannot be read as the field.
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
    /// Structs that borrow from the batch are read from [`batches`](super::FlightSqlBatchStream::batches) with
    /// [`FlightSqlBatch::read`].
    ///
    /// Cancel-safe; dropping the stream stops the server.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// use futures_util::TryStreamExt;
    ///
    /// let mut chunks = std::pin::pin!(
    ///     connection.fetch_chunks_as::<(String, i64)>("SELECT carrier, distance FROM flights").await?
    /// );
    /// while let Some(flights) = chunks.try_next().await? {
    ///     println!("{} flights", flights.len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`fetch_all_as`](Self::fetch_all_as), at the batch where it happens; nothing follows.
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
