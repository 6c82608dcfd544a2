//! `[drivers.external.flightsql]` of `sqlx.toml`. Layer 1.
//!
//! SQLx hands it to whoever connects with a configuration:
//! <https://docs.rs/sqlx-core/0.9.0/sqlx_core/config/drivers/struct.ExternalDriverConfig.html>.

use std::path::PathBuf;

use serde::Deserialize;
use sqlx_core::config::drivers::Config;

use super::FlightSqlConnectOptions;
use crate::dialect::AUTO;

/// What `sqlx.toml` says to this driver and its macros.
#[doc(hidden)]
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct DriverConfig {
    /// The variable that holds this driver's URL.
    pub database_url_var: Option<String>,
    /// The file with the recorded schema, from the folder of `Cargo.toml`.
    pub snapshot: Option<PathBuf>,
    /// The dialect, where the URL names none.
    pub dialect: Option<String>,
}

impl DriverConfig {
    /// The table of this driver; empty without one.
    ///
    /// # Errors
    /// `Configuration`, for a key that is not known or a value of another type.
    pub fn of(config: &Config) -> Result<Self, sqlx_core::Error> {
        let read = config.external.try_parse("flightsql");
        Ok(read.map_err(in_table)?.unwrap_or_default())
    }
}

impl FlightSqlConnectOptions {
    /// Fills in what the URL left open.
    pub(crate) fn configured(self, config: &Config) -> Result<Self, sqlx_core::Error> {
        let is_open = !self.detect_dialect && self.dialect.name() == "ansi";
        match DriverConfig::of(config)?.dialect {
            Some(name) if is_open && name == AUTO => Ok(self.detect_dialect()),
            Some(name) if is_open => self.dialect_name(&name).map_err(in_table),
            _ => Ok(self),
        }
    }
}

/// Says where the mistake is.
fn in_table(error: impl std::fmt::Display) -> sqlx_core::Error {
    let problem = format!("sqlx.toml, [drivers.external.flightsql]: {error}");
    sqlx_core::Error::Configuration(problem.into())
}
