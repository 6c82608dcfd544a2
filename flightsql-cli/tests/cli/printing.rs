//! A table of type cases, printed in each format: `Display`, table, CSV, JSON, NDJSON, and Parquet and Arrow read back.
//! [`DIFFERENCES`] lists each format that differs, with the reason.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array, ArrayRef, Date64Array, Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array,
    DictionaryArray, FixedSizeBinaryArray, Int8Array, ListArray, RecordBatch, StructArray,
    TimestampSecondArray,
};
use arrow_buffer::{OffsetBuffer, i256};
use arrow_ipc::reader::{FileReader, StreamReader};
use arrow_schema::{Field, Schema};
use flightsql::{FlightSqlBatch, Row as _};
use flightsql_cli::Exit;
use flightsql_testkit::{Reply, Script, TestServer, raw};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::common::{Ran, run};

mod beyond;

#[path = "../../../tests/it/types/matrix/cases/mod.rs"]
#[expect(
    dead_code,
    reason = "the table is that of the matrix of types, which reads more of it"
)]
mod cases;

const WAYS: [&str; 7] = [
    "table",
    "csv",
    "json",
    "ndjson",
    "parquet",
    "arrow",
    "arrow-stream",
];

/// Case, the format that refuses it, text of the error, and reason.
const DIFFERENCES: &[(&str, &str, &str, &str)] = &[
    (
        "Union(dense)",
        "parquet",
        "Parquet does not support",
        "Parquet has no unions",
    ),
    (
        "Union(sparse)",
        "parquet",
        "Parquet does not support",
        "Parquet has no unions",
    ),
    (
        "Interval(MonthDayNano)",
        "parquet",
        "Parquet does not support",
        "Parquet has intervals of milliseconds only",
    ),
    (
        "Decimal128(5, -2)",
        "parquet",
        "Parquet does not support",
        "Parquet has no negative scales",
    ),
    (
        "Decimal128(9, 2) of ten digits",
        "parquet",
        "more digits than its type",
        "Parquet sizes a decimal by its precision",
    ),
    (
        "List(Decimal64(5, 0) of six digits)",
        "parquet",
        "more digits than its type",
        "Parquet sizes a decimal by its precision",
    ),
];

fn batch(array: ArrayRef, metadata: HashMap<String, String>) -> RecordBatch {
    let field = Field::new("v", array.data_type().clone(), true).with_metadata(metadata);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![array]).unwrap()
}

/// A list with all of the items.
fn list_of(items: ArrayRef, extension: Option<&str>) -> ArrayRef {
    let metadata = extension.map(|name| ("ARROW:extension:name".to_owned(), name.to_owned()));
    let item = Field::new("item", items.data_type().clone(), true)
        .with_metadata(metadata.into_iter().collect());
    let lengths = OffsetBuffer::from_lengths([items.len()]);
    Arc::new(ListArray::new(Arc::new(item), lengths, items, None))
}

/// The cases of the matrix of types, and cases that only a string can represent wrongly.
fn all() -> Vec<(String, RecordBatch)> {
    let mut all: Vec<_> = cases::cases()
        .into_iter()
        .map(|case| {
            let array = case.with_null.unwrap_or(case.values);
            (case.name, batch(array, case.metadata))
        })
        .collect();
    let huge = Decimal128Array::from(vec![Some(i128::MAX), None, Some(i128::MIN), Some(-7)]);
    let huge: ArrayRef = Arc::new(huge.with_precision_and_scale(38, 0).unwrap());
    let widest = Decimal256Array::from(vec![i256::MAX, i256::MIN]);
    let small = Decimal32Array::from(vec![i32::MAX, i32::MIN]);
    let middle = Decimal64Array::from(vec![i64::MAX, i64::MIN]);
    let ten_digits = Decimal128Array::from(vec![1_234_567_890]);
    let six_digits = Decimal64Array::from(vec![1, 123_456]);
    let negative = Decimal128Array::from(vec![0, 12]);
    let days = Date64Array::from(vec![Some(86_400_000), None, Some(86_400_001)]);
    let days: ArrayRef = Arc::new(days);
    let keys = Int8Array::from(vec![Some(2), None, Some(0)]);
    let encoded = |values: &ArrayRef| -> ArrayRef {
        Arc::new(DictionaryArray::<Int8Type>::new(
            keys.clone(),
            Arc::clone(values),
        ))
    };
    let paris = TimestampSecondArray::from(vec![Some(0), None]).with_timezone("Europe/Paris");
    let utc = TimestampSecondArray::from(vec![Some(0), None]).with_timezone("UTC");
    let ids = FixedSizeBinaryArray::try_from_iter([[0x11_u8; 16], [0x22; 16]].iter()).unwrap();
    let nested = StructArray::from(vec![
        (
            Arc::new(Field::new("huge", huge.data_type().clone(), true)),
            Arc::clone(&huge),
        ),
        (
            Arc::new(Field::new("none", huge.data_type().clone(), true)),
            Arc::new(
                Decimal128Array::new_null(4)
                    .with_precision_and_scale(38, 0)
                    .unwrap(),
            ),
        ),
    ]);
    let own: Vec<(&str, ArrayRef)> = vec![
        ("Decimal128 of 39 digits", Arc::clone(&huge)),
        (
            "Decimal256 of 77 digits",
            Arc::new(widest.with_precision_and_scale(76, 70).unwrap()),
        ),
        (
            "Decimal32 of ten digits",
            Arc::new(small.with_precision_and_scale(9, 9).unwrap()),
        ),
        (
            "Decimal64 of 19 digits",
            Arc::new(middle.with_precision_and_scale(18, 1).unwrap()),
        ),
        (
            "Decimal128(9, 2) of ten digits",
            Arc::new(ten_digits.with_precision_and_scale(9, 2).unwrap()),
        ),
        (
            "Decimal128(5, -2)",
            Arc::new(negative.with_precision_and_scale(5, -2).unwrap()),
        ),
        (
            "List(Decimal128 of 39 digits)",
            list_of(Arc::clone(&huge), None),
        ),
        (
            "List(Decimal64(5, 0) of six digits)",
            list_of(
                Arc::new(six_digits.with_precision_and_scale(5, 0).unwrap()),
                None,
            ),
        ),
        ("Struct(Decimal128 of 39 digits)", Arc::new(nested)),
        ("Dictionary(Decimal128 of 39 digits)", encoded(&huge)),
        ("Date64 with a time", Arc::clone(&days)),
        ("Dictionary(Date64)", encoded(&days)),
        ("List(Date64)", list_of(days, None)),
        (
            "List(Timestamp(s, Europe/Paris))",
            list_of(Arc::new(paris), None),
        ),
        ("List(Timestamp(s, UTC))", list_of(Arc::new(utc), None)),
        (
            "List(arrow.uuid)",
            list_of(Arc::new(ids), Some("arrow.uuid")),
        ),
        (
            "List(arrow.bool8)",
            list_of(
                Arc::new(Int8Array::from(vec![Some(1), Some(0), None])),
                Some("arrow.bool8"),
            ),
        ),
    ];
    all.extend(
        own.into_iter()
            .map(|(name, array)| (name.to_owned(), batch(array, HashMap::new()))),
    );
    all
}

/// A server that returns these batches from every query and keeps their dictionaries.
async fn answering_all(batches: &[RecordBatch]) -> TestServer {
    let schema = batches[0].schema();
    let data = raw::stream(&schema, batches, false).unwrap();
    let script = Script::new()
        .get_flight_info(Reply::ticket(schema.as_ref().clone(), "t").always())
        .do_get(Reply::raw(data).always());
    TestServer::scripted(script).await.unwrap()
}

async fn answering(batch: &RecordBatch) -> TestServer {
    answering_all(std::slice::from_ref(batch)).await
}

/// The strings of `Display`.
fn displayed(batch: RecordBatch) -> Vec<String> {
    let batch = FlightSqlBatch::try_from(batch).unwrap();
    batch
        .rows()
        .map(|row| row.try_get_raw(0).unwrap().to_string())
        .collect()
}

/// A JSON value as `Display` writes it: without quotes, and with spaces between the parts.
fn shown(json: &str) -> String {
    let (mut shown, mut rest) = (String::new(), json);
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' => {
                let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                shown.push_str(&strings.next().unwrap().unwrap());
                strings.byte_offset()
            }
            ',' | ':' => {
                shown.push_str(&format!("{first} "));
                1
            }
            'n' => {
                shown.push_str("NULL");
                "null".len()
            }
            other => {
                shown.push(other);
                other.len_utf8()
            }
        };
        rest = &rest[length..];
    }
    shown
}

/// The values of objects with the one field `v`, one on each line.
fn of_objects(lines: &str) -> Vec<String> {
    let value = |line: &str| {
        // Checks that it is JSON.
        let _: HashMap<String, serde_json::Value> = serde_json::from_str(line).unwrap();
        let inner = line.strip_prefix("{\"v\":").unwrap();
        shown(inner.strip_suffix('}').unwrap())
    };
    lines.lines().map(value).collect()
}

/// The values that a run printed, or its error.
fn values(way: &str, ran: Ran) -> Result<Vec<String>, String> {
    if ran.exit != Exit::Success {
        return Err(ran.err);
    }
    assert_eq!(ran.err, "");
    let read_back = |batches: Vec<RecordBatch>| batches.into_iter().flat_map(displayed).collect();
    Ok(match way {
        "table" => {
            let cells = ran
                .out()
                .lines()
                .skip(3)
                .filter_map(|line| line.strip_prefix('|'));
            let cells = cells.map(|cell| cell.strip_suffix('|').unwrap().trim().to_owned());
            cells.collect()
        }
        "csv" => {
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(true)
                .from_reader(&*ran.bytes);
            let fields = reader.records().map(|record| record.unwrap()[0].to_owned());
            fields.collect()
        }
        "ndjson" => of_objects(ran.out()),
        "json" => {
            let rows = ran
                .out()
                .strip_prefix("[\n")
                .unwrap()
                .strip_suffix("\n]\n")
                .unwrap();
            of_objects(&rows.replace("},\n", "}\n"))
        }
        "arrow-stream" => {
            let reader = StreamReader::try_new(&*ran.bytes, None).unwrap();
            read_back(reader.map(Result::unwrap).collect())
        }
        "arrow" => {
            let reader = FileReader::try_new(std::io::Cursor::new(ran.bytes), None).unwrap();
            read_back(reader.map(Result::unwrap).collect())
        }
        _ => {
            let bytes = bytes::Bytes::from(ran.bytes);
            let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
            read_back(reader.build().unwrap().map(Result::unwrap).collect())
        }
    })
}

async fn printed(server: &TestServer, way: &str) -> Result<Vec<String>, String> {
    let url = server.url();
    values(
        way,
        run(&["query", &url, "SELECT v", "--format", way, "--null", "NULL"]).await,
    )
}

#[tokio::test]
async fn all_formats_print_same_value() {
    let mut used = Vec::new();
    for (case, batch) in all() {
        let server = answering(&batch).await;
        let expected = displayed(batch);
        for way in WAYS {
            let found = printed(&server, way).await;
            let difference = DIFFERENCES
                .iter()
                .position(|(of, differs, ..)| *of == case && *differs == way);
            used.extend(difference);
            match (difference.map(|index| DIFFERENCES[index].2), found) {
                (None, found) => assert_eq!(found.as_ref(), Ok(&expected), "{case} as {way}"),
                (Some(text), found) => {
                    let error = found.unwrap_err();
                    assert!(error.contains(text), "{case} as {way}: {error}");
                }
            }
        }
    }
    let unused = (0..DIFFERENCES.len()).filter(|index| !used.contains(index));
    assert_eq!(unused.count(), 0);
}

/// A number as DuckDB sends its HUGEINT: all digits, in each format.
#[tokio::test]
async fn a3_never_truncates_decimal() {
    let digits = "170141183460469231731687303715884105727";
    let huge = Decimal128Array::from(vec![i128::MAX]);
    let huge: ArrayRef = Arc::new(huge.with_precision_and_scale(38, 0).unwrap());
    for array in [Arc::clone(&huge), list_of(huge, None)] {
        let text = match array.data_type().is_nested() {
            true => format!("[{digits}]"),
            false => digits.to_owned(),
        };
        let server = answering(&batch(array, HashMap::new())).await;
        for way in WAYS {
            assert_eq!(
                printed(&server, way).await.as_ref(),
                Ok(&vec![text.clone()]),
                "{way}"
            );
        }
    }
}
