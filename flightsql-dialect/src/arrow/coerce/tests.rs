//! Every conversion of a bound value: exact, or refused for the right reason.
use std::sync::Arc;

use arrow_array::Array as _;
use arrow_buffer::i256;
use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType::{self, *};
use arrow_schema::TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
use arrow_schema::{Field, Fields, UnionFields, UnionMode};

use super::{coerce, coerce_column};
use crate::arrow::convert::{By, CoerceError};
use crate::arrow::scalar::Scalar;

mod columns;
mod exact;

/// The value's text, or the reason for the error. The result always has the expected type, and a column of the value's own
/// type has the same outcome.
fn bound(scalar: &Scalar, wanted: &DataType) -> Result<String, CoerceError> {
    let array = coerce(scalar, wanted, By::Type);
    // A second beyond the years of its own unit does not fit a column.
    if let Ok(own) = coerce(scalar, &scalar.data_type(), By::Type) {
        let field = scalar.field("");
        assert_eq!(
            coerce_column(&own, field.extension_type_name(), wanted, By::Type),
            array
        );
    }
    let array = array?;
    assert_eq!((array.data_type(), array.len()), (wanted, 1));
    Ok(array_value_to_string(&array, 0).unwrap())
}

fn check(cases: &[(Scalar, DataType, Result<&str, CoerceError>)]) {
    for (scalar, wanted, expected) in cases {
        let found = bound(scalar, wanted);
        let expected = expected.map(str::to_owned);
        assert_eq!(found, expected, "{} to {wanted}", scalar.data_type());
    }
}

fn decimal(unscaled: i128, scale: i8) -> Scalar {
    Scalar::Decimal(i256::from_i128(unscaled), scale)
}

fn text(value: &str) -> Scalar {
    Scalar::Text(value.to_owned())
}

fn dictionary(key: DataType, value: DataType) -> DataType {
    Dictionary(Box::new(key), Box::new(value))
}

fn runs(ends: DataType, value: DataType) -> DataType {
    RunEndEncoded(
        Arc::new(Field::new("run_ends", ends, false)),
        Arc::new(Field::new("values", value, true)),
    )
}

#[test]
fn integers() {
    check(&[
        (Scalar::Int64(-128), Int8, Ok("-128")),
        (Scalar::Int64(-129), Int8, Err(CoerceError::Range)),
        (Scalar::Int64(-1), UInt64, Err(CoerceError::Range)),
        (Scalar::UInt64(u64::MAX), UInt64, Ok("18446744073709551615")),
        (Scalar::UInt64(u64::MAX), Int64, Err(CoerceError::Range)),
        (Scalar::UInt8(200), Int16, Ok("200")),
        (Scalar::Int16(70), UInt8, Ok("70")),
        (Scalar::Int32(5), Float64, Ok("5.0")),
        (Scalar::Int64(1 << 53), Float64, Ok("9007199254740992.0")),
        (
            Scalar::Int64((1 << 53) + 1),
            Float64,
            Err(CoerceError::Inexact),
        ),
        (Scalar::UInt64(u64::MAX), Float64, Err(CoerceError::Inexact)),
        (
            Scalar::Int64(16_777_217),
            Float32,
            Err(CoerceError::Inexact),
        ),
        (Scalar::Int64(16_777_216), Float32, Ok("16777216.0")),
        (Scalar::Int64(2049), Float16, Err(CoerceError::Inexact)),
        (Scalar::Int64(2048), Float16, Ok("2048")),
        (Scalar::Int64(7), Decimal128(10, 2), Ok("7.00")),
        (Scalar::Int64(123), Decimal32(4, 2), Err(CoerceError::Range)),
        (Scalar::Int64(1), Utf8, Ok("1")),
        (Scalar::Int64(1), Boolean, Ok("true")),
        (Scalar::Int64(2), Boolean, Err(CoerceError::Range)),
        (Scalar::Int64(1), Date32, Err(CoerceError::Type)),
        (Scalar::Boolean(true), Boolean, Ok("true")),
        (Scalar::Boolean(true), Int8, Ok("1")),
        (Scalar::Boolean(true), Float64, Err(CoerceError::Type)),
    ]);
}

#[test]
fn floats() {
    check(&[
        (Scalar::Float64(0.5), Float32, Ok("0.5")),
        (Scalar::Float64(0.1), Float32, Err(CoerceError::Inexact)),
        (Scalar::Float64(1e300), Float32, Err(CoerceError::Range)),
        (Scalar::Float64(f64::INFINITY), Float32, Ok("inf")),
        (Scalar::Float64(f64::NAN), Float32, Ok("NaN")),
        (Scalar::Float64(f64::NAN), Float16, Ok("NaN")),
        (Scalar::Float64(1e6), Float16, Err(CoerceError::Range)),
        (Scalar::Float32(0.1), Float64, Ok("0.10000000149011612")),
        (Scalar::Float64(1.0), Boolean, Err(CoerceError::Type)),
    ]);
}

#[test]
fn decimals() {
    check(&[
        (decimal(150, 2), Decimal128(10, 1), Ok("1.5")),
        (
            decimal(155, 2),
            Decimal128(10, 1),
            Err(CoerceError::Inexact),
        ),
        (
            decimal(15, 1),
            Decimal256(50, 20),
            Ok("1.50000000000000000000"),
        ),
        (decimal(-15, 1), Decimal32(9, 2), Ok("-1.50")),
        (decimal(15, 1), Decimal64(18, 4), Ok("1.5000")),
        (decimal(12345, 2), Decimal64(4, 2), Err(CoerceError::Range)),
        (
            decimal(i128::MAX, 0),
            Decimal256(76, 40),
            Err(CoerceError::Range),
        ),
        (decimal(0, 0), Decimal256(10, 5), Ok("0.00000")),
        (decimal(1_200, 0), Decimal128(5, -2), Ok("1200")),
        (
            decimal(1_230, 0),
            Decimal128(5, -2),
            Err(CoerceError::Inexact),
        ),
        (
            decimal(1, 0),
            Decimal128(99, 2),
            Err(CoerceError::InvalidType),
        ),
        (decimal(1, 0), Boolean, Err(CoerceError::Type)),
    ]);
}

#[test]
fn text_and_bytes() {
    let bytes = Scalar::Binary(vec![0xab, 0xcd]);
    let uuid = Scalar::Uuid([
        0x67, 0xe5, 0x50, 0x44, 0x10, 0xb1, 0x42, 0x6f, 0x92, 0x47, 0xbb, 0x68, 0x0e, 0x5f, 0xe0,
        0xc8,
    ]);
    let uuid_text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let uuid_hex = "67e5504410b1426f9247bb680e5fe0c8";
    check(&[
        (text("é"), Utf8, Ok("é")),
        (text("é"), LargeUtf8, Ok("é")),
        (text("é"), Utf8View, Ok("é")),
        (text("é"), dictionary(Int8, Utf8), Ok("é")),
        (text("é"), dictionary(UInt64, Utf8View), Ok("é")),
        (text("é"), runs(Int32, Utf8), Ok("é")),
        (
            text("é"),
            dictionary(Int8, Int64),
            Err(CoerceError::Malformed),
        ),
        (text("é"), Binary, Err(CoerceError::Type)),
        (text("1"), FixedSizeBinary(4), Err(CoerceError::Type)),
        (Scalar::Json("{}".to_owned()), Utf8View, Ok("{}")),
        (bytes.clone(), Binary, Ok("abcd")),
        (bytes.clone(), LargeBinary, Ok("abcd")),
        (bytes.clone(), BinaryView, Ok("abcd")),
        (bytes.clone(), FixedSizeBinary(2), Ok("abcd")),
        (bytes.clone(), FixedSizeBinary(3), Err(CoerceError::Length)),
        (bytes.clone(), FixedSizeBinary(-1), Err(CoerceError::Length)),
        (bytes, Utf8, Err(CoerceError::Type)),
        (uuid.clone(), FixedSizeBinary(16), Ok(uuid_hex)),
        (uuid.clone(), BinaryView, Ok(uuid_hex)),
        (uuid.clone(), Utf8, Ok(uuid_text)),
        (uuid.clone(), dictionary(Int32, Utf8), Ok(uuid_text)),
        (uuid.clone(), FixedSizeBinary(8), Err(CoerceError::Length)),
        (uuid, Int64, Err(CoerceError::Type)),
    ]);
}

#[test]
fn dates_and_times() {
    let zone = |zone: &str| Some(Arc::from(zone));
    let noon = Scalar::Timestamp(1_714_564_800, 0, None);
    let instant = |nanos| Scalar::Timestamp(1_714_564_800, nanos, Some(0));
    check(&[
        (Scalar::Date(19_844), Date32, Ok("2024-05-01")),
        (Scalar::Date(-1), Date64, Ok("1969-12-31T00:00:00")),
        (Scalar::Date(1), Time32(Second), Err(CoerceError::Type)),
        (
            Scalar::Time(3_600_000_000_000),
            Time32(Second),
            Ok("01:00:00"),
        ),
        (
            Scalar::Time(1_000_000),
            Time32(Second),
            Err(CoerceError::Finer),
        ),
        (
            Scalar::Time(1_000_000),
            Time32(Millisecond),
            Ok("00:00:00.001"),
        ),
        (
            Scalar::Time(1_000),
            Time64(Microsecond),
            Ok("00:00:00.000001"),
        ),
        (
            Scalar::Time(1),
            Time64(Microsecond),
            Err(CoerceError::Finer),
        ),
        (
            Scalar::Time(1),
            Time64(Nanosecond),
            Ok("00:00:00.000000001"),
        ),
        (
            Scalar::Time(0),
            Time64(Second),
            Err(CoerceError::InvalidType),
        ),
        (
            noon.clone(),
            Timestamp(Second, None),
            Ok("2024-05-01T12:00:00"),
        ),
        (
            noon.clone(),
            Timestamp(Nanosecond, None),
            Ok("2024-05-01T12:00:00"),
        ),
        (
            noon,
            Timestamp(Second, zone("UTC")),
            Err(CoerceError::NotAnInstant),
        ),
        (
            instant(0),
            Timestamp(Second, None),
            Err(CoerceError::Instant),
        ),
        (
            instant(0),
            Timestamp(Millisecond, zone("+02:00")),
            Ok("2024-05-01T14:00:00+02:00"),
        ),
        (
            instant(1_000),
            Timestamp(Millisecond, zone("UTC")),
            Err(CoerceError::Finer),
        ),
        (
            Scalar::Timestamp(i64::MAX / 1_000, 0, Some(0)),
            Timestamp(Nanosecond, zone("UTC")),
            Err(CoerceError::Range),
        ),
    ]);
}

#[test]
fn null_takes_any_reported_type() {
    let null = Scalar::Null(Arc::new(Field::new("", Boolean, true)));
    let item = Arc::new(Field::new("item", Utf8, true));
    for wanted in [
        Null,
        Boolean,
        Int64,
        Utf8View,
        FixedSizeBinary(16),
        Decimal256(76, 3),
        Timestamp(Second, Some("Europe/Paris".into())),
        Time32(Second),
        dictionary(UInt8, Utf8),
        runs(Int16, Utf8),
        List(item.clone()),
        FixedSizeList(item.clone(), 3),
        Struct(Fields::from(vec![item.clone()])),
        Interval(arrow_schema::IntervalUnit::MonthDayNano),
    ] {
        let array = coerce(&null, &wanted, By::Type).unwrap();
        assert_eq!((array.data_type(), array.len()), (&wanted, 1));
        assert_eq!(array.logical_null_count(), 1, "{wanted}");
    }
}

#[test]
fn a_hostile_type_is_refused_before_it_is_allocated() {
    let null = Scalar::Null(Arc::new(Field::new("", Boolean, true)));
    let huge = |item: DataType| FixedSizeList(Arc::new(Field::new("item", item, true)), i32::MAX);
    let map = |entries| Map(Arc::new(Field::new("entries", entries, true)), false);
    for wanted in [
        FixedSizeBinary(i32::MAX),
        FixedSizeBinary(-1),
        huge(Int8),
        huge(huge(huge(Int64))),
        dictionary(Utf8, Utf8),
        dictionary(Int8, FixedSizeBinary(-5)),
        runs(Utf8, Utf8),
        Union(UnionFields::empty(), UnionMode::Dense),
        List(Arc::new(Field::new(
            "item",
            Union(UnionFields::empty(), UnionMode::Sparse),
            true,
        ))),
        map(Int8),
        map(Struct(Fields::empty())),
        Time32(Nanosecond),
        Time64(Second),
    ] {
        assert_eq!(
            coerce(&null, &wanted, By::Type).err(),
            Some(CoerceError::InvalidType),
            "{wanted:?}"
        );
    }
}
