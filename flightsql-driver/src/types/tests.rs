//! Helpers that the tests of all type families share, and reads through encodings.
use std::fmt::Debug;
use std::sync::Arc;

use arrow_array::types::*;
use arrow_array::{
    Array, ArrayRef, BooleanArray, Int32Array, Int64Array, NullArray, RecordBatch, RunArray,
    StringArray,
};
use arrow_schema::{DataType, Field, Schema};
use sqlx_core::arguments::Arguments as _;
use sqlx_core::decode::Decode;
use sqlx_core::encode::Encode;
use sqlx_core::error::Error;
use sqlx_core::row::Row as _;
use sqlx_core::types::Type;

use crate::arguments::FlightSqlArguments;
use crate::marker::FlightSql;
use crate::row::FlightSqlRow;
use crate::value::{Batch, Columns};

/// Row `row` of a result of one column, `c`.
pub(crate) fn row_of(array: ArrayRef, row: u32) -> FlightSqlRow {
    let record = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    let batch = Batch::new(Columns::plain(record.schema()), record).unwrap();
    FlightSqlRow::new(batch, row)
}

pub(crate) fn read<T>(array: impl Array + 'static, row: u32) -> Result<T, Error>
where
    T: for<'r> Decode<'r, FlightSql> + Type<FlightSql>,
{
    row_of(Arc::new(array), row).try_get(0)
}

/// The array that binds `value`, in the announced type if there is one.
pub(crate) fn bind<'q, T>(value: T, announced: Option<DataType>) -> Result<ArrayRef, Error>
where
    T: Encode<'q, FlightSql> + Type<FlightSql>,
{
    let mut arguments = FlightSqlArguments::default();
    arguments.add(value).map_err(Error::Encode)?;
    let announced =
        announced.map(|data_type| Schema::new(vec![Field::new("$1", data_type, false)]));
    let batch = arguments.to_batch(&crate::arguments::tests::target(
        announced.as_ref(),
        "",
        &crate::dialect::presets::ansi(),
    ))?;
    Ok(Arc::clone(batch.column(0)))
}

/// Binds a value and reads it back, as its own type and as each of the announced ones; NULL too.
pub(crate) fn round_trip<T>(value: &T, announced: &[DataType])
where
    T: for<'q> Encode<'q, FlightSql>
        + for<'r> Decode<'r, FlightSql>
        + Type<FlightSql>
        + Clone
        + PartialEq
        + Debug
        + 'static,
{
    assert!(T::compatible(&T::type_info()));
    let own = [None].into_iter();
    for announced in own.chain(announced.iter().cloned().map(Some)) {
        let array = bind(value.clone(), announced.clone()).unwrap();
        if let Some(announced) = &announced {
            assert_eq!(array.data_type(), announced);
        }
        let back: T = row_of(Arc::clone(&array), 0).try_get("c").unwrap();
        assert_eq!(&back, value, "through {}", array.data_type());
        let some: Option<T> = row_of(array, 0).try_get("c").unwrap();
        assert_eq!(some.as_ref(), Some(value));

        let null = row_of(bind(None::<T>, announced).unwrap(), 0);
        assert_eq!(null.try_get::<Option<T>, _>("c").unwrap(), None);
        assert!(
            null.try_get::<T, _>("c")
                .unwrap_err()
                .to_string()
                .contains("null")
        );
    }
}

/// The items of the first list.
pub(crate) fn first_list(array: &ArrayRef) -> ArrayRef {
    arrow_array::cast::AsArray::as_list::<i32>(array).value(0)
}

/// Any value as its text.
#[derive(Debug)]
pub(crate) struct Text(pub(crate) String);

impl Type<FlightSql> for Text {
    fn type_info() -> crate::FlightSqlTypeInfo {
        crate::FlightSqlTypeInfo::new(DataType::Null)
    }

    fn compatible(_: &crate::FlightSqlTypeInfo) -> bool {
        true
    }
}

impl Decode<'_, FlightSql> for Text {
    fn decode(value: crate::FlightSqlValueRef<'_>) -> Result<Self, sqlx_core::error::BoxDynError> {
        Ok(Self(value.to_string()))
    }
}

pub(crate) fn dictionary_type(key: DataType, value: DataType) -> DataType {
    DataType::Dictionary(Box::new(key), Box::new(value))
}

#[test]
fn bool_round_trips() {
    for value in [true, false] {
        round_trip(
            &value,
            &[
                DataType::Boolean,
                dictionary_type(DataType::Int8, DataType::Boolean),
            ][..1],
        );
    }
    let sliced = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]).slice(1, 3);
    assert_eq!(read::<Option<bool>>(sliced.clone(), 0).unwrap(), None);
    assert!(!read::<bool>(sliced.clone(), 1).unwrap());
    assert!(read::<bool>(sliced, 2).unwrap());
    assert!(read::<bool>(Int64Array::from(vec![1]), 0).is_err());
}

#[test]
fn dictionaries_of_every_key_type() {
    fn check<K: ArrowDictionaryKeyType>() {
        let array: arrow_array::DictionaryArray<K> = [Some("a"), None, Some("b"), Some("a")]
            .into_iter()
            .collect();
        for (array, expected) in [
            (array.clone(), vec![Some("a"), None, Some("b"), Some("a")]),
            (array.slice(1, 2), vec![None, Some("b")]),
        ] {
            for (row, expected) in (0..).zip(expected) {
                let row = row_of(Arc::new(array.clone()), row);
                assert_eq!(row.get::<Option<&str>, _>(0), expected);
                assert_eq!(row.get::<Option<String>, _>(0).as_deref(), expected);
            }
        }
    }
    check::<Int8Type>();
    check::<Int16Type>();
    check::<Int32Type>();
    check::<Int64Type>();
    check::<UInt8Type>();
    check::<UInt16Type>();
    check::<UInt32Type>();
    check::<UInt64Type>();
}

#[test]
fn a_null_may_hide_in_the_values_of_a_dictionary() {
    let values = StringArray::from(vec![Some("a"), None]);
    let keys = Int32Array::from(vec![Some(1), Some(0), None]);
    let array = arrow_array::DictionaryArray::new(keys, Arc::new(values));
    assert_eq!(read::<Option<String>>(array.clone(), 0).unwrap(), None);
    assert_eq!(
        read::<Option<String>>(array.clone(), 1).unwrap().as_deref(),
        Some("a")
    );
    assert_eq!(read::<Option<String>>(array.clone(), 2).unwrap(), None);
    assert!(
        read::<String>(array, 0)
            .unwrap_err()
            .to_string()
            .contains("null")
    );
}

#[test]
fn dictionaries_of_other_values() {
    let values = Int64Array::from(vec![10, 20]);
    let keys = Int32Array::from(vec![1, 0]);
    let array = arrow_array::DictionaryArray::new(keys, Arc::new(values));
    assert_eq!(read::<i64>(array.clone(), 0).unwrap(), 20);
    assert_eq!(read::<i8>(array.clone(), 1).unwrap(), 10);
    assert!(read::<String>(array, 0).is_err());
}

#[test]
fn runs_and_slices_of_runs() {
    fn check<R: RunEndIndexType>(ends: impl Array + 'static) {
        let ends = ends
            .as_any()
            .downcast_ref::<arrow_array::PrimitiveArray<R>>()
            .unwrap();
        let values = StringArray::from(vec![Some("a"), None, Some("c")]);
        let array = RunArray::<R>::try_new(ends, &values).unwrap();
        let expected = [Some("a"), Some("a"), None, Some("c"), Some("c")];
        for (offset, length) in [(0, 5), (1, 4), (2, 1), (3, 2)] {
            let slice = array.slice(offset, length);
            for (row, expected) in (0..).zip(&expected[offset..offset + length]) {
                let row = row_of(Arc::new(slice.clone()), row);
                assert_eq!(
                    &row.get::<Option<&str>, _>(0),
                    expected,
                    "{offset}+{length}"
                );
            }
        }
    }
    check::<Int16Type>(arrow_array::Int16Array::from(vec![2, 3, 5]));
    check::<Int32Type>(Int32Array::from(vec![2, 3, 5]));
    check::<Int64Type>(Int64Array::from(vec![2, 3, 5]));
}

#[test]
fn runs_of_a_dictionary() {
    let values: arrow_array::DictionaryArray<Int8Type> = ["x", "y"].into_iter().collect();
    let array = RunArray::<Int32Type>::try_new(&Int32Array::from(vec![1, 4]), &values).unwrap();
    for (row, expected) in [(0, "x"), (1, "y"), (3, "y")] {
        assert_eq!(read::<String>(array.clone(), row).unwrap(), expected);
    }
}

#[test]
fn a_null_column_is_none_of_any_type() {
    let row = row_of(Arc::new(NullArray::new(1)), 0);
    assert_eq!(row.get::<Option<i64>, _>(0), None);
    assert_eq!(row.get::<Option<String>, _>(0), None);
    assert_eq!(row.get::<Option<Vec<u8>>, _>(0), None);
    assert_eq!(row.get::<Option<bool>, _>(0), None);
    assert!(
        row.try_get::<i64, _>(0)
            .unwrap_err()
            .to_string()
            .contains("null")
    );
}
