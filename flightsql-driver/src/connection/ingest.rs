//! Bulk ingest: record batches into a table, in one call.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_flight::sql::{
    CommandStatementIngest, TableDefinitionOptions, TableExistsOption, TableNotExistOption,
};
use arrow_schema::SchemaRef;
use futures_core::Stream;
use futures_util::StreamExt as _;
use tokio::sync::mpsc;

use super::FlightSqlConnection;
use crate::bind::{in_bind_forms, unique_columns};
use crate::dialect::Feature;
use crate::error::{Error, Result};
use crate::protocol::ingest;
use crate::query_result::FlightSqlQueryResult;
use crate::session::execute::count::reported;
use crate::sqlx_error::masked;
use crate::to_arrow::ToArrow;

/// What to do with a table that is, or is not, there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IngestMode {
    /// Add to a table that is there; an error when it is not. The default.
    #[default]
    Append,
    /// Make the table; an error when it is there.
    Create,
    /// Drop the table if it is there, and make it.
    Replace,
    /// Add to the table, and make it when it is not there.
    CreateAppend,
}

/// Fits the caches: with 1024 rows a batch costs a quarter more for each row, with 65536 the rows leave the caches.
const ROWS_PER_BATCH: usize = 8192;

/// One is sent, one is ready: with more, rows would only wait in memory.
const BATCHES_WAITING: usize = 1;

fn given_up() -> sqlx_core::Error {
    sqlx_core::Error::InvalidArgument("the ingest was given up before its end".to_owned())
}

/// A bulk ingest being described; made by [`FlightSqlConnection::ingest`].
#[derive(Debug)]
#[must_use = "nothing is sent before `batches` or `stream`"]
pub struct FlightSqlIngest<'c> {
    connection: &'c mut FlightSqlConnection,
    command: CommandStatementIngest,
    mode: IngestMode,
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
            connection: self,
            command: CommandStatementIngest {
                table: table.into(),
                ..CommandStatementIngest::default()
            },
            mode: IngestMode::default(),
        }
    }
}

impl FlightSqlIngest<'_> {
    /// What to do with a table that is, or is not, there. Default: [`IngestMode::Append`].
    pub fn mode(mut self, mode: IngestMode) -> Self {
        self.mode = mode;
        self
    }

    /// The catalog of the table. Default: the session's.
    pub fn catalog(mut self, catalog: impl Into<String>) -> Self {
        self.command.catalog = Some(catalog.into());
        self
    }

    /// The schema of the table. Default: the session's.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.command.schema = Some(schema.into());
        self
    }

    /// Makes a temporary table, where the server has them. Default: no.
    pub fn temporary(mut self, temporary: bool) -> Self {
        self.command.temporary = temporary;
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
        let Some(first) = batches.first() else {
            return Err(sqlx_core::Error::InvalidArgument(
                "an ingest needs at least one batch, if only an empty one with the columns"
                    .to_owned(),
            ));
        };
        let schema = first.schema();
        self.stream(
            schema,
            futures_util::stream::iter(batches.into_iter().map(Ok)),
        )
        .await
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
        let dialect = Arc::clone(&self.connection.options().dialect);
        let in_bind_forms = |rows| in_bind_forms(rows, &*dialect).map_err(Error::from);
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
        let rpc = self.connection.session.rpc().clone();
        let sent = self.send(schema, batches).await;
        sent.map_err(|error| masked(error, &|text| rpc.session().mask(text)))
    }

    async fn send<S>(self, schema: SchemaRef, batches: S) -> Result<FlightSqlQueryResult>
    where
        S: Stream<Item = Result<RecordBatch, sqlx_core::Error>> + Send + 'static,
    {
        let (connection, mut command) = (self.connection, self.command);
        if connection.dialect().lacks(Feature::Ingest) {
            return Err(no_ingest());
        }
        unique_columns(&schema, connection.dialect())?;
        connection.session.ready().await?;
        command.table_definition_options = Some(self.mode.options());
        command.transaction_id = connection.session.transaction_id();
        let batches = batches.map(|batch| batch.map_err(Error::from));
        let count = ingest::run(connection.session.rpc(), command, schema, batches)
            .await
            .map_err(|error| {
                if error.is_unimplemented() {
                    return no_ingest();
                }
                error
            })?;
        Ok(reported(count))
    }
}

fn no_ingest() -> Error {
    let missing = Feature::Ingest.missing();
    Error::unsupported(format!("{missing}; insert the rows with statements"))
}

impl IngestMode {
    fn options(self) -> TableDefinitionOptions {
        let (missing, there) = match self {
            Self::Append => (TableNotExistOption::Fail, TableExistsOption::Append),
            Self::Create => (TableNotExistOption::Create, TableExistsOption::Fail),
            Self::Replace => (TableNotExistOption::Create, TableExistsOption::Replace),
            Self::CreateAppend => (TableNotExistOption::Create, TableExistsOption::Append),
        };
        TableDefinitionOptions {
            if_not_exist: missing.into(),
            if_exists: there.into(),
        }
    }
}
