//! Descriptions by a server: nothing runs, a lost connection is made again, and secrets stay where they are.

use either::Either;
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc, TestServer};
use tokio::runtime::Runtime;

use super::folder;
use crate::query::description::Description;
use crate::query::environment::Environment;
use crate::query::live;

pub(super) fn environment(name: &str, toml: &str) -> Environment {
    let folder = folder(name, &[("sqlx.toml", toml)]);
    Environment::of(folder, |_| Ok(None)).unwrap()
}

fn describe(sql: &str, url: &str, environment: &Environment) -> Result<Description, String> {
    live::describe(sql, url, &[], environment).map(|(described, _)| described)
}

/// The server is on a runtime of its own: describing blocks this thread.
pub(super) fn server() -> (Runtime, TestServer) {
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
    let described = |sql| describe(sql, &server.url(), &environment).unwrap();
    let select = described("SELECT n FROM t WHERE n > ?");
    assert_eq!(select.columns[0].name(), "n");
    assert!(matches!(select.parameters, Some(Either::Left(ref types)) if types.len() == 1));
    assert!(described("INSERT INTO t VALUES (1)").columns.is_empty());
    let run = [Rpc::GetFlightInfo, Rpc::DoGet, Rpc::DoPut].map(|rpc| server.count(rpc));
    assert_eq!(run, [0, 0, 0]);
}

/// Corresponds to a server that restarts while an editor stays open.
#[test]
fn a_lost_connection_is_made_again_once() {
    let (runtime, server) = server();
    let environment = environment("lost", "");
    let url = server.url();
    assert!(describe("SELECT n FROM t", &url, &environment).is_ok());
    runtime.block_on(server.kill());
    let down = describe("SELECT n FROM t", &url, &environment)
        .err()
        .unwrap();
    assert!(down.contains("cannot check this statement"), "{down}");
    runtime.block_on(server.restart()).unwrap();
    tables(&server);
    describe("SELECT n FROM t", &url, &environment).unwrap();
    // And without a statement in between that failed.
    runtime.block_on(server.kill());
    runtime.block_on(server.restart()).unwrap();
    tables(&server);
    assert!(describe("SELECT n FROM t", &url, &environment).is_ok());
    let wrong = describe("SELECT m FROM t", &url, &environment)
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
    // A server that repeats the password of a login that it accepted.
    let url = server.url().replace("//", "//ann:right@");
    let echo = Fault::new(Rpc::DoAction).status(Code::Internal, "the password was right");
    server.fault(echo);
    let error = describe("SELECT 1", &url, &environment("echo", "")).unwrap_err();
    assert!(error.contains("the password was ***"), "{error}");
    assert!(!error.contains("right"), "{error}");

    let url = server.url().replace("//", "//ann:s3cret@");
    let error = describe("SELECT 1", &url, &environment("secret", ""))
        .err()
        .unwrap();
    assert!(error.contains("cannot check this statement"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
    let bad = describe(
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
    let error = describe("SELECT 1", &server.url(), &environment("dialect", toml))
        .err()
        .unwrap();
    assert!(
        error.contains("sqlx.toml, [drivers.external.flightsql]")
            && error.contains("must be one of ansi, ballista"),
        "{error}"
    );
}

/// A file next to the `.env` file or in the crate's folder, named by the URL or by `sqlx.toml`.
#[test]
fn a_dialect_file_is_found_and_tracked() {
    let (_runtime, server) = server();
    let dialect = "name = \"quarry\"\n[types]\nmap = [{ sent = \"int64\", means = \"text\" }]\n";
    let toml = "[drivers.external.flightsql]\ndialect-file = \"quarry.toml\"\n";
    let files = [("quarry.toml", dialect), ("crate/other.toml", dialect)];
    let root = folder("dialect-file", &files);
    let settings = environment("dialect-file-config", toml);
    std::fs::copy(
        root.join("quarry.toml"),
        settings.manifest.join("quarry.toml"),
    )
    .unwrap();
    let plain = environment("dialect-file-plain", "");
    let sql = "SELECT n FROM t";

    let type_of = |described: &Description| format!("{:?}", described.columns[0].sql_type());
    let (described, file) = live::describe(sql, &server.url(), &[], &settings).unwrap();
    assert_eq!(file.unwrap(), settings.manifest.join("quarry.toml"));
    let mapped = type_of(&described);
    let plainly = describe(sql, &format!("{}?dialect=sqlite", server.url()), &plain).unwrap();
    assert_ne!(mapped, type_of(&plainly));

    let url = format!("{}?dialect_file=other.toml", server.url());
    let folders = [root.clone(), root.join("crate")];
    let (described, file) = live::describe(sql, &url, &folders, &settings).unwrap();
    assert_eq!(file.unwrap(), root.join("crate/other.toml"));
    assert_eq!(type_of(&described), mapped);

    // The file changes while an editor is open.
    std::fs::write(root.join("crate/other.toml"), "name = \"quarry\"\n").unwrap();
    let (described, _) = live::describe(sql, &url, &folders, &plain).unwrap();
    assert_eq!(type_of(&described), type_of(&plainly));

    let missing = live::describe(sql, &url, &folders[..1], &plain)
        .err()
        .unwrap();
    let tried = format!("tried {}", root.join("other.toml").display());
    assert!(missing.contains(&tried), "{missing}");
    let both = environment("dialect-file-both", &format!("{toml}dialect = \"ansi\"\n"));
    let error = describe(sql, &server.url(), &both).err().unwrap();
    assert!(
        error.contains("`dialect` and `dialect-file` are both set"),
        "{error}"
    );
}
