//! URIs of ADBC: the transport of each, and URIs that are rejected.

use super::super::tests::{HEAD, profile, url};
use crate::options::OptionsError;

#[test]
fn uris_of_adbc_select_the_transport() {
    for (uri, expected) in [
        ("grpc+tls://h", "flightsql://h"),
        ("flightsql://h:1", "flightsql://h:1"),
        ("flightsql://h:1/?transport=tls", "flightsql://h:1"),
        ("flightsql://h:1?transport=tcp", "flightsql+tcp://h:1"),
        ("grpc://[::1]:1", "flightsql+tcp://[::1]:1"),
        ("grpc+tcp://h:1/", "flightsql+tcp://h:1"),
        ("grpc+unix:///run/a%20b", "flightsql+unix:///run/a%20b"),
        (
            "flightsql:///run/x?transport=unix",
            "flightsql+unix:///run/x",
        ),
    ] {
        assert_eq!(
            url(profile(&format!("{HEAD}[Options]\nuri = \"{uri}\""))),
            expected
        );
    }
    for (uri, problem) in [
        ("", "must be a URI such as "),
        ("h:1", "must be a URI such as "),
        ("https://s3cret", "must be a URI such as "),
        ("flightsql+tcp://s3cret:1", "must be a URI such as "),
        ("grpc://", "has no host"),
        ("grpc+unix://s3cret/x", "has a host, but a socket has none"),
        (
            "grpc://ann:s3cret@h:1",
            "must not contain a user or password",
        ),
        ("grpc://ann@h:1", "must not contain a user or password"),
        ("grpc+tls://h/s3cret", "must not contain a path"),
        ("grpc+tls://h?token=s3cret", "must not contain `?`"),
        (
            "flightsql://h?token=s3cret",
            "must not contain options other than `transport`",
        ),
        (
            "flightsql://h?transport=tcp&transport=tls",
            "must not contain options other than `transport`",
        ),
        ("grpc+tls://h#s3cret", "must not contain `#`"),
    ] {
        let error = profile(&format!("{HEAD}[Options]\nuri = \"{uri}\"")).unwrap_err();
        let OptionsError::Value {
            key,
            problem: found,
        } = &error
        else {
            panic!("{error}")
        };
        assert_eq!(key, "uri");
        assert!(found.starts_with(problem), "{uri}: {error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    let error = profile(&format!("{HEAD}[Options]\nuri = \"grpc://h\"")).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("plaintext has no default port"),
        "{error}"
    );
}
