//! `migrate` and `database`: their effects on the server. Their output is that of sqlx-cli and goes to the process.

use std::fs;

use flightsql_cli::Exit;
use flightsql_testkit::TestServer;

use crate::common::{directory, run, run_in};

#[tokio::test]
async fn adds_runs_and_reverts_migrations() {
    let server = TestServer::sqlite().await.unwrap();
    let url = server.url();
    let folder = directory("migrate");
    let source = folder.to_str().unwrap();
    let added = run(&["migrate", "add", "-r", "flights", "--source", source]).await;
    assert_eq!(added.exit, Exit::Success, "{}", added.err);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let [down, up] = files.as_slice() else {
        panic!("{files:?}")
    };
    fs::write(
        up,
        "CREATE TABLE flights (id BIGINT);\nINSERT INTO flights VALUES (7);",
    )
    .unwrap();
    fs::write(down, "DROP TABLE flights").unwrap();

    let ran = run(&["migrate", "run", "--source", source, "-D", &url]).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    let rows = run(&["query", &url, "SELECT id FROM flights", "--format", "csv"]).await;
    assert_eq!(rows.out(), "id\n7\n");
    let info = run(&["migrate", "info", "--source", source, "-D", &url]).await;
    assert_eq!(info.exit, Exit::Success, "{}", info.err);
    let reverted = run(&["migrate", "revert", "--source", source, "-D", &url]).await;
    assert_eq!(reverted.exit, Exit::Success, "{}", reverted.err);
    let gone = run(&["query", &url, "SELECT id FROM flights"]).await;
    assert!(gone.err.contains("no such table: flights"), "{}", gone.err);
}

#[tokio::test]
async fn reads_url_from_driver_variable() {
    let server = TestServer::sqlite().await.unwrap();
    let folder = directory("migrate-variable");
    fs::write(folder.join("1_a.sql"), "CREATE TABLE a (n INT)").unwrap();
    let source = folder.to_str().unwrap();
    let url = server.url();
    let own = url.clone();
    let variable = Box::leak(Box::new(move |name: &str| match name {
        "FLIGHTSQL_DATABASE_URL" => Some(own.clone()),
        "DATABASE_URL" => Some("mysql://another/database".to_owned()),
        _ => None,
    }));
    let ran = run_in(&["migrate", "run", "--source", source], |shell| {
        shell.variable = variable;
    })
    .await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
    let count = run(&[
        "query",
        &url,
        "SELECT count(*) AS n FROM a",
        "--format",
        "csv",
    ])
    .await;
    assert_eq!(count.out(), "n\n0\n");
}

#[tokio::test]
async fn failed_migration_names_statement() {
    let server = TestServer::sqlite().await.unwrap();
    let folder = directory("migrate-fails");
    fs::write(
        folder.join("1_bad.sql"),
        "CREATE TABLE a (n INT);\nCREATE TALE b (n INT);",
    )
    .unwrap();
    let source = folder.to_str().unwrap();
    let ran = run(&["migrate", "run", "--source", source, "-D", &server.url()]).await;
    assert_eq!(ran.exit, Exit::Failed);
    assert!(ran.err.contains("statement 2 of 2 (line 2)"), "{}", ran.err);
    assert!(
        ran.err.contains("near \"TALE\": syntax error"),
        "{}",
        ran.err
    );
}

#[tokio::test]
async fn reads_dialect_from_sqlx_toml() {
    let server = TestServer::sqlite().await.unwrap();
    let folder = directory("migrate-toml");
    fs::write(folder.join("1_a.sql"), "CREATE TABLE a (n INT)").unwrap();
    let config = folder.join("sqlx.toml");
    let table = "[drivers.external.flightsql]\ndialect = \"influxdb\"\n";
    fs::write(&config, table).unwrap();
    let (source, config) = (folder.to_str().unwrap(), config.to_str().unwrap());
    let arguments = |url| {
        [
            "migrate", "run", "--source", source, "--config", config, "-D", url,
        ]
    };
    let (plain, named) = (server.url(), format!("sqlite+{}", server.url()));
    let refused = run(&arguments(&plain)).await;
    refused.fails(Exit::Failed, &["the engine of the dialect `influxdb`"]);
    // The dialect in the URL takes precedence.
    let ran = run(&arguments(&named)).await;
    assert_eq!(ran.exit, Exit::Success, "{}", ran.err);
}

#[tokio::test]
async fn rejects_unsupported_commands() {
    let server = TestServer::sqlite().await.unwrap();
    let url = format!("sqlite+{}", server.url());
    let dropped = run(&["database", "drop", "-y", "-D", &url]).await;
    assert_eq!(dropped.exit, Exit::Failed, "{}", dropped.out());
    assert!(dropped.err.contains("sqlite"), "{}", dropped.err);
    let other = run(&["migrate", "info", "-D", "mysql://user:secret@h/d"]).await;
    assert_eq!(other.exit, Exit::Failed);
    assert!(!other.err.contains("secret"), "{}", other.err);
}
