//! Connection profiles with secrets in every value that may contain one: no `Debug`, error or log shows them.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flightsql::{ConnectOptions as _, FlightSqlConnectOptions};
use flightsql_testkit::{ProxyServer, TestServer};

use super::cases::{Case, case};
use super::planted::*;
use super::{clean, clean_text, printed};

/// Writes a profile, whose name is a part of the name of the file.
fn written(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("secrets-{name}.toml"));
    std::fs::write(&path, text).unwrap();
    path
}

/// Returns the text of a profile with these lines in its tables.
fn text(address: &str, of_adbc: &str, own: &str) -> String {
    let binary = STANDARD.encode(BINARY);
    format!(
        "profile_version = 1
driver = \"flightsql\"
[Options]
uri = \"grpc://{address}\"
adbc.flight.sql.rpc.call_header.x-api-key = \"{HEADER}\"
{of_adbc}
[flightsql]
session.tenant = \"{SESSION}\"
header.x-key-bin = \"{binary}\"
retries = 0
{own}
"
    )
}

fn read(name: &str, text: &str) -> FlightSqlConnectOptions {
    FlightSqlConnectOptions::from_profile(written(name, text)).unwrap()
}

/// Profiles of one server with each kind of credentials that only a profile has a form for.
pub(super) fn cases(server: &TestServer) -> Vec<Case> {
    let of = |name: &'static str, of_adbc: &str, own: &str, secret: &'static str| {
        let text = text(&server.address().to_string(), of_adbc, own);
        case(name, read(name, &text), &[secret])
    };
    let user = format!("username = \"ann\"\npassword = \"{PASSWORD}\"");
    let header = format!("adbc.flight.sql.authorization_header = \"{AUTHORIZATION}\"");
    vec![
        of("profile-password", &user, "", PASSWORD),
        of("profile-authorization", &header, "", AUTHORIZATION),
        of("profile-token", "", &format!("token = \"{TOKEN}\""), TOKEN),
        #[cfg(unix)]
        of(
            "profile-command",
            "",
            &format!("token_command = \"echo {COMMAND}\""),
            COMMAND,
        ),
    ]
}

/// Profiles that are rejected, with a part of the error.
#[test]
fn errors_of_invalid_profiles_show_no_secret() {
    let client = format!("adbc.flight.sql.oauth.client_secret = \"{PASSWORD}\"");
    let lines = [
        // Not TOML, in the line of the secret.
        (format!("password = {PASSWORD}"), ""),
        (format!("password = \"{PASSWORD}\npassword = 1"), ""),
        (
            format!("password = \"{PASSWORD}\"\npassword = \"{PASSWORD}\""),
            "",
        ),
        // Wrong types, forms and variables.
        (format!("password = [\"{PASSWORD}\"]"), "`password`"),
        (
            format!("password = {{ a = \"{PASSWORD}\" }}"),
            "`password.a`",
        ),
        (
            format!("password = \"{PASSWORD}{{{{ env_var(A\""),
            "`password`",
        ),
        (
            format!("password = \"{PASSWORD}{{{{ env_var(FLIGHTSQL_TEST_UNSET) }}}}\""),
            "`password`",
        ),
        (
            format!("password = \"{PASSWORD}{{{{ {TOKEN} }}}}\""),
            "`password`",
        ),
        (format!("uri = \"grpc://ann:{PASSWORD}@h:1\""), ""),
        (
            format!("adbc.flight.sql.authorization_header = \"{AUTHORIZATION}\\n\""),
            "authorization_header`",
        ),
        (
            format!("adbc.flight.sql.rpc.call_header.x-a = \"{HEADER}\\u0000\""),
            "call_header.x-a`",
        ),
        (
            format!("adbc.flight.sql.client_option.mtls_private_key = \"{PASSWORD}\""),
            "`tls_client_key`",
        ),
        (
            format!("adbc.flight.sql.client_option.tls_skip_verify = \"{PASSWORD}\""),
            "tls_skip_verify`",
        ),
        (client.clone(), "oauth"),
        // Credentials that exclude each other.
        (
            format!("password = \"{PASSWORD}\"\n[flightsql]\ntoken = \"{TOKEN}\""),
            "keep one of them",
        ),
        (
            format!("password = \"{PASSWORD}\"\n[flightsql]\npassword = \"{TOKEN}\""),
            "keep one of them",
        ),
        (format!("password = \"{PASSWORD}\"\n{client}"), ""),
        // Keys of this driver.
        (
            format!("[flightsql]\nproxy = \"http://u:{PROXY}@p:1/{TOKEN}\""),
            "`flightsql.proxy`",
        ),
        (
            format!("[flightsql]\nproxy = \"socks5://u:{PROXY}@p:1\""),
            "`flightsql.proxy`",
        ),
        (
            format!("[flightsql]\nretries = \"{PASSWORD}\""),
            "`flightsql.retries`",
        ),
        (
            format!("[flightsql]\nhost = [\"{PASSWORD}@h\"]"),
            "`flightsql.host`",
        ),
        (
            format!("[flightsql]\ntoken = \"{TOKEN}\"\ntoken_command = \"echo {COMMAND}\""),
            "",
        ),
    ];
    for (index, (lines, expected)) in lines.iter().enumerate() {
        let uri = if lines.starts_with("uri") {
            ""
        } else {
            "uri = \"grpc://h:1\"\n"
        };
        let text =
            format!("profile_version = 1\ndriver = \"flightsql\"\n[Options]\n{uri}{lines}\n");
        let path = written(&format!("invalid-{index}"), &text);
        let error = FlightSqlConnectOptions::from_profile(&path).unwrap_err();
        let printed = printed(&error);
        clean_text(&printed);
        assert!(printed.contains("invalid-"), "no file is named: {printed}");
        assert!(printed.contains(expected), "{lines}: {printed}");
    }
    // A driver of another name may be anything.
    let text =
        format!("profile_version = 1\ndriver = \"{PASSWORD}\"\n[Options]\nuri = \"grpc://h:1\"");
    let error = FlightSqlConnectOptions::from_profile(written("driver", &text)).unwrap_err();
    clean_text(&printed(&error));
}

#[tokio::test]
async fn errors_of_connecting_with_a_profile_show_no_secret() {
    let proxy = ProxyServer::start().await.unwrap();
    proxy.require("proxy-user", TOKEN);
    let server = TestServer::builder().basic("ann", "other");
    let server = server.start().await.unwrap();
    let address = server.address().to_string();
    let user = format!("username = \"ann\"\npassword = \"{PASSWORD}\"");
    let closed = "127.0.0.1:1";
    let wrong = format!("proxy = \"http://proxy-user:{PROXY}@{}\"", proxy.address());
    let dead = format!("proxy = \"http://proxy-user:{PROXY}@{closed}\"");
    for (name, address, own) in [
        ("wrong-password", &*address, ""),
        ("dead-server", closed, ""),
        ("wrong-proxy-password", &*address, &*wrong),
        ("dead-proxy", &*address, &*dead),
    ] {
        let options = read(name, &text(address, &user, own));
        clean(&options);
        clean_text(&options.to_url_lossy().to_string().replace(SESSION, ""));
        let error = options.connect().await.unwrap_err();
        clean_text(&printed(&error));
    }
}
