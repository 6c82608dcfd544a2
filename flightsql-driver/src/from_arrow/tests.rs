//! Reading a batch by hand.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;

use super::{FlightSqlBatch, FromArrow};

fn batch() -> FlightSqlBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![1, 300]));
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("Ada"), None]));
    let again: ArrayRef = Arc::new(Int64Array::from(vec![7, 8]));
    let record = RecordBatch::try_from_iter_with_nullable([
        ("id", ids, false),
        ("name", names, true),
        ("id", again, false),
    ]);
    FlightSqlBatch::try_from(record.unwrap()).unwrap()
}

#[test]
fn columns_are_found_by_name_and_by_place() {
    let batch = batch();
    // Of two columns of one name, the first.
    let ids = batch.column::<i64>("id").unwrap();
    assert_eq!((ids.get(0).unwrap(), ids.get(1).unwrap()), (1, 300));
    assert_eq!(batch.column_at::<i64>(2).unwrap().get(0).unwrap(), 7);
    assert!(batch.optional_column::<i64>("other").unwrap().is_none());
    assert!(matches!(
        batch.column::<i64>("other"),
        Err(Error::ColumnNotFound(_))
    ));
    assert!(matches!(
        batch.column_at::<i64>(3),
        Err(Error::ColumnIndexOutOfBounds { index: 3, len: 3 })
    ));
    assert!(format!("{ids:?}").contains("\"id\""));
    assert!(format!("{batch:?}").contains("rows: 2"));
}

#[test]
fn a_type_is_refused_before_a_value_is_read() {
    let batch = batch();
    let error = batch.column::<String>("id").unwrap_err().to_string();
    assert!(
        error.contains("\"id\"") && error.contains("Int64"),
        "{error}"
    );
    let narrow = batch.column::<i8>("id").unwrap();
    assert_eq!(narrow.get(0).unwrap(), 1);
    assert!(
        narrow
            .get(1)
            .unwrap_err()
            .to_string()
            .contains("does not fit")
    );
    assert!(narrow.get(2).is_err(), "there is no such row");
    let names = batch.column::<&str>("name").unwrap();
    assert_eq!(names.get(0).unwrap(), "Ada");
    assert!(names.get(1).is_err());
}

#[test]
fn rows_before_an_error_are_kept() {
    let batch = batch();
    let mut rows: Vec<(i8,)> = Vec::new();
    assert!(batch.read_into(&mut rows).is_err());
    assert_eq!(rows, [(1,)]);
    let columns = <(i64, Option<&str>)>::columns(&batch).unwrap();
    assert_eq!(
        <(i64, Option<&str>)>::row(&columns, 1).unwrap(),
        (300, None)
    );
    let rows: Vec<i64> = batch.rows().map(|row| row.get(2)).collect();
    assert_eq!(rows, [7, 8]);
}
