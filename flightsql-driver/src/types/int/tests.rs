//! Integers: round trips, checked narrowing, whole decimals.
use arrow_array::{
    Decimal32Array, Decimal64Array, Decimal128Array, Decimal256Array, Float64Array, Int8Array,
    Int64Array, UInt64Array,
};
use arrow_buffer::i256;
use arrow_schema::DataType;
use proptest::prelude::*;

use crate::types::tests::{bind, read, round_trip};

macro_rules! round_trips {
    ($($name:ident: $rust:ident),*) => {
        proptest! {$(
            #[test]
            fn $name(value: $rust) {
                let signed = value.try_into().is_ok_and(|_: i64| true);
                let mut types = vec![DataType::Decimal128(38, 0), DataType::Decimal256(50, 0)];
                if signed {
                    types.push(DataType::Int64);
                }
                round_trip(&value, &types);
            }
        )*}
    };
}

round_trips! {
    i8_round_trips: i8, i16_round_trips: i16, i32_round_trips: i32, i64_round_trips: i64,
    u8_round_trips: u8, u16_round_trips: u16, u32_round_trips: u32, u64_round_trips: u64
}

proptest! {
    #[test]
    fn narrowing_is_checked(value: i64) {
        let array = Int64Array::from(vec![value]);
        prop_assert_eq!(read::<i8>(array.clone(), 0).ok(), i8::try_from(value).ok());
        prop_assert_eq!(read::<i16>(array.clone(), 0).ok(), i16::try_from(value).ok());
        prop_assert_eq!(read::<i32>(array.clone(), 0).ok(), i32::try_from(value).ok());
        prop_assert_eq!(read::<u8>(array.clone(), 0).ok(), u8::try_from(value).ok());
        prop_assert_eq!(read::<u32>(array.clone(), 0).ok(), u32::try_from(value).ok());
        prop_assert_eq!(read::<u64>(array.clone(), 0).ok(), u64::try_from(value).ok());
        prop_assert_eq!(read::<i128>(array, 0).ok(), Some(value.into()));
    }
}

#[test]
fn the_ends_of_every_range_round_trip() {
    round_trip(
        &i8::MIN,
        &[DataType::Int8, DataType::Int16, DataType::Int64],
    );
    round_trip(&i64::MIN, &[DataType::Int64, DataType::Decimal128(19, 0)]);
    round_trip(&u64::MAX, &[DataType::UInt64, DataType::Decimal128(20, 0)]);
    round_trip(&(10_i128.pow(38) - 1), &[DataType::Decimal256(76, 0)]);
    assert!(bind(u64::MAX, Some(DataType::Int64)).is_err());
    assert!(bind(-1_i8, Some(DataType::UInt64)).is_err());
}

#[test]
fn the_largest_i128_needs_a_wider_decimal() {
    round_trip(&i128::MAX, &[DataType::Decimal256(76, 0)]);
    round_trip(&i128::MIN, &[]);
}

#[test]
fn unsigned_columns_read_as_signed_when_they_fit() {
    let array = UInt64Array::from(vec![7, u64::MAX]);
    assert_eq!(read::<i64>(array.clone(), 0).unwrap(), 7);
    assert!(read::<i64>(array.clone(), 1).is_err());
    assert_eq!(read::<i128>(array, 1).unwrap(), u64::MAX.into());
    assert!(read::<u64>(Int8Array::from(vec![-1]), 0).is_err());
}

#[test]
fn whole_decimals_read_as_integers() {
    let d32 = Decimal32Array::from(vec![5])
        .with_precision_and_scale(9, 0)
        .unwrap();
    let d64 = Decimal64Array::from(vec![5])
        .with_precision_and_scale(18, 0)
        .unwrap();
    let d128 = Decimal128Array::from(vec![5])
        .with_precision_and_scale(38, 0)
        .unwrap();
    let d256 = Decimal256Array::from(vec![i256::from_i128(5), i256::MAX])
        .with_precision_and_scale(76, 0)
        .unwrap();
    assert_eq!(read::<i64>(d32, 0).unwrap(), 5);
    assert_eq!(read::<u8>(d64, 0).unwrap(), 5);
    assert_eq!(read::<i32>(d128, 0).unwrap(), 5);
    assert_eq!(read::<i64>(d256.clone(), 0).unwrap(), 5);
    assert!(read::<i64>(d256, 1).is_err());
    let fraction = Decimal128Array::from(vec![500])
        .with_precision_and_scale(38, 2)
        .unwrap();
    assert!(read::<i64>(fraction, 0).is_err());
}

#[test]
fn c4_decimals_with_a_negative_scale_read_as_integers() {
    let hundreds = Decimal128Array::from(vec![Some(5), Some(i128::MAX / 200), None])
        .with_precision_and_scale(38, -2)
        .unwrap();
    assert_eq!(read::<i64>(hundreds.clone(), 0).unwrap(), 500);
    assert_eq!(read::<u16>(hundreds.clone(), 0).unwrap(), 500);
    assert!(read::<i8>(hundreds.clone(), 0).is_err());
    assert!(read::<i64>(hundreds.clone(), 1).is_err());
    assert_eq!(
        read::<i128>(hundreds.clone(), 1).unwrap(),
        i128::MAX / 200 * 100
    );
    assert_eq!(read::<Option<i64>>(hundreds, 2).unwrap(), None);
    let wide = Decimal256Array::from(vec![i256::from_i128(7), i256::MAX])
        .with_precision_and_scale(76, -3)
        .unwrap();
    assert_eq!(
        read::<i256>(wide.clone(), 0).unwrap(),
        i256::from_i128(7_000)
    );
    assert!(read::<i256>(wide, 1).is_err());
    let small = Decimal32Array::from(vec![5])
        .with_precision_and_scale(9, -1)
        .unwrap();
    assert_eq!(read::<i32>(small, 0).unwrap(), 50);
}

#[test]
fn floats_and_slices() {
    assert!(read::<i64>(Float64Array::from(vec![1.0]), 0).is_err());
    let slice = Int64Array::from(vec![Some(1), Some(2), None, Some(4)]).slice(1, 3);
    assert_eq!(read::<i64>(slice.clone(), 0).unwrap(), 2);
    assert_eq!(read::<Option<i32>>(slice.clone(), 1).unwrap(), None);
    assert_eq!(read::<i16>(slice, 2).unwrap(), 4);
}
