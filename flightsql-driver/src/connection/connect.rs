//! SQLx's [`ConnectOptions`] for the driver's options.

use std::time::Duration;

use log::LevelFilter;
use sqlx_core::config::drivers::Config;
use sqlx_core::connection::ConnectOptions;
use url::Url;

use super::FlightSqlConnection;
use crate::options::FlightSqlConnectOptions;
use crate::session::open::establish;

impl ConnectOptions for FlightSqlConnectOptions {
    type Connection = FlightSqlConnection;

    fn from_url(url: &Url) -> Result<Self, sqlx_core::Error> {
        Self::parse_url(url)
    }

    /// The URL without any secret. It parses, but a login has to be added again.
    fn to_url_lossy(&self) -> Url {
        // The inherent method: this trait's own name for it.
        Self::to_url_lossy(self)
    }

    async fn connect(&self) -> Result<FlightSqlConnection, sqlx_core::Error> {
        Ok(FlightSqlConnection::new(establish(self).await?))
    }

    fn log_statements(mut self, level: LevelFilter) -> Self {
        self.log.log_statements(level);
        self
    }

    fn log_slow_statements(mut self, level: LevelFilter, duration: Duration) -> Self {
        self.log.log_slow_statements(level, duration);
        self
    }

    /// `[drivers.external.flightsql]` of `sqlx.toml`: the dialect, where the URL names none.
    fn __unstable_apply_driver_config(self, config: &Config) -> Result<Self, sqlx_core::Error> {
        self.configured(config)
    }
}
