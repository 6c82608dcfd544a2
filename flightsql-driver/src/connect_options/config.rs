//! `[drivers.external.flightsql]` of `sqlx.toml`, which SQLx passes to a connect with a configuration:
//! <https://docs.rs/sqlx-core/0.9.0/sqlx_core/config/drivers/struct.ExternalDriverConfig.html>.

use std::path::PathBuf;

use sqlx_core::config::drivers::Config;

use super::FlightSqlConnectOptions;
use flightsql_client::options::{ConnectOptions, DriverConfig};

impl FlightSqlConnectOptions {
    /// Applies the settings that the URL does not set; a relative `dialect-file` is in the folder of the program that cargo
    /// runs, or in the current folder.
    pub(super) fn configured(self, config: &Config) -> Result<Self, sqlx_core::Error> {
        let config: Option<DriverConfig> =
            config.external.try_parse("flightsql").map_err(in_table)?;
        // Cargo sets this variable for programs that it runs.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let folders: Vec<_> = manifest.into_iter().collect();
        let configured =
            ConnectOptions::clone(&self.options).configured(config.unwrap_or_default(), &folders);
        configured.map(Self::from).map_err(in_table)
    }
}

/// Adds the location of the mistake.
fn in_table(error: impl std::fmt::Display) -> sqlx_core::Error {
    let problem = format!("sqlx.toml, [drivers.external.flightsql]: {error}");
    sqlx_core::Error::Configuration(problem.into())
}
