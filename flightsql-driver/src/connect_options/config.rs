//! `[drivers.external.flightsql]` of `sqlx.toml`, which SQLx passes to whoever connects with a configuration:
//! <https://docs.rs/sqlx-core/0.9.0/sqlx_core/config/drivers/struct.ExternalDriverConfig.html>.

use std::path::{Path, PathBuf};

use sqlx_core::config::drivers::Config;

use super::FlightSqlConnectOptions;
use flightsql_client::options::{ConnectOptions, DriverConfig};

impl FlightSqlConnectOptions {
    /// Returns the table of this driver; an empty one if the configuration has none.
    ///
    /// # Errors
    /// Returns `Configuration` if a key is unknown or a value has another type.
    #[doc(hidden)]
    pub fn __driver_config(config: &Config) -> Result<DriverConfig, sqlx_core::Error> {
        let read = config.external.try_parse("flightsql");
        Ok(read.map_err(in_table)?.unwrap_or_default())
    }

    /// Applies the settings that the URL does not set.
    pub(super) fn configured(self, config: &Config) -> Result<Self, sqlx_core::Error> {
        // Cargo sets this variable for programs that it runs.
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        self.__configured_in(config, manifest.as_deref())
    }

    /// Applies the settings that the URL does not set; a relative `dialect-file` is in this folder, or in the current folder.
    #[doc(hidden)]
    pub fn __configured_in(
        self,
        config: &Config,
        folder: Option<&Path>,
    ) -> Result<Self, sqlx_core::Error> {
        let config = Self::__driver_config(config)?;
        let folders: Vec<_> = folder.map(Path::to_owned).into_iter().collect();
        let configured = ConnectOptions::clone(&self.options).configured(config, &folders);
        configured.map(Self::from).map_err(in_table)
    }
}

/// Adds the place of the mistake.
fn in_table(error: impl std::fmt::Display) -> sqlx_core::Error {
    let problem = format!("sqlx.toml, [drivers.external.flightsql]: {error}");
    sqlx_core::Error::Configuration(problem.into())
}
