//! The setters of [`FlightSqlConnectOptions`], forwarded to those of [`ConnectOptions`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::FlightSqlConnectOptions;
use crate::dialect::{AuthMode, Dialect, LocationPolicy};
use crate::options::{
    Binds, DatetimePrecision, HostOrder, LocationCredentials, Login, OAuth, Placeholders, TlsRoots,
    TlsVerify,
};
use flightsql_client::{ConnectOptions, HeaderHook, Observer, TokenProvider};

impl FlightSqlConnectOptions {
    /// Changes the options, with an empty slot for the state that connections share.
    fn with(self, change: impl FnOnce(ConnectOptions) -> ConnectOptions) -> Self {
        change(Arc::unwrap_or_clone(self.options)).into()
    }

    /// Reads the dialect from a TOML file immediately, as `DialectProfile::from_file` does.
    /// A relative path is resolved against the current directory.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] if the file cannot be used, or if this build lacks the feature
    /// `dialect-file`.
    pub fn dialect_file(self, path: impl AsRef<Path>) -> Result<Self, sqlx_core::Error> {
        super::configuration(Arc::unwrap_or_clone(self.options).dialect_file(path))
    }

    /// Sets the dialect by name, a preset or a registered one.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] if no dialect has this name.
    pub fn dialect_name(self, name: &str) -> Result<Self, sqlx_core::Error> {
        super::configuration(Arc::unwrap_or_clone(self.options).dialect_name(name))
    }
}

/// Declares setters that forward to those of the same name.
macro_rules! setters {
    ($group:literal $($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),*) => |$o:ident| $change:expr;)*) => {
        #[doc = $group]
        impl FlightSqlConnectOptions {
            $(
                $(#[$doc])*
                pub fn $name(self, $($argument: $kind),*) -> Self {
                    self.with(|options| options.$name($($argument),*))
                }
            )*
        }
    };
}

flightsql_client::connect_option_setters!(setters);
