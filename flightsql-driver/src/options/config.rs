//! `[drivers.external.flightsql]` of `sqlx.toml`. Layer 1.
//!
//! SQLx hands it to whoever connects with a configuration:
//! <https://docs.rs/sqlx-core/0.9.0/sqlx_core/config/drivers/struct.ExternalDriverConfig.html>.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use sqlx_core::config::drivers::Config;

use super::FlightSqlConnectOptions;
use crate::dialect::AUTO;
use crate::dialect::file::find;

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
    /// The dialect file, if the URL names no dialect; relative to the folder of `Cargo.toml`, or to the current folder.
    pub dialect_file: Option<PathBuf>,
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
        let is_open =
            !self.detect_dialect && self.dialect_file.is_none() && self.dialect.name() == "ansi";
        let config = DriverConfig::of(config)?;
        match (config.dialect, config.dialect_file) {
            (Some(_), Some(_)) => Err(in_table(
                "`dialect` and `dialect-file` are both set; remove one of them",
            )),
            (Some(name), None) if is_open && name == AUTO => Ok(self.detect_dialect()),
            (Some(name), None) if is_open => self.dialect_name(&name).map_err(in_table),
            (None, Some(path)) if is_open => {
                let folders: Vec<_> = folder.map(Path::to_owned).into_iter().collect();
                let path = find(&path, &folders).map_err(in_table)?;
                self.dialect_file(path).map_err(in_table)
            }
            _ => Ok(self),
        }
    }
}

/// Says where the mistake is.
fn in_table(error: impl std::fmt::Display) -> sqlx_core::Error {
    let problem = format!("sqlx.toml, [drivers.external.flightsql]: {error}");
    sqlx_core::Error::Configuration(problem.into())
}
