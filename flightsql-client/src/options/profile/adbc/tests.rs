//! The table of ADBC's options, against the keys and the documentation.

use std::fs;
use std::path::Path;

use super::super::tests::{HEAD, of_adbc, own, profile, url};
use super::{Form, ROWS, Target};
use crate::options::keys;
use crate::options::keys::tests::fields;

#[test]
fn options_of_adbc_have_the_effect_of_their_key() {
    const PEM: &str = "-----BEGIN X";
    let mut tested = vec!["uri".to_owned()];
    let cases: &[(&str, &str, &str)] = &[
        ("username", "\"ann\"", "username = \"ann\""),
        ("password", "\"x\"", "password = \"x\""),
        (
            "adbc.flight.sql.authorization_header",
            "\"Digest a\"",
            "authorization = \"Digest a\"",
        ),
        (
            "adbc.flight.sql.client_option.tls_override_hostname",
            "\"db\"",
            "tls_server_name = \"db\"",
        ),
        (
            "adbc.flight.sql.client_option.tls_skip_verify",
            "\"true\"",
            "tls_verify = \"none\"",
        ),
        (
            "adbc.flight.sql.client_option.tls_skip_verify",
            "false",
            "tls_verify = \"full\"",
        ),
        (
            "adbc.flight.sql.client_option.tls_root_certs",
            "\"-----BEGIN X\"",
            "tls_ca_pem = \"-----BEGIN X\"",
        ),
        ("adbc.flight.sql.client_option.with_block", "true", ""),
        (
            "adbc.flight.sql.client_option.with_max_msg_size",
            "\"1048576\"",
            "max_message_size = \"1MiB\"",
        ),
        (
            "adbc.flight.sql.client_option.with_max_msg_size",
            "1048576",
            "max_message_size = \"1MiB\"",
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.connect",
            "\"2.5\"",
            "connect_timeout = \"2500ms\"",
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.fetch",
            "2.5",
            "fetch_timeout = \"2500ms\"",
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query",
            "\"0\"",
            "query_timeout = 0",
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.update",
            "60",
            "update_timeout = \"1m\"",
        ),
        (
            "adbc.flight.sql.rpc.call_header.",
            "\"v\"",
            "header.n = \"v\"",
        ),
        ("adbc.flight.sql.rpc.with_cookie_middleware", "\"true\"", ""),
    ];
    for (name, value, expected) in cases {
        let name = if name.ends_with('.') {
            format!("{name}N")
        } else {
            (*name).to_owned()
        };
        let options = of_adbc(&format!("\"{name}\" = {value}")).unwrap();
        assert_eq!(fields(&options), fields(&own(expected).unwrap()), "{name}");
        tested.push(name.trim_end_matches('N').to_owned());
    }
    let identity = format!("mtls_cert_chain = \"{PEM}\"\nmtls_private_key = \"{PEM}\"");
    let identity = of_adbc(&format!(
        "[Options.adbc.flight.sql.client_option]\n{identity}"
    ));
    let expected = format!("tls_client_cert_pem = \"{PEM}\"\ntls_client_key_pem = \"{PEM}\"");
    assert_eq!(url(identity), url(own(&expected)));
    tested.extend(
        ["mtls_cert_chain", "mtls_private_key"]
            .map(|name| format!("adbc.flight.sql.client_option.{name}")),
    );
    // Plaintext only.
    let name = "adbc.flight.sql.client_option.authority";
    let plain = format!("{HEAD}[Options]\nuri = \"grpc://h:1\"\n{name} = \"db\"");
    assert_eq!(url(profile(&plain)), "flightsql+tcp://h:1?authority=db");
    tested.push(name.to_owned());
    for row in ROWS {
        let of_oauth = row.name.strip_prefix("adbc.flight.sql.oauth.");
        match (row.target, of_oauth) {
            (Target::Refused(reason), _) => {
                let name = if row.name.ends_with('.') {
                    format!("{}n", row.name)
                } else {
                    row.name.to_owned()
                };
                let text = of_adbc(&format!("\"{name}\" = \"s3cret\""))
                    .unwrap_err()
                    .to_string();
                assert_eq!(text, format!("`{name}` is not supported: {reason}"));
            }
            (Target::Key(key), Some(rest)) => {
                assert_eq!(key, format!("oauth.{rest}"));
                assert!(keys::find(key).is_some(), "{key}");
            }
            (target, _) => {
                assert!(tested.iter().any(|name| name == row.name), "{}", row.name);
                if let Target::Key(key) = target {
                    assert!(keys::find(key).is_some(), "{key}");
                }
            }
        }
    }
}

/// The table of `docs/profiles.md`.
fn markdown() -> String {
    let mut rows = String::from("| option of ADBC | value | here |\n|---|---|---|\n");
    for row in ROWS {
        let rest = if row.name.ends_with('.') { "NAME" } else { "" };
        let form = match row.form {
            Form::Text => "string",
            Form::Boolean => "`true` or `false`",
            Form::Cookies => "`true`",
            Form::Seconds => "seconds, such as `1.5`",
            Form::Bytes => "bytes",
        };
        let (form, here) = match row.target {
            Target::Uri => ("a URI of ADBC", "the server, see above".to_owned()),
            Target::Key(key) => (form, format!("`{key}`")),
            Target::Family(family) => (form, format!("`{family}NAME`")),
            Target::Ignored(reason) => (form, format!("no effect: {reason}")),
            Target::Refused(reason) => ("", format!("rejected: {reason}")),
        };
        rows += &format!("| `{}{rest}` | {form} | {here} |\n", row.name);
    }
    rows
}

#[test]
fn the_documentation_has_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/profiles.md");
    let text = fs::read_to_string(&path).unwrap();
    let (start, end) = ("<!-- options -->\n\n", "\n<!-- /options -->");
    let (before, rest) = text.split_once(start).unwrap();
    let (table, after) = rest.split_once(end).unwrap();
    if std::env::var_os("UPDATE_PROFILES").is_some() {
        fs::write(&path, format!("{before}{start}{}{end}{after}", markdown())).unwrap();
    } else {
        assert_eq!(table, markdown(), "run this test with UPDATE_PROFILES=1");
    }
}
