//! Compiler errors of checked statements, with trybuild: the messages are in `ui/*.stderr` (`TRYBUILD=overwrite` rewrites
//! them).
//!
//! The macros read the environment of the compiler, so each environment is a process: a test runs this program again.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod common;

use std::process::Command;

/// The cases that need a server. Valid statements are in `crates/` and in `tests/it`: here they would be compiled completely.
const LIVE: &[&str] = &[
    "wrong_column",
    "unknown_table",
    "syntax_error",
    "wrong_type",
    "wrong_arity",
    "wrong_override",
    "missing_field",
    "scalar_two_columns",
    "unnamed_column",
    "not_a_literal",
    "absolute_file",
    "i8_bool_of_bigint",
    "j14_wider_argument",
    "none_without_type",
    "f5_one_name_twice",
    "j9_two_columns_without_type",
];

/// Runs the cases of this process's environment; other tests call it.
#[test]
#[ignore = "called by the other tests, in an environment of their making"]
fn cases() {
    let wanted = std::env::var("FLIGHTSQL_UI_CASES").unwrap();
    let cases = trybuild::TestCases::new();
    for case in wanted.split(',') {
        cases.compile_fail(format!("ui/{case}.rs"));
    }
}

fn run(cases: &[&str], environment: &[(&str, &str)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .args(["--ignored", "--exact", "cases", "--nocapture"])
        .env("FLIGHTSQL_UI_CASES", cases.join(","));
    for name in [
        "DATABASE_URL",
        "FLIGHTSQL_DATABASE_URL",
        "FLIGHTSQL_SCHEMA_SNAPSHOT",
        "SQLX_OFFLINE",
        "SQLX_OFFLINE_DIR",
    ] {
        child.env_remove(name);
    }
    child.envs(environment.iter().copied());
    assert!(child.status().unwrap().success(), "{cases:?}: see above");
}

/// Serializes the cases, which share a target folder.
#[test]
fn messages() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (server, url) = runtime.block_on(common::server());
    run(LIVE, &[("DATABASE_URL", &url)]);
    // Under the dialect `sqlite` the column is in UTC.
    let without_dialect = server.url();
    run(
        &["j12_instant_of_timestamp"],
        &[("DATABASE_URL", &without_dialect)],
    );
    drop(server);
    run(&["no_url"], &[]);
    run(
        &["other_database"],
        &[("DATABASE_URL", "sqlite://flights.db")],
    );
    run(
        &["server_down"],
        &[("DATABASE_URL", "flightsql+tcp://user:secret@127.0.0.1:1")],
    );
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/stale");
    run(
        &["stale_cache", "not_saved"],
        &[("SQLX_OFFLINE", "true"), ("SQLX_OFFLINE_DIR", kept)],
    );
    let snapshot = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/snapshot.json");
    run(
        &["not_in_snapshot"],
        &[("FLIGHTSQL_SCHEMA_SNAPSHOT", snapshot)],
    );
}

/// Two mistakes are two errors of the macro, without errors of rustc about the code that it expands to.
#[test]
fn j9_two_columns_without_type_are_errors_of_the_macro_only() {
    let errors = include_str!("../ui/j9_two_columns_without_type.stderr");
    assert_eq!(errors.matches("error").count(), 2, "{errors}");
    assert_eq!(errors.matches("error: column #").count(), 2, "{errors}");
}
