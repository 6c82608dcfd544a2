//! State of the session on the server: its options, its reset, and pools that reset the connections that they get back.

use std::collections::BTreeMap;
use std::future::ready;
use std::time::Instant;

use flightsql_client::SessionOptionValue;
use sqlx_core::pool::PoolOptions;

use super::FlightSqlConnection;
use crate::error::{SqlxResult, to_sqlx};
use crate::marker::FlightSql;

/// Returns options of a pool that resets each connection when it comes back, with
/// [`reset_session`](FlightSqlConnection::reset_session) as SQLx's `after_release`.
///
/// A connection whose changes cannot be undone, or not within `close_timeout`, is closed, and the pool opens another one. A
/// connection without changes costs no RPC.
///
/// SQLx's `after_connect` runs once for each connection, and what it changes counts as a change by a user: it is undone, or the
/// connection is closed. State of every connection belongs in its options:
/// [`session_option`](crate::FlightSqlConnectOptions::session_option), or
/// [`bootstrap`](crate::dialect::Session::bootstrap) of the dialect.
///
/// With a plain `PoolOptions::new()`, a pool behaves as with SQLx's own drivers: it rolls back a dropped `Transaction`, and all
/// that statements changed remains for the next user. SQLx keeps one `after_release`, so another one replaces the reset; it can
/// call `reset_session` itself.
///
/// The pool also reports the time for which each connection was used to the
/// [`observer`](crate::FlightSqlConnectOptions::observer), as long as no other `before_acquire` and `after_release` replace its own.
///
/// ```no_run
/// # async fn example() -> Result<(), sqlx_core::Error> {
/// let pool = flightsql_driver::pool_options()
///     .max_connections(10)
///     .connect("flightsql+tcp://localhost:31337")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn pool_options() -> PoolOptions<FlightSql> {
    PoolOptions::new()
        .before_acquire(|connection: &mut FlightSqlConnection, _| {
            connection.acquired = Some(Instant::now());
            Box::pin(ready(Ok(true)))
        })
        .after_release(|connection: &mut FlightSqlConnection, _| {
            // A `before_acquire` of the program replaces the one above.
            let acquired = connection.acquired.take();
            if let Some(acquired) = acquired.filter(|_| connection.session.has_observer()) {
                connection.session.released(acquired.elapsed());
            }
            Box::pin(connection.reset_session())
        })
}

impl FlightSqlConnection {
    /// Undoes what was changed since the connection was opened, for its next user. Returns `false` if something cannot be
    /// undone; the connection must then be closed. Sends nothing if nothing was changed.
    ///
    /// - An open transaction is rolled back, also one that a statement such as `BEGIN` began.
    /// - Session options that were set at run time get the value of the connect options, or are erased.
    /// - After `USE`, the catalog and schema of the connect options are selected again. Without them, `USE` cannot be undone.
    /// - After `SET`, the statements of [`Session::reset`](crate::dialect::Session::reset) run, and then the first statements
    ///   of a connection. Without such statements, `SET` cannot be undone.
    /// - Temporary tables, attached databases and the like cannot be undone.
    ///
    /// The driver recognizes statements by their first words. A function that changes the session is not recognized.
    ///
    /// [`pool_options`] calls this method for each connection that comes back to its pool.
    ///
    /// # Errors
    /// Returns an error if the server refuses a step, or if all steps together take longer than `close_timeout`. Close the
    /// connection then; a pool does.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, what was not undone still counts as changed.
    pub async fn reset_session(&mut self) -> SqlxResult<bool> {
        let reset = self.session.reset_session().await;
        reset.map_err(to_sqlx)
    }

    /// Sets an option of the session on the server. [`reset_session`](Self::reset_session) takes it back.
    ///
    /// ```no_run
    /// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
    /// connection.set_session_option("time_zone", "UTC").await?;
    /// connection.set_session_option("threads", 4).await?;
    /// let options = connection.session_options().await?;
    /// assert_eq!(options["threads"].as_int64(), Some(4));
    /// connection.erase_session_option("threads").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Returns `Configuration` with a [`SessionOptionsError`](crate::options::SessionOptionsError) as its source if the server rejects
    /// the name or the value. Returns an error for which [`is_unsupported`](crate::is_unsupported) is true if the server has
    /// no session options.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the option may be set or not, and counts as set.
    pub async fn set_session_option(
        &mut self,
        name: impl Into<String>,
        value: impl Into<SessionOptionValue>,
    ) -> SqlxResult<()> {
        let set = self.session.set_session_option(name, value).await;
        set.map_err(to_sqlx)
    }

    /// Sets several options of the session on the server, in one RPC.
    ///
    /// # Errors
    /// Returns `Configuration` with a [`SessionOptionsError`](crate::options::SessionOptionsError) as its source if the server rejects
    /// some of them, and has then set the others. Also returns the errors of
    /// [`set_session_option`](Self::set_session_option).
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the options may be set or not, and count as set.
    pub async fn set_session_options<N, V>(
        &mut self,
        options: impl IntoIterator<Item = (N, V)>,
    ) -> SqlxResult<()>
    where
        N: Into<String>,
        V: Into<SessionOptionValue>,
    {
        let set = self.session.set_session_options(options).await;
        set.map_err(to_sqlx)
    }

    /// Erases an option of the session on the server, which then uses its default. [`reset_session`](Self::reset_session)
    /// takes that back.
    ///
    /// # Errors
    /// Returns the errors of [`set_session_option`](Self::set_session_option).
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the option may be erased or not.
    pub async fn erase_session_option(&mut self, name: impl Into<String>) -> SqlxResult<()> {
        let erased = self.session.erase_session_option(name).await;
        erased.map_err(to_sqlx)
    }

    /// Returns the options of the session on the server that have a value.
    ///
    /// # Errors
    /// Returns an error for which [`is_unsupported`](crate::is_unsupported) is true if the server has no session options.
    /// Returns `Protocol` for a value of an unknown type, and for more than 4 MiB of options.
    ///
    /// # Cancel safety
    /// This method is cancel safe.
    pub async fn session_options(&mut self) -> SqlxResult<BTreeMap<String, SessionOptionValue>> {
        let options = self.session.session_options().await;
        options.map_err(to_sqlx)
    }
}
