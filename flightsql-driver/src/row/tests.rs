//! Lookup by name and position, and the errors of a row.
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, NullArray, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;

use super::FlightSqlRow;
use crate::value::{Batch, Columns};

fn record() -> RecordBatch {
    let columns: [(&str, ArrayRef); 4] = [
        ("id", Arc::new(Int64Array::from(vec![1, 2]))),
        (
            "a_rather_long_column_name",
            Arc::new(StringArray::from(vec![Some("x"), None])),
        ),
        ("n", Arc::new(Int64Array::from(vec![None, Some(i64::MAX)]))),
        ("nothing", Arc::new(NullArray::new(2))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn rows(record: RecordBatch) -> Vec<FlightSqlRow> {
    let batch = Batch::new(Columns::plain(record.schema()), record).unwrap();
    (0..batch.num_rows())
        .map(|row| FlightSqlRow::new(Arc::clone(&batch), row))
        .collect()
}

#[test]
fn a_row_is_a_pointer_and_an_index() {
    fn check<T: Send + Sync + Unpin + Clone + 'static>() {}
    check::<FlightSqlRow>();
    assert_eq!(size_of::<FlightSqlRow>(), 16);
}

#[test]
fn values_are_found_in_any_order() {
    let rows = rows(record());
    for _ in 0..2 {
        assert_eq!(rows[1].get::<i64, _>("n"), i64::MAX);
        assert_eq!(rows[0].get::<i64, _>("id"), 1);
        assert_eq!(rows[0].get::<&str, _>("a_rather_long_column_name"), "x");
        assert_eq!(rows[0].get::<Option<i64>, _>("n"), None);
        assert_eq!(rows[0].get::<Option<i64>, _>("nothing"), None);
        assert_eq!(rows[1].get::<i64, _>("id"), 2);
        assert_eq!(rows[1].get::<i64, _>("id"), 2);
        assert_eq!(rows[1].get::<Option<String>, _>(1), None);
    }
    assert_eq!(rows[1].index(), 1);
    assert_eq!(rows[1].batch().num_rows(), 2);
}

#[test]
fn of_columns_with_one_name_the_first_is_found() {
    let names = ["a", "b", "a", "b"];
    let schema = Schema::new(
        names
            .map(|name| Field::new(name, DataType::Int64, false))
            .to_vec(),
    );
    let arrays: Vec<ArrayRef> = (0..4)
        .map(|value| Arc::new(Int64Array::from(vec![value])) as ArrayRef)
        .collect();
    let row = &rows(RecordBatch::try_new(Arc::new(schema), arrays).unwrap())[0];
    for _ in 0..3 {
        assert_eq!(row.get::<i64, _>("a"), 0);
        assert_eq!(row.get::<i64, _>("b"), 1);
        assert_eq!(row.get::<i64, _>("a"), 0);
        assert_eq!(row.get::<i64, _>(2), 2);
    }
}

#[test]
fn names_of_every_length_are_told_apart() {
    // The comparison reads in chunks of 4 and 8 bytes: every length, differing at every place.
    let mut names = Vec::new();
    for length in 0..20 {
        let name = "abcdefghijklmnopqrstu"[..length].to_owned();
        for place in 0..length {
            let mut other = name.clone();
            other.replace_range(place..=place, "Z");
            names.push(other);
        }
        names.push(name);
    }
    let columns = names.iter().enumerate().map(|(value, name)| {
        let value = i64::try_from(value).unwrap();
        (name, Arc::new(Int64Array::from(vec![value])) as ArrayRef)
    });
    let row = &rows(RecordBatch::try_from_iter(columns).unwrap())[0];
    for (value, name) in names
        .iter()
        .enumerate()
        .chain(names.iter().enumerate().rev())
    {
        assert_eq!(
            row.get::<i64, _>(name.as_str()),
            i64::try_from(value).unwrap()
        );
    }
}

#[test]
fn threads_share_a_batch() {
    let rows = rows(record());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..10_000 {
                    assert_eq!(rows[0].get::<i64, _>("id"), 1);
                    assert_eq!(rows[1].get::<i64, _>("n"), i64::MAX);
                }
            });
        }
    });
}

#[test]
fn a_wrong_column_is_named() {
    let row = &rows(record())[0];
    assert!(matches!(
        row.try_get::<i64, _>("idd"),
        Err(Error::ColumnNotFound(name)) if name == "idd"
    ));
    assert!(matches!(
        row.try_get::<i64, _>(4),
        Err(Error::ColumnIndexOutOfBounds { index: 4, len: 4 })
    ));
    assert!(matches!(
        row.try_get_raw("none"),
        Err(Error::ColumnNotFound(_))
    ));
}

#[test]
fn errors_name_types_and_never_the_value() {
    let rows = rows(record());
    let message = rows[1].try_get::<i32, _>("n").unwrap_err().to_string();
    assert_eq!(
        message,
        "error occurred while decoding column \"n\": a value of Arrow type Int64 does not fit into Rust type `i32`"
    );
    let message = rows[1].try_get::<bool, _>("n").unwrap_err().to_string();
    assert_eq!(
        message,
        "error occurred while decoding column \"n\": Arrow type Int64 (BIGINT) cannot be read as Rust type `bool`; \
         write `... <> 0` in the SQL, or add a rule to the type map of the dialect"
    );
    let unchecked = rows[1]
        .try_get_unchecked::<bool, _>("n")
        .unwrap_err()
        .to_string();
    assert_eq!(unchecked, message);
    let message = rows[0].try_get::<i64, _>("n").unwrap_err().to_string();
    assert!(
        message.contains("\"n\"") && message.contains("null"),
        "{message}"
    );
}

#[test]
fn debug_shows_names_and_values() {
    let rows = rows(record());
    assert_eq!(
        format!("{:?}", rows[0]),
        "FlightSqlRow {id: 1, a_rather_long_column_name: \"x\", n: NULL, nothing: NULL}"
    );
}
