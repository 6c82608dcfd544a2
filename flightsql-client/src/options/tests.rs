//! Tests of all options together: round trips, and secrets that stay hidden.

use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::dialect::DialectProfile;

const PLANTED: &str = "pl4nted-s3cret";

fn full_of_secrets() -> ConnectOptions {
    ConnectOptions::new()
        .username("ann")
        .password(PLANTED)
        .header("x-api-key", PLANTED)
        .tls_client_identity("-----BEGIN CERTIFICATE-----", PLANTED)
        .tls_ca_pem("-----BEGIN CERTIFICATE-----")
}

#[test]
fn no_text_of_the_options_holds_a_secret() {
    for options in [full_of_secrets(), full_of_secrets().token(PLANTED)] {
        for text in [
            format!("{options:?}"),
            format!("{options:#?}"),
            options.to_url_lossy().to_string(),
            format!("{:?}", options.check()),
            format!("{:?}", options.credentials),
            format!("{:?}", options.headers),
            format!("{:?}", options.tls),
        ] {
            assert!(!text.contains(PLANTED), "{text}");
        }
        assert!(options.to_url_with_secrets().as_str().contains(PLANTED));
    }
}

#[test]
fn debug_shows_session_options_by_name_only() {
    let options = ConnectOptions::new().session_option("api_key", PLANTED);
    for text in [format!("{options:?}"), format!("{options:#?}")] {
        assert!(
            text.contains("api_key") && !text.contains(PLANTED),
            "{text}"
        );
    }
}

#[test]
fn the_lossy_url_can_be_used_again() {
    let lossy = full_of_secrets().to_url_lossy();
    let again = ConnectOptions::parse_url(&lossy, &[]).unwrap();
    assert_eq!(again.get_username(), Some("ann"));
    assert_eq!(again.tls.client_identity, None);
    assert_eq!(again.tls.ca.len(), 1);
    assert_eq!(again.to_url_lossy(), lossy);
}

#[test]
fn an_empty_user_is_not_an_absent_user() {
    let options: ConnectOptions = "flightsql://h?username=".parse().unwrap();
    for url in [options.to_url_lossy(), options.to_url_with_secrets()] {
        let again = ConnectOptions::parse_url(&url, &[]).unwrap();
        assert_eq!(again.get_username(), Some(""), "{url}");
    }
}

#[test]
fn urls_are_short() {
    for url in [
        "flightsql://localhost",
        "flightsql+tcp://ann@localhost:31337/sales/main",
        "sqlite+flightsql+unix:///tmp/a.sock?catalog=c",
        "influxdb+flightsql://[::1]:8181/sensors?header.bucket=b",
        "flightsql://h/c?tls_ca=/etc/ca.pem&query_timeout=30s&session.a=b",
    ] {
        let options: ConnectOptions = url.parse().unwrap();
        assert_eq!(options.to_url_lossy().as_str(), url);
    }
}

#[test]
fn options_that_cannot_be_used_still_have_a_url() {
    let odd = ConnectOptions::new()
        .dialect(Arc::new(DialectProfile::new("an odd name")))
        .host("a b/@")
        .port(0);
    assert_eq!(odd.to_url_lossy().as_str(), "flightsql://a%20b%2F%40:0");
    let empty = ConnectOptions::new()
        .host("")
        .username("ann")
        .unix_socket("");
    assert_eq!(
        empty.to_url_lossy().as_str(),
        "flightsql+unix://?username=ann"
    );
}

#[test]
fn files_of_certificates_are_read_late_and_within_bounds() {
    let pem = Pem::File("/does/not/exist.pem".into());
    let error = pem.load("tls_ca").unwrap_err().to_string();
    assert_eq!(
        error,
        "`tls_ca` names a file that cannot be read: entity not found"
    );
    assert!(Pem::File("/dev/zero".into()).load("tls_ca").is_err());
    assert_eq!(
        &*Pem::Inline(Secret::new("PEM")).load("tls_ca").unwrap(),
        b"PEM"
    );
}

#[test]
fn the_stream_window_goes_by_distance_unless_it_is_set() {
    let limits = ConnectOptions::new().limits;
    let of = |millis| limits.stream_window(Duration::from_millis(millis));
    assert_eq!(
        [0, 2, 4, 16, 80, 5000].map(of),
        [1 << 20, 1 << 20, 2_048_000, 8_192_000, 8 << 20, 8 << 20]
    );
    assert_eq!(limits.stream_window(Duration::MAX), 8 << 20);
    let set = ConnectOptions::new().http2_stream_window(70_000);
    assert_eq!(set.limits.stream_window(Duration::from_secs(1)), 70_000);
}

#[test]
fn equal_secrets_are_equal() {
    assert_eq!(Secret::new("a"), Secret::new("a"));
    assert_ne!(Secret::new("a"), Secret::new("b"));
    assert_ne!(Secret::new("a"), Secret::new("ab"));
}

/// Any text, and such that URLs have trouble with.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{1,12}",
        "[.%/?#&=+@:\\\\ä😀]{1,6}",
        Just("..".to_owned()),
        "\\PC{1,8}"
    ]
}

fn printable() -> impl Strategy<Value = String> {
    "[!-~]([ -~]{0,10}[!-~])?"
}

fn credentials() -> impl Strategy<Value = Credentials> {
    let user = text().prop_map(|user| user.replace(':', "_"));
    prop_oneof![
        Just(Credentials::Anonymous),
        (user, option::of(text())).prop_map(|(user, password)| Credentials::Basic {
            user,
            password: Secret::new(password.unwrap_or_default()),
        }),
        "[!-~]{1,20}".prop_map(|token| Credentials::Bearer(Secret::new(token))),
        "[!-~]{1,20}".prop_map(|text| Credentials::Authorization(Secret::new(text))),
    ]
}

fn transport() -> impl Strategy<Value = Transport> {
    let part = text().prop_map(|part| part.replace(['/', '\0'], "_").replace("..", "x"));
    let path = prop::collection::vec(part, 1..4);
    prop_oneof![
        Just(Transport::Tls),
        Just(Transport::Tcp),
        path.prop_filter("`.` is another path", |parts| !parts
            .iter()
            .any(|part| part == "."))
            .prop_map(|parts| Transport::Unix(format!("/{}", parts.join("/")).into())),
    ]
}

prop_compose! {
    fn usable()(
        transport in transport(),
        host in prop_oneof!["[a-z]{1,9}(\\.[a-z]{2,3})?", Just("::1".to_owned()), Just("10.1.2.3".to_owned())],
        port in 1_u16..,
        credentials in credentials(),
        catalog in option::of(text()),
        schema in option::of(text()),
        dialect in prop::sample::select(&["ansi", "datafusion", "sqlite", "duckdb"][..]),
        headers in prop::collection::btree_map("x-[a-z]{1,5}", printable(), 0..3),
        session in prop::collection::btree_map("[A-Za-z.&= ]{1,5}", text(), 0..3),
        ca in prop::collection::vec(text(), 0..3),
        roots in option::of(Just(true)),
        idle in option::of(1_u64..1_000_000_000_000),
        application in option::of(printable()),
        window in option::of(65_535_u32..2_000_000_000),
    ) -> ConnectOptions {
        let tls = transport == Transport::Tls;
        let mut options = ConnectOptions::new()
            .host(&host)
            .port(port)
            .idle_timeout(idle.map(Duration::from_nanos))
            .dialect_name(dialect)
            .unwrap();
        options.transport = transport;
        options.limits.http2_stream_window = window;
        options.credentials = credentials;
        options.catalog = catalog;
        options.schema = schema;
        options.application_name = application;
        options.headers = headers.into_iter().map(|(name, v)| (name, Secret::new(v))).collect();
        options.session = session.into_iter().collect();
        for path in ca.into_iter().filter(|_| tls) {
            options.tls.add_ca(Pem::File(path.into()));
        }
        if let Some(on) = roots.filter(|_| tls) {
            options.tls.choose_system_roots(on);
        }
        options
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_url_gives_the_same_options(options in usable()) {
        prop_assume!(options.check().is_ok());
        let url = options.to_url_with_secrets();
        let again: ConnectOptions = url.as_str().parse().unwrap();
        prop_assert_eq!(&again.transport, &options.transport);
        if !matches!(options.transport, Transport::Unix(_)) {
            prop_assert_eq!(again.address(), options.address());
        }
        prop_assert_eq!(&again.credentials, &options.credentials);
        prop_assert_eq!(&again.catalog, &options.catalog);
        prop_assert_eq!(&again.schema, &options.schema);
        prop_assert_eq!(again.dialect.name(), options.dialect.name());
        prop_assert_eq!(&again.headers, &options.headers);
        prop_assert_eq!(&again.session, &options.session);
        prop_assert_eq!(&again.tls, &options.tls);
        prop_assert_eq!(&again.timeouts, &options.timeouts);
        prop_assert_eq!(&again.limits, &options.limits);
        prop_assert_eq!(&again.application_name, &options.application_name);
        prop_assert_eq!(again.to_url_with_secrets(), url);
    }

    #[test]
    fn the_lossy_url_of_usable_options_is_usable(options in usable()) {
        prop_assume!(options.check().is_ok());
        let url = options.to_url_lossy();
        let again = ConnectOptions::parse_url(&url, &[]);
        prop_assert!(again.is_ok(), "{url}: {:?}", again);
    }

    #[test]
    fn no_url_panics(rest in "[ -~ä]{0,60}") {
        let _ = format!("flightsql://{rest}").parse::<ConnectOptions>();
        let _ = format!("flightsql+unix:///{rest}").parse::<ConnectOptions>();
        let _ = format!("influxdb+flightsql+tcp://h:1/?{rest}").parse::<ConnectOptions>();
    }
}
