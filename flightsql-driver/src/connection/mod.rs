//! The connection: SQLx's traits over a [`Session`].
//!
//! A connection is a light handle on a shared HTTP/2 channel.

mod batch_stream;
mod catalog;
mod describe;
mod executor;
mod fetch_as;
mod ingest;
mod request;
mod rows;
mod transaction;

use std::fmt;

use sqlx_core::connection::Connection;
use sqlx_core::transaction::Transaction;

pub use batch_stream::FlightSqlBatchStream;
pub use catalog::{FlightSqlCatalog, FlightSqlCatalogQuery};
pub use ingest::FlightSqlIngest;
pub use transaction::FlightSqlTransactionManager;

use crate::connect_options::FlightSqlConnectOptions;
use crate::dialect::Dialect;
use crate::error::{Error, masked};
use crate::marker::FlightSql;
use crate::session::Session;
use flightsql_client::ConnectOptions;

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
    pub(crate) session: Box<Session>,
    /// The statement that gives the lock of the migrations back, while this connection has the lock.
    #[cfg(feature = "migrate")]
    pub(crate) unlock_migrations: Option<String>,
}

impl FlightSqlConnection {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session: Box::new(session),
            #[cfg(feature = "migrate")]
            unlock_migrations: None,
        }
    }

    /// The dialect in use.
    #[must_use]
    pub fn dialect(&self) -> &dyn Dialect {
        self.session.dialect()
    }

    /// Whether the connection was lost or its state on the server is unknown. A broken connection fails every
    /// call; a pool drops it at the next acquire.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.session.is_broken()
    }

    pub(crate) fn options(&self) -> &ConnectOptions {
        self.session.options()
    }

    /// An error as it may leave the connection: without secrets that the server repeated.
    pub(crate) fn shown(&self, error: impl Into<sqlx_core::Error>) -> sqlx_core::Error {
        let session = self.session.rpc().session();
        masked(error, &|text| session.mask(text))
    }
}

impl fmt::Debug for FlightSqlConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlConnection")
            .field("session", &self.session)
            .finish_non_exhaustive()
    }
}

impl Connection for FlightSqlConnection {
    type Database = FlightSql;
    type Options = FlightSqlConnectOptions;

    /// Rolls back an open transaction, and closes the prepared statements. Waits until the server has done so, at most
    /// `close_timeout` for all of it. Cancel-safe: the rest goes on in the background.
    async fn close(self) -> Result<(), sqlx_core::Error> {
        Ok(self.session.close().await.map_err(Error::from)?)
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
    /// Returns `Io` if the connection is broken, if its channel does not answer an HTTP/2 ping within
    /// `keep_alive_timeout`, if the server does not answer the RPC of the dialect within `close_timeout`, or if the server
    /// now allows too few streams for the connections of the channel.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    async fn ping(&mut self) -> Result<(), sqlx_core::Error> {
        let alive = self.session.ping().await;
        alive.map_err(|error| self.shown(Error::from(error)))
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

    /// Waits for the cleanup of dropped statements and transactions. Cancel-safe.
    async fn flush(&mut self) -> Result<(), sqlx_core::Error> {
        self.session.flush().await;
        Ok(())
    }

    fn should_flush(&self) -> bool {
        self.session.should_flush()
    }

    fn cached_statements_size(&self) -> usize {
        self.session.cached_statements()
    }

    /// Closes every cached statement on the server, in the background.
    async fn clear_cached_statements(&mut self) -> Result<(), sqlx_core::Error> {
        self.session.clear_cached_statements();
        Ok(())
    }
}
