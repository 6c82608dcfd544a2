//! Profiles: the tables of a file, the variables in it, and every error with its key.

use std::ffi::OsString;

use super::options;
use crate::options::keys::tests::{CASES, fields};
use crate::options::{ConnectOptions, OptionsError};

pub(super) const HEAD: &str = "profile_version = 1\ndriver = \"flightsql\"\n";

fn variable(name: &str) -> Option<OsString> {
    match name {
        "SALES_PASSWORD" => Some("p@ss {{ }} s3cret".into()),
        "SALES_EMPTY" => Some("".into()),
        "SALES_HOST" => Some("db.example".into()),
        _ => None,
    }
}

/// Reads the text of a profile.
pub(super) fn profile(text: &str) -> Result<ConnectOptions, OptionsError> {
    options(toml::from_str(text).unwrap(), &variable)
}

/// Reads a profile with these lines in `[Options]`.
pub(super) fn of_adbc(lines: &str) -> Result<ConnectOptions, OptionsError> {
    profile(&format!(
        "{HEAD}[Options]\nuri = \"grpc+tls://h:1\"\n{lines}\n"
    ))
}

/// Reads a profile with these lines in `[flightsql]`.
pub(super) fn own(lines: &str) -> Result<ConnectOptions, OptionsError> {
    of_adbc(&format!("[flightsql]\n{lines}"))
}

pub(super) fn url(options: Result<ConnectOptions, OptionsError>) -> String {
    options.unwrap().to_url_with_secrets().to_string()
}

#[test]
fn reads_the_documented_profile() {
    let text = format!(
        "{HEAD}
        [Options]
        uri = \"grpc+tls://{{{{ env_var(SALES_HOST) }}}}:31337\"
        username = \"ann\"
        password = \"{{{{env_var(SALES_PASSWORD)}}}}!\"
        \"adbc.flight.sql.rpc.timeout_seconds.query\" = \"1.5\"
        adbc.flight.sql.rpc.timeout_seconds.fetch = 0
        adbc.flight.sql.rpc.call_header.X-Trace = \"on\"

        [flightsql]
        dialect = \"datafusion\"
        retries = 3
        retry_budget = 0.5
        tls_system_roots = true
        tls_ca = [\"/a.pem\", \"/b.pem\"]
        session.time_zone = \"UTC\"
        \"header.x-a\" = \"1\"

        [other]
        anything = 1
        "
    );
    let expected = "datafusion+flightsql://ann:p%40ss%20%7B%7B%20%7D%7D%20s3cret%21@db.example:31337?tls_ca=/a.pem&\
                    tls_ca=/b.pem&tls_system_roots=true&query_timeout=1500ms&retries=3&retry_budget=0.5&header.x-trace=on&\
                    header.x-a=1&session.time_zone=UTC";
    assert_eq!(url(profile(&text)), expected);
}

#[test]
fn every_key_is_a_key_of_a_profile() {
    for (key, value, set) in CASES {
        let line = format!("\"{key}\" = \"{value}\"");
        let built = set(ConnectOptions::new().host("h").port(1));
        assert_eq!(fields(&own(&line).unwrap()), fields(&built), "{key}");
    }
}

#[test]
fn wrong_profiles_are_rejected_by_key() {
    for (text, expected) in [
        (
            "",
            "`profile_version` is missing; write `profile_version = 1`",
        ),
        (
            "version = 1\n[options]\n",
            "`profile_version` is missing; write `profile_version = 1`",
        ),
        (
            "profile_version = 2",
            "`profile_version` is not supported; this driver reads version 1",
        ),
        (
            "profile_version = \"1\"",
            "`profile_version` must be the integer 1",
        ),
        (
            "profile_version = 1",
            "`driver` is missing; write `driver = \"flightsql\"`",
        ),
        (
            "profile_version = 1\ndriver = 1",
            "`driver` must be a string",
        ),
        (
            "profile_version = 1\ndriver = \"adbc_driver_postgresql\"",
            "`driver` names another driver; a profile of this driver has `driver = \"flightsql\"`, or the path of ADBC's Flight SQL \
             driver",
        ),
        (
            "profile_version = 1\ndriver = \"/opt/lib/libadbc_driver_flightsql.so\"",
            "`Options` is not a table of the profile; write `[Options]` and below it ADBC's options, such as `uri`",
        ),
        (
            "profile_version = 1\ndriver = \"flightsql\"\nOptions = 1",
            "`Options` is not a table of the profile; write `[Options]` and below it ADBC's options, such as `uri`",
        ),
        (
            "profile_version = 1\ndriver = \"flightsql\"\n[Options]\nusername = \"a\"",
            "`uri` is missing in `[Options]`; set it to the server, such as `grpc+tls://host:port`",
        ),
        (
            "profile_version = 1\ndriver = \"flightsql\"\nflightsql = 1\n[Options]\nuri = \"grpc+tls://h\"",
            "`flightsql` must be a table",
        ),
    ] {
        assert_eq!(profile(text).unwrap_err().to_string(), expected);
    }
}

#[test]
fn wrong_values_are_rejected_by_key() {
    const SECONDS: &str = "must be a number of seconds, such as `30` or `1.5`; `0` means no limit";
    for (line, key, problem) in [
        ("password = 5", "password", "must be a string"),
        ("password = [\"s3cret\"]", "password", "must be a string"),
        ("password = 2020-01-01", "password", "must be a string"),
        (
            "password = \"\"",
            "password",
            "is empty; set a value, or remove the option",
        ),
        (
            "foo = \"s3cret\"",
            "foo",
            "is not an option of ADBC's Flight SQL driver; correct its name",
        ),
        (
            "retries = \"3\"",
            "retries",
            "is a key of this driver, which ADBC's driver rejects",
        ),
        (
            "password.x = \"s3cret\"",
            "password.x",
            "is not an option of ADBC's Flight SQL driver",
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query = \"s3cret\"",
            "adbc.flight.sql.rpc.timeout_seconds.query",
            SECONDS,
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query = -1",
            "adbc.flight.sql.rpc.timeout_seconds.query",
            SECONDS,
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query = nan",
            "adbc.flight.sql.rpc.timeout_seconds.query",
            SECONDS,
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query = inf",
            "adbc.flight.sql.rpc.timeout_seconds.query",
            SECONDS,
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query = 1e300",
            "adbc.flight.sql.rpc.timeout_seconds.query",
            SECONDS,
        ),
        (
            "adbc.flight.sql.rpc.timeout_seconds.query = true",
            "adbc.flight.sql.rpc.timeout_seconds.query",
            "must be a number of seconds",
        ),
        (
            "adbc.flight.sql.client_option.with_max_msg_size = 0",
            "adbc.flight.sql.client_option.with_max_msg_size",
            "must be a positive integer",
        ),
        (
            "adbc.flight.sql.client_option.with_max_msg_size = \"64MiB\"",
            "adbc.flight.sql.client_option.with_max_msg_size",
            "must be a positive integer",
        ),
        (
            "adbc.flight.sql.client_option.with_max_msg_size = 99999999999",
            "adbc.flight.sql.client_option.with_max_msg_size",
            "must be a size",
        ),
        (
            "adbc.flight.sql.client_option.tls_skip_verify = \"s3cret\"",
            "adbc.flight.sql.client_option.tls_skip_verify",
            "must be `true` or `false`",
        ),
        (
            "adbc.flight.sql.client_option.tls_skip_verify = 1",
            "adbc.flight.sql.client_option.tls_skip_verify",
            "must be `true` or `false`",
        ),
        (
            "adbc.flight.sql.rpc.with_cookie_middleware = false",
            "adbc.flight.sql.rpc.with_cookie_middleware",
            "must be `true`, because this driver always returns cookies",
        ),
        // Checks of the complete options.
        (
            "adbc.flight.sql.authorization_header = \"s3cret\\n\"",
            "adbc.flight.sql.authorization_header",
            "must be printable ASCII",
        ),
        (
            "adbc.flight.sql.rpc.call_header.te = \"s3cret\"",
            "adbc.flight.sql.rpc.call_header.te",
            "is reserved for HTTP/2 and gRPC",
        ),
        (
            "adbc.flight.sql.client_option.tls_root_certs = \"/s3cret.pem\"",
            "adbc.flight.sql.client_option.tls_root_certs",
            "is not PEM text",
        ),
        // Keys of this driver.
        (
            "[flightsql]\nretries = \"s3cret\"",
            "flightsql.retries",
            "must be an integer",
        ),
        (
            "[flightsql]\nretries = [3]",
            "flightsql.retries",
            "must be one value, not an array",
        ),
        (
            "[flightsql]\nretries = 2020-01-01",
            "flightsql.retries",
            "must be a string, a number or a boolean",
        ),
        (
            "[flightsql]\nlocation_allow = [[\"s3cret\"]]",
            "flightsql.location_allow",
            "must be a string, a number or a boolean",
        ),
        (
            "[flightsql]\ntoken = \"Bearer s3cret\"",
            "flightsql.token",
            "must not begin with the word `Bearer`",
        ),
        (
            "[flightsql]\ntoken_command = \" \"",
            "flightsql.token_command",
            "must not be empty",
        ),
    ] {
        let error = of_adbc(line).unwrap_err();
        let OptionsError::Value {
            key: found_key,
            problem: found,
        } = &error
        else {
            panic!("{line}: {error}")
        };
        assert_eq!(found_key, key, "{line}");
        assert!(found.starts_with(problem), "{line}: {error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
}

#[test]
fn a_setting_occurs_once() {
    for (lines, expected) in [
        (
            "username = \"a\"\n[flightsql]\nuser = \"b\"",
            OptionsError::Repeated("username".to_owned()),
        ),
        (
            "adbc.flight.sql.rpc.call_header.N = \"1\"\n[flightsql]\nheader.n = \"1\"",
            OptionsError::Repeated("header.n".to_owned()),
        ),
        (
            "adbc.a = \"1\"\n\"adbc.a\" = \"1\"",
            OptionsError::Repeated("adbc.a".to_owned()),
        ),
    ] {
        assert_eq!(of_adbc(lines).unwrap_err(), expected);
    }
    let error = own("user = \"a\"\npassword_command = \"x\"\npassword = \"s3cret\"").unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("`password_command` and a password"),
        "{error}"
    );
    let error = own("foo = 1").unwrap_err();
    assert!(
        error.to_string().starts_with("unknown option \"foo\""),
        "{error}"
    );
}

#[test]
fn a_profile_may_contain_commands() {
    let options = own("username = \"ann\"\npassword_command = \"echo s3cret\"").unwrap();
    let built = ConnectOptions::new()
        .host("h")
        .port(1)
        .username("ann")
        .password_command("echo s3cret");
    assert!(options.credentials == built.credentials);
    let options = own("token-command = \"echo s3cret\"").unwrap();
    let built = ConnectOptions::new().token_command("echo s3cret");
    assert!(options.credentials == built.credentials);
    assert!(!format!("{options:?}").contains("s3cret"));
}

#[test]
fn a_missing_variable_is_an_error() {
    for (value, problem) in [
        (
            "{{ env_var(SALES_NONE) }}",
            "contains the environment variable `SALES_NONE`, which is not set; set it",
        ),
        (
            "{{ env_var(SALES_EMPTY) }}",
            "contains the environment variable `SALES_EMPTY`, which is empty; set it to a value",
        ),
        (
            "a{{ env_var(SALES_PASSWORD) }}{{env_var(X)}}",
            "contains the environment variable `X`, which is not set; set it",
        ),
        (
            "{{ env_var() }}",
            "contains `{{ … }}` that is not `{{ env_var(NAME) }}`",
        ),
        (
            "{{ env_var(a b) }}",
            "contains `{{ … }}` that is not `{{ env_var(NAME) }}`",
        ),
        (
            "{{ file(s3cret) }}",
            "contains `{{ … }}` that is not `{{ env_var(NAME) }}`",
        ),
        (
            "{{ env_var(SALES_PASSWORD }}",
            "contains `{{ … }}` that is not `{{ env_var(NAME) }}`",
        ),
        (
            "{{ env_var(SALES_PASSWORD) }",
            "contains `{{` without `}}`; write `{{ env_var(NAME) }}`",
        ),
        (
            "s3cret{{",
            "contains `{{` without `}}`; write `{{ env_var(NAME) }}`",
        ),
    ] {
        let error = of_adbc(&format!("password = \"{value}\"")).unwrap_err();
        assert_eq!(error, OptionsError::value("password", problem));
        let error = own(&format!("token = \"{value}\"")).unwrap_err();
        assert_eq!(error, OptionsError::value("flightsql.token", problem));
    }
    assert_eq!(
        url(of_adbc("username = \"}} {x} {\"")),
        "flightsql://%7D%7D%20%7Bx%7D%20%7B@h:1"
    );
}

#[test]
fn a_url_names_a_profile_and_nothing_else() {
    let of = |url: &str| url.parse::<ConnectOptions>().unwrap_err().to_string();
    let not_found = of("profile://flightsql-test-without-a-profile");
    assert!(
        not_found.starts_with("`profile` was not found"),
        "{not_found}"
    );
    for url in [
        "profile://",
        "profile:",
        "profile:sales",
        "profile:///etc/sales.toml",
        "profile://sales/x",
        "profile://..",
        "profile://a.b",
        "profile://ann:s3cret@sales",
        "profile://ann@sales",
        "profile://sales:1",
        "profile://sales?tls_ca=/tmp/s3cret",
        "profile://sales#s3cret",
    ] {
        let error = of(url);
        assert!(
            error.starts_with("the URL of a profile is `profile://NAME`"),
            "{url}: {error}"
        );
    }
    for url in ["profile://sales,other", "profile://sales,s3cret:1"] {
        let error = of(url);
        assert!(
            error.starts_with("the URL of a profile is `profile://NAME` with one name"),
            "{error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
    }
}
