//! The settings of this driver in `sqlx.toml`, `[drivers.external.flightsql]`.

use std::path::PathBuf;

use serde::Deserialize;

use super::{ConnectOptions, OptionsError};
use crate::dialect::{AUTO, find_file};

/// The table `[drivers.external.flightsql]`, for this driver and its macros.
#[doc(hidden)]
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct DriverConfig {
    /// The variable with the URL of this driver.
    pub database_url_var: Option<String>,
    /// The snapshot of query metadata, relative to the folder of `Cargo.toml`.
    pub snapshot: Option<PathBuf>,
    /// The dialect, if the URL specifies none.
    pub dialect: Option<String>,
    /// The dialect file, if the URL names no dialect; relative to the folder of `Cargo.toml`, or to the current folder.
    pub dialect_file: Option<PathBuf>,
}

impl ConnectOptions {
    /// Applies the settings that the URL does not set. A relative `dialect-file` is searched for in these folders, or in
    /// the current folder if the list is empty.
    pub fn configured(
        self,
        config: DriverConfig,
        folders: &[PathBuf],
    ) -> Result<Self, OptionsError> {
        let is_open =
            !self.detect_dialect && self.dialect_file.is_none() && self.dialect.name() == "ansi";
        match (config.dialect, config.dialect_file) {
            (Some(_), Some(_)) => Err(OptionsError::Conflict(
                "`dialect` and `dialect-file` are both set; remove one of them".into(),
            )),
            (Some(name), None) if is_open && name == AUTO => Ok(self.detect_dialect()),
            (Some(name), None) if is_open => self.dialect_name(&name),
            (None, Some(path)) if is_open => {
                let path = find_file(&path, folders).map_err(OptionsError::dialect_file)?;
                self.dialect_file(path)
            }
            _ => Ok(self),
        }
    }
}
