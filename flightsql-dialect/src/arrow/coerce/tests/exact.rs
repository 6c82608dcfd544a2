//! Exact conversions that need no rule, of a value and of a column.

use std::sync::Arc;

use arrow_cast::display::array_value_to_string;
use arrow_schema::DataType::{self, *};
use arrow_schema::TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};

use super::{check, decimal, text};
use crate::arrow::coerce::{coerce, coerce_column};
use crate::arrow::convert::{By, CoerceError};
use crate::arrow::scalar::Scalar;

#[test]
fn c4_exact_values_need_no_rule() {
    let midnight = |seconds| Scalar::Timestamp(seconds, 0, None);
    check(&[
        (Scalar::Float64(100.5), Decimal128(15, 2), Ok("100.50")),
        (
            Scalar::Float64(0.1),
            Decimal128(15, 2),
            Err(CoerceError::Inexact),
        ),
        (
            Scalar::Float64(0.125),
            Decimal128(15, 2),
            Err(CoerceError::Inexact),
        ),
        (
            Scalar::Float64(1e300),
            Decimal256(76, 0),
            Err(CoerceError::Range),
        ),
        (
            Scalar::Float64(1e22),
            Decimal128(38, 2),
            Ok("10000000000000000000000.00"),
        ),
        (Scalar::Float64(-300.0), Decimal32(9, -2), Ok("-300")),
        (
            Scalar::Float64(f64::NAN),
            Decimal128(15, 2),
            Err(CoerceError::Range),
        ),
        (Scalar::Float32(0.5), Decimal64(15, 1), Ok("0.5")),
        (Scalar::Float64(2.0), Int64, Ok("2")),
        (Scalar::Float64(2.5), Int64, Err(CoerceError::Inexact)),
        (Scalar::Float64(-1.0), UInt8, Err(CoerceError::Range)),
        (Scalar::Float64(1e19), Int64, Err(CoerceError::Range)),
        (
            Scalar::Float64(f64::INFINITY),
            Int64,
            Err(CoerceError::Range),
        ),
        (decimal(15, 1), Float64, Ok("1.5")),
        (decimal(1, 1), Float64, Err(CoerceError::Inexact)),
        (decimal(100, 2), Float32, Ok("1.0")),
        (
            decimal((1 << 53) + 1, 0),
            Float64,
            Err(CoerceError::Inexact),
        ),
        (decimal(1 << 100, 0), Float64, Ok("1.2676506002282294e30")),
        (decimal(3, 0), Int64, Ok("3")),
        (decimal(300, 2), Int8, Ok("3")),
        (decimal(301, 2), Int8, Err(CoerceError::Inexact)),
        (decimal(1 << 70, 0), Int64, Err(CoerceError::Range)),
        (
            Scalar::Date(1),
            Timestamp(Millisecond, None),
            Ok("1970-01-02T00:00:00"),
        ),
        (
            Scalar::Date(1),
            Timestamp(Second, Some("UTC".into())),
            Err(CoerceError::Type),
        ),
        (
            Scalar::Date(i32::MAX),
            Timestamp(Nanosecond, None),
            Err(CoerceError::Range),
        ),
        (midnight(86_400), Date32, Ok("1970-01-02")),
        (midnight(-86_400), Date64, Ok("1969-12-31T00:00:00")),
        (midnight(86_401), Date32, Err(CoerceError::Inexact)),
        (
            Scalar::Timestamp(86_400, 0, Some(0)),
            Date32,
            Err(CoerceError::Instant),
        ),
    ]);
}

#[test]
fn i7_text_becomes_what_it_spells() {
    let utc = || Some(Arc::from("+00:00"));
    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    let hex = "67e5504410b1426f9247bb680e5fe0c8";
    check(&[
        (text("2024-05-01"), Date32, Ok("2024-05-01")),
        (text("2024-05-32"), Date32, Err(CoerceError::Malformed)),
        (
            text("2024-05-01 12:00:00"),
            Timestamp(Second, None),
            Ok("2024-05-01T12:00:00"),
        ),
        (
            text("2024-05-01 12:00:00.5"),
            Timestamp(Second, None),
            Err(CoerceError::Finer),
        ),
        (
            text("2024-05-01T12:00:00+02:00"),
            Timestamp(Second, utc()),
            Ok("2024-05-01T10:00:00Z"),
        ),
        (
            text("2024-05-01T12:00:00"),
            Timestamp(Second, utc()),
            Err(CoerceError::NotAnInstant),
        ),
        (
            text("2024-05-01T12:00:00Z"),
            Timestamp(Second, None),
            Err(CoerceError::Malformed),
        ),
        (text("23:59:59"), Time32(Second), Ok("23:59:59")),
        (text("1.50"), Decimal128(9, 1), Ok("1.5")),
        (text("1.55"), Decimal128(9, 1), Err(CoerceError::Inexact)),
        (text("42"), Int64, Ok("42")),
        (text("4.2"), Int64, Err(CoerceError::Inexact)),
        (text("300"), Int8, Err(CoerceError::Range)),
        (text("0.1"), Float64, Ok("0.1")),
        (text(uuid), FixedSizeBinary(16), Ok(hex)),
        (text(hex), FixedSizeBinary(16), Ok(hex)),
        (
            text("0123456789abcdef"),
            FixedSizeBinary(16),
            Err(CoerceError::Malformed),
        ),
        (text("TRUE"), Boolean, Ok("true")),
        (text("2"), Boolean, Err(CoerceError::Malformed)),
        (text("1"), Duration(Second), Err(CoerceError::Type)),
    ]);
}

#[test]
fn i7_j13_values_become_text_and_booleans_become_numbers() {
    check(&[
        (Scalar::Int64(-7), Utf8, Ok("-7")),
        (Scalar::Float64(0.1), LargeUtf8, Ok("0.1")),
        (Scalar::Float32(0.1), Utf8View, Ok("0.1")),
        (decimal(150, 2), Utf8, Ok("1.50")),
        (Scalar::Boolean(true), Utf8, Ok("true")),
        (Scalar::Date(19_844), Utf8, Ok("2024-05-01")),
        (Scalar::Date(i32::MAX), Utf8, Err(CoerceError::Range)),
        (Scalar::Time(1_000_000), Utf8, Ok("00:00:00.001")),
        (
            Scalar::Timestamp(1_714_564_800, 5_000, None),
            Utf8,
            Ok("2024-05-01 12:00:00.000005"),
        ),
        (
            Scalar::Timestamp(1_714_564_800, 0, Some(7_200)),
            Utf8,
            Ok("2024-05-01 12:00:00+00:00"),
        ),
        (Scalar::Boolean(false), Int64, Ok("0")),
        (Scalar::UInt8(1), Boolean, Ok("true")),
        (
            Scalar::Json("{\"a\":1}".to_owned()),
            Binary,
            Ok("7b2261223a317d"),
        ),
        (
            Scalar::Json("{}".to_owned()),
            FixedSizeBinary(2),
            Ok("7b7d"),
        ),
        (Scalar::Json("1".to_owned()), Int64, Err(CoerceError::Type)),
        (Scalar::Binary(b"a".to_vec()), Utf8, Err(CoerceError::Type)),
        (
            Scalar::FixedSizeBinary(vec![7; 16], 16),
            Utf8,
            Err(CoerceError::Type),
        ),
        (Scalar::Duration(1), Utf8, Err(CoerceError::Type)),
    ]);
}

#[test]
fn j11_points_in_time_are_cut_only_by_option() {
    let now = 1_714_564_800;
    let cut = |scalar: &Scalar, wanted: &DataType| {
        assert_eq!(coerce(scalar, wanted, By::Type), Err(CoerceError::Finer));
        let array = coerce(scalar, wanted, By::Truncated).unwrap();
        let own = coerce(scalar, &scalar.data_type(), By::Type).unwrap();
        let column = coerce_column(&own, None, wanted, By::Truncated).unwrap();
        assert_eq!(&column, &array);
        array_value_to_string(&array, 0).unwrap()
    };
    let instant = Scalar::Timestamp(now, 123_456_789, Some(0));
    let zone = || Some(Arc::from("+00:00"));
    assert_eq!(
        cut(&instant, &Timestamp(Microsecond, zone())),
        "2024-05-01T12:00:00.123456Z"
    );
    assert_eq!(
        cut(&instant, &Timestamp(Second, zone())),
        "2024-05-01T12:00:00Z"
    );
    // Truncation rounds down before 1970 too: it drops a part of the second.
    let before = Scalar::Timestamp(-1, 999_999_999, None);
    assert_eq!(
        cut(&before, &Timestamp(Millisecond, None)),
        "1969-12-31T23:59:59.999"
    );
    assert_eq!(
        cut(&Scalar::Time(1_999_999), &Time32(Millisecond)),
        "00:00:00.001"
    );
    // No other value is truncated.
    for (scalar, wanted) in [
        (Scalar::Duration(1), Duration(Microsecond)),
        (Scalar::Timestamp(now, 1, None), Date32),
        (Scalar::Float64(0.1), Float32),
    ] {
        assert_eq!(
            coerce(&scalar, &wanted, By::Truncated),
            Err(CoerceError::Inexact),
            "{wanted}"
        );
    }
}
