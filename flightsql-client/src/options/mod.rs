//! [`ConnectOptions`]: one struct, filled by URL or setters, printed without secrets. No network, no async.

mod binary;
mod builder;
mod check;
mod choices;
mod command;
mod config;
mod environment;
mod error;
mod file;
mod hosts;
mod keys;
mod limits;
mod locations;
mod locked;
mod oauth;
mod observe;
mod parse;
mod print;
#[cfg(feature = "profile")]
mod profile;
mod proxy;
mod response_headers;
mod retries;
mod secret;
mod settings;
mod statement;
mod text;
mod timeouts;
mod tls;
mod token;
mod token_source;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::dialect::{AuthMode, Dialect, presets};

pub(crate) use binary::{binary_value, is_binary};
pub(crate) use check::{is_value, token_problem};
pub use choices::{Binds, DatetimePrecision, Login, Placeholders, StatementLog};
pub(crate) use choices::{Credentials, Transport};
pub(crate) use command::SecretCommand;
pub use config::DriverConfig;
pub use error::OptionsError;
pub(crate) use file::read_token;
pub(crate) use hosts::HostOptions;
pub use hosts::HostOrder;
pub use limits::Limits;
pub use locations::LocationCredentials;
pub(crate) use locations::{Address, Allowed, Hosts, LocationOptions, Network, Pattern};
pub use locked::LockedOptions;
pub(crate) use oauth::OAuthFlow;
pub use oauth::{ClientAuth, OAuth};
pub(crate) use observe::ObserveOptions;
pub(crate) use print::RESERVED;
pub(crate) use proxy::{Proxy, ProxyServer};
pub(crate) use retries::Retries;
pub use secret::Secret;
pub use statement::StatementOptions;
pub(crate) use statement::header_problem;
pub(crate) use timeouts::Timeouts;
pub(crate) use tls::{Pem, TlsOptions};
pub use tls::{TlsRoots, TlsVerify};
pub use token::{Token, TokenProvider};
pub(crate) use token_source::TokenSource;

/// The default port of `flightsql://`, which is the port of HTTPS.
pub(crate) const DEFAULT_TLS_PORT: u16 = 443;

/// Options to reach and use a Flight SQL server. They are parsed from a URL, or created with [`new`](Self::new) and setters.
///
/// ```
/// use flightsql_client::ConnectOptions;
/// let from_url: ConnectOptions =
///     "flightsql+tcp://ann:pass@localhost:31337/sales?query_timeout=30s".parse()?;
/// let built = ConnectOptions::new()
///     .plaintext()
///     .host("localhost")
///     .port(31337)
///     .username("ann")
///     .password("pass")
///     .catalog("sales")
///     .query_timeout(std::time::Duration::from_secs(30));
/// assert_eq!(from_url.to_url_lossy(), built.to_url_lossy());
/// # Ok::<(), flightsql_client::OptionsError>(())
/// ```
///
/// # URL
///
/// `flightsql://user:password@host:port/catalog/schema?key=value`
///
/// | scheme | transport |
/// |---|---|
/// | `flightsql` | TLS, required; port 443 if none is specified |
/// | `flightsql+tcp` | plaintext; the port is required |
/// | `flightsql+unix` | plaintext over a Unix socket: `flightsql+unix:///path/to/socket` |
/// | `DIALECT+flightsql…` | any of these with a dialect, such as `datafusion+flightsql://` |
///
/// Percent-encode `@ : / ? # % &` and non-ASCII characters inside user, password, path and values. Values are decoded once,
/// and `+` stays `+`. Booleans are `true/false`, `1/0`, `on/off`; times are `500ms`, `10s`, `5m`, `1h`, or seconds without a
/// unit; sizes are bytes, or `64KiB`, `64MiB`, `2GiB`. An unknown key, an invalid value and a repeated key are errors,
/// except for keys that may be repeated. No error shows a value,
/// except the path of a `dialect_file`.
///
/// # Several hosts
///
/// `flightsql://a:443,b:443,[::1]:31337/sales?host_order=random` lists up to 64 hosts of one cluster: servers with the same databases,
/// the same dialect and the same credentials. User and password are specified once, before the first host. Each host has its own
/// port. The key `host` is the other form, `flightsql://a:443/sales?host=b:443&host=[::1]:31337`: a [`Url`](url::Url) cannot
/// contain a list with ports, so [`to_url_lossy`](Self::to_url_lossy) returns this form, and SQLx's `Any` accepts only this form.
///
/// ```
/// use flightsql_client::ConnectOptions;
/// let options: ConnectOptions = "flightsql://ann@a.example:443,b.example:8443/sales".parse()?;
/// assert_eq!(options.get_hosts(), [("a.example", 443), ("b.example", 8443)]);
/// # Ok::<(), flightsql_client::OptionsError>(())
/// ```
///
/// - **Choice.** A new channel tries the hosts in order, or in a random order with `host_order=random`, and stays at the first one
///   that works. Sessions share the open channels, so the order matters when a channel opens, and `channels=1` means one host at a time.
/// - **Failures.** The next host is tried after a failed name lookup, a refused or lost connection, a timeout, a server that does not
///   speak HTTP/2, and `UNAVAILABLE` at authentication. Any other response to the credentials is an error, and so is a certificate that
///   does not fit: another host must not hide a wrong password or an attack. The error of the last host names the others.
/// - **Time.** `host_connect_timeout` limits one host, and `connect_timeout` all of them together. A host that used more than 1 s, or
///   failed at authentication, is tried last for the next 10 s.
/// - **Sessions.** Each host authenticates its own sessions, also under `login=shared`: no token of a server, no cookie and no
///   prepared statement reaches another host. Credentials of the options reach each host that is tried. If a host stops, sessions
///   without state on the server open again at another host, see [`retries`](Self::retries).
/// - **Locations.** The session's current host is its origin for `locations=same_origin`; the other hosts need `location_allow`.
/// - **TLS.** The certificate of each host must be for the name of that host, or all of them for `tls_server_name`.
///
/// # Keys
///
/// [`locked`](Self::locked) parses URLs of other people without the keys that are marked *Locked*.
///
#[doc = include_str!("keys.md")]
#[must_use = "setters return the changed options"]
#[derive(Clone)]
pub struct ConnectOptions {
    pub(crate) transport: Transport,
    /// The host; [`address`](Self::address) adds the brackets of an IPv6 address.
    pub(crate) host: String,
    /// Whether the host was specified; locked options keep it.
    host_named: bool,
    pub(crate) port: u16,
    /// Whether the port was specified; plaintext has no default port.
    pub(crate) port_named: bool,
    /// The hosts after the first one, and their order.
    pub(crate) hosts: HostOptions,
    pub(crate) proxy: Proxy,
    /// The `:authority` of RPCs, if it is not the address.
    pub(crate) rpc_authority: Option<String>,
    pub(crate) credentials: Credentials,
    /// `None`: the mode of the dialect.
    pub(crate) auth: Option<AuthMode>,
    pub(crate) login: Login,
    /// Headers of every RPC, with lower-case names.
    pub(crate) headers: Vec<(String, Secret)>,
    pub(crate) session: Vec<(String, String)>,
    #[doc(hidden)]
    pub catalog: Option<String>,
    #[doc(hidden)]
    pub schema: Option<String>,
    #[doc(hidden)]
    pub dialect: Arc<dyn Dialect>,
    /// Whether the driver queries the server for its engine; `dialect` applies until then.
    #[doc(hidden)]
    pub detect_dialect: bool,
    /// The file that `dialect` was read from.
    pub(crate) dialect_file: Option<PathBuf>,
    pub(crate) tls: TlsOptions,
    pub(crate) timeouts: Timeouts,
    pub(crate) limits: Limits,
    pub(crate) locations: LocationOptions,
    pub(crate) placeholders: Placeholders,
    pub(crate) binds: Binds,
    pub(crate) datetime_precision: DatetimePrecision,
    pub(crate) ping_after: Duration,
    pub(crate) retries: Retries,
    /// The response headers to keep in addition to the usual ones, in lower case.
    pub(crate) response_headers: Vec<String>,
    pub(crate) application_name: Option<String>,
    #[doc(hidden)]
    pub log: StatementLog,
    pub(crate) observe: ObserveOptions,
}

/// A pool pings twice per use. 5 s avoids nearly all of these round trips under load, and still detects a lost server within
/// seconds.
const DEFAULT_PING_AFTER: Duration = Duration::from_secs(5);

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            transport: Transport::Tls,
            host: "localhost".to_owned(),
            host_named: false,
            port: DEFAULT_TLS_PORT,
            port_named: false,
            hosts: HostOptions::default(),
            proxy: Proxy::default(),
            rpc_authority: None,
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
            locations: LocationOptions::default(),
            placeholders: Placeholders::default(),
            binds: Binds::default(),
            datetime_precision: DatetimePrecision::default(),
            ping_after: DEFAULT_PING_AFTER,
            retries: Retries::default(),
            response_headers: Vec::new(),
            application_name: None,
            log: StatementLog::default(),
            observe: ObserveOptions::default(),
        }
    }
}

impl ConnectOptions {
    /// Returns the name or address of the first host; without meaning for a Unix socket.
    pub fn get_host(&self) -> &str {
        &self.host
    }

    /// Returns the port of the first host; without meaning for a Unix socket.
    pub fn get_port(&self) -> u16 {
        self.port
    }

    /// Returns `true` if the options contain a password, a token, or a source of one.
    #[doc(hidden)]
    pub fn has_secret(&self) -> bool {
        match &self.credentials {
            Credentials::Anonymous => false,
            Credentials::Basic { password, .. } => !password.expose().is_empty(),
            _ => true,
        }
    }

    /// Returns the user to authenticate as, if any.
    pub fn get_username(&self) -> Option<&str> {
        match &self.credentials {
            Credentials::Basic { user, .. } | Credentials::PasswordCommand { user, .. } => {
                Some(user)
            }
            _ => None,
        }
    }

    /// Returns the catalog to work in, if any.
    pub fn get_catalog(&self) -> Option<&str> {
        self.catalog.as_deref()
    }

    /// Returns the schema to work in, if any.
    pub fn get_schema(&self) -> Option<&str> {
        self.schema.as_deref()
    }

    /// Returns the dialect; [`ansi`](presets::ansi) under `dialect=auto`, until the server has responded.
    pub fn get_dialect(&self) -> &Arc<dyn Dialect> {
        &self.dialect
    }

    /// Returns the file that the dialect was read from, if it was.
    pub fn get_dialect_file(&self) -> Option<&Path> {
        self.dialect_file.as_deref()
    }

    pub(crate) fn auth_mode(&self) -> AuthMode {
        self.auth
            .unwrap_or_else(|| self.dialect.profile().login.mode)
    }

    /// Returns `host:port` as in a URI.
    pub(crate) fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

// Prints secrets as `***`, and session options by name only, since their values may be secret.
flightsql_dialect::debug_fields!(ConnectOptions, |it| {
    transport: it.transport, host: it.host, port: it.port, hosts: it.hosts,
    proxy: it.proxy, rpc_authority: it.rpc_authority,
    credentials: it.credentials, auth: it.auth, login: it.login, headers: it.headers,
    session: it.session.iter().map(|(name, _)| &**name).collect::<Vec<&str>>(),
    catalog: it.catalog, schema: it.schema,
    dialect: it.dialect.name(), detect_dialect: it.detect_dialect, dialect_file: it.dialect_file,
    tls: it.tls, timeouts: it.timeouts, limits: it.limits, locations: it.locations,
    placeholders: it.placeholders, binds: it.binds, datetime_precision: it.datetime_precision,
    ping_after: it.ping_after, retries: it.retries, response_headers: it.response_headers, application_name: it.application_name, log: it.log,
    observe: it.observe,
});
