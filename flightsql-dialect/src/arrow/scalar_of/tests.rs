//! Elements of arrays of every layout as values.
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, Date64Array, Decimal256Array, DictionaryArray, Int8Array, Int16Array,
    Int32Array, ListArray, NullArray, RunArray, StringArray, StructArray, Time64NanosecondArray,
    TimestampSecondArray, UInt64Array, UnionArray,
};
use arrow_buffer::i256;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, UnionFields};

use super::scalar_of;
use crate::arrow::convert::CoerceError;
use crate::arrow::logical_type::{BOOL8_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION};
use crate::arrow::scalar::Scalar;

fn read(array: ArrayRef, extension: Option<&str>, row: usize) -> Result<Scalar, CoerceError> {
    let field = Field::new("", array.data_type().clone(), true);
    let field = match extension {
        None => field,
        Some(extension) => {
            field.with_metadata([(EXTENSION_TYPE_NAME_KEY.to_owned(), extension.to_owned())].into())
        }
    };
    scalar_of(&array, &field, row)
}

fn plain(array: impl arrow_array::Array + 'static, row: usize) -> Result<Scalar, CoerceError> {
    read(Arc::new(array), None, row)
}

#[test]
fn looks_through_encodings() {
    let keys = Int32Array::from(vec![Some(1), None, Some(0)]);
    let values = Arc::new(StringArray::from(vec![Some("a"), None]));
    let dictionary = DictionaryArray::<Int32Type>::try_new(keys, values).unwrap();
    assert!(matches!(plain(dictionary.clone(), 0), Ok(Scalar::Null(_))));
    assert!(matches!(plain(dictionary.clone(), 1), Ok(Scalar::Null(_))));
    assert!(matches!(plain(dictionary, 2), Ok(Scalar::Text(text)) if text == "a"));
    let ends = Int32Array::from(vec![2, 5]);
    let runs = RunArray::<Int32Type>::try_new(&ends, &StringArray::from(vec!["a", "b"])).unwrap();
    for (row, expected) in ["a", "a", "b", "b", "b"].into_iter().enumerate() {
        assert!(matches!(plain(runs.clone(), row), Ok(Scalar::Text(text)) if text == expected));
    }
    let variant = |name, data_type| Arc::new(Field::new(name, data_type, true));
    let fields = [
        (3, variant("n", DataType::Int32)),
        (7, variant("t", DataType::Utf8)),
    ];
    let union = UnionArray::try_new(
        fields.into_iter().collect::<UnionFields>(),
        vec![7, 3, 3].into(),
        Some(vec![0, 0, 1].into()),
        vec![
            Arc::new(Int32Array::from(vec![Some(5), None])),
            Arc::new(StringArray::from(vec!["x"])),
        ],
    )
    .unwrap();
    assert!(matches!(plain(union.clone(), 0), Ok(Scalar::Text(text)) if text == "x"));
    assert!(matches!(plain(union.clone(), 1), Ok(Scalar::Int64(5))));
    assert!(matches!(plain(union, 2), Ok(Scalar::Null(field)) if field.name() == "n"));
    assert!(matches!(plain(NullArray::new(1), 0), Ok(Scalar::Null(_))));
}

#[test]
fn extension_types_decide_what_a_value_is() {
    let flag: ArrayRef = Arc::new(Int8Array::from(vec![-1]));
    assert!(matches!(
        read(Arc::clone(&flag), Some(BOOL8_EXTENSION), 0),
        Ok(Scalar::Boolean(true))
    ));
    assert!(matches!(read(flag, None, 0), Ok(Scalar::Int64(-1))));
    let bytes: ArrayRef = Arc::new(BinaryArray::from(vec![&[9; 16][..]]));
    assert!(matches!(
        read(Arc::clone(&bytes), Some(UUID_EXTENSION), 0),
        Ok(Scalar::Uuid(_))
    ));
    assert!(matches!(read(bytes, None, 0), Ok(Scalar::Binary(_))));
    let parts: Vec<(Arc<Field>, ArrayRef)> = vec![
        (
            Arc::new(Field::new(
                "timestamp",
                DataType::Timestamp(arrow_schema::TimeUnit::Second, Some("UTC".into())),
                false,
            )),
            Arc::new(TimestampSecondArray::from(vec![7]).with_timezone("UTC")),
        ),
        (
            Arc::new(Field::new("offset_minutes", DataType::Int16, false)),
            Arc::new(Int16Array::from(vec![-90])),
        ),
    ];
    let instant: ArrayRef = Arc::new(StructArray::from(parts));
    assert!(matches!(
        read(Arc::clone(&instant), Some(OFFSET_EXTENSION), 0),
        Ok(Scalar::Timestamp(7, 0, Some(-5400)))
    ));
    assert!(matches!(read(instant, None, 0), Err(CoerceError::Type)));
}

#[test]
fn a_value_that_no_scalar_holds_is_an_error() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])]);
    assert!(matches!(plain(list, 0), Err(CoerceError::Type)));
    let numbers = UInt64Array::from(vec![u64::MAX]);
    assert!(matches!(
        plain(numbers.clone(), 0),
        Ok(Scalar::UInt64(u64::MAX))
    ));
    assert!(matches!(plain(numbers, 1), Err(CoerceError::Range)));
    let half_day = Date64Array::from(vec![43_200_000]);
    assert!(matches!(plain(half_day, 0), Err(CoerceError::Inexact)));
    let day = Time64NanosecondArray::from(vec![86_400_000_000_000]);
    assert!(matches!(plain(day, 0), Err(CoerceError::Range)));
    let zoned = TimestampSecondArray::from(vec![-1]).with_timezone("+02:00");
    assert!(matches!(
        plain(zoned, 0),
        Ok(Scalar::Timestamp(-1, 0, Some(7200)))
    ));
    let decimals = Decimal256Array::from(vec![i256::from_i128(150)]);
    let decimals = decimals.with_precision_and_scale(40, 2).unwrap();
    assert!(
        matches!(plain(decimals, 0), Ok(Scalar::Decimal(number, 2)) if number.to_i128() == Some(150))
    );
}
