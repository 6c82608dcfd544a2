//! Columns of any type that has an `Encode`, value by value. Layer D.

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use sqlx_core::encode::Encode;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::{Scalar, column};
use crate::convert::By;
use crate::marker::FlightSql;

/// The values as an array, each as its `Encode` binds it. For types of your own that implement
/// [`ToArrowColumn`](super::ToArrowColumn); slower
/// than the columns of plain numbers and texts, since each value is converted by itself.
///
/// # Errors
/// When a value cannot be encoded, or not exactly as `wanted`.
pub fn encoded_column<'a, 'q, T, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
where
    T: Encode<'q, FlightSql> + Type<FlightSql> + 'a,
    I: Iterator<Item = Option<&'a T>>,
{
    let scalars: Vec<Scalar> = values
        .map(|value| match value {
            Some(value) => Scalar::of(value),
            None => Ok(Scalar::Null(T::type_info())),
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
