//! Bulk ingest: record batches into a table, in one RPC.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use flightsql_client::StatementOptions;
use flightsql_client::session::Ingest;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::FlightSqlConnection;
use crate::bind::in_bind_forms;
use crate::error::{Error, masked, to_sqlx};
use crate::query_result::FlightSqlQueryResult;
use crate::to_arrow::ToArrow;
use crate::to_arrow::parts::Parts;
use flightsql_client::session::IngestMode;

/// The driver sends one batch while the next one is ready; more would only wait in memory.
const BATCHES_WAITING: usize = 1;

fn aborted() -> sqlx_core::Error {
    sqlx_core::Error::InvalidArgument("the ingest was aborted before its end".to_owned())
}

/// A bulk ingest that is being described; created by [`FlightSqlConnection::ingest`].
#[derive(Debug)]
#[must_use = "nothing is sent before `batches` or `stream`"]
pub struct FlightSqlIngest<'c>(Ingest<'c>);

impl FlightSqlConnection {
    /// Describes a bulk ingest into `table`, which [`batches`](FlightSqlIngest::batches), [`rows`](FlightSqlIngest::rows) or
    /// [`stream`](FlightSqlIngest::stream) then runs, inside the connection's transaction if one is open.
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
        FlightSqlIngest(self.session.ingest(table))
    }
}

impl FlightSqlIngest<'_> {
    /// Sets the handling of an existing or missing table. Defaults to [`IngestMode::Append`].
    pub fn mode(self, mode: IngestMode) -> Self {
        Self(self.0.mode(mode))
    }

    /// Sets the catalog of the table. Defaults to the session's.
    pub fn catalog(self, catalog: impl Into<String>) -> Self {
        Self(self.0.catalog(catalog))
    }

    /// Sets the schema of the table. Defaults to the session's.
    pub fn schema(self, schema: impl Into<String>) -> Self {
        Self(self.0.schema(schema))
    }

    /// Creates a temporary table, if the server supports them. Defaults to `false`.
    pub fn temporary(self, temporary: bool) -> Self {
        Self(self.0.temporary(temporary))
    }

    /// Sets the headers and timeouts of the ingest; see [`StatementOptions`]. `timeout` and `update_timeout` limit the complete
    /// ingest, and include the time that the caller takes to produce batches.
    pub fn options(self, options: impl Into<Arc<StatementOptions>>) -> Self {
        Self(self.0.options(options))
    }

    /// Sends these batches, which must all have the schema of the first.
    ///
    /// # Errors
    /// Returns an error if there is no batch, and the errors of [`stream`](Self::stream).
    pub async fn batches(
        self,
        batches: Vec<RecordBatch>,
    ) -> Result<FlightSqlQueryResult, sqlx_core::Error> {
        let done = self.0.batches(batches).await;
        Ok(done.map_err(Error::from)?.into())
    }

    /// Sends a row for each struct. The driver converts a batch of up to 8192 rows or about 16 MiB while it sends the previous
    /// one, so only a few batches wait in memory. A column whose type has a bind form in the dialect is sent in that form.
    ///
    /// For rows that arrive one by one, use [`stream`](Self::stream) with [`ToArrow::to_arrow`] for each part.
    ///
    /// # Errors
    /// Returns an error if a value does not fit its column, which aborts the ingest, and the errors of
    /// [`stream`](Self::stream).
    pub async fn rows<T: ToArrow + Sync>(
        self,
        rows: &[T],
    ) -> Result<FlightSqlQueryResult, sqlx_core::Error> {
        let (send, receive) = mpsc::channel(BATCHES_WAITING);
        let dialect = Arc::clone(self.0.session().options().get_dialect());
        let in_bind_forms = |rows| {
            let rows = in_bind_forms(rows, &*dialect);
            rows.map_err(|error| Error::from(flightsql_client::Error::from(error)))
        };
        let schema = in_bind_forms(RecordBatch::new_empty(T::schema()))?.schema();
        let feed = async move {
            // Without rows, the server may still have to create the table.
            for part in Parts::of(rows) {
                let batch = part.and_then(|rows| Ok(in_bind_forms(rows)?));
                let failed = batch.is_err();
                // The receiver is gone if the ingest has ended with its own error.
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
                // The sender was dropped before the end of the rows, so the rows are incomplete.
                None => Some((Err(aborted()), None)),
            }
        });
        let ((), done) = tokio::join!(feed, self.stream(schema, batches));
        done
    }

    /// Sends the batches of a stream as they arrive; only a few wait in memory. An error of the stream aborts the ingest
    /// without an end of the data, so the server does not treat partial data as complete.
    ///
    /// The server reports the count. If it reports no count, several, or more rows than were sent,
    /// [`known_rows_affected`](FlightSqlQueryResult::known_rows_affected) is `None`; count the rows of the table in that case.
    ///
    /// # Errors
    /// Returns an error if the server has no bulk ingest or refuses this one, or if `batches` fails. Returns an error
    /// before anything is sent if two columns have one name, as the engine compares names. Returns `Protocol` if the
    /// server ends the RPC before it has read all batches.
    ///
    /// # Cancel safety
    /// Dropping the future aborts the ingest. A server without transactions may keep the rows that it has received; inside a
    /// transaction, they are rolled back.
    pub async fn stream<S>(
        self,
        schema: SchemaRef,
        batches: S,
    ) -> Result<FlightSqlQueryResult, sqlx_core::Error>
    where
        S: Stream<Item = Result<RecordBatch, sqlx_core::Error>> + Send + 'static,
    {
        let rpc = self.0.session().rpc().clone();
        let batches = batches.map(|batch| batch.map_err(flightsql_client::Error::from_source));
        let sent = self.0.send(schema, batches).await;
        // Masked as an error of SQLx, so that an error of the caller's stream keeps its variant.
        sent.map(Into::into)
            .map_err(|error| masked(to_sqlx(error), &|text| rpc.session().mask(text)))
    }
}
