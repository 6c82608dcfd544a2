//! [`ToArrow`]: structs to record batches, written column by column.

mod encoded;
pub(crate) mod nested;
pub(crate) mod parts;
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

/// A struct that becomes a row of a record batch, for bulk ingest and for binding many rows at once. `#[derive(ToArrow)]`
/// implements it.
///
/// Only columns of `Option` fields are nullable.
pub trait ToArrow: Sized {
    /// Returns the schema of the columns.
    fn schema() -> SchemaRef;

    /// Returns a record batch of these rows.
    ///
    /// # Errors
    /// Returns `Encode` with the name of the column if a value does not fit its column.
    fn to_arrow(rows: &[Self]) -> Result<RecordBatch, Error>;
}

impl FlightSqlArguments {
    /// Binds a row for each struct, as [`from_batch`](Self::from_batch) does.
    ///
    /// # Errors
    /// Returns `Encode` if a value does not fit its column.
    pub fn from_rows<T: ToArrow>(rows: &[T]) -> Result<Self, Error> {
        T::to_arrow(rows).map(Self::from_batch)
    }
}

/// A type that becomes a column: any type of the [mapping](crate::types), and types with `#[derive(Type)]` or
/// `#[derive(ToArrow)]`.
pub trait ToArrowColumn {
    /// Returns the default type of the column.
    fn column_type() -> FlightSqlTypeInfo;

    /// Returns the values as an array of exactly the type `wanted`; `None` is NULL.
    ///
    /// # Errors
    /// Returns an error if a value does not fit.
    fn to_column<'a, I>(values: I, wanted: &DataType) -> Result<ArrayRef, BoxDynError>
    where
        Self: 'a,
        I: ExactSizeIterator<Item = Option<&'a Self>> + Clone;

    /// `true` if a value may be NULL without an `Option` around it.
    #[doc(hidden)]
    const NULLABLE: bool = false;
}

/// Converts an array to the type `wanted`.
pub(crate) fn fit(array: ArrayRef, wanted: &DataType) -> Result<ArrayRef, BoxDynError> {
    if array.data_type() == wanted {
        return Ok(array);
    }
    coerce_array(&array, wanted).map_err(|why| {
        let own = array.data_type();
        format!("values of type {own} cannot be written as {wanted}: {why}").into()
    })
}

/// `ToArrowColumn`, from the type of the column and the array of its values.
macro_rules! columns {
    ($(
        [$($generics:tt)*] $rust:ty $([$($constant:tt)+])?:
            $column_type:expr, |$values:ident, $wanted:ident| $column:expr;
    )*) => {$(
        impl<$($generics)*> crate::to_arrow::ToArrowColumn for $rust {
            $($($constant)+)?

            fn column_type() -> crate::type_info::FlightSqlTypeInfo {
                $column_type
            }

            fn to_column<'a, I>(
                $values: I,
                $wanted: &arrow_schema::DataType,
            ) -> Result<arrow_array::ArrayRef, sqlx_core::error::BoxDynError>
            where
                Self: 'a,
                I: ExactSizeIterator<Item = Option<&'a Self>> + Clone,
            {
                $column
            }
        }
    )*};
}

/// Columns of types that have a plain form: the type, its form, and the function for the column.
macro_rules! arrow_columns {
    ($($rust:ty $(where [$($generics:tt)*])?: |$value:ident| $plain:expr, $column:expr;)*) => {
        crate::to_arrow::columns! {$(
            [$($($generics)*)?] $rust:
                <$rust as sqlx_core::types::Type<crate::marker::FlightSql>>::type_info(),
                |values, wanted| $column(values.map(|value| value.map(|$value| $plain)), wanted);
        )*}
    };
}

/// Columns of types that are bound value by value.
macro_rules! encoded_columns {
    ($($rust:ty $(where [$($generics:tt)*])?;)*) => {
        crate::to_arrow::columns! {$(
            [$($($generics)*)?] $rust:
                <$rust as sqlx_core::types::Type<crate::marker::FlightSql>>::type_info(),
                |values, wanted| crate::to_arrow::encoded_column::<$rust, _>(values, wanted);
        )*}
    };
}

pub(crate) use {arrow_columns, columns, encoded_columns};

/// Columns of pointers to values.
macro_rules! pointers {
    ($($pointer:ty),*) => {
        columns! {$(
            [T: ToArrowColumn + ?Sized] $pointer [const NULLABLE: bool = T::NULLABLE;]:
                T::column_type(),
                |values, wanted| T::to_column(values.map(|value| value.map(|value| &**value)), wanted);
        )*}
    };
}

pointers!(&T, Box<T>, Arc<T>, std::rc::Rc<T>);

columns! {
    [T: ToArrowColumn] Option<T> [const NULLABLE: bool = true;]:
        T::column_type(),
        |values, wanted| T::to_column(values.map(|value| value.and_then(Option::as_ref)), wanted);
}

#[cfg(test)]
mod tests {
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

    fn column<T: ToArrowColumn>(
        values: &[T],
        wanted: Option<&DataType>,
    ) -> Result<ArrayRef, String> {
        let own = T::column_type();
        let wanted = wanted.unwrap_or(own.data_type());
        let array =
            T::to_column(values.iter().map(Some), wanted).map_err(|error| error.to_string())?;
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
}
