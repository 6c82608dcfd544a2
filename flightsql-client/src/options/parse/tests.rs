//! URLs, good and bad.

use super::*;
use crate::options::{Credentials, Pem, TlsVerify, TokenSource};

fn parse(url: &str) -> Result<ConnectOptions, OptionsError> {
    url.parse()
}

fn good(url: &str) -> ConnectOptions {
    parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

fn refused(url: &str) -> String {
    match parse(url) {
        Ok(_) => panic!("{url} is accepted"),
        Err(error) => error.to_string(),
    }
}

fn basic(options: &ConnectOptions) -> (&str, &str) {
    match &options.credentials {
        Credentials::Basic { user, password } => (user, password.expose()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_full_url() {
    let o = good("flightsql://ann:p%40s%2Fs@db.example:31337/sales/main?query_timeout=30s");
    assert_eq!(o.transport, Transport::Tls);
    assert_eq!((o.get_host(), o.get_port()), ("db.example", 31337));
    assert_eq!(basic(&o), ("ann", "p@s/s"));
    assert_eq!(
        (o.get_catalog(), o.get_schema()),
        (Some("sales"), Some("main"))
    );
    assert_eq!(o.timeouts.query, Some(std::time::Duration::from_secs(30)));
    assert_eq!(o.get_dialect().name(), "ansi");
}

#[test]
fn tls_has_a_default_port_and_plaintext_has_none() {
    assert_eq!(good("flightsql://h").get_port(), 443);
    assert_eq!(good("flightsql+tcp://h:80").get_port(), 80);
    assert!(refused("flightsql+tcp://h").contains("plaintext has no default port"));
    assert!(refused("flightsql://h?insecure=true").contains("plaintext has no default port"));
    assert!(refused("flightsql://h:0").contains("port must not be 0"));
}

#[test]
fn transports() {
    assert_eq!(good("flightsql+tcp://h:1").transport, Transport::Tcp);
    let socket = good("flightsql+unix:///tmp/a%20b.sock");
    assert_eq!(socket.transport, Transport::Unix("/tmp/a b.sock".into()));
    for url in [
        "flightsql+unix://host/a",
        "flightsql+unix:///",
        "flightsql+unix:a",
        "flightsql:h",
    ] {
        refused(url);
    }
}

#[test]
fn dialects_by_scheme_and_key() {
    let o = good("datafusion+flightsql://h:50060?insecure=true&token=abc");
    assert_eq!(
        (o.get_dialect().name(), &o.transport),
        ("datafusion", &Transport::Tcp)
    );
    assert_eq!(
        good("sqlite+flightsql+tcp://h:1").get_dialect().name(),
        "sqlite"
    );
    assert_eq!(
        good("duckdb+flightsql+unix:///s").get_dialect().name(),
        "duckdb"
    );
    assert_eq!(
        good("flightsql://h?dialect=influxdb").get_dialect().name(),
        "influxdb"
    );
    let same = good("sqlite+flightsql://h?dialect=sqlite");
    assert_eq!(same.get_dialect().name(), "sqlite");
    assert!(refused("sqlite+flightsql://h?dialect=duckdb").contains("contradicts the dialect"));
    assert!(
        refused("flightsql://h?dialect=oracle")
            .starts_with("`dialect` must be auto or one of ansi,")
    );
    for scheme in [
        "postgres",
        "flightsql+quic",
        "oracle+flightsql",
        "flightsqlx",
        "+flightsql",
    ] {
        let text = Url::parse(&format!("{scheme}://h")).map(|_| refused(&format!("{scheme}://h")));
        assert!(
            text.is_err() || text.unwrap().contains("is unknown"),
            "{scheme}"
        );
    }
    for scheme in crate::dialect::presets::URL_SCHEMES {
        let place = if scheme.ends_with("unix") {
            "/socket"
        } else {
            "h:1"
        };
        let options = good(&format!("{scheme}://{place}"));
        let dialect = scheme.split("flightsql").next().unwrap();
        let dialect = dialect.strip_suffix('+').unwrap_or("ansi");
        assert_eq!(options.get_dialect().name(), dialect, "{scheme}");
    }
}

#[test]
fn keys_of_the_seed_project() {
    let o = good("datafusion+flightsql://u:p@h:1?disable_server_verification=true");
    assert_eq!(o.tls.verify, TlsVerify::None);
    assert_eq!(
        good("flightsql://h?insecure=false").transport,
        Transport::Tls
    );
    assert_eq!(
        good("flightsql+tcp://h:1?insecure=1").transport,
        Transport::Tcp
    );
    assert!(refused("flightsql+tcp://h:1?insecure=false").contains("contradicts"));
    let both = "flightsql://h?tls_verify=none&disable_server_verification=on";
    assert!(refused(both).contains("keep one of them"));
}

#[test]
fn hosts() {
    assert_eq!(good("flightsql://[::1]:5").get_host(), "::1");
    assert_eq!(good("flightsql://[::1]:5").address(), "[::1]:5");
    assert_eq!(good("flightsql://H.Example:5").address(), "h.example:5");
    assert_eq!(
        good("flightsql://b%C3%BCcher.example").get_host(),
        "xn--bcher-kva.example"
    );
    assert_eq!(good("flightsql://10.0.0.1").get_host(), "10.0.0.1");
    assert_eq!(good("flightsql://my_db:1").get_host(), "my_db");
    for url in [
        "flightsql://",
        "flightsql:///db",
        "flightsql://a%2Fb",
        "flightsql://a%20b",
    ] {
        refused(url);
    }
}

#[test]
fn paths() {
    assert_eq!(good("flightsql://h/").get_catalog(), None);
    assert_eq!(good("flightsql://h/c/").get_catalog(), Some("c"));
    let o = good("flightsql://h/a%2Fb/%C3%A4%2525");
    assert_eq!(
        (o.get_catalog(), o.get_schema()),
        (Some("a/b"), Some("ä%25"))
    );
    assert_eq!(good("flightsql://h?schema=s").get_schema(), Some("s"));
    assert!(refused("flightsql://h/a/b/c").contains("more parts"));
    assert!(refused("flightsql://h//s").contains("`catalog` must not be empty"));
    assert!(refused("flightsql://h/%ff").contains("the path in the URL is not UTF-8"));
    assert!(refused("flightsql://h/c?catalog=d").contains("`catalog` is specified more than once"));
}

#[test]
fn values_are_decoded_once_and_keep_plus_and_padding() {
    let header = |o: &ConnectOptions| o.headers[0].1.expose().to_owned();
    assert_eq!(header(&good("flightsql://h?header.x=a+b")), "a+b");
    assert_eq!(header(&good("flightsql://h?header.x=%2525")), "%25");
    assert_eq!(header(&good("flightsql://h?header.x=")), "");
    let o = good("flightsql://h?token=YWJj==&&");
    assert_eq!(o.credentials, Credentials::Bearer(Secret::new("YWJj==")));
    assert!(refused("flightsql://h?token=%ff").contains("`token` is not UTF-8"));
    assert!(refused("flightsql://h?%ff=1").contains("not UTF-8"));
}

#[test]
fn headers_and_session_options() {
    let o = good("flightsql://h?header.X-Api-Key=k&session.a=1&session.B.c=2");
    assert_eq!(o.headers, [("x-api-key".to_owned(), Secret::new("k"))]);
    assert_eq!(
        o.session,
        [
            ("a".to_owned(), "1".to_owned()),
            ("B.c".to_owned(), "2".to_owned())
        ]
    );
    assert!(
        refused("flightsql://h?header.a=1&header.A=2")
            .contains("`header.a` is specified more than once")
    );
    assert!(
        refused("flightsql://h?session.a=1&session.a=1")
            .contains("`session.a` is specified more than once")
    );
    assert!(refused("flightsql://h?header.authorization=1").contains("use user and password"));
}

#[test]
fn a_dialects_own_keys_are_headers() {
    let o = good("influxdb+flightsql://h?bucket-name=b");
    assert_eq!(o.wire_headers().unwrap(), [("bucket-name", "b")]);
    let o = good("influxdb+flightsql://h/sensors");
    assert_eq!(o.wire_headers().unwrap(), [("database", "sensors")]);
    // The dialect counts wherever it stands.
    let late = good("flightsql://h?database=b&dialect=influxdb");
    assert_eq!(late.wire_headers().unwrap(), [("database", "b")]);
    let twice = "influxdb+flightsql://h?database=a&header.database=b";
    assert!(refused(twice).contains("`header.database` is specified more than once"));
    assert!(refused("flightsql://h?database=b").contains("did you mean `header.database`?"));
}

#[test]
fn one_login_only() {
    assert_eq!(good("flightsql://h").credentials, Credentials::Anonymous);
    assert_eq!(basic(&good("flightsql://ann@h")), ("ann", ""));
    assert_eq!(basic(&good("flightsql://:p@h")), ("", "p"));
    assert_eq!(
        basic(&good("flightsql://h?user=ann&password=p")),
        ("ann", "p")
    );
    assert!(refused("flightsql://ann@h?token=t").contains("keep one of them"));
    assert!(
        refused("flightsql://ann@h?username=bob")
            .contains("`username` is specified more than once")
    );
    assert!(
        refused("flightsql://ann:p@h?password=q")
            .contains("`password` is specified more than once")
    );
    assert_eq!(
        refused("flightsql://h?token=t&authorization=a"),
        "`authorization` is a second token; keep one of them"
    );
}

#[test]
fn secrets_from_files() {
    let file = std::env::temp_dir().join(format!("flightsql-options-{}", std::process::id()));
    let url = |key: &str| format!("flightsql://h?{key}={}", file.display());
    std::fs::write(&file, "hidden \r\n").unwrap();
    assert_eq!(basic(&good(&url("password_file"))), ("", "hidden "));
    std::fs::write(&file, "hidden\n").unwrap();
    let token = Credentials::Tokens(TokenSource::File(file.clone()));
    let options = good(&url("token_file"));
    assert_eq!(options.credentials, token);
    // The path, and not the token.
    assert_eq!(options.to_url_with_secrets().as_str(), url("token_file"));
    assert_eq!(options.to_url_lossy().as_str(), url("token_file"));
    assert!(
        refused(&format!("{}&authorization=a", url("token_file"))).contains("is a second token")
    );
    assert!(refused(&format!("{}&user=a", url("token_file"))).contains("keep one of them"));
    std::fs::write(&file, "Bearer hidden").unwrap();
    assert_eq!(
        refused(&url("token_file")),
        "`token_file` names a file whose text must not begin with the word `Bearer`, which the driver adds"
    );
    std::fs::write(&file, "hidden\n").unwrap();
    assert!(refused(&format!("{}&token=a", url("token_file"))).contains("is a second token"));
    std::fs::write(&file, "\n").unwrap();
    assert_eq!(
        refused(&url("token_file")),
        "`token_file` names an empty file"
    );
    std::fs::write(&file, [0xff]).unwrap();
    assert_eq!(
        refused(&url("token_file")),
        "`token_file` names a file that is not UTF-8"
    );
    std::fs::write(&file, vec![b'a'; 70_000]).unwrap();
    assert_eq!(
        refused(&url("token_file")),
        "`token_file` names a file of more than 65536 bytes"
    );
    std::fs::remove_file(&file).unwrap();
    let gone = "`token_file` names a file that cannot be read: entity not found";
    assert_eq!(refused(&url("token_file")), gone);
}

#[test]
fn client_certificates_come_in_pairs() {
    let o = good("flightsql://h?tls_client_cert=/c&tls_client_key_pem=-----BEGIN%20KEY");
    let identity = o.tls.client_identity.unwrap();
    let built = ConnectOptions::new().tls_client_identity_files("/c", "/k");
    assert_eq!(built.tls.client_identity.unwrap().cert, identity.cert);
    assert_eq!(identity.cert, Pem::File("/c".into()));
    assert_eq!(identity.key, Pem::Inline(Secret::new("-----BEGIN KEY")));
    assert!(refused("flightsql://h?tls_client_key=/k").contains("require each other"));
    let both =
        "flightsql://h?tls_client_cert=/c&tls_client_cert_pem=-----BEGIN%20C&tls_client_key=/k";
    assert_eq!(
        refused(both),
        "`tls_client_cert_pem` is specified as a file and as text; keep one of them"
    );
}

#[test]
fn roots_do_not_depend_on_the_order() {
    assert!(good("flightsql://h").tls.system_roots);
    assert!(!good("flightsql://h?tls_ca=/a&tls_ca=/b").tls.system_roots);
    for url in [
        "flightsql://h?tls_ca=/a&tls_system_roots=1",
        "flightsql://h?tls_system_roots=1&tls_ca=/a",
    ] {
        assert!(good(url).tls.system_roots, "{url}");
    }
}

#[test]
fn every_refusal_names_the_key() {
    for (query, text) in [
        (
            "pasword=x",
            "unknown option \"pasword\", did you mean `password`?",
        ),
        (
            "catalog=a&catalog=b",
            "`catalog` is specified more than once",
        ),
        (
            "user=a&username=b",
            "`username` is specified more than once",
        ),
        ("insecure=yes", "`insecure` must be `true` or `false`"),
        ("insecure", "`insecure` has no value"),
        (
            "query_timeout=soon",
            "`query_timeout` must be a time such as `500ms`",
        ),
        (
            "max_message_size=huge",
            "`max_message_size` must be a size such as",
        ),
        ("channels=-1", "`channels` must be an integer"),
        ("auth=none", "`auth` must be `handshake` or `basic`"),
        (
            "log_statements=loud",
            "`log_statements` must be `off`, `error`",
        ),
        ("header.=a", "`header.` has no name"),
        ("session.=a", "`session.` has no name"),
    ] {
        let error = refused(&format!("flightsql://h?{query}"));
        assert!(error.starts_with(text), "{query}: {error}");
    }
}

#[test]
fn secrets_that_are_not_encoded_are_refused_without_showing_them() {
    for url in [
        "flightsql://ann:s3cr/et@h:1",
        "flightsql://ann:1/s3cret@h:1",
        "flightsql://ann:1?s3cret@h:1",
        "flightsql://ann:1?s3cr=et@h:1",
        "flightsql://ann:1#s3cret@h:1",
        "flightsql://ann:s3cr#et@h:1",
        "flightsql://ann:s3cr?et@h:1",
        "flightsql://ann:s3cr%ffet@h:1",
        "flightsql://ann:s3cret@h:99999",
        "flightsql://ann:s3cret@",
        "flightsql://ann:s3cret@h:1?nonsense=1",
        "flightsql://h?token=abc&s3cret",
        "flightsql://h?token=s3cret&token=s3cret",
        "flightsql://h?token=Bearer%20s3cret",
        "flightsql://h?token=s3cret%0A",
        "flightsql://h?tokn=s3cret",
        "flightsql://h?header.a=s3cret%0A",
        "flightsql://h?header.te=s3cret",
        "flightsql://h?insecure=s3cret",
        "flightsql://h?dialect=s3cret",
        "flightsql://h?password_file=/s3cret",
        "flightsql://ann%3As3cret@h",
        "s3cr.et",
    ] {
        let error = refused(url);
        assert!(!error.contains("s3cr"), "{url}: {error}");
        let error = format!("{:?}", url.parse::<ConnectOptions>().unwrap_err());
        assert!(!error.contains("s3cr"), "{url}: {error}");
    }
}
