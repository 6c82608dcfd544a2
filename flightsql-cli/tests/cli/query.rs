//! `query`: sources of the statement, parameters, limits, and notes next to the result.

use std::io::{Cursor, Write};
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use flightsql_cli::{Exit, Shell};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Reply, Rpc, Script, TestServer, raw};

use crate::common::{directory, run, run_in, server};

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

#[tokio::test]
async fn reads_statement_from_argument_file_or_input() {
    let server = server().await;
    let url = server.url();
    let expected = "code,name\nAF,\nLH,Lufthansa\n";
    let sql = "SELECT code, name FROM airline ORDER BY code";
    let csv = ["--format", "csv"];

    let argument = [&["query", &url, sql], &csv[..]].concat();
    assert_eq!(run(&argument).await.clean(), expected);

    let file = directory("query").join("statement.sql");
    std::fs::write(&file, sql).unwrap();
    let from_file = [&["query", &url, "--file", file.to_str().unwrap()], &csv[..]].concat();
    assert_eq!(run(&from_file).await.clean(), expected);

    let dash = [&["query", &url, "-"], &csv[..]].concat();
    let read = run_in(&dash, |shell| shell.input = Box::new(Cursor::new(sql))).await;
    assert_eq!(read.clean(), expected);

    // The server from the environment, and by option.
    let alone = [&["query", sql], &csv[..]].concat();
    for name in ["FLIGHTSQL_URL", "DATABASE_URL"] {
        let variable = |asked: &str| (asked == name).then(|| url.clone());
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut shell = Shell::new(&mut out, &mut err);
        shell.variable = &variable;
        let args = std::iter::once("flightsql").chain(alone.iter().copied());
        assert_eq!(flightsql_cli::run(args, shell).await, Exit::Success);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
    let by_option = [&["query", "--url", &url, sql], &csv[..]].concat();
    assert_eq!(run(&by_option).await.clean(), expected);
}

#[tokio::test]
async fn binds_parameters_with_types() {
    let server = server().await;
    let sql =
        "SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c, typeof(?) AS d, ? AS e, ? AS f";
    let args = [
        "query",
        &server.url(),
        sql,
        "--format",
        "ndjson",
        "--param",
        "five",
        "--param",
        "int:-5",
        "--param",
        "float:1.5",
        "--param",
        "null:",
        "--param",
        "text:int:5",
        "--param",
        "http://x",
    ];
    assert_eq!(
        run(&args).await.clean(),
        "{\"a\":\"text\",\"b\":\"integer\",\"c\":\"real\",\"d\":\"null\",\"e\":\"int:5\",\"f\":\"http://x\"}\n"
    );
    let wrong = ["query", &server.url(), "SELECT ?", "--param", "int:s3cret"];
    let wrong = run(&wrong).await;
    wrong.fails(
        Exit::Usage,
        &["--param number 1", "not an integer of 64 bits"],
    );
    assert!(!wrong.err.contains("s3cret"));
    let too_few = run(&["query", &server.url(), "SELECT ?, ?", "--param", "x"]).await;
    too_few.fails(Exit::Usage, &["error: "]);
}

#[tokio::test]
async fn prints_affected_rows_without_result() {
    let server = server().await;
    let url = server.url();
    let update = "UPDATE airline SET name = 'Air France' WHERE code = 'AF'";
    assert_eq!(
        run(&["query", &url, update]).await.clean(),
        "1 row affected\n"
    );
    let all = run(&["query", &url, "UPDATE airline SET name = NULL"]).await;
    assert_eq!(all.clean(), "2 rows affected\n");

    // The note does not become data.
    let into_csv = run(&["query", &url, update, "--format", "csv"]).await;
    assert_eq!((into_csv.exit, into_csv.out()), (Exit::Success, ""));
    assert!(into_csv.err.starts_with("1 row affected; "));
    let file = directory("update").join("none.csv");
    let into_file = run(&["query", &url, update, "-o", file.to_str().unwrap()]).await;
    assert_eq!((into_file.exit, into_file.out()), (Exit::Success, ""));
    assert!(!file.exists());

    let returning = "DELETE FROM airline WHERE code = 'AF' RETURNING code";
    let returned = run(&["query", &url, returning, "--format", "csv"]).await;
    assert_eq!(returned.clean(), "code\nAF\n");
}

#[tokio::test]
async fn max_rows_stops_statement_with_note() {
    let server = server().await;
    let args = ["query", &server.url(), ENDLESS, "--format", "csv"];
    let stopped = run(&[&args[..], &["--max-rows", "8193"]].concat()).await;
    assert_eq!(stopped.exit, Exit::Success);
    assert_eq!(stopped.out().lines().count(), 8194);
    assert!(stopped.out().ends_with("\n8193\n"));
    assert_eq!(
        stopped.err,
        "stopped after 8 193 rows (--max-rows); the result has more\n"
    );
    server.wait_until(|server| server.open_streams() == 0).await;

    let none = run(&[&args[..], &["--max-rows", "0"]].concat()).await;
    assert_eq!((none.exit, none.out()), (Exit::Success, "i\n"));
    // A limit equal to the number of rows omits nothing.
    let all = ["query", &server.url(), "SELECT code FROM airline"];
    let all = run(&[&all[..], &["--max-rows", "2"]].concat()).await;
    assert!(all.clean().ends_with("2 rows\n"));
}

#[tokio::test]
async fn deletes_file_after_late_error() {
    let server = server().await;
    let directory = directory("broken");
    let file = directory.join("complete.csv");
    std::fs::write(&file, "the file of yesterday").unwrap();
    let args = [
        "query",
        &server.url(),
        ENDLESS,
        "-o",
        file.to_str().unwrap(),
    ];
    server.fault(Fault::new(Rpc::DoGet).cut_after(3));
    let broken = run(&args).await;
    broken.fails(Exit::Failed, &["error: ", "hint: "]);
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "the file of yesterday"
    );
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
}

#[tokio::test]
async fn interrupted_run_leaves_no_file_or_stream() {
    let server = server().await;
    let directory = directory("interrupted");
    let file = directory.join("complete.parquet");
    let begun = directory.clone();
    let args = [
        "query",
        &server.url(),
        ENDLESS,
        "-o",
        file.to_str().unwrap(),
    ];
    let stopped = run_in(&args, |shell| {
        shell.stop = Box::pin(async move {
            while std::fs::read_dir(&begun).unwrap().count() == 0 {
                tokio::task::yield_now().await;
            }
        });
    });
    let stopped = stopped.await;
    assert_eq!(stopped.exit, Exit::Interrupted);
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);
    server.wait_until(|server| server.open_streams() == 0).await;
}

/// A pipe whose read end is closed.
struct Closed;

impl Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn closed_pipe_is_success() {
    let server = server().await;
    for format in ["table", "csv", "json", "ndjson", "arrow-stream", "parquet"] {
        let (mut out, mut err) = (Closed, Vec::new());
        let shell = Shell::new(&mut out, &mut err);
        let args = [
            "flightsql",
            "query",
            &server.url(),
            "SELECT * FROM airline",
            "--format",
            format,
        ];
        let exit = flightsql_cli::run(args, shell).await;
        assert_eq!((exit, err), (Exit::Success, vec![]), "{format}");
    }
}

#[tokio::test]
async fn prints_complete_server_error() {
    let server = server().await;
    let bad = run(&["query", &server.url(), "SELECT missing FROM airline"]).await;
    bad.fails(Exit::Failed, &["error: ", "no such column: missing"]);
    assert_eq!(bad.out(), "");
    let empty = run(&["query", &server.url(), " -- nothing"]).await;
    empty.fails(Exit::Usage, &["the statement is empty"]);
}

#[tokio::test]
async fn a2_prints_count_of_update_run_as_query() {
    let count: ArrayRef = Arc::new(Int64Array::from(vec![1200]));
    let batch = RecordBatch::try_from_iter([("Count", count)]).unwrap();
    let script = Script::new()
        .do_put(Reply::error(Code::Unimplemented, "no updates").always())
        .get_flight_info(Reply::ticket(batch.schema(), "t").always())
        .do_get(Reply::batches(batch.schema(), [batch]).always());
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("duckdb+{}", server.url());
    let table = run(&["query", &url, "UPDATE t SET a = 1"]).await;
    assert_eq!(table.clean(), "1 200 rows affected\n");
    // A query with a column of that name has a table.
    let query = run(&["query", &url, "SELECT \"Count\" FROM t", "--format", "csv"]).await;
    assert_eq!(query.clean(), "Count\n1200\n");
}

#[tokio::test]
async fn invalid_utf8_suggests_reading_bytes() {
    let strings: ArrayRef = Arc::new(StringArray::from(vec!["damage-here"]));
    let batch = RecordBatch::try_from_iter([("bad", strings)]).unwrap();
    let mut data = raw::batch(&batch).unwrap().remove(0);
    let mut body = data.data_body.to_vec();
    let at = body.windows(6).position(|bytes| bytes == b"damage");
    body[at.unwrap()] = 0xff;
    data.data_body = body.into();
    let script = Script::new()
        .get_flight_info(Reply::ticket(batch.schema(), "t"))
        .do_get(Reply::raw([raw::schema(&batch.schema()), data]));
    let server = TestServer::scripted(script).await.unwrap();
    let bad = run(&["query", &server.url(), "SELECT bad"]).await;
    bad.fails(
        Exit::Failed,
        &["\"bad\"", "not UTF-8", "hint: select the column as bytes"],
    );
}

#[tokio::test]
async fn k2_rejects_query_without_columns() {
    let nothing = || Reply::info(arrow_schema::Schema::empty(), []);
    let script = Script::new().get_flight_info(nothing().always());
    let server = TestServer::scripted(script).await.unwrap();
    let path = directory("k2").join("x.parquet");
    let output = ["--output", path.to_str().unwrap()];
    for rest in [&[][..], &["--format", "csv"], &output] {
        let url = server.url();
        let args = [&["query", &url, "SELECT n FROM t"], rest].concat();
        let strings = ["neither columns nor rows for a query"];
        run(&args).await.fails(Exit::Failed, &strings);
    }
    assert!(!path.exists());
}

#[cfg(unix)]
#[tokio::test]
async fn takes_secrets_from_commands() {
    let server = TestServer::builder().basic("ann", "pass").bearer("right");
    let server = server.start().await.unwrap();
    let user = server.url().replace("://", "://ann@");
    for args in [
        &[
            "query",
            &user,
            "SELECT 7 AS n",
            "--password-command",
            "echo pass",
        ][..],
        &[
            "query",
            &server.url(),
            "SELECT 7 AS n",
            "--token-command",
            "echo right",
        ],
        &["doctor", &user, "--password-command", "echo pass"],
    ] {
        let ran = run(args).await;
        assert_eq!(ran.exit, Exit::Success, "{ran:?}");
    }
    let args = ["query", &user, "SELECT 7", "--password-command", "exit 9"];
    run(&args)
        .await
        .fails(Exit::Usage, &["`password_command` failed with exit code 9"]);
}
