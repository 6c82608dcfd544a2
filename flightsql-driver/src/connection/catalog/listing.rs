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
use crate::connection::endpoints::ResultStream;
use crate::error::{Error, Result};
use crate::from_arrow::FlightSqlBatch;
use crate::protocol::metadata::Request;
use crate::value::{Batch, Meta};

type SqlxResult<T> = std::result::Result<T, sqlx_core::Error>;

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

    /// The answer as it arrives. Dropping the stream stops the server.
    ///
    /// # Errors
    /// As [`fetch_all`](Self::fetch_all); after an error the stream ends.
    pub fn fetch(self) -> impl Stream<Item = SqlxResult<T>> + Send + 'c {
        let (walk, read, filter) = self.start();
        stream::try_unfold(walk, move |mut walk| {
            let filter = filter.clone();
            async move {
                let Some((schema_of, record)) = walk.next().await? else {
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
                let Some((schema, record)) = walk.next().await? else {
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
    current: Option<ResultStream>,
    /// The question to ask again in other words when its own answer has no row.
    widen: Option<Request>,
}

impl Walk<'_> {
    async fn next(&mut self) -> Result<Option<(Arc<Meta>, RecordBatch)>> {
        loop {
            if let Some(stream) = &mut self.current {
                if let Some(record) = stream.next().await? {
                    let schema = stream.schema().unwrap_or_else(|| record.schema());
                    self.answered();
                    return Ok(Some((Meta::plain(schema), record)));
                }
                self.current = None;
            }
            let Some(request) = self.queue.pop_front() else {
                if !self.widen().await? {
                    return Ok(None);
                }
                continue;
            };
            self.current = Some(ask(self.connection, &request).await?);
        }
    }

    /// Asks the question again, once: of a key without its catalog, of tables in every catalog. A server without catalogs
    /// has nothing more to say.
    async fn widen(&mut self) -> Result<bool> {
        let Some(question) = self.widen.take() else {
            return Ok(false);
        };
        if let Some(wider) = question.anywhere() {
            self.queue.push_back(wider);
            return Ok(true);
        }
        if question.within("").is_none() || self.lists_everywhere().load(Ordering::Relaxed) {
            return Ok(false);
        }
        // Boxed, since this is a listing inside a listing; that of catalogs has nothing to widen.
        let listed: BoxFuture<'_, SqlxResult<Vec<String>>> = Box::pin(async {
            let mut catalog = self.connection.catalog();
            catalog.catalogs().fetch_all().await
        });
        let catalogs = match listed.await {
            Ok(catalogs) => catalogs,
            Err(error) => {
                log::debug!("no catalogs to ask one by one: {error}");
                return Ok(false);
            }
        };
        let named = catalogs.iter().filter(|name| !name.is_empty());
        self.queue
            .extend(named.filter_map(|name| question.within(name)));
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
        &self.connection.inner.shared.lists_everywhere
    }

    /// The rows that are wanted, and which they are.
    fn read<T>(
        &self,
        meta: Arc<Meta>,
        record: RecordBatch,
        read: Read<T>,
        filter: &Filter,
    ) -> SqlxResult<(Vec<T>, Vec<bool>)> {
        let context = Context {
            filter,
            options: self.connection.options(),
        };
        let batch = FlightSqlBatch::new(Batch::new(meta, record)?);
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for row in batch.into_rows() {
            let before = found.len();
            read(&row, &context, &mut found)?;
            wanted.push(found.len() > before);
        }
        Ok((found, wanted))
    }
}

/// Sends the question, unless the dialect knows that there is no answer.
async fn ask(connection: &mut FlightSqlConnection, request: &Request) -> Result<ResultStream> {
    let feature = request.feature();
    if connection.dialect().lacks(feature) {
        return Err(Error::unsupported(feature.missing()));
    }
    connection.ready().await?;
    let rpc = &connection.inner.rpc;
    let asked = async { ResultStream::new(rpc, request.info(rpc).await?) };
    asked.await.map_err(|error| match error.is_unimplemented() {
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
