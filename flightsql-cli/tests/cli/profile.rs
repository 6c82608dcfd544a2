//! `--profile` and `profile://`: every command with a URL reads a connection profile.

use std::path::PathBuf;

use flightsql_cli::Exit;
use flightsql_testkit::TestServer;

use crate::common::{directory, run, run_in, server};

/// Writes a profile of the server, with these lines after the options.
fn written(name: &str, server: &TestServer, more: &str) -> PathBuf {
    let path = directory(&format!("profile-{name}")).join("sales.toml");
    let uri = format!("grpc://{}", server.address());
    let text = format!(
        "profile_version = 1\ndriver = \"flightsql\"\n[Options]\nuri = \"{uri}\"\n{more}\n"
    );
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn commands_connect_with_a_profile() {
    let server = server().await;
    let path = written("commands", &server, "[flightsql]\ndialect = \"sqlite\"");
    let path = path.to_str().unwrap();
    let rows = run(&[
        "query",
        "--profile",
        path,
        "SELECT count(*) AS n FROM airline",
        "--format",
        "csv",
    ])
    .await;
    assert_eq!(rows.clean(), "n\n2\n");
    let tables = run(&["tables", "--profile", path, "--format", "csv"]).await;
    assert!(tables.clean().contains("airline"));
    let columns = run(&["columns", "--profile", path, "airline", "--format", "csv"]).await;
    assert!(columns.clean().contains("code"));
    let info = run(&["info", "--profile", path, "--format", "csv"]).await;
    assert!(info.clean().contains("FLIGHT_SQL_SERVER_NAME"));
    let doctor = run(&["doctor", "--profile", path]).await;
    let url = format!("sqlite+flightsql+tcp://{}", server.address());
    assert_eq!(doctor.exit, Exit::Success, "{doctor:?}");
    assert!(doctor.out().contains(&url), "{}", doctor.out());
}

#[tokio::test]
async fn a_profile_precedes_variables() {
    let server = server().await;
    let path = written("precedes", &server, "");
    let args = [
        "query",
        "--profile",
        path.to_str().unwrap(),
        "SELECT 1 AS one",
        "--format",
        "csv",
    ];
    let rows = run_in(&args, |shell| {
        shell.variable =
            &|name| (name == "FLIGHTSQL_URL").then(|| "flightsql+tcp://127.0.0.1:1".to_owned());
    })
    .await;
    assert_eq!(rows.clean(), "one\n1\n");
}

#[tokio::test]
async fn a_wrong_profile_is_a_usage_error() {
    let server = server().await;
    let path = written(
        "wrong",
        &server,
        "password = \"{{ env_var(FLIGHTSQL_TEST_UNSET) }}\"",
    );
    let path = path.to_str().unwrap();
    let missing = run(&["query", "--profile", path, "SELECT 1"]).await;
    missing.fails(
        Exit::Usage,
        &[path, "`password` contains the environment variable `FLIGHTSQL_TEST_UNSET`, which is not set; set it"],
    );
    let unknown = run(&["query", "profile://flightsql-test-unknown", "SELECT 1"]).await;
    unknown.fails(
        Exit::Usage,
        &["`profile` was not found", "flightsql-test-unknown.toml"],
    );
    let traversal = run(&["query", "--profile", "../sales", "SELECT 1"]).await;
    traversal.fails(Exit::Usage, &["`profile` must be a name of letters"]);
    let twice = run(&["query", "--profile", path, "flightsql://h", "SELECT 1"]).await;
    twice.fails(
        Exit::Usage,
        &["the URL and --profile both specify the server; remove one of them"],
    );
    let twice = run(&[
        "query",
        "--profile",
        path,
        "--url",
        "flightsql://h",
        "SELECT 1",
    ])
    .await;
    assert_eq!(twice.exit, Exit::Usage);
    let doctor = run(&["doctor", "--profile", path]).await;
    assert_ne!(doctor.exit, Exit::Success);
    assert!(doctor.out().contains("FLIGHTSQL_TEST_UNSET"), "{doctor:?}");
    let hint = "hint: correct the profile, or set the variable that the message names";
    assert!(doctor.out().contains(hint), "{}", doctor.out());
    let migrate = run(&["migrate", "info", "--database-url", "profile://sales"]).await;
    migrate.fails(
        Exit::Usage,
        &["this command cannot read a connection profile; write the URL"],
    );
    assert!(server.calls().is_empty());
}

#[tokio::test]
async fn doctor_describes_the_login_of_a_profile() {
    let server = TestServer::builder().bearer("t0ken").start().await.unwrap();
    for (name, more, expected) in [
        (
            "login-token",
            "[flightsql]\ntoken = \"t0ken\"",
            "with a bearer token",
        ),
        #[cfg(unix)]
        (
            "login-command",
            "[flightsql]\ntoken_command = \"echo t0ken\"",
            "with a bearer token",
        ),
        (
            "login-header",
            "adbc.flight.sql.authorization_header = \"Bearer t0ken\"",
            "with the value of `authorization`",
        ),
    ] {
        let path = written(name, &server, more);
        let doctor = run(&["doctor", "--profile", path.to_str().unwrap()]).await;
        assert_eq!(doctor.exit, Exit::Success, "{doctor:?}");
        assert!(doctor.out().contains(expected), "{name}: {}", doctor.out());
        assert!(!doctor.out().contains("t0ken"), "{name}: {}", doctor.out());
    }
}

#[tokio::test]
async fn credentials_of_a_profile_exclude_those_of_an_option() {
    let server = server().await;
    for (name, line) in [
        ("token", "token = \"t\""),
        ("token-command", "token_command = \"echo t\""),
        (
            "password-command",
            "user = \"ann\"\npassword_command = \"echo t\"",
        ),
    ] {
        let path = written(
            &format!("twice-{name}"),
            &server,
            &format!("[flightsql]\n{line}"),
        );
        let path = path.to_str().unwrap();
        for flag in ["--token-command", "--password-command"] {
            let query = run(&["query", "--profile", path, flag, "echo other", "SELECT 1"]).await;
            let expected =
                format!("--profile and {flag} both contain credentials; remove one of them");
            query.fails(Exit::Usage, &[&expected]);
        }
    }
    assert!(server.calls().is_empty());
}
