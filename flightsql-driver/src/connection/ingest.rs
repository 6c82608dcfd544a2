//! Bulk ingest: record batches into a table, in one call.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use flightsql_client::session::Ingest;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::FlightSqlConnection;
use crate::bind::in_bind_forms;
use crate::error::{Error, masked, to_sqlx};
use crate::to_arrow::ToArrow;
use flightsql_client::QueryResult as FlightSqlQueryResult;
use flightsql_client::session::IngestMode;

/// Fits the caches: with 1024 rows a batch costs a quarter more for each row, with 65536 the rows leave the caches.
const ROWS_PER_BATCH: usize = 8192;

/// One is sent, one is ready: with more, rows would only wait in memory.
const BATCHES_WAITING: usize = 1;

fn given_up() -> sqlx_core::Error {
    sqlx_core::Error::InvalidArgument("the ingest was aborted before its end".to_owned())
}

/// A bulk ingest being described; made by [`FlightSqlConnection::ingest`].
#[derive(Debug)]
#[must_use = "nothing is sent before `batches` or `stream`"]
pub struct FlightSqlIngest<'c> {
    ingest: Ingest<'c>,
}

impl FlightSqlConnection {
    /// Describes a bulk ingest into `table`, which
    /// [`batches`](FlightSqlIngest::batches) or [`stream`](FlightSqlIngest::stream) then runs
    /// ([`CommandStatementIngest`](https://arrow.apache.org/docs/format/FlightSql.html#bulk-ingestion)).
    /// It runs inside the connection's transaction, if one is open.
    ///
    /// ```no_run
    /// # use arrow_array::RecordBatch;
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection, batch: RecordBatch) -> Result<(), sqlx_core::Error> {
    /// use flightsql_driver::IngestMode;
    ///
    /// let done = connection
    ///     .ingest("flights")
    ///     .mode(IngestMode::CreateAppend)
    ///     .batches(vec![batch])
    ///     .await?;
    /// println!("{} rows", done.rows_affected());
    /// # Ok(())
    /// # }
    /// ```
    pub fn ingest(&mut self, table: impl Into<String>) -> FlightSqlIngest<'_> {
        FlightSqlIngest {
            ingest: self.session.ingest(table),
        }
    }
}

impl FlightSqlIngest<'_> {
    /// What to do with a table that is, or is not, there. Default: [`IngestMode::Append`].
    pub fn mode(mut self, mode: IngestMode) -> Self {
        self.ingest = self.ingest.mode(mode);
        self
    }

    /// The catalog of the table. Default: the session's.
    pub fn catalog(mut self, catalog: impl Into<String>) -> Self {
        self.ingest = self.ingest.catalog(catalog);
        self
    }

    /// The schema of the table. Default: the session's.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.ingest = self.ingest.schema(schema);
        self
    }

    /// Makes a temporary table, where the server has them. Default: no.
    pub fn temporary(mut self, temporary: bool) -> Self {
        self.ingest = self.ingest.temporary(temporary);
        self
    }

    /// Sends these batches, which must all have the schema of the first.
    ///
    /// # Errors
    /// When there is no batch (the columns would not be known), when the server refuses, and as
    /// [`stream`](Self::stream).
    pub async fn batches(
        self,
        batches: Vec<RecordBatch>,
    ) -> Result<FlightSqlQueryResult, sqlx_core::Error> {
        Ok(self.ingest.batches(batches).await.map_err(Error::from)?)
    }

    /// Sends a row for each struct, converted a batch of 8192 at a time while the one before is sent: no more than a
    /// few batches wait in memory. A column whose type has a bind form in the dialect is sent in that form.
    ///
    /// ```no_run
    /// # use flightsql_driver::{IngestMode, ToArrow};
    /// # async fn example<Flight: ToArrow + Sync>(
    /// #     connection: &mut flightsql_driver::FlightSqlConnection, flights: Vec<Flight>,
    /// # ) -> Result<(), sqlx_core::Error> {
    /// let done = connection.ingest("flights").mode(IngestMode::CreateAppend).rows(&flights).await?;
    /// println!("{} rows", done.rows_affected());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Rows that come one by one go through [`stream`](Self::stream), with [`ToArrow::to_arrow`] for each part of them.
    ///
    /// # Errors
    /// When a value does not fit its column, which aborts the ingest, and as [`stream`](Self::stream).
    pub async fn rows<T: ToArrow + Sync>(
        self,
        rows: &[T],
    ) -> Result<FlightSqlQueryResult, sqlx_core::Error> {
        let (send, receive) = mpsc::channel(BATCHES_WAITING);
        let dialect = Arc::clone(self.ingest.session().options().get_dialect());
        let in_bind_forms = |rows| {
            let rows = in_bind_forms(rows, &*dialect);
            rows.map_err(|error| Error::from(flightsql_client::Error::from(error)))
        };
        let sent = |rows: &[T]| Ok(in_bind_forms(T::to_arrow(rows)?)?);
        let schema = in_bind_forms(RecordBatch::new_empty(T::schema()))?.schema();
        let feed = async move {
            // Without a row there is still a table to make.
            let none: &[T] = &[];
            let parts = rows.chunks(ROWS_PER_BATCH);
            let parts = parts.chain(rows.is_empty().then_some(none));
            for part in parts {
                let batch = sent(part);
                let failed = batch.is_err();
                // Nobody listens when the ingest has ended, which it says itself.
                if send.send(Some(batch)).await.is_err() || failed {
                    return;
                }
            }
            let _ = send.send(None).await;
        };
        let batches = futures_util::stream::unfold(Some(receive), |receive| async {
            let mut receive = receive?;
            match receive.recv().await {
                Some(batch) => Some((batch?, Some(receive))),
                // The sender went without the word that it was all: the rows must not be taken for the whole.
                None => Some((Err(given_up()), None)),
            }
        });
        let ((), done) = tokio::join!(feed, self.stream(schema, batches));
        done
    }

    /// Sends the batches of a stream as they come; no more than a few wait in memory. An error of the stream
    /// aborts the ingest: its end is not sent, so the server does not take a part for the whole.
    ///
    /// The count is the server's. It is unknown
    /// ([`known_rows_affected`](FlightSqlQueryResult::known_rows_affected) is `None`) if the server reports none, several,
    /// or more rows than were sent: count the rows of the table then.
    ///
    /// Dropping the future aborts it too. Whether a server without transactions keeps rows it already took is
    /// its own affair; inside a transaction they go with the rollback.
    ///
    /// # Errors
    /// Returns an error if the server has no bulk ingest or refuses this one, or if `batches` fails. Returns an error
    /// before anything is sent if two columns have one name, as the engine compares names. Returns `Protocol` if the
    /// server ends the RPC before it has read all batches.
    pub async fn stream<S>(
        self,
        schema: SchemaRef,
        batches: S,
    ) -> Result<FlightSqlQueryResult, sqlx_core::Error>
    where
        S: Stream<Item = Result<RecordBatch, sqlx_core::Error>> + Send + 'static,
    {
        let rpc = self.ingest.session().rpc().clone();
        let batches = batches.map(|batch| batch.map_err(flightsql_client::Error::from_source));
        let sent = self.ingest.send(schema, batches).await;
        // Masked as an error of SQLx, so that one of the caller's stream keeps its variant.
        sent.map_err(|error| masked(to_sqlx(error), &|text| rpc.session().mask(text)))
    }
}
