//! The official client against our servers: the scripted one, and the embedded one.

use std::process::Command;

use flightsql_testkit::{Reply, Script, TestServer, tonic::Code};
use futures_util::future::join_all;

use crate::official::program;
use crate::{SCENARIOS, canned, canned_sql};

/// Runs the official client. It makes three attempts, and its error is that of the last one.
async fn run(server: &TestServer, scenario: &str) -> Result<(), String> {
    let port = server.port().unwrap().to_string();
    let mut client = Command::new(program("arrow-flight-integration-client"));
    client.args(["-host", "127.0.0.1", "-port", &port, "-scenario", scenario]);
    let output = tokio::task::spawn_blocking(move || client.output().unwrap())
        .await
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    if output.status.success() {
        return Ok(());
    }
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let error = stderr.lines().find_map(|line| line.strip_prefix("panic: "));
    Err(error.unwrap_or(&stderr).to_owned())
}

/// Canned replies can serve all 14 scenarios. The client reads the rows of Flight SQL and compares only their columns.
#[tokio::test]
async fn h9_official_client_accepts_canned_replies() {
    let mut scripts = canned::scripts();
    scripts.extend(canned_sql::scripts().await);
    let names: Vec<_> = scripts.iter().map(|(scenario, _)| *scenario).collect();
    assert_eq!(names, SCENARIOS);
    for (scenario, script) in scripts {
        let server = TestServer::scripted(script.clone()).await.unwrap();
        let outcome = run(&server, scenario).await;
        let (unused, unexpected) = (script.unused(), script.unexpected());
        assert_eq!(outcome, Ok(()), "{scenario}: {unused:?} {unexpected:?}");
        script.assert_used();
    }
}

/// The client notices wrong replies, so that the test above can fail.
#[tokio::test]
async fn official_client_rejects_wrong_replies() {
    // A header in the only frame of an error is a trailer, which the client does not read.
    let late = Reply::error(Code::Unknown, "unknown").header("x-middleware", "expected value");
    for (scenario, script, expected) in [
        (
            "ordered",
            canned::ordered(false, 3),
            "expected to server return FlightInfo.ordered = true",
        ),
        (
            "middleware",
            Script::new().get_flight_info(late.times(3)),
            "expected to receive header 'x-middleware: expected value', but instead got ",
        ),
    ] {
        let server = TestServer::scripted(script).await.unwrap();
        let error = run(&server, scenario).await.unwrap_err();
        assert!(error.contains(expected), "{scenario}: {error}");
    }
}

/// The embedded server serves SQLite, so that each scenario stops at the first step of another service. The official client
/// accepts all columns of metadata before the first statement of `flight_sql`.
#[tokio::test]
async fn h9_official_client_stops_at_what_sqlite_lacks() {
    let raw = "the request cannot be decoded";
    let stops = [
        // It needs a message in the handshake, and an action without a name.
        (
            "auth:basic_proto",
            "expected Unauthenticated, got Unimplemented",
        ),
        // No header comes back.
        (
            "middleware",
            "expected to receive header 'x-middleware: expected value', but instead got ",
        ),
        // Commands that are not messages of Flight SQL.
        ("ordered", raw),
        ("expiration_time:do_get", raw),
        // The embedded server lists more actions.
        (
            "expiration_time:list_actions",
            "action types aren't expected",
        ),
        ("expiration_time:cancel_flight_info", raw),
        ("expiration_time:renew_flight_endpoint", raw),
        ("location:reuse_connection", raw),
        // This command is read as a message without a name.
        ("poll_flight_info", "GetFlightInfo of  is not supported"),
        ("app_metadata_flight_info_endpoint", raw),
        // The first statement, after all listings.
        ("flight_sql", "no such column: STATEMENT"),
        // It expects other server information, and compares it in any order.
        ("flight_sql:extension", " did not match"),
        // It expects that the option `lol_invalid` is refused.
        ("session_options", "errors expected: 2, got: 0"),
        ("flight_sql:ingestion", "unknown ingest option \"key1\""),
    ];
    assert_eq!(stops.map(|(scenario, _)| scenario), SCENARIOS);
    // At the same time, because the client waits between its attempts.
    join_all(stops.map(async |(scenario, expected)| {
        let server = TestServer::builder().cookies(true).start().await.unwrap();
        let error = run(&server, scenario).await.unwrap_err();
        assert!(error.contains(expected), "{scenario}: {error}");
    }))
    .await;
}
