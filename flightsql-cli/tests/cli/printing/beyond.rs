//! Values without a form in a format or in Arrow's writers: each format prints the same text, or returns an error with a hint.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{Int64Builder, MapBuilder, StringBuilder};
use arrow_array::types::{Float16Type, Int8Type};
use arrow_array::{
    ArrayRef, ArrowPrimitiveType, Date32Array, Date64Array, DictionaryArray, DurationSecondArray,
    Float16Array, Float32Array, Float64Array, Int8Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringArray, StructArray, Time32SecondArray, Time64MicrosecondArray,
    TimestampMicrosecondArray, TimestampSecondArray,
};
use arrow_schema::{DataType, Field, Schema};
use flightsql_cli::Exit;

use super::{WAYS, answering, answering_all, batch, displayed, list_of, printed};
use crate::common::run;

type Half = <Float16Type as ArrowPrimitiveType>::Native;

fn plain(array: ArrayRef) -> RecordBatch {
    batch(array, HashMap::new())
}

/// The array, and the array inside a list, a struct and a dictionary.
fn nested(array: &ArrayRef) -> [ArrayRef; 4] {
    let field = Field::new("x", array.data_type().clone(), true);
    let inside = StructArray::from(vec![(Arc::new(field), Arc::clone(array))]);
    let keys = Int8Array::from(vec![Some(0), None]);
    let dictionary = DictionaryArray::<Int8Type>::new(keys, Arc::clone(array));
    [
        Arc::clone(array),
        list_of(Arc::clone(array), None),
        Arc::new(inside),
        Arc::new(dictionary),
    ]
}

/// Checks that each format prints `text` for the first value, and the strings of `Display` at every depth.
async fn prints_everywhere(array: ArrayRef, text: &str) {
    assert_eq!(displayed(plain(Arc::clone(&array)))[0], text);
    for array in nested(&array) {
        let batch = plain(array);
        let expected = displayed(batch.clone());
        assert!(expected[0].contains(text), "{expected:?}");
        let server = answering(&batch).await;
        for way in WAYS {
            let found = printed(&server, way).await;
            let case = batch.column(0).data_type();
            assert_eq!(found.as_ref(), Ok(&expected), "{case} as {way}");
        }
    }
}

#[tokio::test]
async fn a4_writes_dates_and_times_beyond_calendar() {
    let cases: [(ArrayRef, &str); 9] = [
        (
            Arc::new(TimestampMicrosecondArray::from(vec![i64::MAX, 0])),
            "infinity",
        ),
        (
            Arc::new(TimestampMicrosecondArray::from(vec![i64::MIN])),
            "-infinity",
        ),
        (
            Arc::new(TimestampSecondArray::from(vec![i64::MAX - 1]).with_timezone("UTC")),
            "+292277026596-12-04T15:30:06Z",
        ),
        (
            Arc::new(Date32Array::from(vec![Some(i32::MAX), None])),
            "infinity",
        ),
        (Arc::new(Date64Array::from(vec![i64::MAX])), "infinity"),
        (
            Arc::new(Time64MicrosecondArray::from(vec![86_400_000_000, 1])),
            "24:00:00",
        ),
        (
            // Arrow reads this as 00:00:05.
            Arc::new(Time64MicrosecondArray::from(vec![4_294_967_301_000_000])),
            "1193046:28:21",
        ),
        (Arc::new(Time32SecondArray::from(vec![-1])), "-00:00:01"),
        (
            Arc::new(DurationSecondArray::from(vec![i64::MAX])),
            "PT9223372036854775807S",
        ),
    ];
    for (array, text) in cases {
        prints_everywhere(array, text).await;
    }
}

#[tokio::test]
async fn a6_json_writes_nan_and_infinities_as_strings() {
    let half = [f32::NAN, 1.5, f32::INFINITY].map(Half::from_f32);
    let cases: [(ArrayRef, &str); 4] = [
        (Arc::new(Float64Array::from(vec![f64::NAN, 1.5])), "NaN"),
        (
            Arc::new(Float64Array::from(vec![
                Some(f64::NEG_INFINITY),
                None,
                Some(1e300),
            ])),
            "-inf",
        ),
        (Arc::new(Float32Array::from(vec![f32::INFINITY])), "inf"),
        (Arc::new(Float16Array::from(half.to_vec())), "NaN"),
    ];
    for (array, text) in cases {
        prints_everywhere(array, text).await;
    }
    // Numbers stay numbers.
    let values: ArrayRef = Arc::new(Float64Array::from(vec![f64::NAN, 1.5, f64::INFINITY]));
    let server = answering(&plain(values)).await;
    let lines = run(&["query", &server.url(), "SELECT v", "--format", "ndjson"]).await;
    assert_eq!(
        lines.clean(),
        "{\"v\":\"NaN\"}\n{\"v\":1.5}\n{\"v\":\"inf\"}\n"
    );
}

#[tokio::test]
async fn a6_json_rejects_duplicate_field_names() {
    let number = |value| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let field = |name| Arc::new(Field::new(name, DataType::Int64, true));
    let twice: ArrayRef = Arc::new(StructArray::from(vec![
        (field("a"), number(1)),
        (field("a"), number(2)),
    ]));
    for array in nested(&twice) {
        let server = answering(&plain(array)).await;
        for way in ["json", "ndjson"] {
            let ran = run(&["query", &server.url(), "SELECT v", "--format", way]).await;
            ran.fails(
                Exit::Usage,
                &["column \"v\"", "two fields of one name", "--format csv"],
            );
            assert_eq!(ran.out(), "");
        }
    }
    let server = answering(&plain(twice)).await;
    let csv = printed(&server, "csv").await.unwrap();
    assert_eq!(csv, ["{a: 1, a: 2}"]);
}

#[tokio::test]
async fn a5_json_rejects_duplicate_map_keys() {
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    for value in [1, 2] {
        map.keys().append_value("k");
        map.values().append_value(value);
    }
    map.append(true).unwrap();
    let map: ArrayRef = Arc::new(map.finish());
    for array in [Arc::clone(&map), list_of(Arc::clone(&map), None)] {
        let server = answering(&plain(array)).await;
        for way in ["json", "ndjson"] {
            let ran = run(&["query", &server.url(), "SELECT v", "--format", way]).await;
            ran.fails(
                Exit::Failed,
                &["column \"v\"", "has a duplicate key", "--format csv"],
            );
        }
    }
    let server = answering(&plain(map)).await;
    assert_eq!(printed(&server, "csv").await.unwrap(), ["{k: 1, k: 2}"]);
}

#[tokio::test]
async fn e1_counts_or_rejects_rows_without_columns() {
    let rows = RecordBatchOptions::new().with_row_count(Some(2));
    let schema = Arc::new(Schema::empty());
    let batch = RecordBatch::try_new_with_options(schema, vec![], &rows).unwrap();
    let server = answering(&batch).await;
    let url = server.url();
    for way in ["csv", "parquet"] {
        let ran = run(&["query", &url, "SELECT", "--format", way]).await;
        ran.fails(Exit::Usage, &["has no columns", "--format json"]);
        assert_eq!(ran.bytes, b"");
    }
    let json = run(&["query", &url, "SELECT", "--format", "json"]).await;
    assert_eq!(json.clean(), "[\n{},\n{}\n]\n");
    let table = run(&["query", &url, "SELECT"]).await.clean();
    assert!(table.ends_with("\n2 rows\n"), "{table}");
    for way in ["arrow", "arrow-stream"] {
        let ran = run(&["query", &url, "SELECT", "--format", way]).await;
        assert_eq!((ran.exit, ran.err.as_str()), (Exit::Success, ""));
    }
}

#[tokio::test]
async fn i3_writes_batches_with_different_dictionaries() {
    let of = |values: &[&str], keys: &[Option<i8>]| -> ArrayRef {
        let values = Arc::new(StringArray::from(values.to_vec()));
        let keys = Int8Array::from(keys.to_vec());
        Arc::new(DictionaryArray::<Int8Type>::new(keys, values))
    };
    let first = of(&["a", "b"], &[Some(1), None, Some(0)]);
    let second = of(&["x", "y", "z"], &[Some(2), Some(0)]);
    let expected = ["b", "NULL", "a", "z", "x"];
    let server = answering_all(&[plain(Arc::clone(&first)), plain(Arc::clone(&second))]).await;
    for way in WAYS {
        let found = printed(&server, way).await;
        assert_eq!(found.unwrap(), expected, "{way}");
    }
    let server = answering_all(&[plain(list_of(first, None)), plain(list_of(second, None))]).await;
    for way in WAYS {
        let found = printed(&server, way).await;
        assert_eq!(found.unwrap(), ["[b, NULL, a]", "[z, x]"], "{way}");
    }
}
