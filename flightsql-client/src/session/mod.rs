//! A session: one authentication on a channel, its prepared statements, its transaction, and its cleanup.
//!
//! Public: `client` (opening a session) · `verbs` (the methods of a session) · `request` · `statement` (a prepared one) ·
//! `batch_stream` · `guard` (transactions) · `ingest` · `catalog/` · `describe`. Below them: `open` (from options to a session)
//! · `execute/` (running a statement) · `prepared`, `cache`, `stale` (prepared statements) · `transaction`, `savepoint` ·
//! `changes`, `reset`, `settings` (state of the session on the server) · `scope` (the options of one statement) · `diagnosis` (facts
//! for the doctor) · `retry` (what runs again) · `cleanup` (what was dropped) · `log` · `watch` (spans and metrics) · `shared` (what the
//! sessions of one client share).

mod batch_stream;
pub(crate) mod cache;
pub mod catalog;
pub(crate) mod changes;
pub mod cleanup;
mod client;
mod describe;
pub mod diagnosis;
pub mod execute;
mod guard;
mod ingest;
mod log;
pub mod open;
mod prepared;
mod request;
mod reset;
mod retry;
mod savepoint;
pub(crate) mod scope;
mod settings;
pub mod shared;
mod stale;
mod statement;
pub mod transaction;
mod verbs;
mod watch;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use prost::bytes::Bytes;

pub use batch_stream::BatchStream;
pub use client::{Client, connect};
pub use describe::Description;
pub use guard::Transaction;
pub use ingest::{Ingest, IngestMode};
pub use request::StatementRequest;
pub use statement::PreparedStatement;

use crate::dialect::{CancelScope, Dialect, Ping};
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Login};
use crate::protocol::rpc::Rpc;
use crate::protocol::{metadata, prepared as protocol_prepared, query, session};
use crate::response_headers::ResponseHeaders;
use crate::transport::auth;
use crate::transport::call::StatementScope;
use cache::{Scope, Statements};
use changes::Changes;
use cleanup::{Cleanup, CleanupQueue, Turn};
use execute::unread::Cancellation;
use shared::Shared;
use transaction::TransactionState;

/// An authenticated session on the server, with its prepared statements and its transaction; opened by [`connect`] and
/// [`Client::session`].
///
/// A session runs one statement at a time. For more at once, open more sessions of one [`Client`], which share its HTTP/2
/// connections. Dropping a future or a stream of a session leaves it usable, except the future of a commit, whose outcome is
/// then unknown. If the connection is lost, the next statement opens the session again, unless a transaction is open; see
/// [`retries`](ConnectOptions::retries). If the server ends the connection with GOAWAY, a session without state on the server moves to another HTTP/2 connection.
pub struct Session {
    context: Context,
    statements: Statements,
    transaction: TransactionState,
    changes: Changes,
    capabilities: ServerCapabilities,
    shared: Arc<Shared>,
    /// The job that runs as soon as the session is used for anything but migrating.
    on_next_use: Option<Cleanup>,
    /// Whether session options were set, so that the session on the server must be closed.
    session_open: bool,
    /// Whether all cleanup was pushed.
    is_closing: bool,
    /// Whether the session options and first statements have run.
    is_set_up: bool,
    /// Whether a part of the current statement may have changed something.
    has_effects: bool,
    /// Whether a part of the current statement was sent as an update, by its text or because the server wants it.
    is_update: bool,
    /// The scope of the last statement, whose header values are masked until the next one.
    last_scope: Option<Arc<StatementScope>>,
}

/// The parts of a session that outlive a borrow of it: results and cleanup jobs keep a clone.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) rpc: Rpc,
    pub(crate) cleanup: Arc<CleanupQueue>,
    pub(crate) cancellation: Cancellation,
}

/// The parts of Flight SQL that the server has not rejected.
#[derive(Debug, Clone, Copy)]
struct ServerCapabilities {
    /// `CommandStatementUpdate`; without it, updates run as queries.
    updates: bool,
    /// `CreatePreparedStatement`.
    prepare: bool,
    /// `BeginSavepoint`.
    savepoints: bool,
}

impl Default for ServerCapabilities {
    fn default() -> Self {
        Self {
            updates: true,
            prepare: true,
            savepoints: true,
        }
    }
}

impl Session {
    pub(crate) fn new(rpc: Rpc, shared: Arc<Shared>, session_open: bool) -> Self {
        let options = rpc.options();
        let cancels = match options.dialect.profile().session.cancel {
            CancelScope::Result => true,
            CancelScope::Session => options.login == Login::PerConnection,
            _ => false,
        };
        let context = Context {
            cleanup: CleanupQueue::new(rpc.clone()),
            cancellation: Cancellation::new(cancels, &shared.cancel_actions),
            rpc,
        };
        Self {
            statements: Statements::new(context.rpc.options().limits.statement_cache_capacity),
            changes: Changes::new(context.rpc.clone()),
            context,
            transaction: TransactionState::default(),
            capabilities: ServerCapabilities::default(),
            shared,
            on_next_use: None,
            session_open,
            is_closing: false,
            is_set_up: false,
            has_effects: false,
            is_update: false,
            last_scope: None,
        }
    }

    #[doc(hidden)]
    pub fn rpc(&self) -> &Rpc {
        &self.context.rpc
    }

    #[doc(hidden)]
    pub fn cleanup(&self) -> &Arc<CleanupQueue> {
        &self.context.cleanup
    }

    #[doc(hidden)]
    pub fn options(&self) -> &ConnectOptions {
        self.rpc().options()
    }

    /// Returns the dialect in use; with `dialect=auto`, the one that was detected.
    #[must_use]
    pub fn dialect(&self) -> &dyn Dialect {
        &*self.options().dialect
    }

    /// Returns `true` if the connection was lost, or if the state of the session on the server is unknown. The next statement
    /// opens a lost session again if the server had no state of it. Otherwise every call fails.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        let rpc = self.rpc();
        rpc.session().broken().is_some()
            || !(rpc.is_open() || (rpc.is_replaceable() && rpc.may_move()))
    }

    /// Returns the response headers and trailers of the last operation that the client keeps: of a statement, a catalog query,
    /// an ingest, or the begin or end of a transaction. They include those of its failed attempt if the operation failed.
    ///
    /// ```no_run
    /// # async fn example(session: &mut flightsql_client::Session) -> flightsql_client::Result<()> {
    /// let tables = session.catalog().tables().fetch_all().await?;
    /// let request = session.response_headers().get("x-request-id").map(str::to_owned);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn response_headers(&self) -> ResponseHeaders {
        self.rpc().response_headers()
    }

    #[doc(hidden)]
    /// The number of cached statements.
    pub fn cached_statements(&self) -> usize {
        self.statements.len()
    }

    #[doc(hidden)]
    /// Waits for urgent cleanup before anything new is sent. Opens a lost session again, or returns an error if that is not
    /// possible.
    pub async fn ready(&mut self) -> Result<()> {
        (self.has_effects, self.is_update) = (false, false);
        self.context.rpc = self.context.rpc.capturing();
        if let Err(lost) = self.check_usable() {
            // Boxed: rare, and every caller on the way up would carry it.
            Box::pin(self.reopen(lost)).await?;
        }
        let Err(error) = self.settled().await else {
            return Ok(());
        };
        // Its host has ended the session, and another one may open it.
        if !self.options().has_several_hosts() || self.rpc().session().broken().is_none() {
            return Err(error);
        }
        Box::pin(self.reopen(error)).await?;
        self.settled().await
    }

    /// Returns an error if the session is broken.
    fn check_usable(&self) -> Result<()> {
        if let Some(reason) = self.rpc().session().broken() {
            return Err(broken(reason));
        }
        match self.is_broken() {
            true => Err(broken(&self.rpc().lost().to_string())),
            false => Ok(()),
        }
    }

    /// Moves a session without state from a channel that the server has ended, and waits for urgent cleanup.
    async fn settled(&mut self) -> Result<()> {
        let channel = self.rpc().channel();
        if !channel.is_open() {
            Box::pin(self.rpc().leave(&channel)).await?;
        }
        self.push_on_next_use();
        self.drop_outdated_statements();
        self.cleanup().before_use().await;
        if self.token_is_stale() {
            self.rpc().session().discard_token();
            self.renew().await?;
        } else if self.rpc().session().needs_token() {
            Box::pin(self.rpc().login()).await?;
        }
        Ok(())
    }

    /// Returns `true` if the server has removed the token because the session did not use it, by the rule of the dialect. A
    /// transaction or a setting may depend on the token, so a session with one keeps it: the server then refuses the next
    /// statement, and does not run it without them.
    fn token_is_stale(&self) -> bool {
        let life = self.dialect().profile().login.token_idle_life;
        life.is_some_and(|life| {
            // A tenth of the time is left for the statement to arrive.
            let limit = life - life / 10;
            self.is_renewable()
                && self.rpc().session().token_silence() >= limit
                && auth::can_renew(self.options())
        })
    }

    /// Reports whether the session can be used. The client queries the server only after `ping_after` without a response.
    async fn ping_server(&mut self) -> Result<()> {
        // A ping changes nothing, so it does not open a lost session again.
        self.check_usable()?;
        self.settled().await?;
        // With fewer streams than results, an RPC could wait for an unread one.
        if !self.rpc().has_room() {
            return Err(broken("the server now allows fewer HTTP/2 streams"));
        }
        let after = self.options().ping_after;
        if self.rpc().session().silence() < after {
            return Ok(());
        }
        let channel = self.rpc().channel();
        let state = channel.state();
        if state.probe.silence() >= after && !state.is_answering().await {
            return Err(self.rpc().lost());
        }
        match &self.dialect().profile().session.ping {
            Ping::ServerInfo => metadata::ping(self.rpc()).await,
            Ping::Statement(sql) => query::ping(self.rpc(), sql).await,
            _ => Ok(()),
        }
    }

    #[doc(hidden)]
    /// The job that runs as soon as the session is used for anything else.
    pub fn on_next_use(&mut self) -> &mut Option<Cleanup> {
        &mut self.on_next_use
    }

    fn push_on_next_use(&mut self) {
        if let Some(cleanup) = self.on_next_use.take() {
            self.cleanup().push(cleanup);
        }
    }

    /// Closes a cached statement, without the options of the statement that is running.
    fn close_handle(&self, handle: Bytes) {
        let rpc = self.rpc().of_statement(None);
        self.cleanup().push(close_prepared(&rpc, handle));
    }

    /// Closes the cached statements of one scope, in the background.
    pub(crate) fn close_statements(&mut self, scope: Scope) {
        for handle in self.statements.drain(scope) {
            self.close_handle(handle);
        }
    }

    #[doc(hidden)]
    /// Closes every cached statement, in the background.
    pub fn clear_cached_statements(&mut self) {
        self.close_statements(Scope::Transaction);
        self.close_statements(Scope::Autocommit);
    }

    #[doc(hidden)]
    /// Pushes the cleanup of all resources of this session.
    pub fn release(&mut self) {
        self.push_on_next_use();
        while self.transaction.depth() > 0 {
            self.abandon_level();
        }
        self.clear_cached_statements();
        if std::mem::replace(&mut self.is_closing, true) {
            return;
        }
        self.cleanup().end_within(self.options().timeouts.close);
        // A server that keeps its session open would keep the transaction open.
        if self.is_in_text_transaction() {
            let rollback = self.statement_cleanup("ROLLBACK".to_owned());
            self.cleanup().push(rollback);
        }
        // The server may have opened one by itself.
        if self.session_open || self.rpc().session().has_server_session() {
            let rpc = self.rpc().of_statement(None);
            let close = async move { session::close(&rpc).await };
            let close = Cleanup::new("close the session", Turn::Background, close);
            self.cleanup().push(close);
        }
    }

    /// Waits for the pending cleanup of dropped results, statements and transactions.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the cleanup continues in the background.
    pub async fn flush(&mut self) {
        self.push_on_next_use();
        self.cleanup().settle().await;
    }

    #[doc(hidden)]
    /// Returns `true` if cleanup is pending.
    pub fn should_flush(&self) -> bool {
        self.on_next_use.is_some() || self.cleanup().any()
    }
}

fn close_prepared(rpc: &Rpc, handle: Bytes) -> Cleanup {
    let rpc = rpc.clone();
    let close = async move { protocol_prepared::close(&rpc, handle).await };
    Cleanup::new("close a prepared statement", Turn::Concurrent, close)
}

fn broken(reason: &str) -> Error {
    Error::io(
        std::io::ErrorKind::NotConnected,
        format!(
            "connection is no longer usable: {reason}; open a new one (a pool does this automatically)"
        ),
        None,
    )
}

impl Drop for Session {
    fn drop(&mut self) {
        self.release();
        self.rpc().free();
    }
}

flightsql_dialect::debug_fields!(Session, |it| {
    options: it.options(),
    transaction_depth: it.transaction_depth(),
    changed: it.is_changed(),
    cached_statements: it.statements.len(),
    broken: it.rpc().session().broken(),
});
