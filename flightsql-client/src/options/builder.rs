//! The setters of [`ConnectOptions`], one for each key of the table.
//!
//! The setters take the options by value, as in SQLx's own drivers. Invalid options are rejected when connecting.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::retries;
use super::text::normal_host;
use super::timeouts::none_if_zero;
use super::{
    Binds, ConnectOptions, Credentials, DatetimePrecision, HostOrder, LocationCredentials, Login,
    OAuth, OptionsError, Pem, Placeholders, Proxy, Secret, SecretCommand, TlsRoots, TlsVerify,
    TokenProvider, TokenSource, Transport,
};
use crate::dialect::{self, AuthMode, Dialect, LocationPolicy, presets};
use crate::dialect_file;
use crate::observe::{HeaderHook, HookSlot, Observer, ObserverSlot};

impl ConnectOptions {
    /// Returns options for TLS to `localhost:443` without credentials, and with the defaults of all other options.
    pub fn new() -> Self {
        Self::default()
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Sets the only host, normalized if it is valid; [`check`](Self::check) rejects an invalid one.
    pub(super) fn set_host(&mut self, host: &str) {
        self.host = normal_host(host).unwrap_or_else(|| host.to_owned());
        self.host_named = true;
        self.hosts.more.clear();
    }

    pub(super) fn set_port(&mut self, port: u16) {
        self.port = port;
        self.port_named = true;
    }

    pub(super) fn set_dialect(&mut self, dialect: Arc<dyn Dialect>, detect: bool) {
        self.dialect = dialect;
        self.detect_dialect = detect;
        self.dialect_file = None;
    }

    fn set_user(&mut self, user: &str) {
        let user = user.to_owned();
        match &mut self.credentials {
            Credentials::Basic { user: known, .. }
            | Credentials::PasswordCommand { user: known, .. } => *known = user,
            other => {
                let password = Secret::new("");
                *other = Credentials::Basic { user, password };
            }
        }
    }

    fn set_password(&mut self, password: &str) {
        let password = Secret::new(password);
        match &mut self.credentials {
            Credentials::Basic {
                password: known, ..
            } => *known = password,
            other => {
                let user = other.user();
                *other = Credentials::Basic { user, password };
            }
        }
    }

    fn set_password_command(&mut self, command: &str) {
        let (user, command) = (self.credentials.user(), SecretCommand::new(command));
        self.credentials = Credentials::PasswordCommand { user, command };
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
}

/// Declares setters that change one option.
macro_rules! setters {
    ($group:literal $($(#[$doc:meta])* fn $name:ident($($argument:ident: $kind:ty),*) => |$options:ident| $change:expr;)*) => {
        #[doc = $group]
        impl ConnectOptions {$(
            $(#[$doc])*
            pub fn $name(self, $($argument: $kind),*) -> Self {
                self.with(|$options| $change)
            }
        )*}
    };
}

/// Calls a macro with the setters of both option types: this client's, and the driver's, which forward to them.
#[doc(hidden)]
#[macro_export]
macro_rules! connect_option_setters {
    ($declare:ident) => {
        $declare! {
            "Server and identity."
            /// Sets the host name or IP address, and removes further hosts. Defaults to `localhost`.
            fn host(host: &str) => |o| o.set_host(host);
            /// Sets the hosts of one cluster, each as `host` or `host:port`, and replaces host and port. At most 64.
            ///
            /// A new channel connects to the first of them that can be used, in the order that
            /// [`host_order`](Self::host_order) sets. All of them must accept the same credentials and have the same databases.
            /// A host with another TLS certificate or another password is an error, and no reason to try the next host.
            fn hosts(hosts: impl IntoIterator<Item = impl AsRef<str>>) => |o| o.set_hosts(hosts);
            /// Sets the order in which a new channel tries the [`hosts`](Self::hosts). Defaults to [`HostOrder::Ordered`].
            fn host_order(order: HostOrder) => |o| o.hosts.order = order;
            /// Sets the port of the first host. Defaults to 443 with TLS; plaintext has no default.
            fn port(port: u16) => |o| o.set_port(port);
            /// Encrypts the connection and checks the server's certificate. This is the default.
            fn tls() => |o| o.transport = Transport::Tls;
            /// Disables encryption: anyone on the network path can read the password and the data. Requires a
            /// [`port`](Self::port).
            fn plaintext() => |o| o.transport = Transport::Tcp;
            /// Connects through a Unix socket, without encryption.
            fn unix_socket(path: impl Into<PathBuf>) => |o| o.transport = Transport::Unix(path.into());
            /// Sets the user. Replaces a token and keeps a password that was set before.
            fn username(user: &str) => |o| o.set_user(user);
            /// Sets the password. Replaces a token and keeps a user that was set before.
            fn password(password: &str) => |o| o.set_password(password);
            /// Sets a bearer token, without the word `Bearer`. Replaces user and password.
            fn token(token: &str) => |o| o.credentials = Credentials::Bearer(Secret::new(token));
            /// Sets the file with the bearer token. Replaces user and password. Connecting fails if the file is missing or
            /// empty.
            ///
            /// The driver reads the file when a connection authenticates and then, while connections are used, at most once
            /// per second. A new token applies to all connections with these options. If the file becomes unreadable, they
            /// keep the token they have.
            fn token_file(path: impl Into<PathBuf>) =>
                |o| o.credentials = Credentials::Tokens(TokenSource::File(path.into()));
            /// Sets the source of tokens that expire. Replaces user and password. All connections with these options share the
            /// provider and its latest token. A printed URL does not contain it.
            fn token_provider(provider: impl TokenProvider) =>
                |o| o.credentials = Credentials::Tokens(TokenSource::Provider(Arc::new(provider)));
            /// Sets the complete value of the header `authorization`, for schemes other than `Basic` and `Bearer`. The value is
            /// a secret. Replaces user and password.
            fn authorization(text: &str) => |o| o.credentials = Credentials::Authorization(Secret::new(text));
            /// Sets a command that prints the password at each authentication, as one line. Replaces a token and a password,
            /// and keeps a user that was set before.
            ///
            /// The shell runs the command: `sh -c` on Unix, `cmd /C` on Windows. It gets no input, and its error output is
            /// discarded. A failed command, no line, several lines, or more than `connect_timeout` is an error. After that
            /// time, the client kills the shell. A URL cannot contain a command.
            fn password_command(command: &str) => |o| o.set_password_command(command);
            /// Sets a command that prints a bearer token as one line, without the word `Bearer`. Replaces user and password.
            ///
            /// The client runs the command as [`password_command`](Self::password_command) describes: for the first connection
            /// with these options, and again after the server rejected the token. All connections share the token.
            fn token_command(command: &str) =>
                |o| o.credentials = Credentials::Tokens(TokenSource::Command(SecretCommand::new(command)));
            /// Sets the token server of OAuth 2.0 that issues the tokens. Replaces user, password and token. All connections
            /// with these options share the latest token. Requires the feature `oauth`.
            fn oauth(oauth: OAuth) => |o| o.credentials = Credentials::Tokens(TokenSource::OAuth(Arc::new(oauth)));
            /// Sets how user and password are sent. Defaults to the mode of the dialect, mostly [`AuthMode::Handshake`].
            fn auth(auth: AuthMode) => |o| o.auth = Some(auth);
            /// Sets the connections that use the token of an authentication. Defaults to [`Login::PerConnection`].
            fn login(login: Login) => |o| o.login = login;
            /// Adds a header to send with every RPC, or replaces the header of this name. The value is a secret. It
            /// is base64 if the name ends in `-bin`: the server then receives its bytes.
            fn header(name: &str, value: &str) =>
                |o| replace(&mut o.headers, name.to_ascii_lowercase(), Secret::new(value));
            /// Adds a session option to set when a connection opens, or replaces the one of this name.
            fn session_option(name: &str, value: &str) =>
                |o| replace(&mut o.session, name.to_owned(), value.to_owned());
            /// Sets the catalog to work in; the dialect decides how it is sent to the server.
            fn catalog(catalog: &str) => |o| o.catalog = Some(catalog.to_owned());
            /// Sets the schema to work in; the dialect decides how it is sent to the server.
            fn schema(schema: &str) => |o| o.schema = Some(schema.to_owned());
            /// Sets the dialect of the engine, a preset or a custom one. Defaults to [`ansi`](crate::dialect::presets::ansi).
            fn dialect(dialect: Arc<dyn Dialect>) => |o| o.set_dialect(dialect, false);
            /// Queries the server for its engine when the first connection of these options opens, and uses the dialect that
            /// knows it; [`ansi`](crate::dialect::presets::ansi) if none does. Defaults to off.
            fn detect_dialect() => |o| o.set_dialect(Arc::new(presets::ansi()), true);
            /// Sets the HTTP proxy of all connections: to the server, to other addresses of endpoints, and to a token server.
            /// Defaults to `none`.
            ///
            /// - An address such as `http://user:password@host:3128`, whose default port is 80. User and password are
            ///   secrets. With `https://` and the default port 443, the client reaches the proxy by TLS, and checks its
            ///   certificate with `tls_ca` and the other roots of these options.
            /// - `env` reads the variables `https_proxy`, `HTTPS_PROXY`, `all_proxy` and `ALL_PROXY` at each connect, and uses
            ///   the first that is set. A plaintext server has `http_proxy` in place of the first two, as with curl.
            ///   `no_proxy` or `NO_PROXY` lists exceptions: `host`, `domain`, `*.domain`, `10.0.0.0/8`, each also with `:port`,
            ///   or `*`. This machine is an exception, too.
            /// - `none` connects directly. No other value reads a variable.
            ///
            /// The client sends `CONNECT`, so the proxy sees host and port, and TLS runs from end to end. The proxy looks up the
            /// name of the server. The client itself looks up the names of other addresses of endpoints, because it
            /// checks their addresses: see [`location_allow`](Self::location_allow). A plaintext token server on this machine is
            /// reached directly. A Unix socket with a proxy is an error.
            fn proxy(address: &str) => |o| o.proxy = Proxy::of_builder(address);
            /// Sets the `:authority` of all RPCs, as `host` or `host:port`. Defaults to the address of the server.
            ///
            /// Gateways select a service by it. It does not change the name that TLS checks: see
            /// [`tls_server_name`](Self::tls_server_name). RPCs to other addresses of endpoints have their own authority.
            fn authority(authority: &str) => |o| o.rpc_authority = Some(authority.to_owned());
            /// Sets the name of the program, which comes first in the `user-agent` header.
            fn application_name(name: &str) => |o| o.application_name = Some(name.to_owned());
        }
        $declare! {
            "TLS."
            /// Adds certificates to trust in place of the system's, as PEM text.
            fn tls_ca_pem(pem: &str) => |o| o.tls.add_ca(Pem::inline(pem));
            /// Adds certificates to trust in place of the system's, from a PEM file that is read when connecting.
            fn tls_ca_file(path: impl Into<PathBuf>) => |o| o.tls.add_ca(Pem::File(path.into()));
            /// Sets whether the certificates of [`tls_roots`](Self::tls_roots) are trusted. Defaults to `true` unless others
            /// were added.
            fn tls_system_roots(on: bool) => |o| o.tls.choose_system_roots(on);
            /// Sets the public certificates to trust. Defaults to [`TlsRoots::System`].
            fn tls_roots(roots: TlsRoots) => |o| o.tls.roots = roots;
            /// Sets the name in the server's certificate. Defaults to the host.
            fn tls_server_name(name: &str) => |o| o.tls.server_name = Some(name.to_owned());
            /// Sets the client certificate with its chain, and its private key, as PEM text.
            fn tls_client_identity(cert_pem: &str, key_pem: &str) =>
                |o| o.tls.set_identity(Pem::inline(cert_pem), Pem::inline(key_pem));
            /// Sets the client certificate with its chain, and its private key, in PEM files that are read when connecting.
            fn tls_client_identity_files(cert: impl Into<PathBuf>, key: impl Into<PathBuf>) =>
                |o| o.tls.set_identity(Pem::File(cert.into()), Pem::File(key.into()));
            /// Sets the checks of the server's certificate. Defaults to [`TlsVerify::Full`]. [`TlsVerify::None`] is dangerous: anyone on the network path
            /// can read and modify all traffic.
            fn tls_verify(verify: TlsVerify) => |o| o.tls.verify = verify;
        }
        $declare! {
            "Timeouts. `None` and zero mean no limit, where that is possible."
            /// Sets the limit of a connect: the channel, authentication, session options, the dialect's first statements and
            /// the detection by `dialect=auto` together. Defaults to 10 s.
            fn connect_timeout(limit: Duration) => |o| o.timeouts.connect = limit;
            /// Sets the limit of connecting to one host: once for its channel, and once for authentication and the setup of the
            /// session. Defaults to `None`: with several hosts, an equal share of what is left of
            /// [`connect_timeout`](Self::connect_timeout), which limits all hosts together.
            fn host_connect_timeout(limit: impl Into<Option<Duration>>) =>
                |o| o.hosts.connect_timeout = none_if_zero(limit.into());
            /// Sets the limit of planning a statement: the RPCs before its rows. Defaults to no limit.
            fn query_timeout(limit: impl Into<Option<Duration>>) =>
                |o| o.timeouts.query = none_if_zero(limit.into());
            /// Sets the maximum time to read a result from first to last byte, across all endpoints. Defaults to no limit.
            fn fetch_timeout(limit: impl Into<Option<Duration>>) =>
                |o| o.timeouts.fetch = none_if_zero(limit.into());
            /// Sets the limit of a statement without rows, of a bulk ingest, and of the begin and commit of a transaction.
            /// Defaults to no limit.
            fn update_timeout(limit: impl Into<Option<Duration>>) =>
                |o| o.timeouts.update = none_if_zero(limit.into());
            /// Sets the limit of a catalog query or a query for server information, with all rows. Defaults to 5 minutes;
            /// `None` means no limit.
            fn metadata_timeout(limit: impl Into<Option<Duration>>) =>
                |o| o.timeouts.metadata = none_if_zero(limit.into());
            /// Sets how long to wait for data from the server in an RPC, before its first message and between messages.
            /// Defaults to 30 minutes.
            ///
            /// Increase it for statements that compute longer before their first row. It does not apply to bulk ingest, where
            /// the client sends the data.
            fn idle_timeout(limit: impl Into<Option<Duration>>) =>
                |o| o.timeouts.idle = none_if_zero(limit.into());
            /// Sets the limit of closing a connection with all that it holds, and of one rollback, cancellation or ping.
            /// Defaults to 5 s.
            fn close_timeout(limit: Duration) => |o| o.timeouts.close = limit;
            /// Sets the age of the last response after which a ping sends a request. A channel without data for that time gets
            /// an HTTP/2 ping first. Defaults to 5 s; zero always sends a request.
            fn ping_after(age: Duration) => |o| o.ping_after = age;
        }
        $declare! {
            "Limits, in bytes where they are sizes."
            /// Sets the largest message that a server may send. Defaults to 64 MiB.
            fn max_message_size(bytes: u32) => |o| o.limits.max_message_size = bytes;
            /// Sets the size to which the compressed buffers of one message may grow. Defaults to 256 MiB.
            fn max_decompressed_size(bytes: u64) => |o| o.limits.max_decompressed_size = bytes;
            /// Sets the maximum size of an error message in bytes. A longer one is truncated, with a note. The headers or
            /// trailers of one response may have 16 times as many bytes. Defaults to 64 KiB.
            fn max_header_size(bytes: u32) => |o| o.limits.max_header_size = bytes;
            /// Sets the maximum number of rows of one record batch. Defaults to 16777216.
            fn max_batch_rows(rows: u32) => |o| o.limits.max_batch_rows = rows;
            /// Sets the maximum number of fields of one schema, nested ones included. Defaults to 10000.
            fn max_schema_fields(fields: u32) => |o| o.limits.max_schema_fields = fields;
            /// Sets the maximum depth of nested types. Defaults to 64.
            fn max_nesting(depth: u32) => |o| o.limits.max_nesting = depth;
            /// Sets the maximum number of endpoints of one result. Defaults to 10000.
            fn max_endpoints(endpoints: u32) => |o| o.limits.max_endpoints = endpoints;
            /// Sets the maximum memory that the result of one statement uses at once, over all its endpoints. Defaults to no
            /// limit; `None` and zero mean no limit.
            ///
            /// The memory is that of the Arrow data: dictionaries, and batches that are decoded and not yet dropped. Rows and
            /// batches count as long as the caller keeps them, so that `fetch_all` needs room for the complete result, and a
            /// stream for about two batches. One row keeps its batch. Values that the caller has copied do not count, except in
            /// the `fetch_all` of a catalog query. A larger result is a protocol error that names `max_query_memory`, before
            /// the memory is allocated. The message that is being received, at most `max_message_size`, is not included.
            fn max_query_memory(bytes: impl Into<Option<u64>>) =>
                |o| o.limits.max_query_memory = bytes.into().filter(|bytes| *bytes > 0);
            /// Sets how many prepared statements a connection keeps; 0 keeps none. Defaults to 100.
            fn statement_cache_capacity(capacity: usize) =>
                |o| o.limits.statement_cache_capacity = capacity;
            /// Sets the number of HTTP/2 channels shared by all connections with these options. Defaults to 2 for each core,
            /// at most 64.
            fn channels(channels: usize) => |o| o.limits.channels = channels;
            /// Sets the largest HTTP/2 frame that the server may send. Defaults to 1 MiB.
            fn http2_frame_size(bytes: u32) => |o| o.limits.http2_frame_size = bytes;
            /// Sets the flow-control window of one RPC, which a slow consumer holds in memory. Defaults to the bytes of one
            /// round trip at 4 Gbit/s, as measured by the connect: from 1 MiB (up to 2 ms) to 8 MiB (16 ms and more).
            fn http2_stream_window(bytes: u32) => |o| o.limits.http2_stream_window = Some(bytes);
            /// Sets the flow-control window of one channel. Defaults to 2 GiB - 1, the most that HTTP/2 allows: with less, a
            /// few slow consumers stop every other RPC of the channel.
            fn http2_connection_window(bytes: u32) => |o| o.limits.http2_connection_window = bytes;
            /// Sets the time between HTTP/2 pings while RPCs wait for the server. Defaults to 5 minutes 30 seconds; `None`
            /// sends no pings at all.
            ///
            /// While the server is silent, the first ping is sent after a sixteenth of the interval. Servers built on grpc-go,
            /// C-core or grpc-java end a connection with `too_many_pings` if its pings are less than 5 minutes apart. The
            /// driver honors a shorter interval, for servers that allow it. After such an end, all connections with these
            /// options double the interval.
            fn keep_alive_interval(interval: impl Into<Option<Duration>>) =>
                |o| o.limits.keep_alive_interval = none_if_zero(interval.into());
            /// Sets how long to wait for the reply to an HTTP/2 ping. Without one, the channel is closed, with all RPCs on it.
            /// Defaults to 10 s.
            fn keep_alive_timeout(limit: Duration) => |o| o.limits.keep_alive_timeout = limit;
        }
        $declare! {
            "Behavior."
            /// Sets the handling of endpoints on another address. Defaults to [`LocationPolicy::AllowList`] if there is a
            /// [`location_allow`](Self::location_allow), otherwise to the policy of the dialect, mostly
            /// [`LocationPolicy::SameOrigin`].
            fn locations(policy: LocationPolicy) => |o| o.locations.policy = Some(policy);
            /// Adds an address to the allow-list of locations: `host`, `host:port`, `*.domain`, an IP address, or a network
            /// such as `10.0.0.0/8` or `[fd00::/8]:8050`. Without a port, it lists all ports.
            ///
            /// A network also lists the host names that have all of their addresses in it. Loopback, link-local, unspecified
            /// and cloud metadata addresses need an entry for that very host, address or range, unless the server itself is
            /// on such an address.
            fn location_allow(entry: &str) => |o| o.locations.allow(entry);
            /// Replaces an address that the server reports in locations, each as `host` or `host:port`: an internal host name,
            /// or `localhost`. Without a port, `from` matches all ports, and `to` keeps the port. The driver applies the map
            /// before the allow-list. TLS checks the certificate for the name in `to`.
            fn location_map(from: &str, to: &str) => |o| o.locations.add_map(from, to);
            /// Sets the credentials that the driver sends to the addresses in the allow-list. Defaults to
            /// [`LocationCredentials::None`].
            fn location_credentials(credentials: LocationCredentials) => |o| o.locations.credentials = credentials;
            /// Sets how often a read runs again that failed before its first row, because the connection was lost or the
            /// server reports a temporary failure. Also allows that a connection opens its session again. Defaults to 7, which
            /// takes 3 to 6 s; 0 turns it off.
            ///
            /// A statement that may change something never runs again after such a failure, and nothing inside a transaction
            /// does. The client recognizes such a statement by its keywords, or by the report of the server when it prepares it. A
            /// `SELECT` of a function that changes something counts as a read, and its session as unchanged; set 0 if that
            /// matters. See [`retry_budget`](Self::retry_budget) for the limit of a pool.
            fn retries(retries: u32) => |o| o.retries.most = retries;
            /// Sets the share of retries among the successful statements of a pool, from 0 to 1. Defaults to 0.2.
            ///
            /// A pool starts with a reserve of 100 retries. With 0, it never gets more.
            fn retry_budget(share: f64) => |o| o.retries.per_thousand = retries::per_thousand(share);
            /// Adds names of response headers and trailers to return with results and errors, separated by commas; see
            /// `ResponseHeaders`. They are in addition to common correlation ids, such as
            /// `x-request-id` and `traceparent`, and to the names of the dialect. At most 64 names.
            ///
            /// Names of headers with credentials, such as `set-cookie`, `authorization` and `x-api-key`, are invalid, and so are
            /// names that HTTP/2 and gRPC reserve.
            fn response_headers(names: &str) => |o| o.add_response_headers(names);
            /// Sets the handling of placeholders in SQL written by hand. Defaults to [`Placeholders::AsWritten`].
            fn placeholders(placeholders: Placeholders) => |o| o.placeholders = placeholders;
            /// Sets how bound values reach the server. Defaults to [`Binds::Server`].
            fn binds(binds: Binds) => |o| o.binds = binds;
            /// Sets the precision of bound timestamps and times of day. Defaults to [`DatetimePrecision::Exact`].
            fn datetime_precision(precision: DatetimePrecision) => |o| o.datetime_precision = precision;
            /// Sets the level at which statements are logged. Defaults to debug.
            fn log_statements(level: log::LevelFilter) => |o| o.log.statements_level = level;
            /// Sets the level at which statements slower than `duration` are logged. Defaults to warn and 1 s.
            fn log_slow_statements(level: log::LevelFilter, duration: Duration) =>
                |o| (o.log.slow_statements_level, o.log.slow_statements_duration) = (level, duration);
        }
        $declare! {
            "Spans and metrics."
            /// Sets whether the spans of statements contain the SQL as `db.query.text`. Defaults to `false`. The text is the
            /// caller's and contains no bound values, also with [`Binds::Literal`]; values that the caller wrote into it are
            /// visible to whoever reads the spans.
            fn trace_query_text(on: bool) => |o| o.observe.query_text = on;
            /// Sets the receiver of metrics, in place of an earlier one. A printed URL does not contain it.
            fn observer(observer: impl Observer) =>
                |o| o.observe.observer = Some(ObserverSlot::new(Arc::new(observer)));
            /// Sets the hook that adds headers to each RPC, such as `traceparent`, in place of an earlier one. A printed URL does
            /// not contain it.
            fn header_hook(hook: impl HeaderHook) => |o| o.observe.hook = Some(HookSlot::new(Arc::new(hook)));
        }
    };
}

connect_option_setters!(setters);

pub(super) fn replace<V>(entries: &mut Vec<(String, V)>, name: String, value: V) {
    entries.retain(|(known, _)| *known != name);
    entries.push((name, value));
}
