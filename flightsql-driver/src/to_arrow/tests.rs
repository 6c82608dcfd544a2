//! Columns of Rust values; what the derive makes of them is in the facade's tests.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, Int16Array, ListArray, RecordBatch, StringArray};
use arrow_schema::{DataType, TimeUnit};
use sqlx_core::decode::Decode;
use sqlx_core::row::Row as _;
use sqlx_core::types::Type;

use super::ToArrowColumn;
use crate::from_arrow::FlightSqlBatch;
use crate::marker::FlightSql;

fn column<T: ToArrowColumn>(values: &[T], wanted: Option<&DataType>) -> Result<ArrayRef, String> {
    let own = T::column_type();
    let wanted = wanted.unwrap_or(own.data_type());
    let array = T::to_column(values.iter().map(Some), wanted).map_err(|error| error.to_string())?;
    assert_eq!(array.data_type(), wanted);
    Ok(array)
}

/// Written and read again.
#[track_caller]
fn comes_back<T>(values: &[T])
where
    T: ToArrowColumn
        + for<'r> Decode<'r, FlightSql>
        + Type<FlightSql>
        + PartialEq
        + std::fmt::Debug,
{
    let array = column(values, None).unwrap();
    let record = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    let batch = FlightSqlBatch::try_from(record).unwrap();
    let read: Vec<T> = batch.rows().map(|row| row.get("c")).collect();
    assert_eq!(read, values);
}

#[test]
fn values_come_back() {
    comes_back(&[Some(true), None, Some(false)]);
    comes_back(&[1_i8, -1]);
    comes_back(&[u64::MAX, 0]);
    comes_back(&[Some(1.5_f32), None]);
    comes_back(&["a".to_owned(), String::new()]);
    comes_back(&[Some(vec![0_u8, 255]), None]);
    comes_back(&[[1_u8, 2], [3, 4]]);
    comes_back(&[bytes::Bytes::from_static(b"x")]);
    comes_back(&[i128::from(i64::MAX) * 1_000, -1]);
    comes_back(&[vec![Some(1_i64), None], vec![]]);
    comes_back(&[Some(vec![vec!["a".to_owned()]]), None]);
    comes_back(&[
        BTreeMap::from([("k".to_owned(), Some(1_i64))]),
        BTreeMap::new(),
    ]);
    comes_back(&[std::time::Duration::from_micros(5)]);
    comes_back(&[Box::new(5_i64)]);
}

#[test]
fn another_type_is_taken_where_nothing_is_lost() {
    let array = column(&[1_i64, -2], Some(&DataType::Int16)).unwrap();
    assert_eq!(
        &array,
        &(Arc::new(Int16Array::from(vec![1, -2])) as ArrayRef)
    );
    let error = column(&[40_000_i64], Some(&DataType::Int16)).unwrap_err();
    assert!(
        error.contains("Int64") && error.contains("Int16"),
        "{error}"
    );
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let array = column(&["a", "b", "a"], Some(&dictionary)).unwrap();
    assert_eq!(array.len(), 3);
    let seconds = DataType::Duration(TimeUnit::Second);
    let error = column(&[std::time::Duration::from_millis(5)], Some(&seconds)).unwrap_err();
    assert!(error.contains("lose precision"), "{error}");
}

#[test]
fn lists_and_texts_are_laid_out_as_arrow_does() {
    let lists = column(&[Some(vec![1_i64, 2]), None], None).unwrap();
    let rows = [Some(vec![Some(1), Some(2)]), None];
    let expected: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(rows));
    assert_eq!(&lists, &expected);
    let texts = column(&[Some("a"), None], None).unwrap();
    assert_eq!(
        &texts,
        &(Arc::new(StringArray::from(vec![Some("a"), None])) as ArrayRef)
    );
}

#[test]
fn only_an_option_may_be_null() {
    let nullable = [
        <Option<i64>>::NULLABLE,
        <&Option<i64>>::NULLABLE,
        i64::NULLABLE,
        <Vec<Option<i64>>>::NULLABLE,
    ];
    assert_eq!(nullable, [true, true, false, false]);
}
