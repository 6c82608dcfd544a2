//! The setters of [`ConnectOptions`], one for each key of the table.
//!
//! The setters take the options by value, as in SQLx's own drivers. Invalid options are rejected when connecting. The driver
//! forwards each setter in `connect_options/setters.rs`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::text::normal_host;
use super::timeouts::none_if_zero;
use super::{
    Binds, ClientIdentity, ConnectOptions, Credentials, DatetimePrecision, Login, OptionsError,
    Pem, Placeholders, Secret, TlsVerify, Transport,
};
use crate::dialect::{self, AuthMode, Dialect, LocationPolicy, presets};
use crate::dialect_file;

impl ConnectOptions {
    /// Returns options for TLS to `localhost:443` without credentials, and with the defaults of all other options.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Sets the host, normalized if it is valid; [`check`](Self::check) rejects an invalid one.
    pub(super) fn set_host(&mut self, host: &str) {
        self.host = normal_host(host).unwrap_or_else(|| host.to_owned());
    }

    pub(super) fn set_port(&mut self, port: u16) {
        self.port = port;
        self.port_named = true;
    }
}

/// Server and identity.
impl ConnectOptions {
    /// Sets the host name or IP address. Defaults to `localhost`.
    pub fn host(self, host: &str) -> Self {
        self.with(|o| o.set_host(host))
    }

    /// Sets the port. Defaults to 443 with TLS; plaintext has no default.
    pub fn port(self, port: u16) -> Self {
        self.with(|o| o.set_port(port))
    }

    /// Encrypts the connection and checks the server's certificate. This is the default.
    pub fn tls(self) -> Self {
        self.with(|o| o.transport = Transport::Tls)
    }

    /// Disables encryption: anyone on the network path can read the password and the data. Requires a
    /// [`port`](Self::port).
    pub fn plaintext(self) -> Self {
        self.with(|o| o.transport = Transport::Tcp)
    }

    /// Connects through a Unix socket, without encryption.
    pub fn unix_socket(self, path: impl Into<PathBuf>) -> Self {
        self.with(|o| o.transport = Transport::Unix(path.into()))
    }

    /// Sets the user. Replaces a token and keeps a password that was set before.
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

    /// Sets the password. Replaces a token and keeps a user that was set before.
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

    /// Sets a bearer token, without the word `Bearer`. Replaces user and password.
    pub fn token(self, token: &str) -> Self {
        self.with(|o| o.credentials = Credentials::Bearer(Secret::new(token)))
    }

    /// Sets how user and password are sent. Defaults to the mode of the dialect, mostly [`AuthMode::Handshake`].
    pub fn auth(self, auth: AuthMode) -> Self {
        self.with(|o| o.auth = Some(auth))
    }

    /// Sets the connections that use the token of an authentication. Defaults to [`Login::PerConnection`].
    pub fn login(self, login: Login) -> Self {
        self.with(|o| o.login = login)
    }

    /// Adds a header to send with every RPC, or replaces the one of this name. The value never prints.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|o| {
            replace(
                &mut o.headers,
                name.to_ascii_lowercase(),
                Secret::new(value),
            )
        })
    }

    /// Adds a session option to set when a connection opens, or replaces the one of this name.
    pub fn session_option(self, name: &str, value: &str) -> Self {
        self.with(|o| replace(&mut o.session, name.to_owned(), value.to_owned()))
    }

    /// Sets the catalog to work in; the dialect decides how it is sent to the server.
    pub fn catalog(self, catalog: &str) -> Self {
        self.with(|o| o.catalog = Some(catalog.to_owned()))
    }

    /// Sets the schema to work in; the dialect decides how it is sent to the server.
    pub fn schema(self, schema: &str) -> Self {
        self.with(|o| o.schema = Some(schema.to_owned()))
    }

    /// Sets the dialect of the engine, a preset or a custom one. Defaults to [`ansi`](presets::ansi).
    pub fn dialect(self, dialect: Arc<dyn Dialect>) -> Self {
        self.with(|o| {
            o.dialect = dialect;
            o.detect_dialect = false;
            o.dialect_file = None;
        })
    }

    /// Reads the dialect of the engine from a TOML file, when this method is called: see `DialectProfile::from_file`.
    /// A relative path starts at the current folder.
    ///
    /// # Errors
    /// Returns an error if the file cannot be used, or if this build lacks the feature `dialect-file`.
    pub fn dialect_file(self, path: impl AsRef<Path>) -> Result<Self, OptionsError> {
        let path = path.as_ref();
        let profile = dialect_file::load(path).map_err(OptionsError::dialect_file)?;
        let options = self.dialect(Arc::new(profile));
        Ok(options.with(|o| o.dialect_file = Some(path.to_owned())))
    }

    /// Queries the server for its engine when the first connection of these options opens, and uses the dialect that
    /// knows it; [`ansi`](presets::ansi) if none does. Defaults to off.
    pub fn detect_dialect(self) -> Self {
        self.with(|o| {
            o.dialect = Arc::new(presets::ansi());
            o.detect_dialect = true;
            o.dialect_file = None;
        })
    }

    /// Sets the dialect by name, a preset or a registered one.
    ///
    /// # Errors
    /// Returns an error if no dialect has this name.
    pub fn dialect_name(self, name: &str) -> Result<Self, OptionsError> {
        let dialect = dialect::by_name(name).ok_or_else(|| {
            let problem = format!("must be one of {}", dialect::names().join(", "));
            OptionsError::value("dialect", problem)
        })?;
        Ok(self.dialect(dialect))
    }

    /// Sets the name of the program, which comes first in the `user-agent` header.
    pub fn application_name(self, name: &str) -> Self {
        self.with(|o| o.application_name = Some(name.to_owned()))
    }
}

/// TLS.
impl ConnectOptions {
    /// Adds certificates to trust in place of the system's, as PEM text.
    pub fn tls_ca_pem(self, pem: &str) -> Self {
        self.with(|o| o.tls.add_ca(Pem::inline(pem)))
    }

    /// Adds certificates to trust in place of the system's, from a PEM file that is read when connecting.
    pub fn tls_ca_file(self, path: impl Into<PathBuf>) -> Self {
        self.with(|o| o.tls.add_ca(Pem::File(path.into())))
    }

    /// Sets whether the system's certificates are trusted. Defaults to `true` unless others were added.
    pub fn tls_system_roots(self, on: bool) -> Self {
        self.with(|o| o.tls.choose_system_roots(on))
    }

    /// Sets the name in the server's certificate. Defaults to the host.
    pub fn tls_server_name(self, name: &str) -> Self {
        self.with(|o| o.tls.server_name = Some(name.to_owned()))
    }

    /// Sets the client certificate with its chain, and its private key, as PEM text.
    pub fn tls_client_identity(self, cert_pem: &str, key_pem: &str) -> Self {
        let identity = ClientIdentity {
            cert: Pem::inline(cert_pem),
            key: Pem::inline(key_pem),
        };
        self.with(|o| o.tls.client_identity = Some(identity))
    }

    /// Sets the client certificate with its chain, and its private key, in PEM files that are read when connecting.
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

    /// Sets whether the server's certificate is checked. [`TlsVerify::None`] is dangerous: anyone on the network path
    /// can read and modify all traffic.
    pub fn tls_verify(self, verify: TlsVerify) -> Self {
        self.with(|o| o.tls.verify = verify)
    }
}

/// Timeouts. `None` and zero mean no limit, where that is possible.
impl ConnectOptions {
    /// Sets the limit of a connect: the channel, authentication, session options, the dialect's first statements and the
    /// detection by `dialect=auto` together. Defaults to 10 s.
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.with(|o| o.timeouts.connect = limit)
    }

    /// Sets the limit of planning a statement: the RPCs before its rows. Defaults to no limit.
    pub fn query_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.query = none_if_zero(limit.into()))
    }

    /// Sets the maximum time to read a result from first to last byte, across all endpoints. Defaults to no limit.
    pub fn fetch_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.fetch = none_if_zero(limit.into()))
    }

    /// Sets the limit of a statement without rows, of a bulk ingest, and of the begin and commit of a transaction. Defaults
    /// to no limit.
    pub fn update_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.update = none_if_zero(limit.into()))
    }

    /// Sets the limit of a catalog query or a query for server information, with all rows. Defaults to 5 minutes; `None`
    /// means no limit.
    pub fn metadata_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.metadata = none_if_zero(limit.into()))
    }

    /// Sets how long to wait for data from the server in an RPC, before its first message and between messages.
    /// Defaults to 30 minutes.
    ///
    /// Increase it for statements that compute longer before their first row. It does not apply to bulk ingest, where
    /// the client sends the data.
    pub fn idle_timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.timeouts.idle = none_if_zero(limit.into()))
    }

    /// Sets the limit of closing a connection with all that it holds, and of one rollback, cancellation or ping. Defaults to 5 s.
    pub fn close_timeout(self, limit: Duration) -> Self {
        self.with(|o| o.timeouts.close = limit)
    }

    /// Sets the age of the last response after which a ping sends a request. A channel without data for that time gets
    /// an HTTP/2 ping first. Defaults to 5 s; zero always sends a request.
    pub fn ping_after(self, age: Duration) -> Self {
        self.with(|o| o.ping_after = age)
    }
}

/// Limits, in bytes where they are sizes.
impl ConnectOptions {
    /// Sets the largest message that a server may send. Defaults to 64 MiB.
    pub fn max_message_size(self, bytes: u32) -> Self {
        self.with(|o| o.limits.max_message_size = bytes)
    }

    /// Sets the size to which the compressed buffers of one message may grow. Defaults to 256 MiB.
    pub fn max_decompressed_size(self, bytes: u64) -> Self {
        self.with(|o| o.limits.max_decompressed_size = bytes)
    }

    /// Sets the maximum size of an error message in bytes. A longer one is truncated, with a note. The headers or trailers of one
    /// response may have 16 times as many bytes. Defaults to 64 KiB.
    pub fn max_header_size(self, bytes: u32) -> Self {
        self.with(|o| o.limits.max_header_size = bytes)
    }

    /// Sets the maximum number of rows of one record batch. Defaults to 16777216.
    pub fn max_batch_rows(self, rows: u32) -> Self {
        self.with(|o| o.limits.max_batch_rows = rows)
    }

    /// Sets the maximum number of fields of one schema, nested ones included. Defaults to 10000.
    pub fn max_schema_fields(self, fields: u32) -> Self {
        self.with(|o| o.limits.max_schema_fields = fields)
    }

    /// Sets the maximum depth of nested types. Defaults to 64.
    pub fn max_nesting(self, depth: u32) -> Self {
        self.with(|o| o.limits.max_nesting = depth)
    }

    /// Sets the maximum number of endpoints of one result. Defaults to 10000.
    pub fn max_endpoints(self, endpoints: u32) -> Self {
        self.with(|o| o.limits.max_endpoints = endpoints)
    }

    /// Sets how many prepared statements a connection keeps; 0 keeps none. Defaults to 100.
    pub fn statement_cache_capacity(self, capacity: usize) -> Self {
        self.with(|o| o.limits.statement_cache_capacity = capacity)
    }

    /// Sets the number of HTTP/2 channels shared by all connections with these options. Defaults to 2 for each core,
    /// at most 64.
    pub fn channels(self, channels: usize) -> Self {
        self.with(|o| o.limits.channels = channels)
    }

    /// Sets the largest HTTP/2 frame that the server may send. Defaults to 1 MiB.
    pub fn http2_frame_size(self, bytes: u32) -> Self {
        self.with(|o| o.limits.http2_frame_size = bytes)
    }

    /// Sets the flow-control window of one RPC, which a slow consumer holds in memory. Defaults to the bytes of one
    /// round trip at 4 Gbit/s, as measured by the connect: from 1 MiB (up to 2 ms) to 8 MiB (16 ms and more).
    pub fn http2_stream_window(self, bytes: u32) -> Self {
        self.with(|o| o.limits.http2_stream_window = Some(bytes))
    }

    /// Sets the flow-control window of one channel. Defaults to 2 GiB - 1, the most that HTTP/2 allows: with less, a
    /// few slow consumers stop every other RPC of the channel.
    pub fn http2_connection_window(self, bytes: u32) -> Self {
        self.with(|o| o.limits.http2_connection_window = bytes)
    }

    /// Sets the time between HTTP/2 pings while RPCs wait for the server. Defaults to 5 minutes 30 seconds; `None`
    /// sends no pings at all.
    ///
    /// While the server is silent, the first ping is sent after a sixteenth of the interval. Servers built on grpc-go,
    /// C-core or grpc-java end a connection with `too_many_pings` if its pings are less than 5 minutes apart. The driver
    /// honors a shorter interval, for servers that allow it. After such an end, all connections with these options
    /// double the interval.
    pub fn keep_alive_interval(self, interval: impl Into<Option<Duration>>) -> Self {
        self.with(|o| o.limits.keep_alive_interval = none_if_zero(interval.into()))
    }

    /// Sets how long to wait for the reply to an HTTP/2 ping. Without one, the channel is closed, with all RPCs on it.
    /// Defaults to 10 s.
    pub fn keep_alive_timeout(self, limit: Duration) -> Self {
        self.with(|o| o.limits.keep_alive_timeout = limit)
    }
}

/// Behavior.
impl ConnectOptions {
    /// Sets the handling of endpoints on another address. Defaults to the policy of the dialect, mostly
    /// [`LocationPolicy::SameOrigin`].
    pub fn locations(self, policy: LocationPolicy) -> Self {
        self.with(|o| o.locations = Some(policy))
    }

    /// Sets the handling of placeholders in SQL written by hand. Defaults to [`Placeholders::AsWritten`].
    pub fn placeholders(self, placeholders: Placeholders) -> Self {
        self.with(|o| o.placeholders = placeholders)
    }

    /// Sets how bound values reach the server. Defaults to [`Binds::Server`].
    pub fn binds(self, binds: Binds) -> Self {
        self.with(|o| o.binds = binds)
    }

    /// Sets the precision of bound timestamps and times of day. Defaults to [`DatetimePrecision::Exact`].
    pub fn datetime_precision(self, precision: DatetimePrecision) -> Self {
        self.with(|o| o.datetime_precision = precision)
    }

    /// Sets the level at which statements are logged. Defaults to debug.
    pub fn log_statements(self, level: log::LevelFilter) -> Self {
        self.with(|o| o.log.statements_level = level)
    }

    /// Sets the level at which statements slower than `duration` are logged. Defaults to warn and 1 s.
    pub fn log_slow_statements(self, level: log::LevelFilter, duration: Duration) -> Self {
        self.with(|o| {
            o.log.slow_statements_level = level;
            o.log.slow_statements_duration = duration;
        })
    }
}

fn replace<V>(entries: &mut Vec<(String, V)>, name: String, value: V) {
    entries.retain(|(known, _)| *known != name);
    entries.push((name, value));
}
