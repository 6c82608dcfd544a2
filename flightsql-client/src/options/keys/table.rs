//! The one table of options. Documentation, parsing and printing all read it.
//!
//! A test compares it with `keys.md` and with the builder.

use std::time::Duration;

use super::pem::{file, inline, pem};
use super::words::{AUTH, BINDS, DATETIME_PRECISION, LOCATIONS, LOGIN, PLACEHOLDERS, VERIFY};
use crate::dialect::AUTO;
use crate::options::key::Key;
use crate::options::settings::{Settings, put};
use crate::options::text::{
    ValueError, boolean, choice, duration, log_level, number, show_duration, show_log_level,
    show_size, size, word,
};
use crate::options::timeouts::none_if_zero;
use crate::options::tls::TlsVerify;
use crate::options::{ConnectOptions, Credentials};

/// For what a URL prints elsewhere, or under another key.
const NOWHERE: fn(&ConnectOptions) -> Vec<String> = |_| Vec::new();

fn one(text: impl Into<String>) -> Vec<String> {
    vec![text.into()]
}

fn maybe(text: Option<impl Into<String>>) -> Vec<String> {
    text.map(Into::into).into_iter().collect()
}

fn limit(value: Option<Duration>) -> Vec<String> {
    one(show_duration(value.unwrap_or_default()))
}

/// 0 is no limit.
fn put_limit(place: &mut Option<Duration>, text: &str) -> Result<(), ValueError> {
    put(place, duration(text).map(Some).map(none_if_zero))
}

pub(super) const KEYS: &[Key] = &[
    // Where and who.
    Key::new(
        "dialect",
        "ansi",
        "The engine's dialect, as `DIALECT+flightsql://` does; `auto` asks the server once.",
        Settings::dialect,
        |o| match o.detect_dialect {
            true => one(AUTO),
            false => one(o.dialect.name()),
        },
    ),
    Key::new(
        "dialect_file",
        "",
        "A TOML file with the engine's dialect, in place of `dialect`; read once.",
        Settings::dialect_file,
        |o| maybe(o.dialect_file.as_ref().map(|path| path.to_string_lossy())),
    ),
    Key::new(
        "insecure",
        "false",
        "Plaintext, as `flightsql+tcp://` does; the port is then required.",
        Settings::insecure,
        NOWHERE,
    )
    .alias(&["plaintext"]),
    Key::new(
        "username",
        "",
        "The user, as in `user@host`.",
        Settings::username,
        |o| maybe(o.get_username()),
    )
    .alias(&["user"]),
    Key::new(
        "password",
        "",
        "The password, as in `user:password@host`.",
        Settings::password,
        |o| match &o.credentials {
            Credentials::Basic { password, .. } => one(password.expose()),
            Credentials::Anonymous | Credentials::Bearer(_) => Vec::new(),
        },
    )
    .secret(),
    Key::new(
        "password_file",
        "",
        "A file that holds the password; read once, one newline at its end is dropped.",
        Settings::password_file,
        NOWHERE,
    ),
    Key::new(
        "token",
        "",
        "A bearer token, instead of user and password.",
        Settings::token,
        |o| match &o.credentials {
            Credentials::Bearer(token) => one(token.expose()),
            Credentials::Anonymous | Credentials::Basic { .. } => Vec::new(),
        },
    )
    .secret(),
    Key::new(
        "token_file",
        "",
        "A file that holds the token; read once, one newline at its end is dropped.",
        Settings::token_file,
        NOWHERE,
    ),
    Key::new(
        "auth",
        "the dialect's",
        "User and password: `handshake` exchanges them once for a token, `basic` sends \
         them with every call.",
        |s, v| put(&mut s.options.auth, choice(v, AUTH).map(Some)),
        |o| maybe(o.auth.and_then(|auth| word(&auth, AUTH))),
    ),
    Key::new(
        "login",
        "connection",
        "`connection`: each connection logs in. `shared`: a pool's connections use one token.",
        |s, v| put(&mut s.options.login, choice(v, LOGIN)),
        |o| maybe(word(&o.login, LOGIN)),
    ),
    Key::new(
        "catalog",
        "",
        "The catalog to work in, as the first part of the path.",
        Settings::catalog,
        |o| maybe(o.catalog.as_deref()),
    ),
    Key::new(
        "schema",
        "",
        "The schema to work in, as the second part of the path.",
        Settings::schema,
        |o| maybe(o.schema.as_deref()),
    ),
    Key::new(
        "application_name",
        "",
        "Named first in the `user-agent` header.",
        |s, v| put(&mut s.options.application_name, Ok(Some(v.to_owned()))),
        |o| maybe(o.application_name.as_deref()),
    ),
    // TLS.
    Key::new(
        "tls_ca",
        "",
        "A PEM file of certificates to trust instead of the system's; may be given several times.",
        |s, v| Settings::ca(s, file(v)),
        |o| o.tls.ca.iter().filter_map(|ca| pem(ca, false)).collect(),
    )
    .alias(&["tls_ca_file"])
    .list(),
    Key::new(
        "tls_ca_pem",
        "",
        "The same as PEM text.",
        |s, v| Settings::ca(s, inline(v)),
        |o| o.tls.ca.iter().filter_map(|ca| pem(ca, true)).collect(),
    )
    .list(),
    Key::new(
        "tls_system_roots",
        "true",
        "Whether the system's certificates are trusted; `false` by itself once `tls_ca` is given.",
        Settings::system_roots,
        |o| maybe(o.tls.chosen_system_roots.map(|on| on.to_string())),
    ),
    Key::new(
        "tls_server_name",
        "",
        "The name in the server's certificate when it is not the host.",
        |s, v| put(&mut s.options.tls.server_name, Ok(Some(v.to_owned()))),
        |o| maybe(o.tls.server_name.as_deref()),
    ),
    Key::new(
        "tls_client_cert",
        "",
        "A PEM file with the client certificate and its chain.",
        |s, v| Settings::client_cert(s, file(v)),
        |o| {
            maybe(
                o.tls
                    .client_identity
                    .as_ref()
                    .and_then(|id| pem(&id.cert, false)),
            )
        },
    ),
    Key::new(
        "tls_client_cert_pem",
        "",
        "The same as PEM text.",
        |s, v| Settings::client_cert(s, inline(v)),
        |o| {
            maybe(
                o.tls
                    .client_identity
                    .as_ref()
                    .and_then(|id| pem(&id.cert, true)),
            )
        },
    ),
    Key::new(
        "tls_client_key",
        "",
        "A PEM file with the client certificate's private key.",
        |s, v| Settings::client_key(s, file(v)),
        |o| {
            maybe(
                o.tls
                    .client_identity
                    .as_ref()
                    .and_then(|id| pem(&id.key, false)),
            )
        },
    ),
    Key::new(
        "tls_client_key_pem",
        "",
        "The same as PEM text.",
        |s, v| Settings::client_key(s, inline(v)),
        |o| {
            maybe(
                o.tls
                    .client_identity
                    .as_ref()
                    .and_then(|id| pem(&id.key, true)),
            )
        },
    )
    .secret(),
    Key::new(
        "tls_verify",
        "full",
        "`none` accepts any certificate, so that anybody in between can read and change \
         everything; logged as a warning.",
        |s, v| Settings::verify(s, choice(v, VERIFY)?),
        |o| maybe(word(&o.tls.verify, VERIFY)),
    ),
    Key::new(
        "disable_server_verification",
        "false",
        "`true` is `tls_verify=none`.",
        |s, v| {
            Settings::verify(
                s,
                if boolean(v)? {
                    TlsVerify::None
                } else {
                    TlsVerify::Full
                },
            )
        },
        NOWHERE,
    ),
    // Timeouts; 0 is none.
    Key::new(
        "connect_timeout",
        "10s",
        "Connecting: the channel, the login, session options and the dialect's first statements together.",
        |s, v| put(&mut s.options.timeouts.connect, duration(v)),
        |o| one(show_duration(o.timeouts.connect)),
    ),
    Key::new(
        "query_timeout",
        "0",
        "Planning a statement: the calls before its rows. `0` means no limit, here and below.",
        |s, v| put_limit(&mut s.options.timeouts.query, v),
        |o| limit(o.timeouts.query),
    ),
    Key::new(
        "fetch_timeout",
        "0",
        "Reading a result from first to last byte, over all its endpoints.",
        |s, v| put_limit(&mut s.options.timeouts.fetch, v),
        |o| limit(o.timeouts.fetch),
    ),
    Key::new(
        "update_timeout",
        "0",
        "A statement without rows, a bulk ingest, and the begin and commit of a transaction.",
        |s, v| put_limit(&mut s.options.timeouts.update, v),
        |o| limit(o.timeouts.update),
    ),
    Key::new(
        "metadata_timeout",
        "5m",
        "A listing of catalogs, tables or keys, and what the server can do, with all rows.",
        |s, v| put_limit(&mut s.options.timeouts.metadata, v),
        |o| limit(o.timeouts.metadata),
    ),
    Key::new(
        "idle_timeout",
        "30m",
        "The longest time without data from the server in an RPC, before and between its messages. Not for bulk ingest.",
        |s, v| put_limit(&mut s.options.timeouts.idle, v),
        |o| limit(o.timeouts.idle),
    ),
    Key::new(
        "close_timeout",
        "5s",
        "Closing a connection with all that it holds; one rollback, cancellation or ping.",
        |s, v| put(&mut s.options.timeouts.close, duration(v)),
        |o| one(show_duration(o.timeouts.close)),
    ),
    Key::new(
        "ping_after",
        "5s",
        "A ping asks the server only if its last answer is older than this.",
        |s, v| put(&mut s.options.ping_after, duration(v)),
        |o| one(show_duration(o.ping_after)),
    ),
    // Limits.
    Key::new(
        "max_message_size",
        "64MiB",
        "The largest message a server may send, and all replies to one action or upload together.",
        |s, v| put(&mut s.options.limits.max_message_size, size(v)),
        |o| one(show_size(o.limits.max_message_size)),
    ),
    Key::new(
        "max_decompressed_size",
        "256MiB",
        "What the compressed buffers of one message may grow to.",
        |s, v| put(&mut s.options.limits.max_decompressed_size, size(v)),
        |o| one(show_size(o.limits.max_decompressed_size)),
    ),
    Key::new(
        "max_header_size",
        "64KiB",
        "The error message of a response; its headers and trailers may have 16 times as many bytes.",
        |s, v| put(&mut s.options.limits.max_header_size, size(v)),
        |o| one(show_size(o.limits.max_header_size)),
    ),
    Key::new(
        "max_batch_rows",
        "16777216",
        "Rows of one record batch.",
        |s, v| put(&mut s.options.limits.max_batch_rows, number(v)),
        |o| one(o.limits.max_batch_rows.to_string()),
    ),
    Key::new(
        "max_schema_fields",
        "10000",
        "Fields of one schema, nested ones included.",
        |s, v| put(&mut s.options.limits.max_schema_fields, number(v)),
        |o| one(o.limits.max_schema_fields.to_string()),
    ),
    Key::new(
        "max_nesting",
        "64",
        "Depth of nested types.",
        |s, v| put(&mut s.options.limits.max_nesting, number(v)),
        |o| one(o.limits.max_nesting.to_string()),
    ),
    Key::new(
        "max_endpoints",
        "10000",
        "Endpoints of one result.",
        |s, v| put(&mut s.options.limits.max_endpoints, number(v)),
        |o| one(o.limits.max_endpoints.to_string()),
    ),
    Key::new(
        "statement_cache_capacity",
        "100",
        "Prepared statements kept per connection; `0` keeps none.",
        |s, v| put(&mut s.options.limits.statement_cache_capacity, number(v)),
        |o| one(o.limits.statement_cache_capacity.to_string()),
    ),
    Key::new(
        "channels",
        "2 x cores",
        "HTTP/2 channels shared by all connections of a pool; at most 64 by default.",
        |s, v| put(&mut s.options.limits.channels, number(v)),
        |o| one(o.limits.channels.to_string()),
    ),
    Key::new(
        "http2_frame_size",
        "1MiB",
        "The largest HTTP/2 frame the server may send.",
        |s, v| put(&mut s.options.limits.http2_frame_size, size(v)),
        |o| one(show_size(o.limits.http2_frame_size)),
    ),
    Key::new(
        "http2_stream_window",
        "by distance",
        "Bytes in flight on one call; by default from 1MiB for a near server to 8MiB for a far one.",
        |s, v| put(&mut s.options.limits.http2_stream_window, size(v).map(Some)),
        |o| maybe(o.limits.http2_stream_window.map(show_size)),
    ),
    Key::new(
        "http2_connection_window",
        "2147483647",
        "Bytes in flight on one channel, which many connections share.",
        |s, v| put(&mut s.options.limits.http2_connection_window, size(v)),
        |o| one(show_size(o.limits.http2_connection_window)),
    ),
    Key::new(
        "keep_alive_interval",
        "330s",
        "Time between HTTP/2 pings while calls wait; `0` sends none. Many servers end a connection below 5m.",
        |s, v| put_limit(&mut s.options.limits.keep_alive_interval, v),
        |o| limit(o.limits.keep_alive_interval),
    ),
    Key::new(
        "keep_alive_timeout",
        "10s",
        "How long the answer to an HTTP/2 ping may take before its channel is dead.",
        |s, v| put(&mut s.options.limits.keep_alive_timeout, duration(v)),
        |o| one(show_duration(o.limits.keep_alive_timeout)),
    ),
    // Behaviour.
    Key::new(
        "locations",
        "the dialect's",
        "Endpoints on another address: `same_origin` refuses them, `ignore` reads all \
         from the server at hand.",
        |s, v| put(&mut s.options.locations, choice(v, LOCATIONS).map(Some)),
        |o| maybe(o.locations.and_then(|policy| word(&policy, LOCATIONS))),
    ),
    Key::new(
        "placeholders",
        "as_written",
        "`rewrite` turns each `?` in SQL written by hand into the dialect's placeholder.",
        |s, v| put(&mut s.options.placeholders, choice(v, PLACEHOLDERS)),
        |o| maybe(word(&o.placeholders, PLACEHOLDERS)),
    ),
    Key::new(
        "binds",
        "server",
        "`literal` writes bound values into the statement, for engines that take no parameters.",
        |s, v| put(&mut s.options.binds, choice(v, BINDS)),
        |o| maybe(word(&o.binds, BINDS)),
    ),
    Key::new(
        "datetime_precision",
        "exact",
        "`truncate` truncates bound timestamps and times to the unit of the parameter.",
        |s, v| {
            put(
                &mut s.options.datetime_precision,
                choice(v, DATETIME_PRECISION),
            )
        },
        |o| maybe(word(&o.datetime_precision, DATETIME_PRECISION)),
    ),
    Key::new(
        "log_statements",
        "debug",
        "The level at which statements are logged, or `off`.",
        |s, v| put(&mut s.options.log.statements_level, log_level(v)),
        |o| one(show_log_level(o.log.statements_level)),
    ),
    Key::new(
        "log_slow_statements",
        "warn",
        "The level at which slow statements are logged, or `off`.",
        |s, v| put(&mut s.options.log.slow_statements_level, log_level(v)),
        |o| one(show_log_level(o.log.slow_statements_level)),
    ),
    Key::new(
        "slow_statement_duration",
        "1s",
        "From when on a statement is slow.",
        |s, v| put(&mut s.options.log.slow_statements_duration, duration(v)),
        |o| one(show_duration(o.log.slow_statements_duration)),
    ),
];
