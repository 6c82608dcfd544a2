//! [`CatalogQuery`]: one metadata command, and its response in three forms.

mod collect;

use std::collections::VecDeque;
use std::fmt;
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use arrow_array::{BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;
use futures_core::Stream;
use futures_core::future::BoxFuture;
use futures_util::TryStreamExt as _;
use futures_util::stream;

use super::read::{Context, Read};
use super::row::{CatalogRow, Places};
use super::{Catalog, Session};
use crate::catalog::{Filter, IdentifierCase, Pattern};
use crate::error::{Error, Result};
use crate::observe::{About, Stats, Watch};
use crate::options::StatementOptions;
use crate::protocol::metadata::Request;
use crate::session::execute::endpoints::EndpointStream;
use crate::session::retry::Attempts;
use crate::session::scope::Scoped;
use crate::transport::call::StatementScope;
use crate::transport::deadline::Budget;

/// A query to the server's catalog; created by a method of [`Catalog`]. Nothing is sent before one of its `fetch` methods is
/// called.
///
/// Servers disagree on the meaning of a filter. The driver therefore filters their responses again: an exact name returns
/// that name and no other.
#[must_use = "nothing is sent before a `fetch` method is called"]
pub struct CatalogQuery<'c, T> {
    session: &'c mut Session,
    pub(super) request: Request,
    pub(super) filter: Filter,
    read: Read<T>,
    options: Option<Arc<StatementOptions>>,
    /// The scope of the query that this one is a part of.
    scope: Option<Arc<StatementScope>>,
    /// Whether this query is a part of another one.
    is_part: bool,
}

impl<'c, T: Send + 'static> CatalogQuery<'c, T> {
    pub(super) fn new(session: &'c mut Session, request: Request, read: Read<T>) -> Self {
        Self {
            session,
            request,
            filter: Filter::default(),
            read,
            options: None,
            scope: None,
            is_part: false,
        }
    }

    pub(super) fn options(mut self, options: Option<Arc<StatementOptions>>) -> Self {
        self.options = options;
        self
    }

    fn within(mut self, scope: Option<Arc<StatementScope>>) -> Self {
        (self.scope, self.is_part) = (scope, true);
        self
    }

    pub(super) fn keep(mut self, filter: Filter) -> Self {
        self.filter = filter;
        self
    }

    /// Returns the response as it arrives. Dropping the stream stops the server.
    ///
    /// # Errors
    /// Returns the errors of [`fetch_all`](Self::fetch_all). After a row that is not readable, the stream continues with the
    /// next one; after any other error it ends.
    pub fn fetch(self) -> impl Stream<Item = Result<T>> + Send + 'c {
        let found = self.rows(false).map_ok(|(_, found, _)| stream::iter(found));
        found.try_flatten()
    }

    /// Returns the response as record batches with the server's own columns, without the rows that the filter excludes.
    ///
    /// # Errors
    /// Returns the errors of [`fetch_all`](Self::fetch_all); after an error the stream ends.
    pub fn fetch_arrow(self) -> impl Stream<Item = Result<RecordBatch>> + Send + 'c {
        // Without a filter, the rows that are not readable are wanted, too.
        let is_filtered = self.filter != Filter::default();
        self.rows(is_filtered).and_then(|(record, _, wanted)| {
            let kept = filter_record_batch(&record, &BooleanArray::from(wanted));
            ready(kept.map_err(|error| Error::protocol("DoGet", error.to_string())))
        })
    }

    /// Returns each batch with the rows that the filter wants, and for each of its rows whether it is one of them. If
    /// `ends_unread`, the stream ends with the error of a row that is not readable.
    fn rows(
        mut self,
        ends_unread: bool,
    ) -> impl Stream<Item = Result<(RecordBatch, Vec<Result<T>>, Vec<bool>)>> + Send + 'c {
        let identifiers = &self.session.dialect().profile().identifiers;
        self.filter.ignores_case = identifiers.case == IdentifierCase::Insensitive;
        apply(&mut self.request, &self.filter);
        let read = self.read;
        let mut walk = Walk::new(self.session, self.request, self.filter);
        (walk.options, walk.scope) = (self.options, self.scope);
        walk.watch = self.is_part.then(Watch::default);
        stream::try_unfold(walk, move |mut walk| async move {
            let Some(record) = walk.next_masked().await? else {
                return Ok(None);
            };
            let (mut found, wanted) = walk.read(&record, read);
            if let Some(unread) = found
                .iter()
                .position(Result::is_err)
                .filter(|_| ends_unread)
            {
                found.swap_remove(unread)?;
            }
            Ok(Some(((record, found, wanted), walk)))
        })
    }
}

/// Writes the filter into the command.
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

/// The responses to a query. It may take several commands: some servers list nothing without a catalog, and some nothing with
/// one.
struct Walk<'c> {
    session: &'c mut Session,
    /// The command of the caller.
    request: Request,
    /// The options of the query, until it starts.
    options: Option<Arc<StatementOptions>>,
    scope: Option<Arc<StatementScope>>,
    filter: Filter,
    attempts: Attempts,
    /// Whether the caller has received rows.
    is_delivered: bool,
    queue: VecDeque<Request>,
    current: Option<EndpointStream>,
    /// The limit of all commands together; begins with the first one.
    budget: Option<Arc<Budget>>,
    /// The command to widen if its response has no row.
    widen: Option<Request>,
    /// Whether the current command is wider than the caller's.
    is_wider: bool,
    /// Whether the current command is about a key in any catalog.
    without_catalog: bool,
    /// Whether the current command has returned rows.
    has_rows: bool,
    /// The operation, once it has started.
    watch: Option<Watch>,
    /// The size of the responses before the current one.
    stats: Stats,
}

impl<'c> Walk<'c> {
    fn new(session: &'c mut Session, request: Request, filter: Filter) -> Self {
        Self {
            attempts: session.attempts_of_read(),
            session,
            options: None,
            scope: None,
            filter,
            is_delivered: false,
            queue: VecDeque::from([request.clone()]),
            current: None,
            budget: None,
            widen: Some(request.clone()),
            request,
            is_wider: false,
            without_catalog: false,
            has_rows: false,
            watch: None,
            stats: Stats::default(),
        }
    }

    /// Returns the next batch, as a part of the operation.
    async fn next_masked(&mut self) -> Result<Option<RecordBatch>> {
        let (session, request) = (&self.session, &self.request);
        let named = || session.watch(|_| About::named(request.command()));
        let mut watch = self.watch.take().unwrap_or_else(named);
        let next = watch.within(self.next_retried()).await;
        let mut stats = self.stats;
        stats.add(
            self.current
                .as_ref()
                .map(EndpointStream::stats)
                .unwrap_or_default(),
        );
        watch.set_stats(stats);
        match &next {
            Ok(Some(_)) => {}
            Ok(None) => watch.succeed(None),
            Err(error) => watch.fail(error),
        }
        self.watch = Some(watch);
        next
    }

    fn leave(&mut self) {
        if let Some(left) = self.current.take() {
            self.stats.add(left.stats());
        }
    }

    /// Returns the next batch. Before the first one, all commands run again after a failure that is over soon.
    async fn next_retried(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            let error = match self.next().await {
                Ok(next) => {
                    self.is_delivered = true;
                    return Ok(next);
                }
                Err(error) => error,
            };
            let recovered = match self.is_delivered {
                true => Err(error),
                false => self.recover(error).await,
            };
            recovered.map_err(|error| self.session.masked(error))?;
            self.restart();
        }
    }

    /// Prepares another attempt, within the limits of the query.
    async fn recover(&mut self, error: Error) -> Result<()> {
        let recovered = Box::pin(self.session.recover(&mut self.attempts, error));
        match &self.budget {
            // It includes the limit of the scope.
            Some(budget) => budget.within(self.request.name(), recovered).await,
            None => Scoped::within(self.scope.as_ref(), recovered).await,
        }
    }

    fn restart(&mut self) {
        self.queue = VecDeque::from([self.request.clone()]);
        self.widen = Some(self.request.clone());
        self.leave();
        (self.is_wider, self.without_catalog, self.has_rows) = (false, false, false);
        self.filter.only_named = false;
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            match self.record().await {
                Ok(Some(record)) => return Ok(Some(record)),
                Ok(None) => {}
                // The response to the caller's own command is valid. A catalog is left out only after an error of the
                // server: after a lost connection, all further catalogs would be missing.
                Err(error)
                    if self.is_wider
                        && !self.has_rows
                        && !error.is_timeout()
                        && (self.without_catalog || error.server().is_some()) =>
                {
                    let error = self.session.masked(error);
                    log::debug!("failed to query the catalog in another way: {error}");
                }
                Err(error) => return Err(error),
            }
            self.leave();
            if self.queue.is_empty() && !self.widen().await? {
                return Ok(None);
            }
        }
    }

    /// Returns the next batch of the current command, or the first one of the next command.
    async fn record(&mut self) -> Result<Option<RecordBatch>> {
        if self.current.is_none()
            && let Some(request) = self.queue.pop_front()
        {
            self.has_rows = false;
            if let Some(options) = self.options.take() {
                self.scope = Some(StatementScope::start(&options)?);
            }
            let scope = self.scope.clone();
            self.current = Some(ask(self.session, scope, &request, &mut self.budget).await?);
        }
        let Some(stream) = &mut self.current else {
            return Ok(None);
        };
        let Some(record) = stream.next().await? else {
            return Ok(None);
        };
        self.has_rows = true;
        self.answered();
        Ok(Some(record))
    }

    /// Widens the command, once: for a key without its catalog, for tables in every catalog. Among several catalogs, the key
    /// may be in any of them.
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
        // Boxed, since this is a query inside a query. A query for catalogs is never widened.
        let scope = self.scope.clone();
        let listed: BoxFuture<'_, Result<Vec<String>>> = Box::pin(async {
            let mut catalog = Catalog::new(self.session);
            catalog.catalogs().within(scope).gathered().await
        });
        let catalogs = match listed.await {
            Ok(catalogs) => catalogs,
            // The server has none. After a lost connection or a timeout, an empty list of tables would be wrong.
            Err(error)
                if !error.is_timeout()
                    && (question.key_catalog().is_some()
                        || error.server().is_some()
                        || error.is_unsupported()) =>
            {
                log::debug!("failed to list catalogs: {error}");
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        self.is_wider = true;
        match question.key_catalog() {
            Some(catalog) if self.filter.is_only(catalog, &catalogs) => {
                self.without_catalog = true;
                self.filter.only_named = true;
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

    /// Records a row. If no catalog was specified, empty responses of this server are correct.
    fn answered(&mut self) {
        if let Some(question) = self.widen.take()
            && question.within("").is_some()
        {
            self.lists_everywhere().store(true, Ordering::Relaxed);
        }
    }

    fn lists_everywhere(&self) -> &AtomicBool {
        &self.session.shared.lists_everywhere
    }

    /// Returns the rows that the filter wants, and for each row whether it is one of them. A row that is not readable is an
    /// error of its own, because the other rows are.
    fn read<T>(&self, record: &RecordBatch, read: Read<T>) -> (Vec<Result<T>>, Vec<bool>) {
        let context = Context {
            filter: &self.filter,
            session: self.session,
        };
        let (mut found, mut wanted, places) = (Vec::new(), Vec::new(), Places::default());
        for index in 0..record.num_rows() {
            match read(CatalogRow::new(record, index, &places), &context) {
                Ok(of_row) => {
                    wanted.push(!of_row.is_empty());
                    found.extend(of_row.into_iter().map(Ok));
                }
                Err(error) => {
                    wanted.push(true);
                    found.push(Err(self.session.masked(error)));
                }
            }
        }
        (found, wanted)
    }
}

/// Sends the command, unless the dialect does not support it. All commands of a query share the budget.
async fn ask(
    session: &mut Session,
    scope: Option<Arc<StatementScope>>,
    request: &Request,
    budget: &mut Option<Arc<Budget>>,
) -> Result<EndpointStream> {
    let feature = request.feature();
    if !session.dialect().supports(feature) {
        return Err(Error::unsupported(feature.missing()));
    }
    let mut session = session.scoped_by(scope.clone());
    Scoped::within(scope.as_ref(), session.ready()).await?;
    let context = &session.context;
    let rpc = &context.rpc;
    if budget.is_none() {
        *budget = rpc.metadata_budget().map(Arc::new);
    }
    let info = match &*budget {
        Some(budget) => budget.within(request.name(), request.info(rpc)).await,
        None => request.info(rpc).await,
    };
    let asked = info.and_then(|info| EndpointStream::of_metadata(context, info, budget.clone()));
    asked.map_err(|error| match error.is_unsupported() {
        true => error.with_hint(feature.missing()),
        false => error,
    })
}

impl<T> fmt::Debug for CatalogQuery<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatalogQuery")
            .field("request", &self.request)
            .field("filter", &self.filter)
            .finish_non_exhaustive()
    }
}
