//! The values of `proxy`, their text, and what must not be in it.

use super::*;

fn options(query: &str) -> ConnectOptions {
    format!("flightsql://db.example?{query}").parse().unwrap()
}

fn refused(url: &str) -> String {
    let options = url.parse::<ConnectOptions>();
    options.unwrap_err().to_string()
}

#[track_caller]
fn server(text: &str) -> ProxyServer {
    match Proxy::parse(text) {
        Ok(Proxy::Server(server)) => server,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn addresses_are_read() {
    for (text, expected) in [
        ("http://proxy.corp:3128", "http://proxy.corp:3128"),
        ("HTTP://Proxy.Corp:3128/", "http://proxy.corp:3128"),
        ("proxy.corp:3128", "http://proxy.corp:3128"),
        ("ann:secret@proxy.corp:3128", "http://proxy.corp:3128"),
        ("http://proxy.corp", "http://proxy.corp:80"),
        ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
        ("10.0.0.1:8080", "http://10.0.0.1:8080"),
    ] {
        assert_eq!(server(text).text(false), expected, "{text}");
    }
    let tls = Proxy::parse("https://proxy.corp");
    match cfg!(feature = "tls") {
        true => assert_eq!(tls.unwrap().text(), "https://proxy.corp:443"),
        false => assert!(tls.unwrap_err().contains("cargo feature `tls`")),
    }
    assert_eq!(Proxy::parse("none"), Ok(Proxy::None));
    assert_eq!(Proxy::parse("env"), Ok(Proxy::Environment));
}

#[test]
fn other_values_are_refused_without_their_text() {
    for (text, problem) in [
        ("", FORM),
        ("ENV", "must be"),
        ("http://", FORM),
        ("http://s3cret:0", "must not have the port 0"),
        ("http://s3cret:65536", FORM),
        ("http://p:1/s3cret", FORM),
        ("http://p:1?s3cret", FORM),
        ("http://p:1#s3cret", FORM),
        ("ftp://s3cret:1", FORM),
        (
            "socks5://s3cret:1080",
            "names a SOCKS proxy, which is not supported",
        ),
        ("http://a%3Ab:s3cret@p:1", "must not have a user with `:`"),
        ("http://ann:s3cret%ff@p:1", "that is not UTF-8"),
        ("http://ann:s3cret%0a@p:1", "with a control character"),
        ("http://s3cret host:1", FORM),
    ] {
        let url = format!(
            "flightsql://h?proxy={}",
            utf8_percent_encode(text, RESERVED)
        );
        // A word alone is a host name.
        if text == "ENV" {
            assert_eq!(options("proxy=ENV").proxy.text(), "http://env:80");
            continue;
        }
        let error = refused(&url);
        assert!(
            error.starts_with("`proxy` ") && error.contains(problem),
            "{text}: {error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
        // The builder keeps the problem until the options are checked.
        let built = ConnectOptions::new().proxy(text);
        assert!(!format!("{built:?}").contains("s3cret"), "{built:?}");
        assert!(!built.to_url_with_secrets().as_str().contains("s3cret"));
        assert_eq!(built.check().unwrap_err().to_string(), error);
        assert_eq!(built.proxy_address().unwrap_err().to_string(), error);
    }
}

#[test]
fn credentials_are_decoded_once() {
    let server = server("http://ann:p%40ss:%2F%C3%A9@p:1");
    let (user, password) = server.login.as_ref().unwrap();
    assert_eq!((user.as_str(), password.expose()), ("ann", "p@ss:/é"));
    // `ann:p@ss:/é` in base64.
    assert_eq!(
        server.authorization().unwrap().expose(),
        "Basic YW5uOnBAc3M6L8Op"
    );
    assert_eq!(super::tests::server("http://p:1").authorization(), None);
    let user_only = super::tests::server("http://ann@p:1")
        .authorization()
        .unwrap();
    assert_eq!(user_only.expose(), "Basic YW5uOg==");
}

#[test]
fn only_a_url_with_secrets_has_the_credentials() {
    let text = "http://annabel%2B:p%40ss%25@p.corp:3128";
    let built = ConnectOptions::new().host("db.example").proxy(text);
    let full = built.to_url_with_secrets();
    assert_eq!(
        full.as_str().parse::<ConnectOptions>().unwrap().proxy,
        built.proxy
    );
    let lossy = built.to_url_lossy();
    assert_eq!(
        lossy.as_str(),
        "flightsql://db.example?proxy=http://p.corp:3128"
    );
    let debug = format!("{built:?}");
    assert!(debug.contains("http://p.corp:3128"), "{debug}");
    for secret in ["annabel", "p@ss", "p%40ss"] {
        assert!(
            !debug.contains(secret) && !lossy.as_str().contains(secret),
            "{debug} {lossy}"
        );
    }
    let secrets = built.proxy_secrets();
    let secrets: Vec<_> = secrets.iter().map(Secret::expose).collect();
    assert_eq!(secrets, ["p@ss%", "YW5uYWJlbCs6cEBzcyU="]);
}

#[test]
fn a_later_setter_switches_the_proxy_off() {
    let built = ConnectOptions::new().proxy("http://p:1").proxy("none");
    assert_eq!(built.proxy, Proxy::None);
    assert_eq!(built.to_url_lossy(), ConnectOptions::new().to_url_lossy());
    assert_eq!(
        options("proxy=env").to_url_lossy().query(),
        Some("proxy=env")
    );
}

#[test]
fn a_unix_socket_has_no_proxy() {
    for value in ["env", "http://p:1"] {
        let text = refused(&format!("flightsql+unix:///db.sock?proxy={value}"));
        assert_eq!(text, "`proxy` has no effect on a Unix socket; remove it");
    }
    let none = "flightsql+unix:///db.sock?proxy=none";
    assert!(none.parse::<ConnectOptions>().is_ok());
}

#[test]
fn tls_options_may_apply_to_the_proxy_alone() {
    let url = |proxy: &str| format!("flightsql+tcp://db:1?tls_ca=/ca.pem&proxy={proxy}");
    assert!(refused(&url("http://p:1")).contains("have no effect on a plaintext transport"));
    if cfg!(feature = "tls") {
        assert!(url("https://p:1").parse::<ConnectOptions>().is_ok());
    }
}

#[test]
fn the_address_in_use_is_known() {
    let own = options("proxy=http://ann:s3cret@p:1");
    assert_eq!(own.proxy_address().unwrap().as_deref(), Some("p:1"));
    assert_eq!(options("").proxy_address(), Ok(None));
}
