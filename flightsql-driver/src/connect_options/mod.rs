//! [`FlightSqlConnectOptions`]: the connect options of the driver, for SQLx.

mod locked;
mod setters;
pub(crate) mod statement_log;

pub use locked::FlightSqlLockedOptions;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use log::LevelFilter;
use sqlx_core::config::drivers::Config;
use url::Url;

use crate::connection::FlightSqlConnection;
use crate::dialect::Dialect;
use crate::error::to_sqlx;
use crate::options::OptionsError;
use crate::session::diagnosis::{self, TokenFacts};
use crate::session::open::establish;
use crate::session::shared::Shared;
use flightsql_client::options::DriverConfig;
use flightsql_client::{ChannelMetrics, ConnectOptions};

/// The options of a connection to a Flight SQL server: [`ConnectOptions`], which documents the URL and its schemes, with SQLx.
///
/// Create them from a URL, or with [`new`](Self::new) and the methods of this type:
///
/// ```
/// use flightsql_driver::FlightSqlConnectOptions;
/// let from_url: FlightSqlConnectOptions = "flightsql+tcp://ann@localhost:31337/sales".parse()?;
/// let built = FlightSqlConnectOptions::new().plaintext().host("localhost").port(31337);
/// assert_eq!(from_url.to_url_lossy(), built.username("ann").catalog("sales").to_url_lossy());
/// # Ok::<(), sqlx_core::Error>(())
/// ```
///
/// # Keys
///
/// [`locked`](Self::locked) parses URLs of other people without the keys that are marked *Locked*.
///
#[doc = include_str!("keys.md")]
#[must_use = "setters return the changed options"]
#[derive(Clone, Default)]
pub struct FlightSqlConnectOptions {
    options: Arc<ConnectOptions>,
    /// The state that all connections of these options share, set by the first connect. Clones share it, and every setter
    /// replaces it with an empty slot, so that only equal options share it.
    shared: Arc<OnceLock<Arc<Shared>>>,
}

impl From<ConnectOptions> for FlightSqlConnectOptions {
    fn from(options: ConnectOptions) -> Self {
        Self {
            options: Arc::new(options),
            shared: Arc::default(),
        }
    }
}

impl FlightSqlConnectOptions {
    /// Returns options for TLS to `localhost:443` without credentials, and with the defaults of all other options.
    pub fn new() -> Self {
        ConnectOptions::new().into()
    }

    /// Parses a URL in the form that [`FlightSqlConnectOptions`] documents.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] with an [`OptionsError`], which never shows a value.
    pub fn parse_url(url: &Url) -> Result<Self, sqlx_core::Error> {
        configuration(ConnectOptions::parse_url(url, &[]))
    }

    /// Reads options from the environment variables whose names begin with `prefix` and `_`, as
    /// [`ConnectOptions::from_env`] describes: `WAREHOUSE_HOST`, `WAREHOUSE_TOKEN`, and so on for all keys. The driver reads no
    /// variable unless this method is called.
    ///
    /// ```no_run
    /// # use flightsql_driver::FlightSqlConnectOptions;
    /// let options = FlightSqlConnectOptions::from_env("WAREHOUSE")?;
    /// # Ok::<(), sqlx_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] with an [`OptionsError`] that names the variable, and never shows its value.
    pub fn from_env(prefix: &str) -> Result<Self, sqlx_core::Error> {
        configuration(ConnectOptions::from_env(prefix))
    }

    /// Reads options from a connection profile of ADBC, by its name or path, as [`ConnectOptions::from_profile`] describes.
    /// The URL `profile://NAME` does the same for a name.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] with an [`OptionsError`] that names the file and the key, and never shows a
    /// value.
    #[cfg(feature = "profile")]
    pub fn from_profile(name_or_path: impl AsRef<Path>) -> Result<Self, sqlx_core::Error> {
        configuration(ConnectOptions::from_profile(name_or_path))
    }

    #[cfg(any(feature = "migrate", test))]
    pub(crate) fn inner(&self) -> &ConnectOptions {
        &self.options
    }

    /// Returns the options without SQLx, for changes that keep what connections share.
    #[cfg(feature = "migrate")]
    pub(crate) fn inner_mut(&mut self) -> &mut ConnectOptions {
        Arc::make_mut(&mut self.options)
    }

    /// Requests the token of these options once, for `flightsql doctor`.
    #[doc(hidden)]
    pub async fn token_facts(&self) -> Result<Option<TokenFacts>, sqlx_core::Error> {
        diagnosis::token(&self.options).await.map_err(to_sqlx)
    }

    /// Returns `host:port` of the proxy that a connection to this host takes, for `flightsql doctor`.
    #[doc(hidden)]
    pub fn proxy_address(&self, host: &str, port: u16) -> Result<Option<String>, OptionsError> {
        self.options.proxy_address_of(host, port)
    }

    /// Returns `true` if the options contain a password, a token, or a source of one, for the program `flightsql`.
    #[doc(hidden)]
    pub fn has_secret(&self) -> bool {
        self.options.has_secret()
    }

    /// Returns the state of the HTTP/2 connections that connections with these options share.
    pub(crate) fn channel_metrics(&self) -> Vec<ChannelMetrics> {
        self.shared().channel_metrics()
    }

    fn shared(&self) -> &Arc<Shared> {
        self.shared
            .get_or_init(|| Arc::new(Shared::new(&self.options)))
    }
}

/// Declares getters that forward to those of the same name.
macro_rules! getters {
    ($($(#[$doc:meta])* fn $name:ident() -> $type:ty;)*) => {
        impl FlightSqlConnectOptions {$(
            $(#[$doc])*
            pub fn $name(&self) -> $type {
                self.options.$name()
            }
        )*}
    };
}

getters! {
    /// Returns the URL of these options without secrets: no password, no token, no private key, and no headers except
    /// those that the dialect declares as not secret. The URL can be parsed again.
    fn to_url_lossy() -> Url;
    /// Returns the URL of these options with password, token, keys and headers in clear text. Do not log it.
    fn to_url_with_secrets() -> Url;
    /// Returns the hosts with their ports, in the order of the options; ignored for a Unix socket.
    fn get_hosts() -> Vec<(&str, u16)>;
    /// Returns the name or address of the first host, which is ignored for a Unix socket.
    fn get_host() -> &str;
    /// Returns the port of the first host, which is ignored for a Unix socket.
    fn get_port() -> u16;
    /// Returns the user to authenticate as, if any.
    fn get_username() -> Option<&str>;
    /// Returns the catalog to work in, if any.
    fn get_catalog() -> Option<&str>;
    /// Returns the schema to work in, if any.
    fn get_schema() -> Option<&str>;
    /// Returns the dialect. With `dialect=auto`, returns [`ansi`](crate::dialect::presets::ansi), and a connection's
    /// [`dialect`](FlightSqlConnection::dialect) returns the detected dialect.
    fn get_dialect() -> &Arc<dyn Dialect>;
    /// Returns the file that the dialect was read from, if any.
    fn get_dialect_file() -> Option<&Path>;
}

fn configuration(
    options: Result<ConnectOptions, OptionsError>,
) -> Result<FlightSqlConnectOptions, sqlx_core::Error> {
    options
        .map(FlightSqlConnectOptions::from)
        .map_err(sqlx_core::Error::config)
}

impl FromStr for FlightSqlConnectOptions {
    type Err = sqlx_core::Error;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        configuration(url.parse())
    }
}

/// Prints secrets as `***`, and session options by name only.
impl fmt::Debug for FlightSqlConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FlightSqlConnectOptions")
            .field(&self.options)
            .finish()
    }
}

impl sqlx_core::connection::ConnectOptions for FlightSqlConnectOptions {
    type Connection = FlightSqlConnection;

    fn from_url(url: &Url) -> Result<Self, sqlx_core::Error> {
        Self::parse_url(url)
    }

    /// Returns the URL without secrets. It can be parsed, but the caller must add a password or token again.
    fn to_url_lossy(&self) -> Url {
        // The inherent method of the same name.
        Self::to_url_lossy(self)
    }

    async fn connect(&self) -> Result<FlightSqlConnection, sqlx_core::Error> {
        let session = establish(&self.options, self.shared()).await;
        session.map(FlightSqlConnection::new).map_err(to_sqlx)
    }

    fn log_statements(mut self, level: LevelFilter) -> Self {
        Arc::make_mut(&mut self.options).log.statements_level = level;
        self
    }

    fn log_slow_statements(mut self, level: LevelFilter, duration: Duration) -> Self {
        let log = &mut Arc::make_mut(&mut self.options).log;
        log.slow_statements_level = level;
        log.slow_statements_duration = duration;
        self
    }

    /// Applies `[drivers.external.flightsql]` of `sqlx.toml`: the dialect, if the URL does not name one. A relative
    /// `dialect-file` is in the folder of the program that cargo runs, or in the current folder.
    fn __unstable_apply_driver_config(self, config: &Config) -> Result<Self, sqlx_core::Error> {
        fn in_table(error: impl fmt::Display) -> sqlx_core::Error {
            let problem = format!("sqlx.toml, [drivers.external.flightsql]: {error}");
            sqlx_core::Error::Configuration(problem.into())
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The names in `source` after `marker`.
    fn names<'s>(source: &'s str, marker: &str) -> Vec<&'s str> {
        let found = source
            .lines()
            .filter_map(|line| line.trim().strip_prefix(marker));
        let mut names: Vec<_> = found.filter_map(|rest| rest.split('(').next()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn every_setter_is_forwarded() {
        let builder = include_str!("../../../flightsql-client/src/options/builder.rs");
        let setters = include_str!("setters.rs");
        let own_of = |source| {
            let mut setters = names(source, "pub fn ");
            setters.retain(|name| !["new", "$name"].contains(name));
            setters
        };
        assert_eq!(own_of(setters), own_of(builder));
        let (_, table) = builder
            .split_once("macro_rules! connect_option_setters")
            .unwrap();
        assert!(names(table, "fn ").len() > 50);
        assert!(setters.contains("connect_option_setters!(setters)"));
    }

    #[test]
    fn the_keys_are_those_of_the_client() {
        let keys = include_str!("../../../flightsql-client/src/options/keys.md");
        assert_eq!(include_str!("keys.md"), keys);
    }

    #[test]
    fn clones_share_and_setters_do_not() {
        let options = FlightSqlConnectOptions::new();
        let clone = options.clone();
        assert!(Arc::ptr_eq(options.shared(), clone.shared()));
        let changed = clone.port(1);
        assert!(!Arc::ptr_eq(options.shared(), changed.shared()));
        // SQLx's own methods change the log only.
        use sqlx_core::connection::ConnectOptions as _;
        let quiet = options.clone().disable_statement_logging();
        assert!(Arc::ptr_eq(options.shared(), quiet.shared()));
        assert_eq!(quiet.inner().log.statements_level, LevelFilter::Off);
        assert_eq!(options.inner().log.statements_level, LevelFilter::Debug);
    }

    #[test]
    fn an_error_of_the_options_is_a_configuration_error() {
        let refused = |options: Result<FlightSqlConnectOptions, sqlx_core::Error>| match options
            .unwrap_err()
        {
            sqlx_core::Error::Configuration(error) => *error.downcast::<OptionsError>().unwrap(),
            other => panic!("{other}"),
        };
        assert!(matches!(refused("a b".parse()), OptionsError::Url(_)));
        let url = Url::parse("http://h").unwrap();
        let scheme = OptionsError::Scheme("http".to_owned());
        assert_eq!(refused(FlightSqlConnectOptions::parse_url(&url)), scheme);
        #[cfg(feature = "profile")]
        {
            let missing = refused(FlightSqlConnectOptions::from_profile(
                "/does/not/exist.toml",
            ));
            assert!(matches!(missing, OptionsError::Profile { .. }), "{missing}");
        }
        let options = FlightSqlConnectOptions::new();
        for error in [
            refused(options.clone().dialect_name("oracle")),
            refused(options.dialect_file("/does/not/exist")),
            refused(FlightSqlConnectOptions::from_env(
                "FLIGHTSQL_TEST_WITHOUT_VARIABLES",
            )),
        ] {
            assert!(matches!(error, OptionsError::Value { .. }), "{error}");
        }
    }

    #[test]
    fn settings_of_the_log_go_both_ways() {
        let options = FlightSqlConnectOptions::new()
            .log_statements(LevelFilter::Trace)
            .log_slow_statements(LevelFilter::Error, Duration::from_secs(7));
        let settings = statement_log::to_sqlx(&options.inner().log);
        assert_eq!(settings.statements_level, LevelFilter::Trace);
        assert_eq!(settings.slow_statements_level, LevelFilter::Error);
        assert_eq!(settings.slow_statements_duration, Duration::from_secs(7));
        let default = statement_log::to_sqlx(&flightsql_client::options::StatementLog::default());
        let sqlx = sqlx_core::connection::LogSettings::default();
        assert_eq!(format!("{default:?}"), format!("{sqlx:?}"));
        #[cfg(feature = "any")]
        assert_eq!(statement_log::from_sqlx(&settings), options.inner().log);
    }
}
