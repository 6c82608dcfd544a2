//! Endless responses: memory stays bounded, and the error names the cause. Each flood is read in its own process, whose peak
//! memory the system reports.

use std::process::Command;
use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, RecordBatch, StringArray, UInt32Array};
use flightsql::{Connection as _, Error, Executor as _, FlightSqlConnection, query};
use flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult;
use flightsql_testkit::{Reply, Rpc, Script, TestServer, raw};

use super::{int_batch, ints};

/// Set for a child: the server, and what to do there.
const CHILD: &str = "FLIGHTSQL_TEST_FLOOD";

/// More than a few of the largest buffers, and far less than what the floods send.
const MOST: u64 = 64 << 20;

/// The peak of this process's memory in bytes; `None` where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib << 10)
}

/// Lets a child do `what` at this server, and returns its error.
async fn drowned(script: Script, what: &str, options: &str) -> String {
    let server = TestServer::builder()
        .record_calls(false)
        .scripted(script)
        .start()
        .await
        .unwrap();
    let task = format!("{what} {}?{options}", server.url());
    let child = move || {
        let test = concat!(module_path!(), "::child");
        let test = test.split_once("::").unwrap().1;
        Command::new(std::env::current_exe().unwrap())
            .args([test, "--exact", "--ignored", "--nocapture"])
            .env(CHILD, task)
            .output()
            .unwrap()
    };
    let output = tokio::task::spawn_blocking(child).await.unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |name: &str| {
        let mut lines = printed.lines();
        let found = lines.find_map(|line| line.split_once(name));
        found.unwrap_or_else(|| panic!("{output:?}")).1.to_owned()
    };
    match line("grown: ").parse::<u64>() {
        Ok(grown) => assert!(grown < MOST, "{what}: {grown} bytes"),
        Err(_) => println!("memory not checked: this system has no /proc/self/status"),
    }
    line("error: ")
}

#[tokio::test]
#[ignore = "runs as a child process of the other tests of this module"]
async fn child() {
    let Ok(task) = std::env::var(CHILD) else {
        return;
    };
    let (what, url) = task.split_once(' ').unwrap();
    let before = peak();
    let error = act(what, url).await.unwrap_err();
    let grown = before.zip(peak()).map(|(before, after)| after - before);
    let grown = grown.map_or_else(|| "unknown".to_owned(), |grown| grown.to_string());
    println!(
        "\ngrown: {grown}\nerror: {}",
        error.to_string().replace('\n', " ")
    );
}

async fn act(what: &str, url: &str) -> Result<(), Error> {
    let mut connection = FlightSqlConnection::connect(url).await?;
    match what {
        "prepare" => connection
            .fetch_all(query("SELECT ?").bind(1_i64))
            .await
            .map(drop),
        "update" => connection.execute("DELETE FROM t").await.map(drop),
        "ingest" => {
            let ingest = connection.ingest("t");
            ingest.batches(vec![int_batch([1])]).await.map(drop)
        }
        "commit" => connection.begin().await?.commit().await,
        "begin" => connection.begin().await.map(drop),
        "query" => connection.execute("SELECT n").await.map(drop),
        "key" => connection.catalog().primary_key("t").await.map(drop),
        "info" => connection.catalog().server_info().await.map(drop),
        "columns" => connection.catalog().columns_of("t").await.map(drop),
        "connect" => Ok(()),
        other => panic!("{other}"),
    }
}

/// An action's result of so many bytes, without end.
fn results(bytes: usize) -> Reply {
    Reply::action_bytes(vec![b'x'; bytes]).then_repeat()
}

fn puts(bytes: usize) -> Reply {
    Reply::put_result(vec![b'x'; bytes]).then_repeat()
}

const MIB: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_endless_results_of_actions_are_given_up() {
    for bytes in [MIB, 100, 0] {
        let script = Script::new().do_action("CreatePreparedStatement", results(bytes));
        let error = drowned(script, "prepare", "").await;
        assert!(
            error.contains("DoAction(CreatePreparedStatement): the server sent more than"),
            "{error}"
        );
    }
    let script = Script::new().do_action("BeginTransaction", results(MIB));
    let error = drowned(script, "begin", "").await;
    assert!(error.contains("DoAction(BeginTransaction): the server sent more than"));
    let begun = ActionBeginTransactionResult {
        transaction_id: "id".into(),
    };
    let script = Script::new()
        .do_action("BeginTransaction", Reply::action_result(&begun))
        .do_action("EndTransaction", results(MIB));
    let error = drowned(script, "commit", "").await;
    assert!(error.contains("DoAction(EndTransaction): the server sent more than"));
    let script = Script::new().do_action("SetSessionOptions", results(MIB));
    let error = drowned(script, "connect", "session.a=b").await;
    assert!(error.contains("DoAction(SetSessionOptions): the server sent more than"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_endless_results_of_puts_are_given_up() {
    for bytes in [MIB, 0] {
        let error = drowned(Script::new().do_put(puts(bytes)), "update", "").await;
        assert!(
            error.contains("DoPut(CommandStatementUpdate): the server sent more than"),
            "{error}"
        );
        let error = drowned(Script::new().do_put(puts(bytes)), "ingest", "").await;
        assert!(error.contains("the server sent more than"), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_endless_handshake_is_given_up() {
    let script = Script::new().handshake(Reply::handshake(vec![b'x'; MIB]).then_repeat());
    let error = drowned(script, "connect", "user=u&password=pass&auth=handshake").await;
    assert!(error.contains("does not end its answer"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_endless_stream_of_nothing_ends_at_the_timeout() {
    let mut schemas = vec![raw::schema(&ints())];
    schemas.extend(raw::batch(&int_batch([])).unwrap());
    for stream in [
        Reply::raw(schemas).then_repeat(),
        Reply::raw([raw::app_metadata(vec![b'x'; MIB])]).then_repeat(),
        Reply::raw([raw::message("", "")]).then_repeat(),
        Reply::endless(&int_batch([])),
    ] {
        let script = Script::new()
            .get_flight_info(Reply::ticket(ints(), "t"))
            .do_get(stream);
        let error = drowned(script, "query", "fetch_timeout=1").await;
        assert!(error.contains("raise `fetch_timeout`"), "{error}");
    }
}

fn endless_listing(command: &str, rows: &RecordBatch) -> Script {
    Script::new()
        .on(
            Rpc::GetFlightInfo,
            command,
            Reply::ticket(rows.schema(), "rows"),
        )
        .do_get(Reply::endless(rows))
}

/// A thousand rows of text of 1 KiB in these columns.
fn kib_rows(columns: &[&str], value: &str) -> RecordBatch {
    let long = format!("{value}{}", "x".repeat(1024));
    let column = |name: &&str| {
        let text = if *name == "table_name" { "t" } else { &long };
        let values: ArrayRef = Arc::new(StringArray::from(vec![text; 1000]));
        ((*name).to_owned(), values)
    };
    RecordBatch::try_from_iter(columns.iter().map(column)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d2_endless_listings_that_the_driver_gathers_are_given_up() {
    let keys = kib_rows(&["table_name", "column_name"], "c");
    let script = endless_listing("CommandGetPrimaryKeys", &keys);
    let error = drowned(script, "key", "").await;
    assert!(error.contains("the server returned more than"), "{error}");

    let tables = kib_rows(&["table_name", "db_schema_name"], "s");
    let script = endless_listing("CommandGetTables", &tables);
    let error = drowned(script, "columns", "").await;
    assert!(error.contains("the server returned more than"), "{error}");

    let ids: ArrayRef = Arc::new(UInt32Array::from_iter_values(0..1000));
    let values: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1024); 1000]));
    let info = RecordBatch::try_from_iter([("info_name", ids), ("value", values)]).unwrap();
    for (what, options) in [("info", ""), ("connect", "dialect=auto")] {
        let script = endless_listing("CommandGetSqlInfo", &info);
        let error = drowned(script, what, options).await;
        assert!(error.contains("the server returned more than"), "{error}");
    }
}
