//! [`FlightSqlListing`]: one question to a server's catalog, and its answer in three forms (layer 4).

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::TryStreamExt as _;
use futures_util::stream;

use super::FlightSqlConnection;
use super::read::{Context, Read};
use crate::catalog::{DbSchema, Filter, Pattern, Table, TableColumn};
use crate::error::{Error, Result};
use crate::from_arrow::FlightSqlBatch;
use crate::protocol::metadata::Request;
use crate::session::execute::endpoints::EndpointStream;
use crate::transport::deadline::Budget;
use crate::value::{Batch, Meta};

type SqlxResult<T> = std::result::Result<T, sqlx_core::Error>;

/// Bytes of the rows that [`FlightSqlListing::gathered`] keeps: those of a thousand times the keys of any real table.
const MAX_GATHERED: usize = 8 << 20;

/// A question to a server's catalog, made by a method of [`FlightSqlCatalog`](crate::FlightSqlCatalog). Nothing is sent
/// before one of its `fetch` methods is called.
///
/// Servers disagree on what a filter means, so what they answer is filtered again here: an exact name gives that name
/// and no other.
#[must_use = "nothing is asked before a `fetch` method is called"]
pub struct FlightSqlListing<'c, T> {
    connection: &'c mut FlightSqlConnection,
    request: Request,
    filter: Filter,
    read: Read<T>,
}

impl<'c, T: Send + 'static> FlightSqlListing<'c, T> {
    pub(super) fn new(
        connection: &'c mut FlightSqlConnection,
        request: Request,
        read: Read<T>,
    ) -> Self {
        Self {
            connection,
            request,
            filter: Filter::default(),
            read,
        }
    }

    pub(super) fn keep(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// The whole answer.
    ///
    /// # Errors
    /// `Database` with [`is_unsupported`](crate::FlightSqlDatabaseError::is_unsupported) when the server does not list
    /// this; an empty answer is not an error. Cancel-safe.
    pub async fn fetch_all(self) -> SqlxResult<Vec<T>> {
        self.fetch().try_collect().await
    }

    /// The whole answer, for what the driver itself looks through: as large as any real one, and not without end.
    pub(super) fn gathered(self) -> impl Future<Output = SqlxResult<Vec<T>>> + Send + 'c {
        let (mut walk, read, filter) = self.start();
        async move {
            let (mut all, mut size) = (Vec::new(), 0_usize);
            loop {
                let next = walk.next().await;
                let Some((schema, record)) = next.map_err(|error| walk.shown(error))? else {
                    return Ok(all);
                };
                let per_row = record.get_array_memory_size() / record.num_rows().max(1);
                let (found, wanted) = walk.read(schema, record, read, &filter)?;
                let kept = wanted.iter().filter(|wanted| **wanted).count();
                size = size.saturating_add(per_row.saturating_mul(kept));
                if size > MAX_GATHERED {
                    let text =
                        format!("the server lists more than {MAX_GATHERED} bytes about one thing");
                    return Err(Error::peer("DoGet", text).into());
                }
                all.extend(found);
            }
        }
    }

    /// The answer as it arrives. Dropping the stream stops the server.
    ///
    /// # Errors
    /// As [`fetch_all`](Self::fetch_all); after an error the stream ends.
    pub fn fetch(self) -> impl Stream<Item = SqlxResult<T>> + Send + 'c {
        let (walk, read, filter) = self.start();
        stream::try_unfold(walk, move |mut walk| {
            let filter = filter.clone();
            async move {
                let next = walk.next().await;
                let Some((schema_of, record)) = next.map_err(|error| walk.shown(error))? else {
                    return SqlxResult::Ok(None);
                };
                let (found, _) = walk.read(schema_of, record, read, &filter)?;
                Ok(Some((stream::iter(found.into_iter().map(Ok)), walk)))
            }
        })
        .try_flatten()
    }

    /// The answer as record batches with the server's own columns, without the rows that were not asked for.
    ///
    /// # Errors
    /// As [`fetch_all`](Self::fetch_all); after an error the stream ends.
    pub fn fetch_arrow(self) -> impl Stream<Item = SqlxResult<RecordBatch>> + Send + 'c {
        let (walk, read, filter) = self.start();
        stream::try_unfold(walk, move |mut walk| {
            let filter = filter.clone();
            async move {
                let next = walk.next().await;
                let Some((schema, record)) = next.map_err(|error| walk.shown(error))? else {
                    return SqlxResult::Ok(None);
                };
                let (_, wanted) = walk.read(schema, record.clone(), read, &filter)?;
                let kept = filter_record_batch(&record, &BooleanArray::from(wanted))
                    .map_err(|error| Error::peer("DoGet", error.to_string()))?;
                Ok(Some((kept, walk)))
            }
        })
    }

    fn start(mut self) -> (Walk<'c>, Read<T>, Filter) {
        apply(&mut self.request, &self.filter);
        let walk = Walk {
            connection: self.connection,
            queue: VecDeque::from([self.request.clone()]),
            current: None,
            widen: Some(self.request),
            is_wider: false,
            without_catalog: false,
            has_rows: false,
        };
        (walk, self.read, self.filter)
    }
}

/// Puts the filter into the words of the protocol.
fn apply(request: &mut Request, filter: &Filter) {
    let wire = |pattern: &Option<Pattern>| pattern.as_ref().map(Pattern::to_wire);
    match request {
        Request::Schemas { catalog, pattern } => {
            catalog.clone_from(&filter.catalog);
            *pattern = wire(&filter.schema);
        }
        Request::Tables {
            catalog,
            schema,
            table,
            types,
            ..
        } => {
            catalog.clone_from(&filter.catalog);
            *schema = wire(&filter.schema);
            *table = wire(&filter.table);
            types.clone_from(&filter.types);
        }
        _ => {}
    }
}

/// The answers to one question, which may take several: some servers list nothing until a catalog is named, and some
/// nothing when one is.
struct Walk<'c> {
    connection: &'c mut FlightSqlConnection,
    queue: VecDeque<Request>,
    current: Option<EndpointStream>,
    /// The question to ask again in other words when its own answer has no row.
    widen: Option<Request>,
    /// The current question is one that the caller did not ask.
    is_wider: bool,
    /// The current question is about a key in any catalog.
    without_catalog: bool,
    /// The current question has had rows.
    has_rows: bool,
}

impl Walk<'_> {
    async fn next(&mut self) -> Result<Option<(Arc<Meta>, RecordBatch)>> {
        loop {
            match self.record().await {
                Ok(Some(record)) => return Ok(Some(record)),
                Ok(None) => {}
                // The caller's own question has an answer, which stands. Of several catalogs, only the server's own word
                // leaves one out: a lost connection would leave all others out too.
                Err(error)
                    if self.is_wider
                        && !self.has_rows
                        && (self.without_catalog || error.as_server().is_some()) =>
                {
                    log::debug!("failed to query the catalog in another way: {error}");
                }
                Err(error) => return Err(error),
            }
            self.current = None;
            if self.queue.is_empty() && !self.widen().await? {
                return Ok(None);
            }
        }
    }

    /// The next batch of the current question, or the first of the next one.
    async fn record(&mut self) -> Result<Option<(Arc<Meta>, RecordBatch)>> {
        if self.current.is_none()
            && let Some(request) = self.queue.pop_front()
        {
            self.has_rows = false;
            self.current = Some(ask(self.connection, &request).await?);
        }
        let Some(stream) = &mut self.current else {
            return Ok(None);
        };
        let Some(record) = stream.next().await? else {
            return Ok(None);
        };
        let schema = stream.schema().unwrap_or_else(|| record.schema());
        self.has_rows = true;
        self.answered();
        Ok(Some((Meta::plain(schema), record)))
    }

    /// Puts the question again, once: of a key without its catalog, of tables in every catalog. A server without catalogs
    /// has nothing more to say, and among several the key may be of any.
    async fn widen(&mut self) -> Result<bool> {
        let Some(question) = self.widen.take() else {
            return Ok(false);
        };
        let may_widen = match question.key_catalog() {
            Some(_) => true,
            None => {
                question.within("").is_some() && !self.lists_everywhere().load(Ordering::Relaxed)
            }
        };
        if !may_widen {
            return Ok(false);
        }
        // Boxed, since this is a listing inside a listing; that of catalogs has nothing to widen.
        let listed: BoxFuture<'_, SqlxResult<Vec<String>>> = Box::pin(async {
            let mut catalog = self.connection.catalog();
            catalog.catalogs().gathered().await
        });
        let catalogs = match listed.await {
            Ok(catalogs) => catalogs,
            // The server has none. After a lost connection or a timeout, an empty list of tables would be a wrong answer.
            Err(error)
                if question.key_catalog().is_some() || error.as_database_error().is_some() =>
            {
                log::debug!("failed to list catalogs: {error}");
                Vec::new()
            }
            Err(error) => return Err(error.into()),
        };
        self.is_wider = true;
        match question.key_catalog() {
            Some(catalog) if catalogs == [catalog] => {
                self.without_catalog = true;
                self.queue.push_back(question.without_catalog());
            }
            Some(_) => {}
            None => {
                let named = catalogs.iter().filter(|name| !name.is_empty());
                self.queue
                    .extend(named.filter_map(|name| question.within(name)));
            }
        }
        Ok(!self.queue.is_empty())
    }

    /// A row came. If it did without a catalog, empty answers of this server are true from now on.
    fn answered(&mut self) {
        if let Some(question) = self.widen.take()
            && question.within("").is_some()
        {
            self.lists_everywhere().store(true, Ordering::Relaxed);
        }
    }

    fn lists_everywhere(&self) -> &AtomicBool {
        &self.connection.session.shared().lists_everywhere
    }

    fn shown(&self, error: Error) -> sqlx_core::Error {
        self.connection.shown(error)
    }

    /// The rows that are wanted, and which they are.
    fn read<T>(
        &self,
        meta: Arc<Meta>,
        record: RecordBatch,
        read: Read<T>,
        filter: &Filter,
    ) -> SqlxResult<(Vec<T>, Vec<bool>)> {
        let only_named;
        let filter = match self.without_catalog {
            true => {
                only_named = filter.only_named();
                &only_named
            }
            false => filter,
        };
        let context = Context {
            filter,
            options: self.connection.options(),
        };
        let batch = FlightSqlBatch::new(Batch::new(meta, record)?);
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for row in batch.into_rows() {
            let before = found.len();
            read(&row, &context, &mut found).map_err(|error| self.shown(error))?;
            wanted.push(found.len() > before);
        }
        Ok((found, wanted))
    }
}

/// Sends the question, unless the dialect knows that there is no answer.
async fn ask(connection: &mut FlightSqlConnection, request: &Request) -> Result<EndpointStream> {
    let feature = request.feature();
    if connection.dialect().lacks(feature) {
        return Err(Error::unsupported(feature.missing()));
    }
    connection.session.ready().await?;
    let context = connection.session.context();
    let rpc = &context.rpc;
    let limit = rpc.options().timeouts.metadata;
    let budget = limit.map(|limit| Arc::new(Budget::new("metadata_timeout", limit)));
    let asked: Result<EndpointStream> =
        async { EndpointStream::of_metadata(context, request.info(rpc).await?, budget) }.await;
    asked.map_err(|error| match error.is_unimplemented() {
        true => error.with_hint(feature.missing()),
        false => error,
    })
}

/// The filters of [`FlightSqlListing`]s of tables and of columns.
macro_rules! table_filters {
    ($($item:ty),*) => {$(
        impl FlightSqlListing<'_, $item> {
            /// In this catalog only.
            pub fn in_catalog(mut self, catalog: impl Into<String>) -> Self {
                self.filter.catalog = Some(catalog.into());
                self
            }

            /// In this schema only. The name is exact: `%` and `_` in it stand for themselves.
            pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
                self.filter.schema = Some(Pattern::Exact(schema.into()));
                self
            }

            /// In schemas whose name matches: `%` is any text, `_` any character; the server says
            /// whether case counts.
            pub fn in_schemas_like(mut self, pattern: impl Into<String>) -> Self {
                self.filter.schema = Some(Pattern::Like(pattern.into()));
                self
            }

            /// Of tables with this exact name only.
            pub fn named(mut self, table: impl Into<String>) -> Self {
                self.filter.table = Some(Pattern::Exact(table.into()));
                self
            }

            /// Of tables whose name matches: `%` is any text, `_` any character; the server says
            /// whether case counts.
            pub fn named_like(mut self, pattern: impl Into<String>) -> Self {
                self.filter.table = Some(Pattern::Like(pattern.into()));
                self
            }

            /// Of tables of this type, such as `TABLE` or `VIEW`, as the server writes it; may be said several times.
            pub fn of_type(mut self, table_type: impl Into<String>) -> Self {
                self.filter.types.push(table_type.into());
                self
            }
        }
    )*};
}

table_filters!(Table, TableColumn);

impl FlightSqlListing<'_, Table> {
    /// With the columns of each table, in [`Table::schema`](crate::catalog::Table::schema).
    pub fn with_columns(mut self) -> Self {
        if let Request::Tables { columns, .. } = &mut self.request {
            *columns = true;
        }
        self
    }
}

impl FlightSqlListing<'_, DbSchema> {
    /// In this catalog only.
    pub fn in_catalog(mut self, catalog: impl Into<String>) -> Self {
        self.filter.catalog = Some(catalog.into());
        self
    }

    /// With this exact name only.
    pub fn named(mut self, schema: impl Into<String>) -> Self {
        self.filter.schema = Some(Pattern::Exact(schema.into()));
        self
    }

    /// Whose name matches: `%` is any text, `_` any character; the server says whether
    /// case counts.
    pub fn named_like(mut self, pattern: impl Into<String>) -> Self {
        self.filter.schema = Some(Pattern::Like(pattern.into()));
        self
    }
}

impl<T> fmt::Debug for FlightSqlListing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlListing")
            .field("request", &self.request)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}
