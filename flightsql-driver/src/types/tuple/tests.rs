//! Tuples.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_schema::{DataType, Field, Fields};

use crate::types::tests::{bind, round_trip, row_of};

fn structure(fields: Vec<Field>) -> DataType {
    DataType::Struct(Fields::from(fields))
}

#[test]
fn tuples_round_trip_by_position() {
    let wanted = structure(vec![
        Field::new("x", DataType::Int8, false),
        Field::new("y", DataType::Utf8View, true),
    ]);
    round_trip(
        &(1_i64, Some("a".to_owned())),
        std::slice::from_ref(&wanted),
    );
    round_trip(&(1_i64, None::<String>), &[wanted]);
    round_trip(&((1_i64,), vec![(true, 2.5_f64)]), &[]);
}

#[test]
fn the_fields_must_be_as_many_and_of_such_types() {
    let array = bind((1_i64, 2_i64), None).unwrap();
    let row = row_of(array, 0);
    let read = |error: sqlx_core::error::Error| error.to_string();
    let error = read(sqlx_core::row::Row::try_get::<(i64,), _>(&row, "c").unwrap_err());
    assert!(
        error.contains("Struct") && error.contains("(i64,)"),
        "{error}"
    );
    let error = read(sqlx_core::row::Row::try_get::<(i64, String), _>(&row, "c").unwrap_err());
    assert!(error.contains("String"), "{error}");

    let wanted = structure(vec![Field::new("x", DataType::Int64, true)]);
    let error = bind((1_i64, 2_i64), Some(wanted)).unwrap_err().to_string();
    assert!(error.contains("number of fields"), "{error}");
    let wanted = structure(vec![Field::new("x", DataType::Int64, false)]);
    let error = bind((None::<i64>,), Some(wanted)).unwrap_err().to_string();
    assert!(error.contains("NULL"), "{error}");
}
