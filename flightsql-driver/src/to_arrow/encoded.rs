//! Columns of any type that has an `Encode`, value by value.

use std::cell::LazyCell;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use sqlx_core::encode::Encode;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::encoded_scalar;
use crate::arrow::coerce::column;
use crate::arrow::convert::By;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;

/// Returns the values as an array, each as its `Encode` binds it, for custom types with
/// [`ToArrowColumn`](super::ToArrowColumn). Columns of numbers and strings are faster, because this function converts each
/// value individually.
///
/// # Errors
/// Returns an error if a value cannot be encoded, or not exactly as `wanted`.
pub fn encoded_column<'a, 'q, T, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
where
    T: Encode<'q, FlightSql> + Type<FlightSql> + 'a,
    I: Iterator<Item = Option<&'a T>>,
{
    // All NULLs of the column share one field.
    let null = LazyCell::new(|| T::type_info().to_null_field());
    let scalars: Vec<Scalar> = values
        .map(|value| match value {
            Some(value) => encoded_scalar(value),
            None => Ok(Scalar::Null(Arc::clone(&null))),
        })
        .collect::<Result<_, _>>()?;
    column(&scalars, wanted, By::Type).map_err(|why| {
        let own = T::type_info();
        format!(
            "a value of type {} cannot be written as {wanted}: {why}",
            own.data_type()
        )
        .into()
    })
}
