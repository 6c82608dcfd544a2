//! Tests of `dialect`, and of `--dialect-file` of the commands that connect.

use std::path::PathBuf;

use flightsql_cli::Exit;

use crate::common::{directory, run, server};

fn file(name: &str, text: &str) -> String {
    let path: PathBuf = directory(name).join("quarry.toml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

const QUARRY: &str = r#"
name = "quarry"
[types]
map = [
  { sent = "int64", column = "id", means = "text" },
  { sent = "int64", means = "bool" },
  { sent = "text", sql-type = "UUID", means = "uuid" },
  { sent = "date", means = "text" },
  { sent = "text", sql-type = "TEXT", column = "nope", means = "json" },
  { sent = "text", sql-type = "TEXT", column = "name", means = "decimal" },
  { sent = "float64", at = "parameter", means = "text", send = "own" },
]
"#;

#[tokio::test]
async fn shows_dialect_as_valid_file() {
    let shown = run(&["dialect", "show", "duckdb"]).await.clean();
    assert!(shown.starts_with("name = \"duckdb\"\n"), "{shown}");
    assert!(shown.contains("savepoints"), "{shown}");
    // A preset is the start of a file.
    let own = file("shown", &shown.replacen("\"duckdb\"", "\"mine\"", 1));
    let checked = run(&["dialect", "check", &own]).await.clean();
    assert!(
        checked.starts_with("dialect `mine` is valid: "),
        "{checked}"
    );

    let unknown = run(&["dialect", "show", "oracle"]).await;
    unknown.fails(
        Exit::Usage,
        &["unknown dialect \"oracle\"; use one of ansi, "],
    );
}

#[tokio::test]
async fn reports_all_errors_without_file_text() {
    let wrong = file(
        "wrong",
        "name = \"quarry\"\n[types]\nmap = [\n  { sent = \"int8\", means = \"uuid\" },\n  { sent = \"int64\", means = \"timestamptz\" },\n]\n",
    );
    let checked = run(&["dialect", "check", &wrong]).await;
    checked.fails(
        Exit::Usage,
        &[
            &format!("error: {wrong}: types.map[0]: cannot convert `int8` to `uuid`\n"),
            &format!("{wrong}: types.map[1].means = \"timestamptz\" needs a unit"),
        ],
    );
    let other = file("other", "name = \"s3cret\nroot:x:0:0\n");
    let checked = run(&["dialect", "check", &other]).await;
    checked.fails(Exit::Usage, &[&format!("{other}: line 1, column ")]);
    assert!(!checked.err.contains("s3cret"), "{checked:?}");
    let missing = run(&["dialect", "check", "/nowhere/quarry.toml"]).await;
    missing.fails(
        Exit::Usage,
        &["no dialect file found; tried /nowhere/quarry.toml"],
    );
}

#[tokio::test]
async fn reports_rules_that_apply_to_server() {
    let server = server().await;
    let quarry = file("check", QUARRY);
    let checked = run(&["dialect", "check", &quarry, &server.url()])
        .await
        .clean();
    for line in [
        "dialect `quarry` is valid: 7 rules, 0 bind forms, 0 names of types",
        "the server lists 6 columns in 3 tables",
        "types.map[0] reads 2 columns as text",
        "types.map[1] applies to no column: types.map[0] matches its columns first",
        "types.map[2] applies to no column: the server reports no type UUID",
        "types.map[3] applies to no column: no column is sent as date",
        "types.map[4] applies to no column: no column is named nope",
        "types.map[5] reads 1 column as decimal",
        "types.map[6] applies to parameters only, so tables cannot confirm it",
        "airline.name keeps its sent type, although types.map[5] matches it: its precision and scale are unknown; set them in the \
         rule, as in `decimal(38,9)`",
    ] {
        let has = checked
            .lines()
            .any(|l| l == line || l.ends_with(&format!(".{line}")));
        assert!(has, "no {line:?} in {checked}");
    }
}

#[tokio::test]
async fn commands_use_dialect_file() {
    let server = server().await;
    let quarry = file("query", QUARRY);
    let sql = "SELECT id FROM (SELECT CAST(7 AS BIGINT) AS id)";
    let args = ["query", &server.url(), sql, "--format", "ndjson"];
    assert_eq!(run(&args).await.clean(), "{\"id\":7}\n");
    let args = [&args[..], &["--dialect-file", &quarry]].concat();
    assert_eq!(run(&args).await.clean(), "{\"id\":\"7\"}\n");

    let url = format!("sqlite+{}", server.url());
    let both = ["query", &url, sql, "--dialect-file", &quarry];
    run(&both).await.fails(
        Exit::Usage,
        &["the URL and --dialect-file both select a dialect"],
    );
    let url = format!("{}?dialect_file={quarry}", server.url());
    let named = ["query", &url, sql, "--format", "ndjson"];
    assert_eq!(run(&named).await.clean(), "{\"id\":\"7\"}\n");
}
