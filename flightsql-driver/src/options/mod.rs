//! Connect options: one struct, filled by URL or builder, printed without secrets.
//!
//! Layer 1: no network, no async. The trait `ConnectOptions` is implemented in `connection/connect`:
//! <https://docs.rs/sqlx-core/0.9.0/sqlx_core/connection/trait.ConnectOptions.html>.

mod builder;
mod check;
mod choices;
mod config;
mod credentials;
mod error;
mod file;
mod headers;
mod keys;
mod limits;
mod parse;
mod print;
mod secret;
mod shared;
mod text;
mod timeouts;
mod tls;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use sqlx_core::connection::LogSettings;
use url::Url;

use crate::dialect::{AuthMode, Dialect, LocationPolicy, presets};

pub(crate) use choices::Transport;
pub use choices::{Binds, DatetimePrecision, Placeholders};
pub use config::DriverConfig;
pub(crate) use credentials::Credentials;
pub use credentials::Login;
pub use error::OptionsError;
pub(crate) use limits::Limits;
pub(crate) use secret::Secret;
pub(crate) use shared::SharedSlot;
pub(crate) use timeouts::Timeouts;
pub use tls::TlsVerify;
pub(crate) use tls::{ClientIdentity, Pem, TlsOptions};

/// The port of `flightsql://` when the URL names none: that of HTTPS.
pub(crate) const DEFAULT_TLS_PORT: u16 = 443;

/// How to reach and use a Flight SQL server.
///
/// Made from a URL, or with [`new`](Self::new) and the methods of this type:
///
/// ```
/// use flightsql_driver::FlightSqlConnectOptions;
/// let from_url: FlightSqlConnectOptions =
///     "flightsql+tcp://ann:pass@localhost:31337/sales?query_timeout=30s".parse()?;
/// let built = FlightSqlConnectOptions::new()
///     .plaintext()
///     .host("localhost")
///     .port(31337)
///     .username("ann")
///     .password("pass")
///     .catalog("sales")
///     .query_timeout(std::time::Duration::from_secs(30));
/// assert_eq!(from_url.to_url_lossy(), built.to_url_lossy());
/// # Ok::<(), sqlx_core::Error>(())
/// ```
///
/// # URL
///
/// `flightsql://user:password@host:port/catalog/schema?key=value`
///
/// | scheme | transport |
/// |---|---|
/// | `flightsql` | TLS, required; port 443 when none is named |
/// | `flightsql+tcp` | plaintext; the port is required |
/// | `flightsql+unix` | plaintext over a Unix socket: `flightsql+unix:///path/to/socket` |
/// | `DIALECT+flightsql…` | any of these with a dialect, such as `datafusion+flightsql://` |
///
/// Percent-encode `@ : / ? # % &` and non-ASCII characters inside user, password, path and values.
/// Values are decoded once and `+` stays `+`. Booleans are `true/false`, `1/0`, `on/off`; times are
/// `500ms`, `10s`, `5m`, `1h`, or seconds when there is no unit; sizes are bytes, or `64KiB`,
/// `64MiB`, `2GiB`. An unknown key, a key given twice and a value of another form are errors; no
/// error shows a value.
///
/// # Keys
///
#[doc = include_str!("keys.md")]
#[must_use = "setters return the changed options"]
#[derive(Clone)]
pub struct FlightSqlConnectOptions {
    pub(crate) transport: Transport,
    /// Without brackets when it is an IPv6 address; [`authority`](Self::authority) adds them.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Whether the port was named; plaintext has no default port.
    pub(crate) port_named: bool,
    pub(crate) credentials: Credentials,
    /// `None`: as the dialect says.
    pub(crate) auth: Option<AuthMode>,
    pub(crate) login: Login,
    /// Lower-case names. Sent with every call.
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) session: Vec<(String, String)>,
    pub(crate) catalog: Option<String>,
    pub(crate) schema: Option<String>,
    pub(crate) dialect: Arc<dyn Dialect>,
    /// The server is asked what it is, and `dialect` stands in until it has answered.
    pub(crate) detect_dialect: bool,
    /// The file that `dialect` was read from.
    pub(crate) dialect_file: Option<PathBuf>,
    pub(crate) tls: TlsOptions,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    /// `None`: as the dialect says.
    pub(crate) locations: Option<LocationPolicy>,
    pub(crate) placeholders: Placeholders,
    pub(crate) binds: Binds,
    pub(crate) datetime_precision: DatetimePrecision,
    /// How old the last answer of the server may be before a ping asks it again.
    pub(crate) ping_after: Duration,
    pub(crate) application_name: Option<String>,
    pub(crate) log: LogSettings,
    /// Filled by the connection with what all clones of these options share.
    pub(crate) shared: SharedSlot,
}

/// A pool pings twice per use; 5 s spares nearly all of these round trips under load, and a server
/// that went away is still noticed within seconds of idleness.
const DEFAULT_PING_AFTER: Duration = Duration::from_secs(5);

impl Default for FlightSqlConnectOptions {
    fn default() -> Self {
        FlightSqlConnectOptions {
            transport: Transport::Tls,
            host: "localhost".to_owned(),
            port: DEFAULT_TLS_PORT,
            port_named: false,
            credentials: Credentials::Anonymous,
            auth: None,
            login: Login::default(),
            headers: Vec::new(),
            session: Vec::new(),
            catalog: None,
            schema: None,
            dialect: Arc::new(presets::ansi()),
            detect_dialect: false,
            dialect_file: None,
            tls: TlsOptions::default(),
            timeouts: Timeouts::default(),
            limits: Limits::default(),
            locations: None,
            placeholders: Placeholders::default(),
            binds: Binds::default(),
            datetime_precision: DatetimePrecision::default(),
            ping_after: DEFAULT_PING_AFTER,
            application_name: None,
            log: LogSettings::default(),
            shared: SharedSlot::default(),
        }
    }
}

impl FlightSqlConnectOptions {
    /// TLS to `localhost:443`, nobody logged in, every other option at its default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a URL; see the type's documentation for its form.
    ///
    /// # Errors
    /// [`sqlx_core::Error::Configuration`] holding an [`OptionsError`], which never shows a value.
    pub fn parse_url(url: &Url) -> Result<Self, sqlx_core::Error> {
        parse::from_url(url, &[]).map_err(sqlx_core::Error::config)
    }

    /// Reads a URL whose relative `dialect_file` is in one of these folders. Macros need it, because their current folder is
    /// not the folder of the crate.
    #[doc(hidden)]
    pub fn __parse_in(url: &str, folders: &[PathBuf]) -> Result<Self, sqlx_core::Error> {
        let url =
            Url::parse(url).map_err(|error| sqlx_core::Error::config(OptionsError::Url(error)))?;
        parse::from_url(&url, folders).map_err(sqlx_core::Error::config)
    }

    /// The URL of these options without secrets: no password, no token, no private key, and no
    /// headers except those the dialect names as plain. It can be parsed again.
    pub fn to_url_lossy(&self) -> Url {
        print::url(self, print::Secrets::LeaveOut)
    }

    /// The URL of these options with password, token, keys and headers in clear text. Do not log it.
    pub fn to_url_with_secrets(&self) -> Url {
        print::url(self, print::Secrets::Show)
    }

    /// The host name or address; without meaning for a Unix socket.
    pub fn get_host(&self) -> &str {
        &self.host
    }

    /// The port; without meaning for a Unix socket.
    pub fn get_port(&self) -> u16 {
        self.port
    }

    /// The user to log in, if any.
    pub fn get_username(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Basic { user, .. } => Some(user),
            Credentials::Anonymous | Credentials::Bearer(_) => None,
        }
    }

    /// The catalog to work in, if any.
    pub fn get_catalog(&self) -> Option<&str> {
        self.catalog.as_deref()
    }

    /// The schema to work in, if any.
    pub fn get_schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// The dialect; [`ansi`](presets::ansi) under `dialect=auto`, where a connection's own
    /// [`dialect`](crate::FlightSqlConnection::dialect) says what the server turned out to be.
    pub fn get_dialect(&self) -> &Arc<dyn Dialect> {
        &self.dialect
    }

    /// Returns the file that the dialect was read from, if it was.
    pub fn get_dialect_file(&self) -> Option<&Path> {
        self.dialect_file.as_deref()
    }

    /// What is done with user and password.
    pub(crate) fn auth_mode(&self) -> AuthMode {
        self.auth
            .unwrap_or_else(|| self.dialect.profile().login.mode)
    }

    /// What is done with locations on another address.
    pub(crate) fn location_policy(&self) -> LocationPolicy {
        self.locations
            .unwrap_or_else(|| self.dialect.profile().session.locations)
    }

    /// `host:port` as it stands in a URI.
    pub(crate) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for FlightSqlConnectOptions {
    type Err = sqlx_core::Error;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        let url = Url::parse(url).map_err(|e| sqlx_core::Error::config(OptionsError::Url(e)))?;
        Self::parse_url(&url)
    }
}

/// Without secrets: they print as `***`.
impl fmt::Debug for FlightSqlConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlConnectOptions")
            .field("transport", &self.transport)
            .field("host", &self.host)
            .field("port", &self.port)
            .field("credentials", &self.credentials)
            .field("auth", &self.auth)
            .field("login", &self.login)
            .field("headers", &self.headers)
            .field("session", &self.session)
            .field("catalog", &self.catalog)
            .field("schema", &self.schema)
            .field("dialect", &self.dialect.name())
            .field("detect_dialect", &self.detect_dialect)
            .field("dialect_file", &self.dialect_file)
            .field("tls", &self.tls)
            .field("timeouts", &self.timeouts)
            .field("limits", &self.limits)
            .field("locations", &self.locations)
            .field("placeholders", &self.placeholders)
            .field("binds", &self.binds)
            .field("datetime_precision", &self.datetime_precision)
            .field("ping_after", &self.ping_after)
            .field("application_name", &self.application_name)
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}
