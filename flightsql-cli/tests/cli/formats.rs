//! Every format of `query`, read back by another reader.

use std::fs::File;
use std::io::Cursor;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, ListArray, RecordBatch, TimestampSecondArray};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{DataType, Field, Schema};
use flightsql_cli::Exit;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;

use crate::common::{directory, run, run_in, server};

const ROWS: usize = 20_000;
const NUMBERS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT i, 'row ' || i AS name, CASE WHEN i % 2 = 0 THEN NULL ELSE i / 2.0 END AS half FROM n";
const EMPTY: &str = "SELECT code, name FROM airline WHERE code = 'none'";

#[track_caller]
fn check_numbers(batches: &[RecordBatch]) {
    let mut expected = 1;
    for batch in batches {
        let (i, name, half) = (batch.column(0), batch.column(1), batch.column(2));
        for row in 0..batch.num_rows() {
            let number = i.as_primitive::<Int64Type>().value(row);
            assert_eq!(number, expected);
            assert_eq!(name.as_string::<i32>().value(row), format!("row {number}"));
            assert_eq!(half.is_null(row), number % 2 == 0);
            if number == 7 {
                assert_eq!(half.as_primitive::<Float64Type>().value(row), 3.5);
            }
            expected += 1;
        }
    }
    assert_eq!(usize::try_from(expected).unwrap(), ROWS + 1);
}

#[tokio::test]
async fn round_trips_parquet() {
    let server = server().await;
    let file = directory("parquet").join("numbers.parquet");
    let path = file.to_str().unwrap();
    // The file extension selects the format.
    let written = run(&["query", &server.url(), NUMBERS, "-o", path]).await;
    assert_eq!(written.clean(), "");
    let read = |file| {
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        reader.build().unwrap().map(Result::unwrap).collect()
    };
    let batches: Vec<_> = read(File::open(&file).unwrap());
    check_numbers(&batches);

    let empty = run(&["query", &server.url(), EMPTY, "-o", path]).await;
    assert_eq!(empty.clean(), "");
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(&file).unwrap()).unwrap();
    assert_eq!(reader.schema().field(1).name(), "name");
    assert_eq!(reader.metadata().file_metadata().num_rows(), 0);
}

#[tokio::test]
async fn round_trips_arrow_files_and_streams() {
    let server = server().await;
    let url = server.url();
    let file = run(&["query", &url, NUMBERS, "--format", "arrow"]).await;
    assert_eq!(file.exit, Exit::Success);
    let reader = FileReader::try_new(Cursor::new(file.bytes), None).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    check_numbers(&batches);

    let stream = run(&["query", &url, NUMBERS, "--format", "arrow-stream"]).await;
    let reader = StreamReader::try_new(Cursor::new(stream.bytes), None).unwrap();
    let batches: Vec<_> = reader.map(Result::unwrap).collect();
    check_numbers(&batches);

    let empty = run(&["query", &url, EMPTY, "--format", "arrow-stream"]).await;
    let reader = StreamReader::try_new(Cursor::new(empty.bytes), None).unwrap();
    assert_eq!(reader.schema().field(0).name(), "code");
    assert_eq!(reader.count(), 0);
}

#[tokio::test]
async fn csv_has_header_quotes_and_null() {
    let server = server().await;
    let url = server.url();
    let sql = "SELECT 1 AS i, 'a \"b\", c' AS \"x,y\", NULL AS none, x'00ff' AS bytes";
    let csv = run(&["query", &url, sql, "--format", "csv", "--null", "NA"]).await;
    assert_eq!(
        csv.clean(),
        "i,\"x,y\",none,bytes\n1,\"a \"\"b\"\", c\",NA,00ff\n"
    );
    let empty = run(&["query", &url, EMPTY, "--format", "csv"]).await;
    assert_eq!(empty.clean(), "code,name\n");
    let long = run(&["query", &url, NUMBERS, "--format", "csv"])
        .await
        .clean();
    assert_eq!(long.lines().count(), ROWS + 1);
    assert_eq!(long.lines().nth(20_000), Some("20000,row 20000,"));
}

#[tokio::test]
async fn writes_json_array_and_ndjson_lines() {
    let server = server().await;
    let url = server.url();
    let text = run(&["query", &url, NUMBERS, "--format", "json"])
        .await
        .clean();
    let rows: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(rows.len(), ROWS);
    assert_eq!(rows[0], json!({"i": 1, "name": "row 1", "half": 0.5}));
    assert_eq!(rows[1], json!({"i": 2, "name": "row 2", "half": null}));

    let lines = run(&["query", &url, NUMBERS, "--format", "ndjson"])
        .await
        .clean();
    assert_eq!(lines.lines().count(), ROWS);
    let last: serde_json::Value = serde_json::from_str(lines.lines().last().unwrap()).unwrap();
    assert_eq!(
        last,
        json!({"i": 20_000, "name": "row 20000", "half": null})
    );

    assert_eq!(
        run(&["query", &url, EMPTY, "--format", "json"])
            .await
            .clean(),
        "[\n]\n"
    );
    let twice = run(&["query", &url, "SELECT 1 AS a, 2 AS a", "--format", "json"]).await;
    twice.fails(Exit::Usage, &["two columns are named \"a\"", "AS"]);
}

#[tokio::test]
async fn table_shows_first_rows_and_count() {
    let server = server().await;
    let url = server.url();
    let one = run(&["query", &url, "SELECT 1 AS one, NULL AS none"]).await;
    assert_eq!(
        one.clean(),
        "+-----+------+\n| one | none |\n+============+\n|   1 | NULL |\n+-----+------+\n1 row\n"
    );
    let long = run(&["query", &url, NUMBERS]).await.clean();
    assert!(long.contains("| 10000 | row 10000 |   NULL |"));
    assert!(!long.contains("row 10001"));
    assert!(long.ends_with(
        "\n20 000 rows, showing the first 10 000; use --format csv (or another format) for all rows\n"
    ));
    let empty = run(&["query", &url, EMPTY]).await.clean();
    assert_eq!(
        empty,
        "+------+------+\n| code | name |\n+=============+\n+------+------+\n0 rows\n"
    );
    // Control characters do not reach the terminal.
    let red = run(&["query", &url, "SELECT char(27) || '[31m' AS red"]).await;
    let red = red.clean();
    assert!(red.contains("\u{fffd}[31m") && !red.contains('\u{1b}'));
}

#[tokio::test]
async fn rejects_binary_format_on_terminal() {
    let server = server().await;
    for format in ["parquet", "arrow", "arrow-stream"] {
        let args = ["query", &server.url(), "SELECT 1", "--format", format];
        let refused = run_in(&args, |shell| shell.out_is_terminal = true).await;
        refused.fails(Exit::Usage, &["--output FILE"]);
        assert_eq!(server.count_all(), 0);
    }
}

/// Starts a server that returns this batch from every query.
async fn answering(batch: &RecordBatch) -> TestServer {
    let schema = batch.schema();
    let script = Script::new()
        .on(
            Rpc::GetFlightInfo,
            "CommandStatementQuery",
            Reply::ticket(schema.as_ref().clone(), "t").always(),
        )
        .do_get(Reply::batches(schema.as_ref().clone(), vec![batch.clone()]).always());
    TestServer::scripted(script).await.unwrap()
}

#[tokio::test]
async fn text_formats_convert_unsupported_types() {
    let items = ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>([
        Some(vec![Some(1), None]),
        None,
    ]);
    let zoned = TimestampSecondArray::from(vec![Some(0), None]).with_timezone("Europe/Paris");
    let uuid =
        arrow_array::FixedSizeBinaryArray::try_from_iter([[0x11_u8; 16], [0x22; 16]].into_iter())
            .unwrap();
    let extension = [("ARROW:extension:name".to_owned(), "arrow.uuid".to_owned())];
    let fields = vec![
        Field::new("items", items.data_type().clone(), true),
        Field::new("zoned", zoned.data_type().clone(), true),
        Field::new("uuid", DataType::FixedSizeBinary(16), true).with_metadata(extension.into()),
    ];
    let columns: Vec<ArrayRef> = vec![Arc::new(items), Arc::new(zoned), Arc::new(uuid)];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let server = answering(&batch).await;
    let csv = run(&["query", &server.url(), "SELECT x", "--format", "csv"]).await;
    assert_eq!(
        csv.clean(),
        "items,zoned,uuid\n\
         \"[1, NULL]\",1970-01-01T00:00:00Z,11111111-1111-1111-1111-111111111111\n\
         ,,22222222-2222-2222-2222-222222222222\n"
    );
    let json = run(&["query", &server.url(), "SELECT x", "--format", "ndjson"]).await;
    let json = json.clean();
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(
        first,
        json!({
            "items": [1, null],
            "zoned": "1970-01-01T00:00:00Z",
            "uuid": "11111111-1111-1111-1111-111111111111"
        })
    );
}

#[tokio::test]
async fn parquet_rejects_unsupported_types() {
    let fields = vec![(0_i8, Arc::new(Field::new("n", DataType::Int32, false)))];
    let union = arrow_array::UnionArray::try_new(
        fields.into_iter().collect(),
        vec![0_i8].into(),
        None,
        vec![Arc::new(Int32Array::from(vec![1])) as ArrayRef],
    )
    .unwrap();
    let field = Field::new("u", union.data_type().clone(), true);
    let batch =
        RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![Arc::new(union)]).unwrap();
    let server = answering(&batch).await;
    let file = directory("refused").join("union.parquet");
    let refused = ["query", &server.url(), "SELECT x", "-o"];
    let refused = run(&[&refused[..], &[file.to_str().unwrap()]].concat()).await;
    refused.fails(
        Exit::Usage,
        &["column \"u\"", "Parquet does not support", "CAST"],
    );
    assert!(!file.exists());
    let json = run(&["query", &server.url(), "SELECT x", "--format", "ndjson"]).await;
    assert_eq!(json.clean(), "{\"u\":\"1\"}\n");
}
