//! Owned and borrowed values, and their texts.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array as _, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, DictionaryArray, Int64Array,
    ListArray, NullArray, RecordBatch, StringArray, TimestampSecondArray,
};
use sqlx_core::error::Error;
use sqlx_core::value::{Value as _, ValueRef};

use super::{Batch, FlightSqlValue, FlightSqlValueRef, Meta};

fn value(array: ArrayRef, row: u32) -> FlightSqlValue {
    let record = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    let batch = Batch::new(Meta::plain(record.schema()), record).unwrap();
    ValueRef::to_owned(&FlightSqlValueRef::new(&batch, 0, row).unwrap())
}

#[test]
fn a_reference_is_small() {
    assert_eq!(size_of::<FlightSqlValueRef<'_>>(), 24);
    assert_eq!(size_of::<Option<FlightSqlValueRef<'_>>>(), 24);
}

#[test]
fn an_owned_value_outlives_its_result() {
    let text = value(Arc::new(StringArray::from(vec![Some("a"), None])), 0);
    assert!(!text.is_null());
    assert_eq!(text.type_info().to_string(), "VARCHAR");
    assert_eq!(text.decode::<&str>(), "a");
    assert_eq!(text.clone().decode::<String>(), "a");
    assert!(matches!(text.try_decode::<i64>(), Err(Error::Decode(_))));
    let null = value(Arc::new(StringArray::from(vec![Some("a"), None])), 1);
    assert!(null.is_null());
    assert_eq!(null.decode::<Option<String>>(), None);
    assert!(matches!(null.try_decode::<String>(), Err(Error::Decode(_))));
}

#[test]
fn the_array_is_there_for_a_decoder_of_your_own() {
    let value = value(Arc::new(Int64Array::from(vec![5, 6])), 1);
    let value = value.as_ref();
    assert_eq!((value.array().len(), value.index()), (2, 1));
    assert!(FlightSqlValueRef::new(value.batch, 1, 0).is_none());
}

#[test]
fn a_row_beyond_the_batch_is_an_error() {
    let beyond = value(Arc::new(Int64Array::from(vec![Some(5), None])), 2);
    assert!(beyond.try_decode::<i64>().is_err());
    assert_eq!(beyond.to_string(), "<no row 2>");
    let beyond = value(Arc::new(StringArray::from(vec![Some("a"), None])), 9);
    assert!(beyond.try_decode::<&str>().is_err());
}

#[test]
fn every_value_has_a_text() {
    let zoned = |zone: &str| {
        Arc::new(TimestampSecondArray::from(vec![1_714_564_800]).with_timezone(zone)) as ArrayRef
    };
    let dictionary: DictionaryArray<Int8Type> = ["x", "y"].into_iter().collect();
    let list = ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>([Some([
        Some(1),
        None,
    ])]);
    let decimal = Decimal128Array::from(vec![-12345])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let cases: Vec<(ArrayRef, &str, &str)> = vec![
        (Arc::new(Int64Array::from(vec![42])), "42", "42"),
        (Arc::new(BooleanArray::from(vec![true])), "true", "true"),
        (
            Arc::new(StringArray::from(vec!["a \"b\""])),
            "a \"b\"",
            r#""a \"b\"""#,
        ),
        (
            Arc::new(StringArray::from(vec![None::<&str>])),
            "NULL",
            "NULL",
        ),
        (Arc::new(NullArray::new(1)), "NULL", "NULL"),
        (
            Arc::new(BinaryArray::from(vec![&[0xde, 0xad][..]])),
            "dead",
            "dead",
        ),
        (Arc::new(decimal), "-123.45", "-123.45"),
        (Arc::new(dictionary), "x", "\"x\""),
        (Arc::new(list), "[1, NULL]", "[1, NULL]"),
        (
            Arc::new(TimestampSecondArray::from(vec![1_714_564_800])),
            "2024-05-01T12:00:00",
            "2024-05-01T12:00:00",
        ),
        (
            zoned("+02:00"),
            "2024-05-01T14:00:00+02:00",
            "2024-05-01T14:00:00+02:00",
        ),
        // No zone database: the same instant in UTC.
        (
            zoned("Europe/Paris"),
            "2024-05-01T12:00:00Z",
            "2024-05-01T12:00:00Z",
        ),
    ];
    for (array, display, debug) in cases {
        let value = value(array, 0);
        assert_eq!(value.to_string(), display);
        assert_eq!(format!("{value:?}"), debug);
    }
}

#[test]
fn a_date_of_milliseconds_shows_as_a_day_unless_it_holds_a_time() {
    let dates: ArrayRef = Arc::new(arrow_array::Date64Array::from(vec![
        86_400_000,
        -86_400_000,
        86_400_001,
    ]));
    let shown = [0, 1, 2].map(|row| value(Arc::clone(&dates), row).to_string());
    assert_eq!(
        shown,
        ["1970-01-02", "1969-12-31", "1970-01-02T00:00:00.001"]
    );
}
