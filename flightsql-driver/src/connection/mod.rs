//! The connection (layer 4): the only place where the network meets rows.
//!
//! A connection is a light handle on a shared HTTP/2 channel. What belongs to it alone is its session (token,
//! cookies), its prepared statements, its transaction, and its debts after something was dropped.

mod arrow;
mod bound;
mod cache;
mod catalog;
mod columns;
mod connect;
mod describe;
mod endpoints;
mod establish;
mod executor;
mod ingest;
mod literal;
mod many;
mod orphan;
mod pending;
mod prepare;
mod route;
mod rows;
mod run;
mod savepoint;
mod shared;
mod stale;
mod transaction;
mod unread;
pub(crate) mod upkeep;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use sqlx_core::connection::Connection;
use sqlx_core::transaction::Transaction;

pub use arrow::FlightSqlBatchStream;
pub use catalog::{FlightSqlCatalog, FlightSqlListing};
pub use ingest::{FlightSqlIngest, IngestMode};
pub use transaction::FlightSqlTransactionManager;

use crate::dialect::{Dialect, Ping};
use crate::error::{Error, Result};
use crate::marker::FlightSql;
use crate::options::FlightSqlConnectOptions;
use crate::protocol::rpc::Rpc;
use crate::protocol::{metadata, query};
use crate::transport::channel::Lease;
use cache::{Scope, Statements};
use pending::{Debt, Debts};
use shared::Shared;
use transaction::Levels;

/// A connection to a Flight SQL server.
///
/// Connections made from the same options (as a pool makes them) share a few HTTP/2 channels, so one costs
/// a login and no socket. A connection whose channel breaks stays broken: it never reconnects to a server
/// that may have lost its session. A pool replaces it.
///
/// Dropping any future or stream of a connection at any point leaves it usable. The driver cancels the result of a dropped
/// query on the server, and the next statement waits for that, up to `close_timeout`; see
/// [`CancelScope`](crate::dialect::CancelScope). If the server is still in `GetFlightInfo`, the driver can only reset the
/// stream, and a server that does not notice computes on.
///
/// ```no_run
/// use flightsql_driver::FlightSqlConnection;
/// use sqlx_core::connection::Connection;
///
/// # async fn example() -> Result<(), sqlx_core::Error> {
/// let mut connection = FlightSqlConnection::connect("flightsql+tcp://localhost:31337").await?;
/// let (one,): (i64,) = sqlx_core::query_as::query_as("SELECT 1").fetch_one(&mut connection).await?;
/// assert_eq!(one, 1);
/// connection.close().await?;
/// # Ok(())
/// # }
/// ```
pub struct FlightSqlConnection {
    /// Boxed, since a pool moves its connections through many futures and queues.
    pub(crate) inner: Box<Inner>,
}

/// What a connection is made of.
pub(crate) struct Inner {
    pub(crate) rpc: Rpc,
    pub(crate) statements: Statements,
    pub(crate) debts: Arc<Debts>,
    pub(crate) levels: Levels,
    pub(crate) learned: Learned,
    pub(crate) shared: Arc<Shared>,
    /// What becomes a debt as soon as the connection is used for anything but migrating.
    pub(crate) lent: Option<Debt>,
    /// A session was opened by setting options, so it is to be closed.
    session_open: bool,
    /// Everything became a debt: the connection is going.
    closing: bool,
    /// The place on the shared channel.
    lease: Lease,
}

/// What this connection's server was seen not to do.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Learned {
    /// `CommandStatementUpdate` is not there: updates run as queries.
    pub(crate) no_updates: bool,
    /// `CreatePreparedStatement` is not there.
    pub(crate) no_prepare: bool,
    /// `BeginSavepoint` is not there.
    pub(crate) no_savepoints: bool,
}

impl FlightSqlConnection {
    pub(crate) fn new(rpc: Rpc, lease: Lease, shared: Arc<Shared>, session_open: bool) -> Self {
        let capacity = rpc.options().limits.statement_cache_capacity;
        let inner = Inner {
            statements: Statements::new(capacity),
            debts: Debts::new(rpc.clone(), Arc::clone(&shared)),
            levels: Levels::default(),
            learned: Learned::default(),
            shared,
            lent: None,
            session_open,
            closing: false,
            lease,
            rpc,
        };
        Self {
            inner: Box::new(inner),
        }
    }

    /// The dialect in use.
    #[must_use]
    pub fn dialect(&self) -> &dyn Dialect {
        &*self.inner.rpc.options().dialect
    }

    /// Whether the connection was lost or its state on the server is unknown. A broken connection fails every
    /// call; a pool drops it at the next acquire.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.inner.rpc.session().broken().is_some() || !self.inner.rpc.is_open()
    }

    pub(crate) fn options(&self) -> &FlightSqlConnectOptions {
        self.inner.rpc.options()
    }

    /// An error as it may leave the connection: without secrets that the server repeated.
    pub(crate) fn shown(&self, error: impl Into<sqlx_core::Error>) -> sqlx_core::Error {
        self.inner.rpc.session().masked(error)
    }

    /// Pays what must be paid, and refuses a broken connection, before anything new is sent.
    pub(crate) async fn ready(&mut self) -> Result<()> {
        if let Some(reason) = self.inner.rpc.session().broken() {
            return Err(broken(reason));
        }
        if !self.inner.rpc.is_open() {
            return Err(broken(&self.inner.rpc.lost().to_string()));
        }
        self.owe_what_is_lent();
        self.inner.debts.before_use().await;
        Ok(())
    }

    /// Refuses a channel whose server has become so narrow that a call could wait behind results that nobody reads.
    fn check_room(&self) -> Result<()> {
        match self.inner.lease.fits(self.inner.rpc.channel()) {
            true => Ok(()),
            false => Err(broken("the server now allows fewer HTTP/2 streams")),
        }
    }

    /// Asks the channel for a sign of life. One that does not answer is dead for all its connections.
    async fn check_channel(&self, after: Duration) -> Result<()> {
        let state = self.inner.rpc.channel().state();
        if state.silence() < after || state.is_answering().await {
            return Ok(());
        }
        Err(self.inner.rpc.lost())
    }

    fn owe_what_is_lent(&mut self) {
        if let Some(debt) = self.inner.lent.take() {
            self.inner.debts.owe(debt);
        }
    }

    /// Closes the cached statements of one scope, in the background.
    pub(crate) fn owe_statements(&mut self, scope: Scope) {
        for handle in self.inner.statements.drain(scope) {
            self.inner.debts.owe(Debt::ClosePrepared(handle));
        }
    }

    /// Everything the server still holds for this connection, as debts.
    fn owe_everything(&mut self) {
        self.owe_what_is_lent();
        while self.inner.levels.depth() > 0 {
            if let Some(debt) = self.inner.levels.pop_debt() {
                self.inner.debts.owe(debt);
            }
        }
        self.owe_statements(Scope::Transaction);
        self.owe_statements(Scope::Autocommit);
        if std::mem::replace(&mut self.inner.closing, true) {
            return;
        }
        // The server may have opened one by itself.
        if self.inner.session_open || self.inner.rpc.session().has_server_session() {
            self.inner.debts.owe(Debt::CloseSession);
        }
    }
}

fn broken(reason: &str) -> Error {
    Error::wire(
        std::io::ErrorKind::NotConnected,
        format!("this connection is no longer usable: {reason}; connect again (a pool does)"),
        None,
    )
}

impl Drop for FlightSqlConnection {
    fn drop(&mut self) {
        self.owe_everything();
    }
}

impl fmt::Debug for FlightSqlConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlConnection")
            .field("options", self.inner.rpc.options())
            .field("transaction_depth", &self.inner.levels.depth())
            .field("cached_statements", &self.inner.statements.len())
            .field("broken", &self.inner.rpc.session().broken())
            .finish_non_exhaustive()
    }
}

impl Connection for FlightSqlConnection {
    type Database = FlightSql;
    type Options = FlightSqlConnectOptions;

    /// Gives everything back to the server: an open transaction is rolled back, prepared statements are
    /// closed. Bounded by `close_timeout` per call. Cancel-safe: what is left goes on in the background.
    async fn close(mut self) -> Result<(), sqlx_core::Error> {
        self.owe_everything();
        let debts = Arc::clone(&self.inner.debts);
        drop(self);
        debts.settle().await;
        Ok(())
    }

    /// Closes without waiting: what the server holds is given back in the background.
    async fn close_hard(self) -> Result<(), sqlx_core::Error> {
        drop(self);
        Ok(())
    }

    /// Reports whether the connection can be used. The driver asks the server only after `ping_after` without an
    /// answer: by an HTTP/2 ping, if the channel was as silent, and then in the way of the dialect. The answer "not
    /// supported" counts as alive.
    ///
    /// # Errors
    /// Returns `Io` if the connection is broken, if its channel does not answer within `keep_alive_timeout`, or if the
    /// server now allows too few streams for the connections of the channel.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    async fn ping(&mut self) -> Result<(), sqlx_core::Error> {
        self.ready().await.map_err(|error| self.shown(error))?;
        self.check_room().map_err(|error| self.shown(error))?;
        let after = self.options().ping_after;
        if self.inner.rpc.session().silence() < after {
            return Ok(());
        }
        let checked = self.check_channel(after).await;
        checked.map_err(|error| self.shown(error))?;
        let answered = match &self.dialect().profile().session.ping {
            Ping::ServerInfo => metadata::ping(&self.inner.rpc).await,
            Ping::Statement(sql) => query::ping(&self.inner.rpc, sql).await,
            Ping::Socket => Ok(()),
        };
        answered.map_err(|error| self.shown(error))
    }

    fn begin(
        &mut self,
    ) -> impl Future<Output = Result<Transaction<'_, Self::Database>, sqlx_core::Error>> + Send + '_
    where
        Self: Sized,
    {
        Transaction::begin(self, None)
    }

    fn shrink_buffers(&mut self) {}

    /// Waits for what dropped statements and transactions still owe the server. Cancel-safe.
    async fn flush(&mut self) -> Result<(), sqlx_core::Error> {
        self.owe_what_is_lent();
        self.inner.debts.settle().await;
        Ok(())
    }

    fn should_flush(&self) -> bool {
        self.inner.lent.is_some() || self.inner.debts.any()
    }

    fn cached_statements_size(&self) -> usize {
        self.inner.statements.len()
    }

    /// Closes every cached statement on the server, in the background.
    async fn clear_cached_statements(&mut self) -> Result<(), sqlx_core::Error> {
        self.owe_statements(Scope::Transaction);
        self.owe_statements(Scope::Autocommit);
        Ok(())
    }
}
