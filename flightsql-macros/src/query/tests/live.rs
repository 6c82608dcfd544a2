//! Descriptions by a server: nothing runs, a lost connection is made again, and secrets stay where they are.

use either::Either;
use flightsql_testkit::{Rpc, TestServer};
use sqlx_core::column::Column as _;
use tokio::runtime::Runtime;

use super::folder;
use crate::query::environment::Environment;
use crate::query::live;

fn environment(name: &str, toml: &str) -> Environment {
    let folder = folder(name, &[("sqlx.toml", toml)]);
    Environment::of(folder, |_| Ok(None)).unwrap()
}

/// The server is on a runtime of its own: describing blocks this thread.
fn server() -> (Runtime, TestServer) {
    let runtime = Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::sqlite()).unwrap();
    tables(&server);
    (runtime, server)
}

fn tables(server: &TestServer) {
    let sql = "CREATE TABLE IF NOT EXISTS t (n BIGINT NOT NULL)";
    server.sqlite().execute_batch(sql).unwrap();
}

#[test]
fn a_statement_is_described_and_not_run() {
    let (_runtime, server) = server();
    let environment = environment("live", "");
    let describe = |sql| live::describe(sql, &server.url(), &environment).unwrap();
    let described = describe("SELECT n FROM t WHERE n > ?");
    assert_eq!(described.columns[0].name(), "n");
    assert!(matches!(described.parameters, Some(Either::Left(ref types)) if types.len() == 1));
    assert!(describe("INSERT INTO t VALUES (1)").columns.is_empty());
    let run = [Rpc::GetFlightInfo, Rpc::DoGet, Rpc::DoPut].map(|rpc| server.count(rpc));
    assert_eq!(run, [0, 0, 0]);
}

/// As when a server restarts while an editor stays open.
#[test]
fn a_lost_connection_is_made_again_once() {
    let (runtime, server) = server();
    let environment = environment("lost", "");
    let url = server.url();
    assert!(live::describe("SELECT n FROM t", &url, &environment).is_ok());
    runtime.block_on(server.kill());
    let down = live::describe("SELECT n FROM t", &url, &environment)
        .err()
        .unwrap();
    assert!(down.contains("cannot check this statement"), "{down}");
    runtime.block_on(server.restart()).unwrap();
    tables(&server);
    live::describe("SELECT n FROM t", &url, &environment).unwrap();
    // And without a statement in between that failed.
    runtime.block_on(server.kill());
    runtime.block_on(server.restart()).unwrap();
    tables(&server);
    assert!(live::describe("SELECT n FROM t", &url, &environment).is_ok());
    let wrong = live::describe("SELECT m FROM t", &url, &environment)
        .err()
        .unwrap();
    assert!(wrong.contains("no such column: m"), "{wrong}");
}

#[test]
fn secrets_are_not_shown() {
    let runtime = Runtime::new().unwrap();
    let server = runtime
        .block_on(TestServer::builder().basic("ann", "right").start())
        .unwrap();
    let url = server.url().replace("//", "//ann:s3cret@");
    let error = live::describe("SELECT 1", &url, &environment("secret", ""))
        .err()
        .unwrap();
    assert!(error.contains("cannot check this statement"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
    let bad = live::describe(
        "SELECT 1",
        "flightsql://u:s3cret@h?nonsense=1",
        &environment("bad", ""),
    );
    let error = bad.err().unwrap();
    assert!(
        error.contains("the URL of the database cannot be used"),
        "{error}"
    );
    assert!(!error.contains("s3cret"), "{error}");
}

#[test]
fn sqlx_toml_names_a_dialect_that_is_there() {
    let toml = "[drivers.external.flightsql]\ndialect = \"oracle\"\n";
    let (_runtime, server) = server();
    let error = live::describe("SELECT 1", &server.url(), &environment("dialect", toml))
        .err()
        .unwrap();
    assert!(
        error.contains("sqlx.toml, [drivers.external.flightsql]")
            && error.contains("must be one of ansi, ballista"),
        "{error}"
    );
}
