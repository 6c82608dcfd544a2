//! Bulk ingest: record batches into a table, in one RPC.

use std::sync::{Arc, Mutex};

use arrow_array::RecordBatch;
use arrow_flight::sql::{
    CommandStatementIngest, TableDefinitionOptions, TableExistsOption, TableNotExistOption,
};
use arrow_schema::SchemaRef;
use futures_core::Stream;
use futures_util::StreamExt as _;

use super::Session;
use super::execute::count::reported;
use super::scope::Scoped;
use crate::bind::unique_columns;
use crate::dialect::Feature;
use crate::error::{BoxError, Error, Result};
use crate::lock::lock;
use crate::observe::{About, Stats};
use crate::options::StatementOptions;
use crate::protocol::ingest;
use crate::query_result::QueryResult;
use crate::sql::SessionEffect;

/// The handling of a table that exists, or does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IngestMode {
    /// Adds rows to a table that exists; an error if it does not. The default.
    #[default]
    Append,
    /// Creates the table; an error if it exists.
    Create,
    /// Drops the table if it exists, and creates it.
    Replace,
    /// Adds rows to the table, and creates it if it does not exist.
    CreateAppend,
}

impl IngestMode {
    fn options(self) -> TableDefinitionOptions {
        let (missing, existing) = match self {
            Self::Append => (TableNotExistOption::Fail, TableExistsOption::Append),
            Self::Create => (TableNotExistOption::Create, TableExistsOption::Fail),
            Self::Replace => (TableNotExistOption::Create, TableExistsOption::Replace),
            Self::CreateAppend => (TableNotExistOption::Create, TableExistsOption::Append),
        };
        TableDefinitionOptions {
            if_not_exist: missing.into(),
            if_exists: existing.into(),
        }
    }
}

/// Builder of a bulk ingest; created by [`Session::ingest`].
#[derive(Debug)]
#[must_use = "nothing is sent before `batches` or `stream`"]
pub struct Ingest<'c> {
    session: &'c mut Session,
    command: CommandStatementIngest,
    mode: IngestMode,
    options: Option<Arc<StatementOptions>>,
}

impl Session {
    /// Returns the builder of a bulk ingest into `table`; [`Ingest::batches`] or [`Ingest::stream`] runs it. It runs inside the
    /// session's transaction, if one is open.
    ///
    /// Corresponds to
    /// [`CommandStatementIngest`](https://arrow.apache.org/docs/format/FlightSql.html#bulk-ingestion).
    pub fn ingest(&mut self, table: impl Into<String>) -> Ingest<'_> {
        Ingest {
            session: self,
            command: CommandStatementIngest {
                table: table.into(),
                ..CommandStatementIngest::default()
            },
            mode: IngestMode::default(),
            options: None,
        }
    }
}

impl Ingest<'_> {
    /// Sets the handling of a table that exists, or does not exist. Defaults to [`IngestMode::Append`].
    pub fn mode(mut self, mode: IngestMode) -> Self {
        self.mode = mode;
        self
    }

    /// Sets the catalog of the table. Defaults to the session's.
    pub fn catalog(mut self, catalog: impl Into<String>) -> Self {
        self.command.catalog = Some(catalog.into());
        self
    }

    /// Sets the schema of the table. Defaults to the session's.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.command.schema = Some(schema.into());
        self
    }

    /// Creates a temporary table, if the server supports them. Defaults to `false`.
    pub fn temporary(mut self, temporary: bool) -> Self {
        self.command.temporary = temporary;
        self
    }

    /// Sets the headers and timeouts of the ingest; see [`StatementOptions`]. `timeout` and `update_timeout` limit the complete
    /// ingest, and include the time that the caller takes to produce batches.
    pub fn options(mut self, options: impl Into<Arc<StatementOptions>>) -> Self {
        self.options = Some(options.into());
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn session(&self) -> &Session {
        self.session
    }

    /// Sends these batches, which must all have the schema of the first.
    ///
    /// # Errors
    /// Returns an error if there is no batch, since the columns are then unknown. Also returns the errors of
    /// [`stream`](Self::stream).
    pub async fn batches(self, batches: Vec<RecordBatch>) -> Result<QueryResult> {
        let Some(first) = batches.first() else {
            return Err(Error::argument(
                "an ingest requires at least one batch; to send no rows, use an empty batch with the columns",
            ));
        };
        let schema = first.schema();
        let batches = batches.into_iter().map(Ok::<_, BoxError>);
        self.stream(schema, futures_util::stream::iter(batches))
            .await
    }

    /// Sends the batches of a stream as they arrive; no more than a few wait in memory. An error of the stream aborts the
    /// ingest without an end-of-data marker, so that the server does not treat partial data as complete.
    ///
    /// The count is the server's. It is unknown ([`QueryResult::known_rows_affected`] is `None`) if the server reports none,
    /// several, or more rows than were sent: count the rows of the table then.
    ///
    /// # Errors
    /// Returns an error if the server has no bulk ingest or refuses this one, or if `batches` fails. Returns an error
    /// before anything is sent if two columns have one name, as the engine compares names. Returns a protocol error if the
    /// server ends the RPC before it has read all batches.
    ///
    /// # Cancel safety
    /// Dropping the future aborts the ingest. A server without transactions may keep the rows that it has read; inside a
    /// transaction they are rolled back with it.
    pub async fn stream<S, E>(self, schema: SchemaRef, batches: S) -> Result<QueryResult>
    where
        S: Stream<Item = Result<RecordBatch, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let rpc = self.session.rpc().clone();
        let batches = batches.map(|batch| batch.map_err(Error::from_source));
        let sent = self.send(schema, batches).await;
        sent.map_err(|error| rpc.session().masked(error))
    }

    /// Runs [`stream`](Self::stream) without masking errors.
    #[doc(hidden)]
    pub async fn send<S>(self, schema: SchemaRef, batches: S) -> Result<QueryResult>
    where
        S: Stream<Item = Result<RecordBatch>> + Send + 'static,
    {
        let mut watch = self.session.watch(|_| self.about());
        let sent = watch.is_on().then(Arc::<Mutex<Stats>>::default);
        let counted = sent.clone();
        let batches = batches.inspect(move |batch| {
            if let (Some(counted), Ok(batch)) = (&counted, batch) {
                lock(counted).add_batch(batch.num_rows());
            }
        });
        let done = watch.within(self.send_unwatched(schema, batches)).await;
        if let Some(sent) = sent {
            watch.set_stats(*lock(&sent));
        }
        match &done {
            Ok(done) => watch.succeed(done.known_rows_affected()),
            Err(error) => watch.fail(error),
        }
        done
    }

    fn about(&self) -> About {
        let table = &self.command.table;
        let name = match &self.command.schema {
            Some(schema) => format!("{schema}.{table}"),
            None => table.clone(),
        };
        About {
            summary: Some(format!("INGEST {name}")),
            collection: Some(name),
            ..About::named("INGEST")
        }
    }

    async fn send_unwatched<S>(self, schema: SchemaRef, batches: S) -> Result<QueryResult>
    where
        S: Stream<Item = Result<RecordBatch>> + Send + 'static,
    {
        let (session, mut command) = (self.session, self.command);
        if !session.dialect().supports(Feature::Ingest) {
            return Err(no_ingest());
        }
        unique_columns(&schema, session.dialect())?;
        let mut session = session.scoped(self.options.as_ref())?;
        let scope = session.last_scope.clone();
        Scoped::within(scope.as_ref(), session.ready()).await?;
        command.table_definition_options = Some(self.mode.options());
        command.transaction_id = session.transaction_id();
        let running = match command.temporary {
            true => session.effect(&SessionEffect::Temporary),
            false => None,
        };
        let count = ingest::run(session.rpc(), command, schema, batches).await;
        if let (Some(running), Err(error)) = (running, &count) {
            running.failed(error);
        }
        match count {
            Err(error) if error.is_unsupported() => Err(no_ingest()),
            count => {
                let headers = session.response_headers();
                count.map(|count| reported(count).with_response_headers(headers))
            }
        }
    }
}

fn no_ingest() -> Error {
    let missing = Feature::Ingest.missing();
    Error::unsupported(format!("{missing}; insert the rows with statements"))
}
