//! The two pools and their connections.

use std::str::FromStr as _;
use std::time::Duration;

use flightsql::{
    FlightSql, FlightSqlConnectOptions, FlightSqlPool, pool::PoolConnection, pool_options,
};

use crate::config::Config;
use crate::error::ApiError;

/// State shared by the handlers. Clones refer to the same service.
#[derive(Debug, Clone)]
pub struct Service {
    pages: FlightSqlPool,
    exports: FlightSqlPool,
}

/// The time that `/readyz` waits for the server.
const READY: Duration = Duration::from_secs(2);

impl Service {
    /// Creates the pools for the server at `url`. No connection is opened yet, so a service can start before its database.
    ///
    /// # Errors
    /// Returns an error if the URL is invalid.
    pub fn new(url: &str, config: &Config) -> Result<Self, flightsql::Error> {
        let options = FlightSqlConnectOptions::from_str(url)?
            .query_timeout(config.statement_timeout)
            .update_timeout(config.statement_timeout);
        // An export may take as long as its client reads. Only a server that sends no data ends it.
        let exports = options.clone();
        let pages = options.fetch_timeout(config.statement_timeout);
        let pool = || {
            pool_options()
                .max_connections(config.max_connections)
                .acquire_timeout(config.acquire_timeout)
        };
        Ok(Self {
            pages: pool().connect_lazy_with(pages),
            exports: pool().connect_lazy_with(exports),
        })
    }

    /// Returns the pool of pages and JSON.
    #[must_use]
    pub fn pages(&self) -> &FlightSqlPool {
        &self.pages
    }

    /// Returns the pool of the exports.
    #[must_use]
    pub fn exports(&self) -> &FlightSqlPool {
        &self.exports
    }

    pub(crate) async fn page_connection(&self) -> Result<PoolConnection<FlightSql>, ApiError> {
        self.pages.acquire().await.map_err(ApiError::NoConnection)
    }

    pub(crate) async fn export_connection(&self) -> Result<PoolConnection<FlightSql>, ApiError> {
        self.exports.acquire().await.map_err(ApiError::NoConnection)
    }

    /// Returns `true` if the database replies within two seconds.
    pub(crate) async fn is_ready(&self) -> bool {
        let one = async { crate::queries::one(&mut *self.page_connection().await?).await };
        matches!(tokio::time::timeout(READY, one).await, Ok(Ok(1)))
    }

    /// Closes every connection. Waits for connections in use.
    pub async fn close(&self) {
        tokio::join!(self.pages.close(), self.exports.close());
    }
}
