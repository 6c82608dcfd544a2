//! Tests that `query` writes columns as the dialect means them, `--raw` as sent, and that `columns` names the meant types.

#[path = "../../../tests/it/type_map/cases.rs"]
mod cases;

use std::sync::Arc;

use flightsql::arrow::RecordBatch;
use flightsql::arrow::schema::Schema;
use flightsql::dialect::DialectProfile;
use flightsql_cli::Exit;
use flightsql_testkit::arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::{FutureExt as _, TryStreamExt as _};

use self::cases::{Case, all};
use crate::common::{directory, run};

/// The stream of a batch; dictionaries too.
fn stream(batch: &RecordBatch) -> Reply {
    let batches = futures_util::stream::iter([Ok(batch.clone())]);
    let encoder = FlightDataEncoderBuilder::new()
        .with_dictionary_handling(DictionaryHandling::Resend)
        .with_schema(batch.schema())
        .build(batches);
    let messages: Vec<_> = encoder.try_collect().now_or_never().unwrap().unwrap();
    Reply::raw(messages)
}

/// A server that answers one query with a batch, and the dialect of a case as a file.
async fn engine(case: &Case, batch: &RecordBatch) -> (TestServer, Script, String) {
    let script = Script::new()
        .get_flight_info(Reply::ticket(batch.schema(), "t"))
        .do_get(stream(batch));
    let server = TestServer::scripted(script.clone()).await.unwrap();
    (server, script, file(case))
}

fn file(case: &Case) -> String {
    let mut profile = DialectProfile::new("mapped");
    profile.types.map.clone_from(&case.rules);
    // Tests run in parallel, so each has its own folder.
    let test = std::thread::current()
        .name()
        .unwrap_or_default()
        .replace("::", "-");
    let folder = directory(&format!("{test}-{}", case.name.replace(' ', "-")));
    let file = folder.join("mapped.toml");
    std::fs::write(&file, profile.to_toml()).unwrap();
    file.to_str().unwrap().to_owned()
}

fn cells(csv: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let cells = reader.records().map(|record| record.unwrap()[0].to_owned());
    cells.collect()
}

#[tokio::test]
async fn writes_column_with_one_type() {
    for case in all() {
        let batch = case.valid();
        let (server, _, file) = engine(&case, &batch).await;
        let url = server.url();
        let query = ["query", &url, "SELECT c", "--dialect-file", &file];
        let written = run(&[&query[..], &["--format", "csv", "--null", "NULL"]].concat()).await;
        let written = cells(&written.clean());
        assert_eq!(written, case.shown[..batch.num_rows()], "{}", case.name);
    }
}

#[tokio::test]
async fn raw_writes_values_as_sent() {
    for case in all().into_iter().filter(|case| case.refused.is_some()) {
        let batch = case.batch();
        let (server, script, file) = engine(&case, &batch).await;
        let url = server.url();
        let query = [
            "query",
            &url,
            "SELECT c",
            "--dialect-file",
            &file,
            "--format",
            "csv",
            "--null",
            "NULL",
        ];
        // A batch cannot contain a value of another type.
        let refused = run(&query).await;
        refused.fails(
            Exit::Failed,
            &[
                "which types.map[0] of dialect `mapped` reads it as",
                "hint: use --raw to write the result as the server sent it",
            ],
        );
        let _ = script
            .get_flight_info(Reply::ticket(batch.schema(), "t"))
            .do_get(stream(&batch));
        let raw = run(&[&query[..], &["--raw"]].concat()).await.clean();
        let row = case.refused.unwrap();
        assert_eq!(cells(&raw)[row], case.shown[row], "{}", case.name);
    }
}

#[tokio::test]
async fn lists_meant_types_of_columns() {
    for case in all() {
        let schema: Arc<Schema> = case.schema();
        let tables = cases::tables("t", &schema);
        let script = Script::new()
            .on(
                Rpc::GetFlightInfo,
                "CommandGetTables",
                Reply::ticket(tables.schema(), "tables").always(),
            )
            .do_get(Reply::batches(tables.schema(), [tables.clone()]).always());
        let server = TestServer::scripted(script).await.unwrap();
        let file = file(&case);
        let url = server.url();
        let columns = run(&[
            "columns",
            &url,
            "t",
            "--dialect-file",
            &file,
            "--format",
            "csv",
        ])
        .await;
        let meant = case.meant.split(" (").next().unwrap();
        assert!(
            columns.out().contains(meant.trim()),
            "{}: {columns:?}",
            case.name
        );
    }
}
