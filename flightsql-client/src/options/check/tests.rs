//! Options from the builder that cannot be used.

use std::time::Duration;

use super::*;
use crate::dialect::LocationPolicy;
use crate::options::{TlsRoots, TlsVerify};

type Options = ConnectOptions;

fn refused(options: Options) -> String {
    options.check().unwrap_err().to_string()
}

#[test]
fn defaults_can_be_used() {
    Options::new().check().unwrap();
    Options::new().plaintext().port(1).check().unwrap();
    Options::new().unix_socket("/tmp/s").check().unwrap();
}

#[test]
fn addresses() {
    assert!(refused(Options::new().host("")).contains("the host is not"));
    assert!(refused(Options::new().host("a b")).contains("the host is not"));
    assert!(refused(Options::new().plaintext()).contains("no default port"));
    assert!(refused(Options::new().port(0)).contains("must not be 0"));
    for path in ["", "relative", "/", "/a/../b", "/tmp/.."] {
        assert!(
            refused(Options::new().unix_socket(path)).contains("the socket's path"),
            "{path}"
        );
    }
    assert_eq!(Options::new().host("[::1]").address(), "[::1]:443");
    assert_eq!(Options::new().host("::1").get_host(), "::1");
}

#[test]
fn credentials() {
    assert!(refused(Options::new().username("a:b")).contains("must not contain `:`"));
    assert!(refused(Options::new().token("bearer abc")).contains("`Bearer`"));
    for token in ["", " a", "a\n", "ä"] {
        assert!(
            refused(Options::new().token(token)).contains("printable ASCII"),
            "{token:?}"
        );
    }
    Options::new().token("Bearerish").check().unwrap();
    Options::new()
        .username("ä")
        .password("\n\0")
        .check()
        .unwrap();
}

#[test]
fn the_last_login_counts() {
    let o = Options::new().password("p").username("u");
    let Credentials::Basic { user, password } = &o.credentials else {
        panic!("{o:?}")
    };
    assert_eq!((user.as_str(), password.expose()), ("u", "p"));
    assert!(matches!(
        o.clone().token("t").credentials,
        Credentials::Bearer(_)
    ));
    assert_eq!(o.token("t").username("v").get_username(), Some("v"));
}

#[test]
fn headers_that_belong_to_others() {
    for (name, text) in [
        ("authorization", "use user and password"),
        ("Authorization", "use user and password"),
        ("user-agent", "use `application_name`"),
        ("grpc-timeout", "use the timeouts"),
        ("content-type", "reserved for HTTP/2 and gRPC"),
        ("te", "reserved for HTTP/2 and gRPC"),
        (":path", "not a valid header name"),
        ("a b", "not a valid header name"),
        ("", "has no name"),
        ("grpc-trace-bin", "use the timeouts"),
    ] {
        let error = refused(Options::new().header(name, "v"));
        assert!(error.contains(text), "{name}: {error}");
    }
    for value in ["a\nb", "ä", " a", "a ", "\0"] {
        let error = refused(Options::new().header("x", value));
        assert_eq!(error, format!("`header.x` {PRINTABLE}"), "{value:?}");
    }
    Options::new()
        .header("x-api-key", "k")
        .header("a", "")
        .header("x-bin", "AP8=")
        .header("y-bin", "AP8")
        .check()
        .unwrap();
    for value in ["%", "AP8-", "AP8= ", "A"] {
        let error = refused(Options::new().header("X-Bin", value));
        let text = "`header.x-bin` is a binary header; write its value in base64";
        assert_eq!(error, text, "{value:?}");
    }
}

#[test]
fn the_catalog_is_told_once() {
    let o = Options::new()
        .catalog("c")
        .schema("s")
        .session_option("a", "b");
    assert_eq!(
        o.wire_session(),
        [("a", "b"), ("catalog", "c"), ("schema", "s")]
    );
    assert_eq!(o.wire_headers().unwrap(), []);
    assert!(refused(o.session_option("catalog", "d")).contains("keep one of them"));

    let o = Options::new()
        .dialect_name("influxdb")
        .unwrap()
        .catalog("c")
        .header("x", "y");
    assert_eq!(o.wire_session(), []);
    assert_eq!(o.wire_headers().unwrap(), [("x", "y"), ("database", "c")]);
    assert!(refused(o.clone().schema("s")).contains("is not supported by dialect `influxdb`"));
    assert!(refused(o.clone().catalog("ä")).contains("printable"));
    assert!(refused(o.header("database", "d")).contains("keep one of them"));
}

#[test]
fn tls_options_need_tls() {
    let o = Options::new().plaintext().port(1);
    assert!(refused(o.clone().tls_ca_file("/ca")).contains("no effect on a plaintext transport"));
    assert!(
        refused(o.clone().tls_verify(TlsVerify::None))
            .contains("no effect on a plaintext transport")
    );
    o.tls_verify(TlsVerify::None).tls().check().unwrap();
    let none = Options::new().tls_system_roots(false);
    assert!(refused(none.clone()).contains("no certificate is trusted"));
    none.tls_ca_pem(PEM).check().unwrap();
    let error = refused(Options::new().tls_ca_pem("/etc/ca.pem"));
    assert_eq!(
        error,
        "`tls_ca_pem` is not PEM text; for a file, omit `_pem` in the name"
    );
    let key = refused(Options::new().tls_client_identity(PEM, "secret"));
    assert!(
        key.starts_with("`tls_client_key_pem` is not PEM text"),
        "{key}"
    );
}

const PEM: &str = "-----BEGIN CERTIFICATE-----";

#[test]
fn limits_have_ranges() {
    for (options, text) in [
        (
            Options::new().max_message_size(0),
            "`max_message_size` must be from 1024 to 2147483647",
        ),
        (
            Options::new().http2_frame_size(16 << 20),
            "`http2_frame_size` must be from 16384 to 16777215",
        ),
        (
            Options::new().http2_stream_window(1),
            "`http2_stream_window` must be from 65535",
        ),
        (
            Options::new().channels(0),
            "`channels` must be from 1 to 1024",
        ),
        (
            Options::new().max_nesting(1000),
            "`max_nesting` must be from 1 to 256",
        ),
        (
            Options::new().max_decompressed_size(1),
            "`max_decompressed_size` must be at least",
        ),
        (
            Options::new().connect_timeout(Duration::ZERO),
            "`connect_timeout` must be more than 0",
        ),
        (
            Options::new().close_timeout(Duration::ZERO),
            "`close_timeout` must be more than 0",
        ),
        (
            Options::new().query_timeout(Duration::MAX),
            "`query_timeout` must be at most 8760h",
        ),
        (
            Options::new().keep_alive_interval(Duration::MAX),
            "`keep_alive_interval` must be at most",
        ),
        (
            Options::new().keep_alive_timeout(Duration::ZERO),
            "`keep_alive_timeout` must be more",
        ),
        (
            Options::new().application_name("a\nb"),
            "`application_name` must be printable",
        ),
    ] {
        let error = refused(options);
        assert!(error.starts_with(text), "{error}");
    }
}

#[test]
fn zero_is_no_limit() {
    let o = Options::new()
        .query_timeout(Duration::ZERO)
        .idle_timeout(Duration::ZERO);
    assert_eq!((o.timeouts.query, o.timeouts.idle), (None, None));
    assert_eq!(o.locations(LocationPolicy::Ignore).timeouts.idle, None);
}

#[test]
fn an_authority_is_a_host_with_or_without_a_port() {
    for text in [
        "gw.example",
        "gw.example:8443",
        "[::1]:1",
        "10.0.0.1",
        "My_Service",
    ] {
        Options::new().authority(text).check().unwrap();
    }
    for text in [
        "",
        "ann@gw",
        "gw:0",
        "gw:65536",
        "gw/path",
        "a b",
        "gw\r\nx: y",
        "b\u{fc}cher",
        "https://gw",
        "[::1",
    ] {
        let problem = refused(Options::new().authority(text));
        assert!(
            problem.starts_with("`authority` must be `host` or `host:port`"),
            "{text}: {problem}"
        );
    }
}

#[test]
fn verification_by_ca_needs_a_ca_of_its_own() {
    let ca = Options::new().tls_verify(TlsVerify::Ca);
    let public = "`tls_verify=ca` would accept every public certificate";
    assert!(refused(ca.clone()).contains(public));
    let own = ca.clone().tls_ca_pem(PEM);
    own.check().unwrap();
    assert!(refused(own.tls_system_roots(true)).contains(public));
    assert!(refused(ca.tls_system_roots(false)).contains("no certificate is trusted"));
}

#[test]
fn public_roots_must_be_in_use() {
    let webpki = Options::new().tls_roots(TlsRoots::Webpki);
    webpki.check().unwrap();
    let replaced = webpki.tls_ca_pem(PEM);
    assert!(
        refused(replaced.clone()).contains("`tls_roots` has no effect, since `tls_ca` replaces")
    );
    replaced.tls_system_roots(true).check().unwrap();
    let plaintext = Options::new().plaintext().port(1);
    assert!(refused(plaintext.tls_roots(TlsRoots::Webpki)).contains("plaintext transport"));
}
