//! The setters of [`FlightSqlConnectOptions`], one for each key of the table.
//!
//! Layer 1. By value, as in SQLx's own drivers. What cannot be used is refused when connecting.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::timeouts::none_if_zero;
use super::{
    Binds, ClientIdentity, Credentials, DatetimePrecision, FlightSqlConnectOptions, Login,
    OptionsError, Pem, Placeholders, Secret, SharedSlot, TlsVerify, Transport,
};
use crate::dialect::{self, AuthMode, Dialect, LocationPolicy};
use crate::dialect_file;

impl FlightSqlConnectOptions {
    /// The one way to change options: what is shared belongs to the old ones.
    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self.shared = SharedSlot::default();
        self
    }
}

/// Where and who.
impl FlightSqlConnectOptions {
    /// The host name or IP address. Default: `localhost`.
    pub fn host(self, host: &str) -> Self {
        self.with(|o| o.set_host(host))
    }

    /// The port. Default: 443 with TLS; plaintext has none.
    pub fn port(self, port: u16) -> Self {
        self.with(|o| o.set_port(port))
    }

    /// Encrypted, with the server's certificate checked. The default.
    pub fn tls(self) -> Self {
        self.with(|o| o.transport = Transport::Tls)
    }

    /// Not encrypted: everybody on the way can read the password and the data. Needs a
    /// [`port`](Self::port).
    pub fn plaintext(self) -> Self {
        self.with(|o| o.transport = Transport::Tcp)
    }

    /// A Unix socket, not encrypted.
    pub fn unix_socket(self, path: impl Into<PathBuf>) -> Self {
        self.with(|o| o.transport = Transport::Unix(path.into()))
    }

    /// The user to log in. Replaces a token; keeps a password given before.
    pub fn username(self, user: &str) -> Self {
        self.with(|o| match &mut o.credentials {
            Credentials::Basic { user: known, .. } => *known = user.to_owned(),
            other => {
                *other = Credentials::Basic {
                    user: user.to_owned(),
                    password: Secret::new(""),
                }
            }
        })
    }

    /// The password. Replaces a token; keeps a user given before.
    pub fn password(self, password: &str) -> Self {
        let password = Secret::new(password);
        self.with(|o| match &mut o.credentials {
            Credentials::Basic {
                password: known, ..
            } => *known = password,
            other => {
                *other = Credentials::Basic {
                    user: String::new(),
                    password,
                }
            }
        })
    }

    /// A bearer token, without the word `Bearer`. Replaces user and password.
    pub fn token(self, token: &str) -> Self {
        self.with(|o| o.credentials = Credentials::Bearer(Secret::new(token)))
    }

    /// What is done with user and password. Default: what the dialect says,
    /// mostly [`AuthMode::Handshake`].
    pub fn auth(self, auth: AuthMode) -> Self {
        self.with(|o| o.auth = Some(auth))
    }

    /// Who uses the token of a login. Default: [`Login::PerConnection`].
    pub fn login(self, login: Login) -> Self {
        self.with(|o| o.login = login)
    }

    /// A header sent with every call; one of the same name is replaced. The value never prints.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|o| {
            replace(
                &mut o.headers,
                name.to_ascii_lowercase(),
                Secret::new(value),
            )
        })
    }

    /// A session option set when a connection opens; one of the same name is replaced.
    pub fn session_option(self, name: &str, value: &str) -> Self {
        self.with(|o| replace(&mut o.session, name.to_owned(), value.to_owned()))
    }

    /// The catalog to work in; the dialect decides how the server is told.
    pub fn catalog(self, catalog: &str) -> Self {
        self.with(|o| o.catalog = Some(catalog.to_owned()))
    }

    /// The schema to work in; the dialect decides how the server is told.
    pub fn schema(self, schema: &str) -> Self {
        self.with(|o| o.schema = Some(schema.to_owned()))
    }

    /// The engine's dialect, one of the presets or your own. Default:
    /// [`ansi`](crate::dialect::presets::ansi).
    pub fn dialect(self, dialect: Arc<dyn Dialect>) -> Self {
        self.with(|o| {
            o.dialect = dialect;
            o.detect_dialect = false;
            o.dialect_file = None;
        })
    }

    /// Reads the engine's dialect from a TOML file, when this method is called: see `DialectProfile::from_file`. A
    /// relative path starts at the current folder.
    ///
    /// # Errors
    /// Returns [`sqlx_core::Error::Configuration`] if the file cannot be used, or if this build lacks the feature
    /// `dialect-file`.
    pub fn dialect_file(self, path: impl AsRef<Path>) -> Result<Self, sqlx_core::Error> {
        let path = path.as_ref();
        let profile = dialect_file::load(path).map_err(|error| {
            let problem = format!("cannot be used: {error}");
            sqlx_core::Error::config(OptionsError::value("dialect_file", problem))
        })?;
        let options = self.dialect(Arc::new(profile));
        Ok(options.with(|o| o.dialect_file = Some(path.to_owned())))
    }

    /// Asks the server what it is when the first connection of these options opens (two calls, once for all clones of
    /// the options), and takes the dialect that knows it; [`ansi`](crate::dialect::presets::ansi) when none does. Default: off.
    pub fn detect_dialect(self) -> Self {
        self.with(|o| {
            o.dialect = Arc::new(dialect::presets::ansi());
            o.detect_dialect = true;
            o.dialect_file = None;
        })
    }

    /// The dialect of this name, a preset or a registered one.
    ///
    /// # Errors
    /// [`sqlx_core::Error::Configuration`] when there is none.
    pub fn dialect_name(self, name: &str) -> Result<Self, sqlx_core::Error> {
        let dialect = dialect::by_name(name).ok_or_else(|| {
            let problem = format!("must be one of {}", dialect::names().join(", "));
            sqlx_core::Error::config(OptionsError::value("dialect", problem))
        })?;
        Ok(self.dialect(dialect))
    }

    /// The program's name, first in the `user-agent` header.
    pub fn application_name(self, name: &str) -> Self {
        self.with(|o| o.application_name = Some(name.to_owned()))
    }
}

/// TLS.
impl FlightSqlConnectOptions {
    /// Certificates to trust instead of the system's, as PEM text. May be called several times.
    pub fn tls_ca_pem(self, pem: &str) -> Self {
        self.with(|o| o.tls.add_ca(Pem::Inline(Secret::new(pem))))
    }

    /// Certificates to trust instead of the system's, in a PEM file that is read when connecting. May
    /// be called several times.
    pub fn tls_ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(|o| o.tls.add_ca(Pem::File(path.into())))
    }

    /// Whether the system's certificates are trusted. Default: unless others were given.
    pub fn tls_system_roots(self, on: bool) -> Self {
        self.with(|o| o.tls.choose_system_roots(on))
    }

    /// The name in the server's certificate. Default: the host.
    pub fn tls_server_name(self, name: &str) -> Self {
        self.with(|o| o.tls.server_name = Some(name.to_owned()))
    }

    /// The client certificate with its chain and its private key, as PEM text.
    pub fn tls_client_identity(self, cert_pem: &str, key_pem: &str) -> Self {
        let inline = |pem: &str| Pem::Inline(Secret::new(pem));
        let identity = ClientIdentity {
            cert: inline(cert_pem),
            key: inline(key_pem),
        };
        self.with(|o| o.tls.client_identity = Some(identity))
    }

    /// The client certificate with its chain and its private key, in PEM files that are read when
    /// connecting.
    pub fn tls_client_identity_files(
        self,
        cert: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let identity = ClientIdentity {
            cert: Pem::File(cert.into()),
            key: Pem::File(key.into()),
        };
        self.with(|o| o.tls.client_identity = Some(identity))
    }

    /// Whether the server's certificate is checked. [`TlsVerify::None`] is dangerous: anybody in
    /// between can read and change everything.
    pub fn tls_verify(self, verify: TlsVerify) -> Self {
        self.with(|o| o.tls.verify = verify)
    }
}

/// Timeouts. `None` and zero mean no limit, where that is possible.
impl FlightSqlConnectOptions {
    /// Sets the limit of a connect: the channel, the login, session options, the dialect's first statements and the
    /// detection by `dialect=auto` together. Defaults to 10 s.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.with(|o| o.timeouts.connect = limit)
    }

    /// Planning a statement: the calls before its rows. Default: none.
    pub fn query_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.query = none_if_zero(limit.into()))
    }

    /// Reading the rows of one endpoint, from first to last. Default: none.
    pub fn fetch_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.fetch = none_if_zero(limit.into()))
    }

    /// A statement without rows, and a bulk ingest. Default: none.
    pub fn update_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.update = none_if_zero(limit.into()))
    }

    /// Sets the limit of a listing of catalogs, tables or keys, and of a query for what the server can do, with all
    /// rows. Defaults to 5 minutes; `None` means no limit.
    pub fn metadata_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.metadata = none_if_zero(limit.into()))
    }

    /// The longest silence of the server in any call, before and between its messages. Default: 30
    /// minutes; raise it for statements that compute longer before their first row. An ingest has no such limit,
    /// since there it is the client that sends.
    pub fn idle_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.idle = none_if_zero(limit.into()))
    }

    /// Closing handles, transactions and the connection, and a ping. Default: 5 s.
    pub fn close_timeout(self, limit: Duration) -> Self {
        self.with(|o| o.timeouts.close = limit)
    }

    /// Sets the age of the last answer after which a ping asks the server. A channel that was as silent is asked by an
    /// HTTP/2 ping first. Defaults to 5 s; zero always asks.
    pub fn ping_after(self, age: Duration) -> Self {
        self.with(|o| o.ping_after = age)
    }
}

/// Limits, in bytes where they are sizes.
impl FlightSqlConnectOptions {
    /// The largest message a server may send. Default: 64 MiB.
    pub fn max_message_size(self, bytes: u32) -> Self {
        self.with(|o| o.limits.max_message_size = bytes)
    }

    /// What the compressed buffers of one message may grow to. Default: 256 MiB.
    pub fn max_decompressed_size(self, bytes: u64) -> Self {
        self.with(|o| o.limits.max_decompressed_size = bytes)
    }

    /// The headers or trailers of one answer. Default: 64 KiB.
    pub fn max_header_size(self, bytes: u32) -> Self {
        self.with(|o| o.limits.max_header_size = bytes)
    }

    /// Rows of one record batch. Default: 16777216.
    pub fn max_batch_rows(self, rows: u32) -> Self {
        self.with(|o| o.limits.max_batch_rows = rows)
    }

    /// Fields of one schema, nested ones included. Default: 10000.
    pub fn max_schema_fields(self, fields: u32) -> Self {
        self.with(|o| o.limits.max_schema_fields = fields)
    }

    /// Depth of nested types. Default: 64.
    pub fn max_nesting(self, depth: u32) -> Self {
        self.with(|o| o.limits.max_nesting = depth)
    }

    /// Endpoints of one result. Default: 10000.
    pub fn max_endpoints(self, endpoints: u32) -> Self {
        self.with(|o| o.limits.max_endpoints = endpoints)
    }

    /// Prepared statements kept per connection; 0 keeps none. Default: 100.
    pub fn statement_cache_capacity(self, capacity: usize) -> Self {
        self.with(|o| o.limits.statement_cache_capacity = capacity)
    }

    /// HTTP/2 channels shared by all connections with these options. Default: 2 for each core, at
    /// most 64.
    pub fn channels(self, channels: usize) -> Self {
        self.with(|o| o.limits.channels = channels)
    }

    /// The largest HTTP/2 frame the server may send. Default: 1 MiB.
    pub fn http2_frame_size(self, bytes: u32) -> Self {
        self.with(|o| o.limits.http2_frame_size = bytes)
    }

    /// Bytes in flight on one call, which a reader who pauses holds in memory. Default: what 4 Gbit/s need to the
    /// server and back, from 1 MiB (up to 2 ms) to 8 MiB (16 ms and more), as the connect took.
    pub fn http2_stream_window(self, bytes: u32) -> Self {
        self.with(|o| o.limits.http2_stream_window = Some(bytes))
    }

    /// Bytes in flight on one channel. Default: 2 GiB - 1, the most that HTTP/2 allows: with less, a few readers
    /// that pause stop every other call of the channel.
    pub fn http2_connection_window(self, bytes: u32) -> Self {
        self.with(|o| o.limits.http2_connection_window = bytes)
    }

    /// Sets the time between HTTP/2 pings while calls wait for the server. Defaults to 5 minutes 30 seconds; `None`
    /// sends no pings at all.
    ///
    /// In each silence, one ping is sent after a sixteenth of the interval. Servers built on grpc-go, C-core or grpc-java
    /// end a connection with `too_many_pings` if its pings are less than 5 minutes apart. The driver honors a shorter
    /// interval, for servers that allow it. After such an end, all connections with these options double the interval.
    pub fn keep_alive_interval(self, interval: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.limits.keep_alive_interval = none_if_zero(interval.into()))
    }

    /// Sets the time for the answer to an HTTP/2 ping. Without one, the channel is closed, with all calls on it.
    /// Defaults to 10 s.
    pub fn keep_alive_timeout(self, limit: Duration) -> Self {
        self.with(|o| o.limits.keep_alive_timeout = limit)
    }
}

/// Behaviour.
impl FlightSqlConnectOptions {
    /// What to do with endpoints on another address. Default: what the dialect says,
    /// mostly [`LocationPolicy::SameOrigin`].
    pub fn locations(self, policy: LocationPolicy) -> Self {
        self.with(|o| o.locations = Some(policy))
    }

    /// What to do with placeholders in SQL written by hand. Default: [`Placeholders::AsWritten`].
    pub fn placeholders(self, placeholders: Placeholders) -> Self {
        self.with(|o| o.placeholders = placeholders)
    }

    /// How bound values reach the server. Default: [`Binds::Server`].
    pub fn binds(self, binds: Binds) -> Self {
        self.with(|o| o.binds = binds)
    }

    /// Sets the precision of bound timestamps and times of day. Defaults to [`DatetimePrecision::Exact`].
    pub fn datetime_precision(self, precision: DatetimePrecision) -> Self {
        self.with(|o| o.datetime_precision = precision)
    }

    /// The level at which statements are logged. Default: debug.
    pub fn log_statements(self, level: log::LevelFilter) -> Self {
        self.with(|o| o.log.log_statements(level))
    }

    /// The level at which statements slower than `duration` are logged. Default: warn, 1 s.
    pub fn log_slow_statements(self, level: log::LevelFilter, duration: Duration) -> Self {
        self.with(|o| o.log.log_slow_statements(level, duration))
    }
}

fn replace<V>(entries: &mut Vec<(String, V)>, name: String, value: V) {
    entries.retain(|(known, _)| *known != name);
    entries.push((name, value));
}
