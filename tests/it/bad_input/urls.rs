//! Invalid URLs: the error names the key and a fix, and never shows a value.

use flightsql::{Connection, Error, FlightSqlConnectOptions, FlightSqlConnection};

fn refused(url: &str) -> String {
    match url.parse::<FlightSqlConnectOptions>() {
        Err(Error::Configuration(error)) => error.to_string(),
        other => panic!("{url}: {other:?}"),
    }
}

#[test]
fn text_that_is_no_url() {
    let error = refused("not a url");
    assert!(
        error.starts_with("not a URL: relative URL without a base"),
        "{error}"
    );
}

#[test]
fn a_scheme_of_another_driver_names_the_right_ones() {
    let error = refused("postgres://localhost/db");
    assert!(
        error.starts_with("the scheme \"postgres\" is unknown"),
        "{error}"
    );
    assert!(
        error.contains("`flightsql+tcp://` for plaintext"),
        "{error}"
    );
    assert!(error.contains("datafusion"), "{error}");
}

#[test]
fn a_plaintext_url_without_a_port() {
    let error = refused("flightsql+tcp://localhost");
    assert!(error.contains("port"), "{error}");
}

#[test]
fn unknown_key_suggests_nearest_key_without_value() {
    let error = refused("flightsql://localhost?query_timout=sesame");
    assert!(
        error.starts_with("unknown option \"query_timout\", did you mean `query_timeout`?"),
        "{error}"
    );
    assert!(!error.contains("sesame"), "{error}");
    let error = refused("flightsql://localhost?zzzzzzzzzzzz=sesame");
    assert!(
        error.starts_with("unknown option \"zzzzzzzzzzzz\" (headers"),
        "{error}"
    );
}

#[test]
fn bad_values_name_their_key() {
    for (query, key) in [
        ("query_timeout=soon", "`query_timeout`"),
        ("max_message_size=-1", "`max_message_size`"),
        (
            "statement_cache_capacity=many",
            "`statement_cache_capacity`",
        ),
        ("locations=anywhere", "`locations`"),
        ("dialect=klingon", "`dialect`"),
        (
            "channels=1&channels=2",
            "`channels` is specified more than once",
        ),
    ] {
        let error = refused(&format!("flightsql+tcp://localhost:1?{query}"));
        assert!(error.contains(key), "{query}: {error}");
        for value in ["soon", "many", "anywhere"] {
            assert!(!error.contains(value), "{query}: {error}");
        }
    }
}

#[test]
fn a_bad_header_name_and_a_bad_path() {
    let error = refused("flightsql://localhost?header.b%C3%A4d=1");
    assert!(error.contains("header"), "{error}");
    let error = refused("flightsql://localhost/a/b/c");
    assert!(error.contains("`/catalog/schema`"), "{error}");
}

#[tokio::test]
async fn connecting_with_a_wrong_url_is_the_same_error() {
    let error = FlightSqlConnection::connect("flightsql+tcp://127.0.0.1:1?tokn=secret")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let text = format!("{error} {error:?}");
    assert!(text.contains("did you mean `token`?"), "{text}");
    assert!(!text.contains("secret"), "{text}");
}
