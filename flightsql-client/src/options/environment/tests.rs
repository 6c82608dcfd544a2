//! Options from variables: the mapping of names, and everything that is rejected.

use std::ffi::OsString;

use super::{REFUSED, from_variables, variable_of};
use crate::options::keys::tests::{CASES, fields};
use crate::options::{ConnectOptions, OptionsError, keys};

fn read(variables: &[(&str, &str)]) -> Result<ConnectOptions, OptionsError> {
    let variables = variables
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    from_variables("W", variables)
}

fn rejected(variables: &[(&str, &str)]) -> String {
    read(variables).unwrap_err().to_string()
}

/// Keys that contradict those before them.
fn is_alone(key: &str) -> bool {
    REFUSED.iter().any(|(refused, _)| *refused == key)
}

#[test]
fn variables_are_options() {
    let options = read(&[
        ("W_TOKEN", "t0k3n"),
        ("W_HOST", "Db.Example"),
        ("W_PORT", "31337"),
        ("W_QUERY_TIMEOUT", "30s"),
        ("W_HEADER_X_API_KEY", "k3y"),
        ("W_SESSION_TIME_ZONE", "UTC"),
        ("WAREHOUSE_HOST", "other"),
        ("XW_HOST", "other"),
        ("HOST", "other"),
        ("W", "other"),
    ])
    .unwrap();
    let expected = "flightsql://db.example:31337?token=t0k3n&query_timeout=30s&header.x-api-key=k3y&session.time_zone=UTC";
    assert_eq!(options.to_url_with_secrets().as_str(), expected);
    let default = read(&[("W_HOST", "h")]).unwrap();
    assert_eq!(default.to_url_with_secrets().as_str(), "flightsql://h");
}

#[test]
fn every_key_has_one_variable() {
    for (key, value, set) in CASES {
        let name = format!("W_{}", variable_of(key));
        if *key == "host" {
            let built = set(ConnectOptions::new().host("h").port(1));
            let listed = read(&[("W_HOST", &format!("h,{value}")), ("W_PORT", "1")]);
            assert_eq!(fields(&listed.unwrap()), fields(&built));
            continue;
        }
        let variables = [("W_HOST", "h"), ("W_PORT", "1"), (&name, value)];
        if is_alone(key) {
            let text = rejected(&variables);
            assert!(
                text.starts_with(&format!("`{name}` must not be a variable")),
                "{text}"
            );
        } else {
            let built = set(ConnectOptions::new().host("h").port(1));
            assert_eq!(fields(&read(&variables).unwrap()), fields(&built), "{key}");
        }
    }
    let mut names: Vec<_> = keys::all()
        .iter()
        .map(|key| variable_of(key.name))
        .collect();
    names.extend(["PORT", "URL", "HEADER_X", "SESSION_X"].map(str::to_owned));
    let count = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), count);
    assert_eq!(variable_of("oauth.client_id"), "OAUTH_CLIENT_ID");
}

#[test]
fn variables_neither_weaken_tls_nor_run_commands() {
    for (key, problem) in REFUSED {
        let name = format!("W_{}", variable_of(key));
        let text = rejected(&[("W_HOST", "h"), (&name, "s3cret")]);
        assert_eq!(text, format!("`{name}` {problem}"));
    }
}

#[test]
fn rejected_variables_are_named_without_values() {
    for (variables, expected) in [
        (
            &[("W_HOST", "h"), ("W_PASWORD", "s3cret")][..],
            "`W_PASWORD` is not a variable of an option; use the name of a key in upper case after the prefix, or remove it",
        ),
        (
            &[("W_HOST", "h"), ("W_PASSWORD", "")],
            "`W_PASSWORD` is empty; set a value, or unset the variable",
        ),
        (
            &[("W_HOST", "")],
            "`W_HOST` is empty; set a value, or unset the variable",
        ),
        (
            &[("W_TOKEN", "s3cret")],
            "`W_HOST` is not set; set it to the host of the server",
        ),
        (&[], "`W_HOST` is not set; set it to the host of the server"),
        (
            &[("W_HOST", "h"), ("W_PORT", "s3cret")],
            "`W_PORT` must be an integer that is not too large",
        ),
        (
            &[("W_HOST", "h"), ("W_RETRIES", "s3cret")],
            "`W_RETRIES` must be an integer that is not too large",
        ),
        // The check of the complete options.
        (
            &[("W_HOST", "h"), ("W_TOKEN", "Bearer s3cret")],
            "`W_TOKEN` must not begin with the word `Bearer`, which the driver adds",
        ),
        (
            &[("W_HOST", "h"), ("W_HEADER_TE", "s3cret")],
            "`W_HEADER_TE` is reserved for HTTP/2 and gRPC",
        ),
        (
            &[
                ("W_HOST", "h"),
                ("W_TOKEN", "s3cret"),
                ("W_USERNAME", "s3cret"),
            ],
            "a token and a user are specified; keep one of them",
        ),
        (
            &[("W_URL", "flightsql://s3cret@h")],
            "`W_URL` is not read, because variables do not change the options of a URL; parse the URL in code, or set the host",
        ),
    ] {
        assert_eq!(rejected(variables), expected);
    }
    let text = rejected(&[("W_HOST", "s3 cret")]);
    assert!(!text.contains("s3 cret"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_utf8_is_rejected() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = OsString::from_vec(b"s3cret\xff".to_vec());
    let error = from_variables("W", [("W_PASSWORD".into(), value)].into_iter()).unwrap_err();
    assert_eq!(error, OptionsError::value("W_PASSWORD", "is not UTF-8"));
    let name = OsString::from_vec(b"W_\xff".to_vec());
    let error = from_variables("W", [(name, "x".into())].into_iter()).unwrap_err();
    assert!(
        error.to_string().contains("is not a variable of an option"),
        "{error}"
    );
    let other = OsString::from_vec(b"V_\xff".to_vec());
    let variables = [(other, "x".into()), ("W_HOST".into(), "h".into())];
    assert!(from_variables("W", variables.into_iter()).is_ok());
}

#[test]
fn the_prefix_is_a_name() {
    for prefix in ["", "_", "w", "W_", "_W", "1W", "W-X", "Ä", "W X"] {
        let error =
            from_variables(prefix, [("W_HOST".into(), "h".into())].into_iter()).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("the prefix of variables must"),
            "{prefix}: {error}"
        );
    }
    let variables = [(OsString::from("A_2B_HOST"), OsString::from("h"))];
    assert!(from_variables("A_2B", variables.into_iter()).is_ok());
}

#[test]
fn from_env_reads_the_process() {
    let error = ConnectOptions::from_env("FLIGHTSQL_TEST_WITHOUT_VARIABLES").unwrap_err();
    let expected = OptionsError::value(
        "FLIGHTSQL_TEST_WITHOUT_VARIABLES_HOST",
        "is not set; set it to the host of the server",
    );
    assert_eq!(error, expected);
}
