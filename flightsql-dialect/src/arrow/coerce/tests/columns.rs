//! Columns become what is wanted without loss, or not at all.
use std::sync::Arc;

use arrow_array::types::{Int8Type, Int32Type, Int64Type};
use arrow_array::{
    ArrayRef, Decimal128Array, DictionaryArray, FixedSizeListArray, Float32Array, Float64Array,
    Int64Array, LargeListArray, ListArray, NullArray, RunArray, StringArray, StructArray,
    TimestampMicrosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow_schema::{DataType, Field, Fields, TimeUnit};

use crate::arrow::coerce::coerce_array;
use crate::arrow::convert::CoerceError;

fn array(array: impl arrow_array::Array + 'static) -> ArrayRef {
    Arc::new(array)
}

#[track_caller]
fn becomes(from: ArrayRef, to: ArrayRef) {
    use arrow_array::Array as _;
    let made = coerce_array(&from, to.data_type()).unwrap();
    assert_eq!(&made, &to);
    assert_eq!(made.data_type(), to.data_type());
}

#[track_caller]
fn refused(from: ArrayRef, wanted: DataType, why: CoerceError) {
    assert_eq!(coerce_array(&from, &wanted).unwrap_err(), why, "{wanted}");
}

#[test]
fn numbers_widen_and_narrow_if_they_fit() {
    becomes(
        array(Int64Array::from(vec![Some(1), None, Some(-3)])),
        array(arrow_array::Int8Array::from(vec![Some(1), None, Some(-3)])),
    );
    becomes(
        array(Int64Array::from(vec![1 << 53])),
        array(Float64Array::from(vec![9_007_199_254_740_992.0])),
    );
    becomes(
        array(Int64Array::from(vec![7])),
        array(
            Decimal128Array::from(vec![700])
                .with_precision_and_scale(9, 2)
                .unwrap(),
        ),
    );
    refused(
        array(Int64Array::from(vec![300])),
        DataType::Int8,
        CoerceError::Range,
    );
    refused(
        array(Int64Array::from(vec![-1])),
        DataType::UInt64,
        CoerceError::Range,
    );
    refused(
        array(UInt64Array::from(vec![u64::MAX])),
        DataType::Float64,
        CoerceError::Inexact,
    );
    refused(
        array(Float64Array::from(vec![0.1])),
        DataType::Float32,
        CoerceError::Inexact,
    );
    becomes(
        array(Float64Array::from(vec![0.5, f64::NAN])),
        array(Float32Array::from(vec![0.5, f32::NAN])),
    );
    becomes(
        array(Float64Array::from(vec![Some(1.0), None])),
        array(Int64Array::from(vec![Some(1), None])),
    );
    refused(
        array(Float64Array::from(vec![1.0, 1.5])),
        DataType::Int64,
        CoerceError::Inexact,
    );
    refused(
        array(Float64Array::from(vec![f64::NAN])),
        DataType::Decimal128(38, 2),
        CoerceError::Range,
    );
    let decimals = Decimal128Array::from(vec![125])
        .with_precision_and_scale(9, 2)
        .unwrap();
    refused(
        array(decimals),
        DataType::Decimal128(9, 1),
        CoerceError::Inexact,
    );
}

#[test]
fn points_in_time_change_their_unit_and_not_their_kind() {
    becomes(
        array(TimestampMicrosecondArray::from(vec![5_000_000])),
        array(TimestampSecondArray::from(vec![5])),
    );
    let seconds = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Second, zone.map(Into::into));
    refused(
        array(TimestampMicrosecondArray::from(vec![5])),
        seconds(None),
        CoerceError::Finer,
    );
    refused(
        array(TimestampSecondArray::from(vec![5])),
        seconds(Some("UTC")),
        CoerceError::NotAnInstant,
    );
    let instants = array(TimestampSecondArray::from(vec![5]).with_timezone("+08:00"));
    refused(Arc::clone(&instants), seconds(None), CoerceError::Instant);
    becomes(
        instants,
        array(TimestampSecondArray::from(vec![5]).with_timezone("UTC")),
    );
    refused(
        array(TimestampSecondArray::from(vec![5])),
        DataType::Int64,
        CoerceError::Type,
    );
}

#[test]
fn encodings_come_and_go() {
    let plain = || array(StringArray::from(vec![Some("a"), None, Some("a")]));
    let dictionary: DictionaryArray<Int8Type> = [Some("a"), None, Some("a")].into_iter().collect();
    becomes(array(dictionary.clone()), plain());
    becomes(plain(), array(dictionary));
    let ends = Int64Array::from(vec![1, 3]);
    let runs = RunArray::<Int64Type>::try_new(&ends, &StringArray::from(vec!["a", "b"])).unwrap();
    becomes(array(runs), array(StringArray::from(vec!["a", "b", "b"])));
    becomes(
        array(NullArray::new(2)),
        array(Int64Array::from(vec![None, None])),
    );
    refused(plain(), DataType::Int64, CoerceError::Malformed);
}

#[test]
fn nested_columns_are_converted_inside() {
    let rows = || [Some(vec![Some(1), None]), None, Some(vec![])];
    let ints = || array(ListArray::from_iter_primitive::<Int32Type, _, _>(rows()));
    becomes(
        ints(),
        array(ListArray::from_iter_primitive::<Int8Type, _, _>([
            Some(vec![Some(1), None]),
            None,
            Some(vec![]),
        ])),
    );
    becomes(
        ints(),
        array(LargeListArray::from_iter_primitive::<Int32Type, _, _>(
            rows(),
        )),
    );
    let longs = [Some(vec![Some(1_i64), None]), None, Some(vec![])];
    becomes(
        ints(),
        array(LargeListArray::from_iter_primitive::<Int64Type, _, _>(
            longs,
        )),
    );
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1)])], 1);
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    refused(
        array(fixed),
        DataType::FixedSizeList(Arc::clone(&item), 2),
        CoerceError::Length,
    );
    refused(ints(), DataType::Int64, CoerceError::Type);
    let not_null = Arc::new(Field::new("item", DataType::Int32, false));
    refused(ints(), DataType::List(not_null), CoerceError::Null);

    let record = |name: &str, column: ArrayRef| {
        use arrow_array::Array as _;
        let field = Field::new(name, column.data_type().clone(), true);
        array(StructArray::new(
            Fields::from(vec![field]),
            vec![column],
            None,
        ))
    };
    becomes(
        record("a", array(Int64Array::from(vec![1]))),
        record("b", array(arrow_array::Int8Array::from(vec![1]))),
    );
    refused(
        record("a", array(Int64Array::from(vec![1]))),
        DataType::Struct(Fields::empty()),
        CoerceError::Fields,
    );
}
