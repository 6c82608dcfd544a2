//! Tests of conversions: values, refusals, and properties of every pair.
mod arrays;
mod broken;
mod properties;
mod values;

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, StringArray};
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType;

use super::convert;
use crate::arrow::logical_type::Encoding;

fn array(array: impl arrow_array::Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// Each value as text, `NULL` or `refused`.
fn shown(from: &ArrayRef, to: &DataType, encoding: Encoding) -> Vec<String> {
    let made = convert(from, to, encoding).unwrap();
    assert_eq!((made.array.data_type(), made.array.len()), (to, from.len()));
    assert_eq!(made.refused.is_some(), made.why.is_some());
    let shown = (0..from.len()).map(|row| {
        let refused = made.refused.as_ref().is_some_and(|rows| rows.value(row));
        match (
            from.logical_nulls().is_some_and(|nulls| nulls.is_null(row)),
            refused,
        ) {
            (true, refused) => {
                assert!(!refused && made.array.is_null(row), "a NULL stays one");
                "NULL".to_owned()
            }
            (false, true) => {
                assert!(made.array.is_null(row), "a refused value is NULL");
                "refused".to_owned()
            }
            (false, false) => {
                assert!(made.array.is_valid(row), "a value stays one");
                array_value_to_string(&made.array, row).unwrap()
            }
        }
    });
    shown.collect()
}

fn texts(from: &[&str], to: &DataType) -> Vec<String> {
    shown(
        &array(StringArray::from(from.to_vec())),
        to,
        Encoding::Value,
    )
}
