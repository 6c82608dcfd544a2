//! Tests of the conformance table with the embedded server, with and without limited features.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

#[path = "it/lies.rs"]
mod lies;

use flightsql_conformance::{
    Expectations, Outcome, Quirks, Report, UnexpectedOutcome, behaviors, run, run_some,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Reply, Rpc, Script, SqliteConfig, TestServer};

fn quirks() -> Quirks {
    Quirks::named("sqlite").unwrap()
}

async fn server(config: SqliteConfig) -> TestServer {
    TestServer::builder().sqlite(config).start().await.unwrap()
}

/// Returns the unsupported behaviors, with the word of each outcome.
fn exceptions(report: &Report) -> Vec<(&str, &str)> {
    report
        .iter()
        .filter(|(_, outcome)| !outcome.is_supported())
        .map(|(id, outcome)| (id, outcome.word()))
        .collect()
}

const NOT_IN_SQLITE: [(&str, &str); 8] = [
    ("literals.unsigned", "unsupported"),
    ("literals.nan", "unsupported"),
    ("literals.interval", "unsupported"),
    ("types.timestamp_ns", "not-tried"),
    ("types.interval", "not-tried"),
    ("types.list", "not-tried"),
    ("types.struct", "not-tried"),
    ("types.map", "not-tried"),
];

#[tokio::test]
async fn embedded_server_supports_features_of_sqlite() {
    let server = server(SqliteConfig::new()).await;
    let report = run(&server.url(), &quirks()).await;
    assert_eq!(exceptions(&report), NOT_IN_SQLITE, "{report}");
    // The tables of the behaviors are dropped.
    let left = Quirks::default().empty("SELECT name FROM sqlite_master");
    let left = run_some(&server.url(), &left, |id| id == "query.empty").await;
    assert_eq!(exceptions(&left), [], "{left}");
    let all: Vec<String> = behaviors().iter().map(|behavior| behavior.id()).collect();
    let ran: Vec<&str> = report.iter().map(|(id, _)| id).collect();
    assert_eq!(ran, all);
}

#[tokio::test]
async fn ignores_endpoints_and_batch_sizes() {
    let config = SqliteConfig::new()
        .endpoints(5)
        .batch_rows(100)
        .replace_handles(true);
    let server = server(config).await;
    let report = run(&server.url(), &quirks()).await;
    assert_eq!(exceptions(&report), NOT_IN_SQLITE, "{report}");
}

#[tokio::test]
async fn reports_missing_features_as_unsupported() {
    let server = server(SqliteConfig::new().transactions(false).sql_info(false)).await;
    let report = run(&server.url(), &quirks().detected("ansi")).await;
    let mut expected = NOT_IN_SQLITE[..3].to_vec();
    expected.extend([
        ("transactions.commit", "unsupported"),
        ("transactions.rollback", "unsupported"),
        ("transactions.drop", "unsupported"),
        ("transactions.savepoint", "unsupported"),
        ("transactions.isolated", "unsupported"),
        ("catalog.server_info", "unsupported"),
    ]);
    expected.extend(&NOT_IN_SQLITE[3..]);
    assert_eq!(exceptions(&report), expected, "{report}");
    let note = report.outcome("transactions.commit").unwrap().note();
    assert!(note.contains("does not support transactions"), "{note}");

    // The report as expectations produces no difference until the server changes.
    let expected = Expectations::from_lines(&report.to_lines()).unwrap();
    assert_eq!(report.compare(&expected), []);
    let complete = TestServer::sqlite().await.unwrap();
    let better = run(&complete.url(), &quirks()).await;
    let differences: Vec<UnexpectedOutcome> = better.compare(&expected);
    assert_eq!(differences.len(), 6);
    assert_eq!(
        differences[5].to_string(),
        "catalog.server_info: expected unsupported, got supported"
    );
}

#[tokio::test]
async fn detects_wrong_results() {
    let server = TestServer::sqlite().await.unwrap();
    // The server does not commit, and returns an error.
    let status = flightsql_testkit::tonic::Status::internal("disk full");
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("EndTransaction")
            .always()
            .error(status),
    );
    let report = run_some(&server.url(), &quirks(), |id| {
        id.starts_with("transactions.")
    })
    .await;
    let commit = report.outcome("transactions.commit").unwrap();
    assert!(
        matches!(commit, Outcome::Failed(why) if why.contains("disk full")),
        "{commit}"
    );
    // The server returns a wrong value.
    let wrong = quirks().one("SELECT 1 AS v", "2");
    let report = run_some(&server.url(), &wrong, |id| id == "query.one").await;
    let one = report.outcome("query.one").unwrap();
    assert_eq!(
        *one,
        Outcome::Failed("value: expected \"2\", got \"1\"".to_owned())
    );
}

#[tokio::test]
async fn tries_nothing_without_connection() {
    let script = Script::new().get_flight_info(Reply::error(Code::Unimplemented, "no queries"));
    let server = TestServer::scripted(script).await.unwrap();
    let url = server.url();
    drop(server);
    let report = run(&url, &Quirks::default()).await;
    assert_eq!(report.outcome("connect.connect").unwrap().word(), "failed");
    let others = report.iter().skip(1);
    for (id, outcome) in others {
        assert_eq!(outcome.to_string(), "not-tried: no connection", "{id}");
    }
}
