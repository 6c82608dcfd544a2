//! Settings from environment variables.

use std::env;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// The settings of a service.
#[derive(Clone)]
pub struct Config {
    /// `DATABASE_URL`: any Flight SQL server. Without it, the service starts an embedded server.
    pub database_url: Option<String>,
    /// `LISTEN`: the HTTP address.
    pub listen: SocketAddr,
    /// `MAX_CONNECTIONS`: the limit for pages and JSON. Exports have as many more, so that slow downloads do not use all
    /// connections.
    pub max_connections: u32,
    /// `ACQUIRE_TIMEOUT_MS`: the time a request waits for a connection before the service replies 503.
    pub acquire_timeout: Duration,
    /// `STATEMENT_TIMEOUT_MS`: the time for planning a statement and sending a page's rows before the service replies 504.
    pub statement_timeout: Duration,
    /// `GRACE_MS`: the time for open requests after the stop signal.
    pub grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 3000)),
            max_connections: 4,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            grace: Duration::from_secs(30),
        }
    }
}

impl Config {
    /// Reads the settings from the environment, with defaults.
    ///
    /// # Errors
    /// Returns an error with the name of an invalid variable.
    pub fn from_env() -> Result<Self, ConfigError> {
        let defaults = Self::default();
        let millis = |name, default| {
            variable::<u64>(name).map(|value| value.map_or(default, Duration::from_millis))
        };
        Ok(Self {
            database_url: variable("DATABASE_URL")?,
            listen: variable("LISTEN")?.unwrap_or(defaults.listen),
            max_connections: variable::<NonZeroU32>("MAX_CONNECTIONS")?
                .map_or(defaults.max_connections, NonZeroU32::get),
            acquire_timeout: millis("ACQUIRE_TIMEOUT_MS", defaults.acquire_timeout)?,
            statement_timeout: millis("STATEMENT_TIMEOUT_MS", defaults.statement_timeout)?,
            grace: millis("GRACE_MS", defaults.grace)?,
        })
    }
}

/// Omits the URL, which may contain a password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("max_connections", &self.max_connections)
            .field("acquire_timeout", &self.acquire_timeout)
            .field("statement_timeout", &self.statement_timeout)
            .field("grace", &self.grace)
            .finish_non_exhaustive()
    }
}

fn variable<T: FromStr>(name: &'static str) -> Result<Option<T>, ConfigError> {
    match env::var(name) {
        Ok(text) => text.parse().map(Some).map_err(|_| ConfigError(name)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(ConfigError(name)),
    }
}

/// An invalid environment variable. The error does not show its value.
#[derive(Debug)]
pub struct ConfigError(&'static str);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "invalid environment variable {}", self.0)
    }
}

impl std::error::Error for ConfigError {}
