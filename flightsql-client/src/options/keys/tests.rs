//! The table against its documentation, its own text, and the builder. [`proofs`] proves each key in all respects.

mod proofs;

use std::borrow::Cow;
use std::time::Duration;

use log::LevelFilter;

use super::*;
use crate::dialect::{AuthMode, LocationPolicy};
use crate::options::settings::Settings;
use crate::options::{Binds, ConnectOptions, DatetimePrecision, Login, Placeholders};

type Options = ConnectOptions;

/// The table of `keys.md`.
fn markdown() -> String {
    let mut rows = String::from("| key | default | meaning |\n|---|---|---|\n");
    for key in all() {
        let names: Vec<_> = [key.name]
            .iter()
            .chain(key.aliases)
            .map(|name| format!("`{name}`"))
            .collect();
        let default: Cow<'_, str> = match key.default {
            "" => "".into(),
            text => format!("`{text}`").into(),
        };
        let mark = if key.locked { " *Locked.*" } else { "" };
        rows += &format!("| {} | {default} | {}{mark} |\n", names.join(", "), key.doc);
    }
    rows += "| `header.NAME` |  | The header NAME, sent with every RPC. The value is a secret; it is base64 if NAME ends in `-bin`. \
             *Locked.* |\n";
    rows += "| `session.NAME` |  | The session option NAME, set when a connection opens. |\n";
    rows
}

#[test]
fn the_documentation_is_the_table() {
    assert_eq!(
        include_str!("../keys.md"),
        markdown(),
        "put the right side into options/keys.md"
    );
}

#[test]
fn no_name_stands_for_two_keys() {
    let mut names: Vec<_> = all()
        .iter()
        .flat_map(|key| key.aliases.iter().chain([&key.name]))
        .collect();
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn documented_defaults_are_the_defaults() {
    let default = Options::new();
    for key in all() {
        let values = (key.get)(&default);
        if key.name == "channels" {
            let cores = std::thread::available_parallelism().unwrap().get();
            assert_eq!(values, [(2 * cores).min(64).to_string()]);
        } else if !values.is_empty() {
            assert_eq!(values, [key.default], "{}", key.name);
        }
    }
}

/// A value other than the default, and the setter that means the same.
pub(in crate::options) type Case = (&'static str, &'static str, fn(Options) -> Options);

pub(in crate::options) const CASES: &[Case] = &[
    ("dialect", "sqlite", |o| o.dialect_name("sqlite").unwrap()),
    ("insecure", "on", |o| o.plaintext()),
    ("host", "b:2", |o| o.hosts(["h:1", "b:2"])),
    ("host_order", "random", |o| o.host_order(HostOrder::Random)),
    ("host_connect_timeout", "2s", |o| {
        o.host_connect_timeout(Duration::from_secs(2))
    }),
    ("username", "ann", |o| o.username("ann")),
    ("password", "p@ss", |o| o.password("p@ss")),
    ("token", "abc==", |o| o.token("abc==")),
    ("authorization", "Digest a=b", |o| {
        o.authorization("Digest a=b")
    }),
    ("auth", "basic", |o| o.auth(AuthMode::Basic)),
    ("login", "shared", |o| o.login(Login::Shared)),
    ("catalog", "c", |o| o.catalog("c")),
    ("schema", "s", |o| o.schema("s")),
    ("proxy", "http://ann:p%40ss@p:3128", |o| {
        o.proxy("http://ann:p%40ss@p:3128")
    }),
    ("authority", "gateway.example:8443", |o| {
        o.authority("gateway.example:8443")
    }),
    ("application_name", "app 1", |o| o.application_name("app 1")),
    ("tls_ca", "/ca.pem", |o| o.tls_ca_file("/ca.pem")),
    ("tls_ca_pem", "-----BEGIN X", |o| {
        o.tls_ca_pem("-----BEGIN X")
    }),
    ("tls_system_roots", "true", |o| o.tls_system_roots(true)),
    ("tls_roots", "webpki", |o| o.tls_roots(TlsRoots::Webpki)),
    ("tls_server_name", "db.internal", |o| {
        o.tls_server_name("db.internal")
    }),
    ("tls_verify", "none", |o| o.tls_verify(TlsVerify::None)),
    ("disable_server_verification", "true", |o| {
        o.tls_verify(TlsVerify::None)
    }),
    ("connect_timeout", "3s", |o| {
        o.connect_timeout(Duration::from_secs(3))
    }),
    ("query_timeout", "500ms", |o| {
        o.query_timeout(Duration::from_millis(500))
    }),
    ("fetch_timeout", "2h", |o| {
        o.fetch_timeout(Duration::from_secs(7200))
    }),
    ("update_timeout", "90s", |o| {
        o.update_timeout(Duration::from_secs(90))
    }),
    ("metadata_timeout", "1m", |o| {
        o.metadata_timeout(Duration::from_secs(60))
    }),
    ("idle_timeout", "0", |o| o.idle_timeout(None)),
    ("close_timeout", "1s", |o| {
        o.close_timeout(Duration::from_secs(1))
    }),
    ("ping_after", "0", |o| o.ping_after(Duration::ZERO)),
    ("max_message_size", "16MiB", |o| {
        o.max_message_size(16 << 20)
    }),
    ("max_decompressed_size", "1GiB", |o| {
        o.max_decompressed_size(1 << 30)
    }),
    ("max_header_size", "8KiB", |o| o.max_header_size(8 << 10)),
    ("max_batch_rows", "1000", |o| o.max_batch_rows(1000)),
    ("max_schema_fields", "7", |o| o.max_schema_fields(7)),
    ("max_nesting", "9", |o| o.max_nesting(9)),
    ("max_endpoints", "3", |o| o.max_endpoints(3)),
    ("max_query_memory", "1GiB", |o| o.max_query_memory(1 << 30)),
    ("statement_cache_capacity", "0", |o| {
        o.statement_cache_capacity(0)
    }),
    ("channels", "3", |o| o.channels(3)),
    ("http2_frame_size", "16KiB", |o| {
        o.http2_frame_size(16 << 10)
    }),
    ("http2_stream_window", "65535", |o| {
        o.http2_stream_window(65535)
    }),
    ("http2_connection_window", "1MiB", |o| {
        o.http2_connection_window(1 << 20)
    }),
    ("keep_alive_interval", "0", |o| o.keep_alive_interval(None)),
    ("keep_alive_timeout", "20s", |o| {
        o.keep_alive_timeout(Duration::from_secs(20))
    }),
    ("locations", "ignore", |o| {
        o.locations(LocationPolicy::Ignore)
    }),
    ("location_allow", "*.be.example:8050", |o| {
        o.location_allow("*.be.example:8050")
    }),
    ("location_map", "localhost=10.0.0.1:9419", |o| {
        o.location_map("localhost", "10.0.0.1:9419")
    }),
    ("retries", "2", |o| o.retries(2)),
    ("retry_budget", "0.025", |o| o.retry_budget(0.025)),
    ("response_headers", "x-own", |o| o.response_headers("x-own")),
    ("placeholders", "rewrite", |o| {
        o.placeholders(Placeholders::Rewrite)
    }),
    ("binds", "literal", |o| o.binds(Binds::Literal)),
    ("datetime_precision", "truncate", |o| {
        o.datetime_precision(DatetimePrecision::Truncate)
    }),
    ("log_statements", "info", |o| {
        o.log_statements(LevelFilter::Info)
    }),
    ("log_slow_statements", "off", |o| {
        o.log_slow_statements(LevelFilter::Off, Duration::from_secs(1))
    }),
    ("slow_statement_duration", "5s", |o| {
        o.log_slow_statements(LevelFilter::Warn, Duration::from_secs(5))
    }),
    ("trace_query_text", "true", |o| o.trace_query_text(true)),
];

/// Every field prints itself, except for what a Debug hides.
pub(in crate::options) fn fields(options: &Options) -> String {
    format!("{options:?} {}", options.to_url_with_secrets())
}

#[test]
fn every_key_reads_its_own_text() {
    for (name, _, set) in CASES {
        let key = find(name).unwrap();
        let built = set(Options::new());
        let mut settings = Settings::default();
        for text in (key.get)(&built) {
            (key.set)(&mut settings, &text).unwrap();
        }
        // User, password and token wait in the settings until all are known.
        if !matches!(*name, "username" | "password" | "token" | "authorization") {
            assert_eq!((key.get)(&settings.options), (key.get)(&built), "{name}");
        }
    }
}

#[test]
fn aliases_and_dashes_find_the_key() {
    for (alias, name) in [
        ("user", "username"),
        ("plaintext", "insecure"),
        ("tls_ca_file", "tls_ca"),
        ("statement-cache-capacity", "statement_cache_capacity"),
        ("application-name", "application_name"),
    ] {
        assert_eq!(find(alias).unwrap().name, name);
    }
    assert!(find("Username").is_none());
    assert!(find("").is_none());
}

#[test]
fn the_nearest_key_is_proposed_when_it_is_near() {
    let near = |name: &str| nearest(name, &[]);
    assert_eq!(near("pasword").as_deref(), Some("password"));
    assert_eq!(near("Query-Timeout").as_deref(), Some("query_timeout"));
    assert_eq!(near("conect_timeout").as_deref(), Some("connect_timeout"));
    assert_eq!(near("database").as_deref(), Some("header.database"));
    assert_eq!(near("bucket-name").as_deref(), Some("header.bucket-name"));
    assert_eq!(near("loadBalanceHosts").as_deref(), Some("host_order"));
    assert_eq!(near("zzzzzzzz"), None);
    assert_eq!(near(&"x".repeat(1000)), None);
    assert_eq!(
        nearest("databse", &["database".to_owned()]).as_deref(),
        Some("database")
    );
}

#[test]
fn distance_counts_edits() {
    assert_eq!(distance("", "abc"), 3);
    assert_eq!(distance("abc", "abc"), 0);
    assert_eq!(distance("kitten", "sitting"), 3);
}
