//! [`ToArrow`]: structs into record batches, column by column.
//!
//! `mod` (the traits) · `primitive` `text` `temporal` `nested` (the columns of each family of Rust types) · `encoded`
//! (those of any type that can be bound).

mod encoded;
mod nested;
pub(crate) mod primitive;
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
pub(crate) mod temporal;
pub(crate) mod text;

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, RecordBatch};
use arrow_schema::{DataType, SchemaRef};
use sqlx_core::error::{BoxDynError, Error};

pub use self::encoded::encoded_column;
use crate::arguments::FlightSqlArguments;
use crate::arrow::coerce::coerce_array;
use crate::type_info::FlightSqlTypeInfo;

/// A struct that becomes a row of a record batch, for bulk ingest and for binding many rows at once. Made by
/// `#[derive(ToArrow)]`.
///
/// `Option` fields are nullable columns; all others are not.
pub trait ToArrow: Sized {
    /// The columns.
    fn schema() -> SchemaRef;

    /// A record batch of these rows.
    ///
    /// # Errors
    /// `Encode` when a value does not fit its column; the error names the column.
    fn to_arrow(rows: &[Self]) -> Result<RecordBatch, Error>;
}

impl FlightSqlArguments {
    /// As [`from_batch`](Self::from_batch), with a row for each struct.
    ///
    /// # Errors
    /// `Encode` when a value does not fit its column.
    pub fn from_rows<T: ToArrow>(rows: &[T]) -> Result<Self, Error> {
        T::to_arrow(rows).map(Self::from_batch)
    }
}

/// A type that becomes a column. All types of the [mapping](crate::types) do, and those with `#[derive(Type)]` or
/// `#[derive(ToArrow)]`.
pub trait ToArrowColumn {
    /// The type of the column, where no other is asked for.
    fn column_type() -> FlightSqlTypeInfo;

    /// The values as an array of exactly the type `wanted`; `None` is NULL.
    ///
    /// # Errors
    /// When a value does not fit.
    fn to_column<'a, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
    where
        Self: 'a,
        I: ExactSizeIterator<Item = Option<&'a Self>> + Clone;

    /// Whether a value may be NULL without an `Option` around it.
    #[doc(hidden)]
    const NULLABLE: bool = false;
}

/// An array as the type that is asked for.
pub(crate) fn fit(array: ArrayRef, wanted: &DataType) -> Result<ArrayRef, BoxDynError> {
    if array.data_type() == wanted {
        return Ok(array);
    }
    coerce_array(&array, wanted).map_err(|why| {
        let own = array.data_type();
        format!("values of type {own} cannot be written as {wanted}: {why}").into()
    })
}

impl<T: ToArrowColumn> ToArrowColumn for Option<T> {
    const NULLABLE: bool = true;

    fn column_type() -> FlightSqlTypeInfo {
        T::column_type()
    }

    fn to_column<'a, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
    where
        Self: 'a,
        I: ExactSizeIterator<Item = Option<&'a Self>> + Clone,
    {
        T::to_column(values.map(|value| value.and_then(Option::as_ref)), wanted)
    }
}

/// Columns of types that have a plain form: the type, its form, and the column of those.
macro_rules! arrow_columns {
    ($($rust:ty $(where [$($generics:tt)*])?: |$value:ident| $plain:expr, $column:expr;)*) => {$(
        impl$(<$($generics)*>)? crate::to_arrow::ToArrowColumn for $rust {
            fn column_type() -> crate::type_info::FlightSqlTypeInfo {
                <$rust as sqlx_core::types::Type<crate::marker::FlightSql>>::type_info()
            }

            fn to_column<'a, I>(
                values: I,
                wanted: &arrow_schema::DataType,
            ) -> Result<arrow_array::ArrayRef, sqlx_core::error::BoxDynError>
            where
                Self: 'a,
                I: ExactSizeIterator<Item = Option<&'a Self>> + Clone,
            {
                $column(values.map(|value| value.map(|$value: &'a Self| $plain)), wanted)
            }
        }
    )*};
}

/// Columns of types that are bound value by value.
macro_rules! encoded_columns {
    ($($rust:ty $(where [$($generics:tt)*])?;)*) => {$(
        impl$(<$($generics)*>)? crate::to_arrow::ToArrowColumn for $rust {
            fn column_type() -> crate::type_info::FlightSqlTypeInfo {
                <$rust as sqlx_core::types::Type<crate::marker::FlightSql>>::type_info()
            }

            fn to_column<'a, I>(
                values: I,
                wanted: &arrow_schema::DataType,
            ) -> Result<arrow_array::ArrayRef, sqlx_core::error::BoxDynError>
            where
                Self: 'a,
                I: ExactSizeIterator<Item = Option<&'a Self>> + Clone,
            {
                crate::to_arrow::encoded_column::<$rust, _>(values, wanted)
            }
        }
    )*};
}

pub(crate) use {arrow_columns, encoded_columns};

macro_rules! through {
    ($($pointer:ty),*) => {$(
        impl<T: ToArrowColumn + ?Sized> ToArrowColumn for $pointer {
            const NULLABLE: bool = T::NULLABLE;

            fn column_type() -> FlightSqlTypeInfo {
                T::column_type()
            }

            fn to_column<'a, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
            where
                Self: 'a,
                I: ExactSizeIterator<Item = Option<&'a Self>> + Clone,
            {
                T::to_column(values.map(|value| value.map(|value| &**value)), wanted)
            }
        }
    )*};
}

through!(&T, Box<T>, Arc<T>, std::rc::Rc<T>);

#[cfg(test)]
mod tests;
