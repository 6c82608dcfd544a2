//! The table of keys, for documentation, parsing and printing. A test compares it with `keys.md` and with the builder.

use std::time::Duration;

use super::{Choice, Key};
use crate::dialect::AUTO;
use crate::options::retries::{share, show_share};
use crate::options::settings::{Settings, put, text};
use crate::options::text::{
    ValueError, boolean, choice, duration, log_level, number, show_duration, show_log_level,
    show_size, size, word,
};
use crate::options::timeouts::none_if_zero;
use crate::options::tls::{Pem, TlsVerify};
use crate::options::{ConnectOptions, Credentials, OAuth, Proxy, Secret, TokenSource};

/// Prints nothing: another part of the URL, or another key, shows the value.
const NOWHERE: fn(&ConnectOptions) -> Vec<String> = |_| Vec::new();

fn one(text: impl Into<String>) -> Vec<String> {
    vec![text.into()]
}

fn maybe(text: Option<impl Into<String>>) -> Vec<String> {
    text.map(Into::into).into_iter().collect()
}

/// Parses a duration; 0 means no limit.
fn limit(text: &str) -> Result<Option<Duration>, ValueError> {
    duration(text).map(Some).map(none_if_zero)
}

fn show_limit(limit: Option<Duration>) -> String {
    show_duration(limit.unwrap_or_default())
}

/// Parses a size; 0 means no limit.
fn size_limit(text: &str) -> Result<Option<u64>, ValueError> {
    size(text).map(|bytes| Some(bytes).filter(|bytes| *bytes > 0))
}

fn show_size_limit(limit: Option<u64>) -> String {
    show_size(limit.unwrap_or_default())
}

fn show_number(number: impl ToString) -> String {
    number.to_string()
}

fn show_choice(value: impl Choice) -> String {
    word(value).unwrap_or_default().to_owned()
}

/// Returns a text of the token server.
fn oauth(options: &ConnectOptions, text: fn(&OAuth) -> Option<&str>) -> Vec<String> {
    maybe(options.token_server().and_then(text))
}

fn client_cert(options: &ConnectOptions, inline: bool) -> Vec<String> {
    let identity = options.tls.client_identity.as_ref();
    maybe(identity.and_then(|identity| identity.cert.show(inline)))
}

fn client_key(options: &ConnectOptions, inline: bool) -> Vec<String> {
    let identity = options.tls.client_identity.as_ref();
    maybe(identity.and_then(|identity| identity.key.show(inline)))
}

/// Creates the row of a key: its name with aliases and flags, its setter, its values, its default, and its documentation.
macro_rules! key {
    ($name:literal $(/ $alias:literal)* $([$flag:ident])*, $set:expr, $get:expr, $default:literal, $doc:literal) => {
        Key::new($name, $default, $doc, $set, $get).alias(&[$($alias),*])$(.$flag())*
    };
}

/// Creates the row of a key that sets one field. `$read` parses its value, and `$show` prints it.
macro_rules! field {
    ($name:literal $([$flag:ident])*, $($field:ident).+, $read:expr, $show:expr, $default:literal, $doc:literal) => {
        key!($name $([$flag])*, |s, v| put(&mut s.options.$($field).+, $read(v)), |o| one($show(o.$($field).+)), $default, $doc)
    };
}

/// Creates the row of a key that sets an optional text, which has no default.
macro_rules! optional {
    ($name:literal $([$flag:ident])*, $($field:ident).+, $doc:literal) => {
        key!($name $([$flag])*, |s, v| text(&mut s.options.$($field).+, v), |o| maybe(o.$($field).+.as_deref()), "", $doc)
    };
}

/// Creates the row of a key that sets a text of the token server.
macro_rules! of_oauth {
    ($name:literal $([$flag:ident])*, $($field:ident).+, $wrap:expr, $show:expr, $doc:literal) => {
        key!($name $([$flag])*, |s, v| put(&mut s.oauth().$($field).+, Ok(Some($wrap(v)))),
             |o| oauth(o, |oauth| oauth.$($field).+.as_ref().map($show)), "", $doc)
    };
}

pub(super) const KEYS: &[Key] = &[
    // Server and identity.
    key! { "dialect", Settings::dialect, |o| match o.detect_dialect {
        true => one(AUTO),
        false => one(o.dialect.name()),
    }, "ansi",
    "The dialect of the engine, as in `DIALECT+flightsql://`; with `auto`, the driver queries the server once." },
    key! { "dialect_file" [locked], Settings::dialect_file, |o| maybe(o.dialect_file.as_ref().map(|path| path.to_string_lossy())), "",
    "A TOML file with the dialect, instead of `dialect`; read once." },
    key! { "insecure" / "plaintext" [locked], Settings::insecure, NOWHERE, "false",
    "Plaintext, as in `flightsql+tcp://`; requires a port." },
    key! { "host" [list], |s, v| s.options.hosts.read(v), |o| o.hosts.show(), "",
    "A further host, `host` or `host:port`, as in `flightsql://a:443,b:443`; may be repeated." },
    field! { "host_order", hosts.order, choice, show_choice, "ordered",
    "The order in which a new channel tries several hosts: `ordered` as listed, `random` in a new random order each time." },
    key! { "username" / "user", |s, v| text(&mut s.user, v), |o| maybe(o.get_username()), "",
    "The user, as in `user@host`." },
    key! { "password" [secret], Settings::password, |o| match &o.credentials {
        Credentials::Basic { password, .. } => one(password.expose()),
        _ => Vec::new(),
    }, "",
    "The password, as in `user:password@host`." },
    key! { "password_file" [locked], Settings::password_file, NOWHERE, "",
    "A file with the password; read once, without a newline at its end." },
    key! { "token" [secret], Settings::token, |o| match &o.credentials {
        Credentials::Bearer(token) => one(token.expose()),
        _ => Vec::new(),
    }, "",
    "A bearer token, instead of user and password." },
    key! { "token_file" [locked], Settings::token_file, |o| match &o.credentials {
        Credentials::Tokens(TokenSource::File(path)) => one(path.to_string_lossy()),
        _ => Vec::new(),
    }, "",
    "A file with the token, without a newline at its end; read again while connections are used, so that it may be replaced." },
    key! { "authorization" [secret] [locked], Settings::authorization, |o| match &o.credentials {
        Credentials::Authorization(text) => one(text.expose()),
        _ => Vec::new(),
    }, "",
    "The complete value of the header `authorization`, for schemes other than `Basic` and `Bearer`." },
    key! { "auth", |s, v| put(&mut s.options.auth, choice(v).map(Some)), |o| maybe(o.auth.and_then(word)), "the dialect's",
    "How user and password are sent: `handshake` exchanges them for a token once, `basic` sends them with every RPC." },
    field! { "login", login, choice, show_choice, "connection",
    "`connection`: each connection authenticates. `shared`: the connections of a pool use one token." },
    // OAuth, in ADBC's words.
    key! { "oauth.flow", |s, v| put(&mut s.oauth().flow, choice(v).map(Some)),
    |o| maybe(o.token_server().and_then(|oauth| oauth.flow).and_then(word)), "",
    "How a token is requested: `client_credentials` (RFC 6749), or `token_exchange` (RFC 8693)." },
    of_oauth! { "oauth.token_uri" [locked], token_uri, str::to_owned, String::as_str,
    "The address of the token server; `https://`, or `http://` on this machine." },
    of_oauth! { "oauth.client_id", client_id, str::to_owned, String::as_str,
    "The id of the client, for the token server." },
    of_oauth! { "oauth.client_secret" [secret], client_secret, Secret::new, Secret::expose,
    "The secret of the client." },
    key! { "oauth.client_auth", |s, v| put(&mut s.oauth().client_auth, choice(v)),
    |o| o.token_server().map_or_else(|| one("basic"), |oauth| one(show_choice(oauth.client_auth))), "basic",
    "How id and secret are sent: `basic` in the `authorization` header, `body` in the form." },
    of_oauth! { "oauth.scope", scope, str::to_owned, String::as_str,
    "The scopes to request, separated by spaces." },
    of_oauth! { "oauth.exchange.subject_token" [secret], exchange.subject_token, Secret::new, Secret::expose,
    "The token to exchange." },
    of_oauth! { "oauth.exchange.subject_token_type", exchange.subject_token_type, str::to_owned, String::as_str,
    "The type of the token to exchange, such as `urn:ietf:params:oauth:token-type:jwt`." },
    of_oauth! { "oauth.exchange.actor_token" [secret], exchange.actor_token, Secret::new, Secret::expose,
    "The token of the party that acts for the subject." },
    of_oauth! { "oauth.exchange.actor_token_type", exchange.actor_token_type, str::to_owned, String::as_str,
    "The type of the actor's token." },
    of_oauth! { "oauth.exchange.requested_token_type", exchange.requested_token_type, str::to_owned, String::as_str,
    "The type of the token to request." },
    of_oauth! { "oauth.exchange.scope", exchange.scope, str::to_owned, String::as_str,
    "Like `oauth.scope`." },
    of_oauth! { "oauth.exchange.aud", exchange.audience, str::to_owned, String::as_str,
    "The name of the service that will receive the token." },
    of_oauth! { "oauth.exchange.resource", exchange.resource, str::to_owned, String::as_str,
    "The URI of the service that will receive the token." },
    optional! { "catalog", catalog,
    "The catalog to work in, as the first part of the path." },
    optional! { "schema", schema,
    "The schema to work in, as the second part of the path." },
    // Reach.
    key! { "proxy" [locked], |s, v| put(&mut s.options.proxy, Proxy::parse(v)), |o| one(o.proxy.text_with_secrets()), "none",
    "The HTTP proxy of all connections: `http://user:password@host:3128`, `https://…`, or `env` for the variables `HTTPS_PROXY`, \
     `ALL_PROXY` and `NO_PROXY`." }.lossy(|o| one(o.proxy.text())),
    optional! { "authority" [locked], rpc_authority,
    "The `:authority` of all RPCs, as `host` or `host:port`, if it differs from the address; not for TLS." },
    optional! { "application_name", application_name,
    "Name of the program, first in the `user-agent` header." },
    // TLS.
    key! { "tls_ca" / "tls_ca_file" [list] [locked], |s, v| Settings::ca(s, Pem::File(v.into())),
    |o| o.tls.ca.iter().filter_map(|ca| ca.show(false)).collect(), "",
    "A PEM file with certificates to trust instead of the system's; may be repeated." },
    key! { "tls_ca_pem" [list] [locked], |s, v| Settings::ca(s, Pem::inline(v)),
    |o| o.tls.ca.iter().filter_map(|ca| ca.show(true)).collect(), "",
    "Like `tls_ca`, as PEM text." },
    key! { "tls_system_roots" [locked], Settings::system_roots, |o| maybe(o.tls.chosen_system_roots.map(|on| on.to_string())), "true",
    "Whether the certificates of `tls_roots` are trusted; `false` by default if `tls_ca` is set." },
    key! { "tls_roots" [locked], |s, v| put(&mut s.options.tls.roots, choice(v)), |o| one(show_choice(o.tls.roots)), "system",
    "The public certificates that are trusted: `system`, or `webpki` for Mozilla's, compiled in by the feature `webpki-roots`." },
    optional! { "tls_server_name" [locked], tls.server_name,
    "The name in the server's certificate, if it differs from the host." },
    key! { "tls_client_cert" [locked], |s, v| Settings::client_cert(s, Pem::File(v.into())), |o| client_cert(o, false), "",
    "A PEM file with the client certificate and its chain." },
    key! { "tls_client_cert_pem" [locked], |s, v| Settings::client_cert(s, Pem::inline(v)), |o| client_cert(o, true), "",
    "Like `tls_client_cert`, as PEM text." },
    key! { "tls_client_key" [locked], |s, v| Settings::client_key(s, Pem::File(v.into())), |o| client_key(o, false), "",
    "A PEM file with the client certificate's private key." },
    key! { "tls_client_key_pem" [secret] [locked], |s, v| Settings::client_key(s, Pem::inline(v)), |o| client_key(o, true), "",
    "Like `tls_client_key`, as PEM text." },
    key! { "tls_verify" [locked], |s, v| Settings::verify(s, choice(v)?), |o| maybe(word(o.tls.verify)), "full",
    "`ca` checks the certificate's CA and not its name, and requires `tls_ca`. `none` accepts any certificate, which lets anyone on the network path read and modify all traffic; logs a warning." },
    key! { "disable_server_verification" [locked], |s, v| match boolean(v)? {
        true => Settings::verify(s, TlsVerify::None),
        false => Settings::verify(s, TlsVerify::Full),
    },
    NOWHERE, "false",
    "`true` means `tls_verify=none`." },
    // Timeouts; 0 is none.
    field! { "connect_timeout", timeouts.connect, duration, show_duration, "10s",
    "Limit of connecting: the channel, authentication, session options and the dialect's first statements together." },
    field! { "host_connect_timeout", hosts.connect_timeout, limit, show_limit, "0",
    "Limit of connecting to one host, within `connect_timeout`; `0` means an equal share of what is left of it." },
    field! { "query_timeout", timeouts.query, limit, show_limit, "0",
    "Limit of planning a statement: the RPCs before its rows. `0` means no limit, here and below." },
    field! { "fetch_timeout", timeouts.fetch, limit, show_limit, "0",
    "Limit of reading a result from first to last byte, across all endpoints." },
    field! { "update_timeout", timeouts.update, limit, show_limit, "0",
    "Limit of a statement without rows, a bulk ingest, and the begin and commit of a transaction." },
    field! { "metadata_timeout", timeouts.metadata, limit, show_limit, "5m",
    "Limit of a catalog query and of a query for server information, with all rows." },
    field! { "idle_timeout", timeouts.idle, limit, show_limit, "30m",
    "Maximum time that an RPC waits for data from the server, before and between messages. Does not apply to bulk ingest." },
    field! { "close_timeout", timeouts.close, duration, show_duration, "5s",
    "Maximum time to close a connection with its resources, and for one rollback, cancellation or ping RPC." },
    field! { "ping_after", ping_after, duration, show_duration, "5s",
    "Time since the last response after which a ping sends a request." },
    // Limits.
    field! { "max_message_size" [locked], limits.max_message_size, size, show_size, "64MiB",
    "Maximum size of a message from the server, and of all replies to one action or upload together." },
    field! { "max_decompressed_size" [locked], limits.max_decompressed_size, size, show_size, "256MiB",
    "Maximum decompressed size of the buffers of one message." },
    field! { "max_header_size" [locked], limits.max_header_size, size, show_size, "64KiB",
    "Maximum size of an error message; the headers or trailers of a response may have 16 times as many bytes." },
    field! { "max_batch_rows" [locked], limits.max_batch_rows, number, show_number, "16777216",
    "Maximum number of rows of one record batch." },
    field! { "max_schema_fields" [locked], limits.max_schema_fields, number, show_number, "10000",
    "Maximum number of fields of one schema, including nested ones. It does not bound the parameters of a statement." },
    field! { "max_nesting" [locked], limits.max_nesting, number, show_number, "64",
    "Maximum depth of nested types." },
    field! { "max_endpoints" [locked], limits.max_endpoints, number, show_number, "10000",
    "Maximum number of endpoints of one result." },
    field! { "max_query_memory" [locked], limits.max_query_memory, size_limit, show_size_limit, "0",
    "Maximum memory of one result at once, over all endpoints: its dictionaries, and its batches until the program drops their \
     rows. `0` means no limit." },
    field! { "statement_cache_capacity", limits.statement_cache_capacity, number, show_number, "100",
    "Prepared statements kept per connection; `0` keeps none." },
    field! { "channels", limits.channels, number, show_number, "2 x cores",
    "HTTP/2 channels shared by all connections of a pool; at most 64 by default." },
    field! { "http2_frame_size" [locked], limits.http2_frame_size, size, show_size, "1MiB",
    "Maximum size of an HTTP/2 frame from the server." },
    key! { "http2_stream_window" [locked], |s, v| put(&mut s.options.limits.http2_stream_window, size(v).map(Some)),
    |o| maybe(o.limits.http2_stream_window.map(show_size)), "by round-trip time",
    "Flow-control window of one RPC; by default from 1MiB at low latency to 8MiB at high latency." },
    field! { "http2_connection_window", limits.http2_connection_window, size, show_size, "2147483647",
    "Flow-control window of one channel, which many connections share." },
    field! { "keep_alive_interval", limits.keep_alive_interval, limit, show_limit, "330s",
    "Time between HTTP/2 pings while RPCs wait; `0` sends none. Many servers close a connection whose pings are less than 5m apart." },
    field! { "keep_alive_timeout", limits.keep_alive_timeout, duration, show_duration, "10s",
    "Maximum time for the reply to an HTTP/2 ping; without a reply, the channel is closed." },
    // Behavior.
    key! { "locations" [locked], |s, v| put(&mut s.options.locations.policy, choice(v).map(Some)),
    |o| maybe(o.locations.policy.and_then(word)), "the dialect's",
    "Endpoints on another address: `same_origin` rejects them, `allow_list` (the default with `location_allow`) reads those that are \
     listed, `ignore` reads all from the connected server." },
    key! { "location_allow" [list] [locked], |s, v| s.options.locations.read_allow(v), |o| o.locations.show_allow(), "",
    "An address that endpoints may be on: `host`, `host:port`, `*.domain`, or a network such as `10.0.0.0/8`; may be repeated." },
    key! { "location_map" [list] [locked], |s, v| s.options.locations.read_map(v), |o| o.locations.show_map(), "",
    "`FROM=TO` replaces an address that the server reports, each as `host` or `host:port`; may be repeated." },
    field! { "location_credentials" [locked], locations.credentials, choice, show_choice, "none",
    "`allow_list` sends the `authorization` header, all `header.NAME` and the client certificate to the addresses in `location_allow`." },
    field! { "retries", retries.most, number, show_number, "7",
    "Retries of a read that failed before its first row, after a lost connection or a temporary failure; `0` turns them off." },
    field! { "retry_budget", retries.per_thousand, share, show_share, "0.2",
    "Retries of a pool as a share of its successful statements, from `0` to `1`, above a reserve of 100." },
    key! { "response_headers" [list], |s, v| s.options.read_response_headers(v), |o| o.response_headers.clone(), "",
    "Names of response headers and trailers to return with results and errors, separated by commas, in addition to common \
     correlation ids and those of the dialect; may be repeated." },
    field! { "placeholders", placeholders, choice, show_choice, "as_written",
    "`rewrite` turns each `?` in SQL written by hand into the dialect's placeholder." },
    field! { "binds" [locked], binds, choice, show_choice, "server",
    "`literal` writes bound values into the statement as literals, for engines without bound parameters." },
    field! { "datetime_precision", datetime_precision, choice, show_choice, "exact",
    "`truncate` truncates bound timestamps and times to the unit of the parameter." },
    field! { "log_statements", log.statements_level, log_level, show_log_level, "debug",
    "The level at which statements are logged, or `off`." },
    field! { "log_slow_statements", log.slow_statements_level, log_level, show_log_level, "warn",
    "The level at which slow statements are logged, or `off`." },
    field! { "slow_statement_duration", log.slow_statements_duration, duration, show_duration, "1s",
    "Duration after which a statement counts as slow." },
    field! { "trace_query_text" [locked], observe.query_text, boolean, show_number, "false",
    "Whether spans contain the SQL of statements, without bound values." },
];
