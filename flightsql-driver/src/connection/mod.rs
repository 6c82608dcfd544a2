//! The connection: SQLx's traits over a [`Session`].

mod batch_stream;
mod catalog;
mod describe;
mod executor;
mod fetch_as;
mod hygiene;
mod ingest;
mod metrics;
mod request;
mod rows;
mod transaction;

use std::time::Instant;

use sqlx_core::connection::Connection;
use sqlx_core::transaction::Transaction;

pub use batch_stream::FlightSqlBatchStream;
pub use catalog::{FlightSqlCatalog, FlightSqlCatalogQuery};
pub use hygiene::pool_options;
pub use ingest::FlightSqlIngest;
pub use metrics::{PoolMetrics, pool_metrics};
pub use transaction::FlightSqlTransactionManager;

use crate::connect_options::FlightSqlConnectOptions;
use crate::dialect::Dialect;
use crate::error::{Error, masked};
use crate::marker::FlightSql;
use crate::session::Session;
use crate::session::diagnosis::Places;
use flightsql_client::{ConnectOptions, ResponseHeaders};

/// A connection to a Flight SQL server.
///
/// Connections created from the same options, for example by a pool, share a few HTTP/2 channels. Opening one therefore
/// requires authentication but no new socket. If its channel breaks, the next statement opens the session again, and a read that
/// has returned nothing yet runs again; see [`retries`](FlightSqlConnectOptions::retries). A connection with an open transaction
/// stays broken, and a pool replaces it. If the server ends the channel with GOAWAY, a connection without state on the server
/// moves to another channel.
///
/// # Cancel safety
/// Dropping a future or stream of a connection at any point leaves the connection usable. The driver cancels the result of a
/// dropped query on the server, and the next statement waits for that, up to `close_timeout`; see
/// [`CancelScope`](crate::dialect::CancelScope). During `GetFlightInfo`, the driver can only reset the stream, and a server
/// that does not notice continues to compute.
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
    /// Boxed, because a pool moves its connections through many futures and queues.
    pub(crate) session: Box<Session>,
    /// The time at which a pool handed the connection out, until the pool reports its use.
    acquired: Option<Instant>,
    /// The statement that releases the migration lock, while this connection has the lock.
    #[cfg(feature = "migrate")]
    pub(crate) unlock_migrations: Option<String>,
}

impl FlightSqlConnection {
    pub(crate) fn new(session: Session) -> Self {
        Self {
            session: Box::new(session),
            acquired: Some(Instant::now()),
            #[cfg(feature = "migrate")]
            unlock_migrations: None,
        }
    }

    /// Returns the dialect in use.
    #[must_use]
    pub fn dialect(&self) -> &dyn Dialect {
        self.session.dialect()
    }

    /// Returns `true` if the connection was lost or its state on the server is unknown. The next statement opens the session
    /// again if the server had no state of it. Otherwise every call fails. A pool drops a broken connection at the next
    /// acquire.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.session.is_broken()
    }

    /// Returns the response headers and trailers of the last operation that the client keeps: of a statement, a catalog query,
    /// an ingest, or the begin or end of a transaction.
    ///
    /// [`FlightSqlQueryResult::response_headers`](crate::FlightSqlQueryResult::response_headers) returns those of a statement
    /// on a pool, and [`FlightSqlDatabaseError`](crate::FlightSqlDatabaseError) those of an error.
    ///
    /// ```no_run
    /// use flightsql_driver::FlightSqlConnection;
    /// use sqlx_core::connection::Connection;
    /// use sqlx_core::executor::Executor;
    ///
    /// # async fn example() -> Result<(), sqlx_core::Error> {
    /// let url = "influxdb+flightsql://host/sensors?token=T&response_headers=x-node";
    /// let mut connection = FlightSqlConnection::connect(url).await?;
    /// let rows = connection.fetch_all("SELECT * FROM cpu").await?;
    /// let headers = connection.response_headers();
    /// println!("{:?}", headers.get("x-influxdata-execution-duration-seconds"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn response_headers(&self) -> ResponseHeaders {
        self.session.response_headers()
    }

    /// Returns the id of the open transaction, which the server chose.
    ///
    /// ```no_run
    /// use flightsql_driver::FlightSqlConnection;
    /// use sqlx_core::connection::Connection;
    ///
    /// # async fn example() -> Result<(), sqlx_core::Error> {
    /// let mut connection = FlightSqlConnection::connect("flightsql+tcp://localhost:31337").await?;
    /// assert_eq!(connection.transaction_id(), None);
    /// let transaction = connection.begin().await?;
    /// assert!(transaction.transaction_id().is_some());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn transaction_id(&self) -> Option<Vec<u8>> {
        self.session.transaction_id().map(Vec::from)
    }

    /// Sets the id of the open transaction, without an RPC. A test of a server can thus send an id that is not valid.
    #[doc(hidden)]
    pub fn assume_transaction(&mut self, id: Vec<u8>) {
        self.session.assume_transaction(id.into());
    }

    /// Runs a query and returns the servers of its result, for `flightsql doctor`.
    #[doc(hidden)]
    pub async fn places_of(&mut self, sql: &str) -> Result<Places, sqlx_core::Error> {
        let places = self.session.places_of(sql).await;
        places.map_err(|error| self.shown(Error::from(error)))
    }

    pub(crate) fn options(&self) -> &ConnectOptions {
        self.session.options()
    }

    /// Returns the error without secrets that the server repeated.
    pub(crate) fn shown(&self, error: impl Into<sqlx_core::Error>) -> sqlx_core::Error {
        let session = self.session.rpc().session();
        masked(error, &|text| session.mask(text))
    }
}

flightsql_dialect::debug_fields!(FlightSqlConnection, |it| { session: it.session });

impl Connection for FlightSqlConnection {
    type Database = FlightSql;
    type Options = FlightSqlConnectOptions;

    /// Rolls back an open transaction, also one that a statement began, and closes the prepared statements. Waits for the server, up to `close_timeout`
    /// for all of it.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the rest runs in the background.
    async fn close(self) -> Result<(), sqlx_core::Error> {
        Ok(self.session.close().await.map_err(Error::from)?)
    }

    /// Closes without waiting. Server-side resources are released in the background.
    async fn close_hard(self) -> Result<(), sqlx_core::Error> {
        drop(self);
        Ok(())
    }

    /// Checks that the connection is usable. The driver sends a request only after `ping_after` without a response: an HTTP/2
    /// ping, if the channel received no data either, and then the RPC of the dialect. The response "not supported" counts as
    /// alive. This method is cancel safe. Returns `Io` if the connection is broken, if there is no reply to an HTTP/2 ping
    /// within `keep_alive_timeout` or to the RPC of the dialect within `close_timeout`, or if the server now allows too few
    /// streams for the connections of the channel.
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

    /// Waits for the cleanup of dropped statements and transactions. This method is cancel safe.
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
