//! A complete result: every endpoint of a `FlightInfo`, in the order of the server.
//!
//! A driver that reads only the first endpoint, or continues after an error, silently loses rows. The schema of the stream is
//! binding, and the reported schema a hint.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_flight::{FlightEndpoint, FlightInfo};
use arrow_schema::SchemaRef;
use futures_core::future::BoxFuture;

use super::align;
use super::count::{Counter, Counting};
use super::unread::Unread;
use crate::arrow::map_data_type;
use crate::error::{Error, Result};
use crate::observe::{Stats, Watch, endpoint_span};
use crate::protocol::memory::QueryMemory;
use crate::protocol::messages::{Item, MessageStream};
use crate::protocol::schema;
use crate::query_result::QueryResult;
use crate::result_schema::ResultSchema;
use crate::session::Context;
use crate::session::changes::Running;
use crate::session::prepared::CloseOnDrop;
use crate::sql::ParsedStatement;
use crate::transport::deadline::Budget;
use crate::transport::locations::{self, Origin, Route};
use tokio::runtime::Handle;
use tracing::Instrument as _;

const ANSWER: &str = "GetFlightInfo";

/// A result that is being read. Dropping it stops the server.
pub struct EndpointStream {
    context: Context,
    /// The endpoints, and the schema that the server reported, which is read only on request.
    info: FlightInfo,
    current: Option<MessageStream>,
    opened: usize,
    /// Whether an endpoint is being opened; remains set if that future was dropped.
    opening: bool,
    /// The columns as the first endpoint reports them.
    schema: Option<SchemaRef>,
    /// The schema of the first endpoint's batches, while a later endpoint reports its columns differently.
    align: Option<SchemaRef>,
    /// Whether the result is cancelled on the server if it is dropped before its end.
    cancels: bool,
    /// The first batch, read by [`begin`](Self::begin).
    first: Option<RecordBatch>,
    budget: Option<Arc<Budget>>,
    memory: Option<Arc<QueryMemory>>,
    counter: Counter,
    /// The bytes of the batches so far, if the statement limits them.
    size: u64,
    /// Whether the dialect's type map applies to the columns; it does not apply to a metadata response.
    is_mapped: bool,
    /// Whether the result must have columns even without rows, as the result of a query.
    expects_columns: bool,
    /// Closes the prepared statement that only this result uses.
    _close: Option<Arc<CloseOnDrop>>,
    /// The effect of the statement on its session, until the result ends.
    running: Option<Box<Running>>,
    /// The operation whose result this is.
    watch: Watch,
    stats: Stats,
}

impl EndpointStream {
    /// Checks the response, without reading data.
    fn new(context: &Context, info: FlightInfo) -> Result<Self> {
        let options = context.rpc.options();
        let channel = context.rpc.channel();
        for endpoint in &info.endpoint {
            // Before anything is read.
            let mask = |text: &str| context.rpc.session().mask(text);
            locations::route(options, channel.server(), &locations_of(endpoint), &mask)?;
        }
        // Without an endpoint, only the reported columns exist.
        if info.endpoint.is_empty()
            && schema::read(ANSWER, &info.schema, &options.limits)?.is_none()
        {
            return Err(Error::protocol(
                ANSWER,
                "the response has neither endpoints nor columns, so the statement may not have run",
            ));
        }
        Ok(Self {
            context: context.clone(),
            info,
            current: None,
            opened: 0,
            opening: false,
            schema: None,
            align: None,
            cancels: false,
            first: None,
            budget: context.rpc.fetch_budget().map(Arc::new),
            memory: QueryMemory::new(context.rpc.max_query_memory()),
            size: 0,
            counter: Counter::new(Counting::Nothing),
            is_mapped: false,
            expects_columns: false,
            _close: None,
            running: None,
            watch: Watch::default(),
            stats: Stats::default(),
        })
    }

    /// The response to a metadata command, under a limit that has begun before, or `fetch_timeout` if it ends earlier.
    pub(crate) fn of_metadata(
        context: &Context,
        info: FlightInfo,
        budget: Option<Arc<Budget>>,
    ) -> Result<Self> {
        let mut result = Self::new(context, info)?;
        result.expects_columns = true;
        let ends = |budget: &Option<Arc<Budget>>| budget.as_ref().and_then(|budget| budget.end());
        match (ends(&budget), ends(&result.budget)) {
            (Some(own), Some(fetch)) if fetch < own => {}
            (None, _) => {}
            _ => result.budget = budget,
        }
        Ok(result)
    }

    /// The result of a statement. The driver cancels it on the server if it is dropped before its end.
    /// A query without columns in its result is an error, since it may not have run.
    pub(crate) fn of_statement(
        context: &Context,
        info: FlightInfo,
        statement: &ParsedStatement,
    ) -> Result<Self> {
        let mut stream = Self::new(context, info)?;
        let dialect = &*context.rpc.options().dialect;
        stream.cancels = !stream.info.endpoint.is_empty() && context.cancellation.is_possible();
        stream.is_mapped = true;
        stream.counter = Counter::new(Counting::of(statement, dialect));
        stream.expects_columns = statement.has_columns();
        Ok(stream)
    }

    /// Returns the number of endpoints.
    pub(in crate::session) fn endpoints(&self) -> usize {
        self.info.endpoint.len()
    }

    /// Returns the other servers that the endpoints may be read from, each once.
    pub(in crate::session) fn origins(&self) -> Result<Vec<Origin>> {
        let mut origins = Vec::new();
        let rpc = &self.context.rpc;
        let mask = |text: &str| rpc.session().mask(text);
        let channel = rpc.channel();
        for endpoint in &self.info.endpoint {
            let locations = locations_of(endpoint);
            let route = locations::route(rpc.options(), channel.server(), &locations, &mask)?;
            if let Route::Elsewhere(found) = route {
                for origin in found {
                    if !origins.contains(&origin) {
                        origins.push(origin);
                    }
                }
            }
        }
        Ok(origins)
    }

    /// Keeps the prepared statement of the result until the result is gone.
    pub(super) fn closing(mut self, close: Option<Arc<CloseOnDrop>>) -> Self {
        self._close = close;
        self
    }

    /// Applies the effect of the statement to its session once the result has ended.
    pub(in crate::session) fn running(mut self, running: Box<Running>) -> Self {
        self.running = Some(running);
        self
    }

    /// Ends the operation with the result.
    pub(in crate::session) fn watched(mut self, watch: Watch) -> Self {
        self.watch = watch;
        self
    }

    /// The size of what was read.
    pub(in crate::session) fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns `true` if the statement changes rows.
    pub fn is_change(&self) -> bool {
        self.counter.is_change()
    }

    /// The row count in the result so far, if the statement is an update that ran as a query.
    pub fn counted(&self) -> Option<QueryResult> {
        self.counter.counted.clone()
    }

    pub(crate) fn rows(&self) -> usize {
        self.counter.rows
    }

    /// The outcome of the statement after its last batch.
    pub fn outcome(&self) -> QueryResult {
        let headers = self.context.rpc.response_headers();
        self.counter.outcome().with_response_headers(headers)
    }

    /// The memory of the result, if it is limited.
    pub(crate) fn memory(&self) -> Option<&Arc<QueryMemory>> {
        self.memory.as_ref()
    }

    /// Reads the result to its end, since on some servers reading is what runs the statement.
    pub(crate) async fn drain(&mut self) -> Result<QueryResult> {
        while self.next().await?.is_some() {}
        Ok(self.outcome())
    }

    /// Returns the columns of the stream, or the reported ones before it begins.
    pub fn schema(&self) -> Option<SchemaRef> {
        if self.schema.is_some() {
            return self.schema.clone();
        }
        let limits = &self.context.rpc.options().limits;
        // The reported schema is only a hint; an invalid one must not discard a valid result.
        schema::read(ANSWER, &self.info.schema, limits).unwrap_or_else(|error| {
            log::debug!("{}", self.context.rpc.session().mask(&error.to_string()));
            None
        })
    }

    /// The columns of a batch, as sent and as meant.
    pub fn columns(&self, record: &RecordBatch) -> ResultSchema {
        let schema = self.schema().unwrap_or_else(|| record.schema());
        self.result_schema(schema)
    }

    /// Columns with the meaning that the dialect gives them.
    pub fn result_schema(&self, schema: SchemaRef) -> ResultSchema {
        match self.is_mapped {
            true => ResultSchema::new(schema, &*self.context.rpc.options().dialect),
            false => ResultSchema::plain(schema),
        }
    }

    /// The columns of the stream itself.
    pub fn arrived(&self) -> Option<&SchemaRef> {
        self.schema.as_ref()
    }

    /// Returns the next batch with rows; `None` at the end, and after an error.
    ///
    /// If the future is dropped while an endpoint is being opened, the next call returns an error.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let span = self.watch.span();
        let advanced = self.advance().instrument(span).await;
        // The rows of a change are its success, so it must run to its end, also if its count is wrong.
        if matches!(&advanced, Ok(batch) if batch.is_none() || self.is_change()) {
            self.cancels = false;
        }
        let result = advanced.and_then(|batch| {
            if let Some(batch) = &batch {
                self.stats.add_batch(batch.num_rows());
                self.counter.see(batch)?;
                self.check_limits(batch)?;
            }
            Ok(batch)
        });
        match &result {
            Ok(Some(_)) => {}
            Ok(None) => {
                if let Some(running) = self.running.take() {
                    running.succeeded();
                }
                self.watch.set_stats(self.stats);
                let affected = self
                    .is_change()
                    .then(|| self.outcome().known_rows_affected());
                self.watch.succeed(affected.flatten());
            }
            Err(error) => self.fail(error),
        }
        result.map_err(|error| match self.opened {
            0 => error,
            opened => error.at_endpoint(opened - 1),
        })
    }

    /// Checks the limits of the statement after a batch was counted.
    fn check_limits(&mut self, batch: &RecordBatch) -> Result<()> {
        let Some(scope) = self.context.rpc.statement() else {
            return Ok(());
        };
        let options = scope.options();
        let rows = u64::try_from(self.counter.rows).unwrap_or(u64::MAX);
        if let Some(max) = options.max_rows.filter(|max| rows > *max) {
            return Err(too_large("max_rows", max, "rows"));
        }
        if let Some(max) = options.max_bytes {
            self.size = self.size.saturating_add(data_size(batch));
            if self.size > max {
                return Err(too_large("max_bytes", max, "bytes"));
            }
        }
        Ok(())
    }

    /// Reads the first batch, so that an error of the server comes before any row is returned.
    pub(crate) async fn begin(&mut self) -> Result<()> {
        self.first = self.next().await?;
        Ok(())
    }

    /// Ends the result with its first error. The server has already stopped only if it sent the error and no endpoint remained.
    fn fail(&mut self, error: &Error) {
        if let Some(running) = self.running.take() {
            running.failed(error);
        }
        if self.is_all_opened() && error.server().is_some() {
            self.cancels = false;
        }
        self.watch.set_stats(self.stats);
        self.watch.fail(error);
        self.current = None;
        self.stop();
        self.info.endpoint.clear();
    }

    async fn advance(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let Some(current) = &mut self.current else {
                // A ticket is read once: on some servers each read of it runs the statement again.
                let Some(endpoint) = self.info.endpoint.get(self.opened) else {
                    return self.whole();
                };
                let ticket = endpoint.ticket.clone().unwrap_or_default();
                self.opened += 1;
                self.opening = true;
                let planned = self.info.schema.clone();
                let (rpc, budget) = (&self.context.rpc, self.budget.clone());
                let memory = self.memory.clone();
                let places = locations_of(endpoint);
                let span = endpoint_span(self.opened - 1);
                // Of an erased type, because the compiler checks futures only to a certain depth.
                let opened: BoxFuture<'_, _> = Box::pin(MessageStream::open(
                    rpc, ticket, &places, planned, budget, memory, span,
                ));
                let opened = opened.await;
                self.opening = false;
                self.stats.endpoints += 1;
                self.current = Some(opened?);
                continue;
            };
            let before = current.bytes();
            let next = current.next().await;
            self.stats.add_bytes(current.bytes() - before);
            match next? {
                None => self.current = None,
                Some(Item::Batch(batch)) if batch.num_rows() == 0 => {}
                Some(Item::Batch(batch)) => {
                    return align::aligned(self.align.as_ref(), batch).map(Some);
                }
                Some(Item::Schema(schema)) => self.agree(schema)?,
            }
        }
    }

    fn is_all_opened(&self) -> bool {
        self.opened >= self.info.endpoint.len()
    }

    /// Cancels the result on the server, unless it has ended there.
    fn stop(&mut self) {
        if !std::mem::take(&mut self.cancels) {
            return;
        }
        let stream = self.current.take();
        // Without a runtime, the stream would stay open until the connection is used again.
        let stream = stream.filter(|_| self.is_all_opened() && Handle::try_current().is_ok());
        let info = std::mem::take(&mut self.info);
        if let Some(unread) = Unread::new(info, stream) {
            let cancel = unread.cleanup(&self.context);
            self.context.cleanup.push(cancel);
        }
    }

    /// Ends the result. Returns an error if a dropped future lost an endpoint, or if a query has no columns.
    fn whole(&self) -> Result<Option<RecordBatch>> {
        if self.opening {
            return Err(Error::argument(
                "reading this result was interrupted; run the statement again",
            ));
        }
        let has_columns = || {
            let reported = self.schema();
            self.schema.is_some() || reported.is_some_and(|schema| !schema.fields().is_empty())
        };
        if self.expects_columns && !has_columns() {
            let operation = if self.opened == 0 { ANSWER } else { "DoGet" };
            return Err(Error::protocol(
                operation,
                "the server returned neither columns nor rows for a query, so it may not have run",
            ));
        }
        Ok(None)
    }

    /// Checks that all endpoints return the same columns. Nullability, metadata and the name of a fixed zone may differ; the
    /// first endpoint decides.
    fn agree(&mut self, schema: SchemaRef) -> Result<()> {
        self.align = None;
        match &self.schema {
            None => self.schema = Some(schema),
            Some(first) if align::same_columns(first, &schema) => {
                self.align = (*first != schema).then(|| map_data_type::nullable_schema(first));
            }
            Some(_) => return Err(align::different_columns()),
        }
        Ok(())
    }
}

/// Returns the bytes of the values of a batch, without the rest of the message that its columns share.
pub(in crate::session) fn data_size(batch: &RecordBatch) -> u64 {
    let size = |column: &ArrayRef| {
        let size = column.to_data().get_slice_memory_size();
        // Arrow computes the size of every type; a type that it does not know counts with all that it keeps in memory.
        size.unwrap_or_else(|_| column.get_array_memory_size())
    };
    let sizes = batch.columns().iter().map(size);
    let total = sizes.fold(0, usize::saturating_add);
    u64::try_from(total).unwrap_or(u64::MAX)
}

fn locations_of(endpoint: &FlightEndpoint) -> Vec<&str> {
    let locations = endpoint.location.iter();
    locations.map(|location| location.uri.as_str()).collect()
}

fn too_large(option: &str, max: u64, unit: &str) -> Error {
    let text = format!(
        "the result has more than {max} {unit}, the limit of its statement; raise `{option}`, or query fewer rows"
    );
    Error::protocol("DoGet", text)
}

impl Drop for EndpointStream {
    fn drop(&mut self) {
        self.watch.set_stats(self.stats);
        self.stop();
    }
}

// Without the tickets, which may contain values.
flightsql_dialect::debug_fields!(EndpointStream, |it| {
    endpoints: it.info.endpoint.len(),
    opened: it.opened,
});
