//! The setters of [`FlightSqlConnectOptions`], forwarded to those of [`ConnectOptions`].

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::FlightSqlConnectOptions;
use crate::dialect::{AuthMode, Dialect, LocationPolicy};
use crate::options::{Binds, DatetimePrecision, Login, Placeholders, TlsVerify};
use flightsql_client::ConnectOptions;

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

/// Declares setters that forward to those of the same name, which have the complete documentation.
macro_rules! setters {
    ($group:literal $($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),*);)*) => {
        #[doc = $group]
        impl FlightSqlConnectOptions {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("See [`ConnectOptions::", stringify!($name), "`].")]
                pub fn $name(self, $($argument: $kind),*) -> Self {
                    self.with(|options| options.$name($($argument),*))
                }
            )*
        }
    };
}

setters! {
    "Server and identity."
    /// Sets the host name or IP address. Defaults to `localhost`.
    fn host(host: &str);
    /// Sets the port. Defaults to 443 with TLS; plaintext has no default.
    fn port(port: u16);
    /// Encrypts the connection and checks the server's certificate. This is the default.
    fn tls();
    /// Disables encryption: anyone on the network path can read the password and the data. Requires a [`port`](Self::port).
    fn plaintext();
    /// Connects through a Unix socket, without encryption.
    fn unix_socket(path: impl Into<PathBuf>);
    /// Sets the user. Replaces a token and keeps a password that was set before.
    fn username(user: &str);
    /// Sets the password. Replaces a token and keeps a user that was set before.
    fn password(password: &str);
    /// Sets a bearer token, without the word `Bearer`. Replaces user and password.
    fn token(token: &str);
    /// Sets how user and password are sent. Defaults to the mode of the dialect, mostly [`AuthMode::Handshake`].
    fn auth(auth: AuthMode);
    /// Sets whether each connection authenticates, or all share one token. Defaults to [`Login::PerConnection`].
    fn login(login: Login);
    /// Adds a header to send with every RPC, or replaces the header of this name. The value is a secret.
    fn header(name: &str, value: &str);
    /// Adds a session option to set when a connection opens, or replaces the one of this name.
    fn session_option(name: &str, value: &str);
    /// Sets the catalog to work in; the dialect decides how it is sent to the server.
    fn catalog(catalog: &str);
    /// Sets the schema to work in; the dialect decides how it is sent to the server.
    fn schema(schema: &str);
    /// Sets the dialect of the engine, a preset or a custom one. Defaults to [`ansi`](crate::dialect::presets::ansi).
    fn dialect(dialect: Arc<dyn Dialect>);
    /// Detects the dialect from the server information at the first connect; `ansi` if no dialect matches. Defaults to off.
    fn detect_dialect();
    /// Sets the name of the program, which comes first in the `user-agent` header.
    fn application_name(name: &str);
}

setters! {
    "TLS."
    /// Adds certificates to trust in place of the system's, as PEM text.
    fn tls_ca_pem(pem: &str);
    /// Adds certificates to trust in place of the system's, from a PEM file that is read when connecting.
    fn tls_ca_file(path: impl Into<PathBuf>);
    /// Sets whether the system's certificates are trusted. Defaults to `true` if no other certificates were added.
    fn tls_system_roots(on: bool);
    /// Sets the name in the server's certificate. Defaults to the host.
    fn tls_server_name(name: &str);
    /// Sets the client certificate with its chain, and its private key, as PEM text.
    fn tls_client_identity(cert_pem: &str, key_pem: &str);
    /// Sets the client certificate with its chain, and its private key, in PEM files that are read when connecting.
    fn tls_client_identity_files(cert: impl Into<PathBuf>, key: impl Into<PathBuf>);
    /// Sets whether the server's certificate is checked. [`TlsVerify::None`] is dangerous: anyone on the network path
    /// can read and modify all traffic.
    fn tls_verify(verify: TlsVerify);
}

setters! {
    "Timeouts. `None` and zero mean no limit, where that is possible."
    /// Sets the maximum time to connect, including authentication and setup. Defaults to 10 s.
    fn connect_timeout(limit: Duration);
    /// Sets the limit of planning a statement: the RPCs before its rows. Defaults to no limit.
    fn query_timeout(limit: impl Into<Option<Duration>>);
    /// Sets the maximum time to read a result from first to last byte, across all endpoints. Defaults to no limit.
    fn fetch_timeout(limit: impl Into<Option<Duration>>);
    /// Sets the limit of a statement without rows, an ingest, a begin, and a commit. Defaults to no limit.
    fn update_timeout(limit: impl Into<Option<Duration>>);
    /// Sets the limit of a catalog query, and of a query for the server information. Defaults to 5 minutes.
    fn metadata_timeout(limit: impl Into<Option<Duration>>);
    /// Sets how long to wait for data from the server in an RPC. Defaults to 30 minutes.
    fn idle_timeout(limit: impl Into<Option<Duration>>);
    /// Sets the maximum time to close a connection, or for one rollback, cancellation or ping RPC. Defaults to 5 s.
    fn close_timeout(limit: Duration);
    /// Sets the time since the last response after which a ping sends a request. Defaults to 5 s.
    fn ping_after(age: Duration);
}

setters! {
    "Limits, in bytes where they are sizes."
    /// Sets the largest message that a server may send. Defaults to 64 MiB.
    fn max_message_size(bytes: u32);
    /// Sets the size to which the compressed buffers of one message may grow. Defaults to 256 MiB.
    fn max_decompressed_size(bytes: u64);
    /// Sets the maximum size of an error message; headers or trailers may have 16 times as many bytes. Defaults to 64 KiB.
    fn max_header_size(bytes: u32);
    /// Sets the maximum number of rows of one record batch. Defaults to 16777216.
    fn max_batch_rows(rows: u32);
    /// Sets the maximum number of fields of one schema, nested ones included. Defaults to 10000.
    fn max_schema_fields(fields: u32);
    /// Sets the maximum depth of nested types. Defaults to 64.
    fn max_nesting(depth: u32);
    /// Sets the maximum number of endpoints of one result. Defaults to 10000.
    fn max_endpoints(endpoints: u32);
    /// Sets how many prepared statements a connection keeps; 0 keeps none. Defaults to 100.
    fn statement_cache_capacity(capacity: usize);
    /// Sets the number of HTTP/2 channels that all connections of a pool share. Defaults to 2 per core, at most 64.
    fn channels(channels: usize);
    /// Sets the largest HTTP/2 frame that the server may send. Defaults to 1 MiB.
    fn http2_frame_size(bytes: u32);
    /// Sets the flow-control window of one RPC. Defaults to a value from 1 MiB to 8 MiB that depends on the round-trip time.
    fn http2_stream_window(bytes: u32);
    /// Sets the flow-control window of one channel. Defaults to 2 GiB - 1, the most that HTTP/2 allows.
    fn http2_connection_window(bytes: u32);
    /// Sets the time between HTTP/2 pings while RPCs wait for the server. Defaults to 5 minutes 30 seconds.
    fn keep_alive_interval(interval: impl Into<Option<Duration>>);
    /// Sets how long to wait for the reply to an HTTP/2 ping. Defaults to 10 s.
    fn keep_alive_timeout(limit: Duration);
}

setters! {
    "Behavior."
    /// Sets what to do with endpoints on another address. Defaults to the policy of the dialect.
    fn locations(policy: LocationPolicy);
    /// Sets what to do with placeholders in SQL written by hand. Defaults to [`Placeholders::AsWritten`].
    fn placeholders(placeholders: Placeholders);
    /// Sets how bound values reach the server. Defaults to [`Binds::Server`].
    fn binds(binds: Binds);
    /// Sets the precision of bound timestamps and times of day. Defaults to [`DatetimePrecision::Exact`].
    fn datetime_precision(precision: DatetimePrecision);
    /// Sets the level at which statements are logged. Defaults to debug.
    fn log_statements(level: log::LevelFilter);
    /// Sets the level at which statements slower than `duration` are logged. Defaults to warn and 1 s.
    fn log_slow_statements(level: log::LevelFilter, duration: Duration);
}
