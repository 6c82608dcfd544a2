//! Tests of the compiler's table against the table at run time: types that are read, and types that bind without loss.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use arrow_buffer::i256;
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};
use bytes::Bytes;
use half::f16;
use sqlx_core::encode::Encode;
use sqlx_core::types::{BigDecimal, Decimal as RustDecimal, Json as JsonOf, JsonValue, Text, Type};

use super::fits::{Accepts, Known, Reads};
use super::kinds::*;
use crate::arguments::encoded_scalar;
use crate::arrow::coerce::column;
use crate::arrow::convert::By;
use crate::arrow::logical_type::{
    BOOL8_EXTENSION, JSON_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION,
};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::types::FlightSqlInterval;

struct Pair<T, K>(PhantomData<(T, K)>);

/// The compiler's result for a pair. Method resolution prefers the implementation with fewer references.
trait Fits {
    fn known(&self) -> bool {
        true
    }
}
trait FitsNot {
    fn known(&self) -> bool {
        false
    }
}
impl<T: Known, K> Fits for Pair<T, K> {}
impl<T, K> FitsNot for &Pair<T, K> {}

trait IsRead {
    fn is_read(&self) -> bool {
        true
    }
}
trait IsNotRead {
    fn is_read(&self) -> bool {
        false
    }
}
impl<T: Reads<K>, K> IsRead for Pair<T, K> {}
impl<T, K> IsNotRead for &Pair<T, K> {}

trait IsAccepted {
    fn is_accepted(&self) -> bool {
        true
    }
}
trait IsNotAccepted {
    fn is_accepted(&self) -> bool {
        false
    }
}
impl<T: Accepts<K>, K> IsAccepted for Pair<T, K> {}
impl<T, K> IsNotAccepted for &Pair<T, K> {}

macro_rules! pairs {
    ($method:ident, $type:ty: $($kind:ty),*) => {
        vec![$((
            stringify!($kind).replace(' ', ""),
            (&Pair::<$type, $kind>(PhantomData)).$method(),
        )),*]
    };
}

/// One type with every kind.
macro_rules! every_kind {
    ($method:ident, $type:ty) => {
        pairs!($method, $type: Boolean, Bool8, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float16,
            Float32, Float64, Decimal, WholeDecimal, Utf8, Json, Binary, FixedSizeBinary, Binary16, Uuid, Date, Time,
            Timestamp, TimestampUtc, TimestampWithZone, TimestampWithOffset, Duration, Interval, Struct, Map,
            List<Int64>, List<UInt8>, List<Utf8>, List<List<Int64>>)
    };
}

fn list(item: DataType) -> DataType {
    DataType::LargeList(Arc::new(Field::new("item", item, true)))
}

fn timestamp(zone: Option<&str>) -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, zone.map(Into::into))
}

/// A type of each kind.
fn samples(kind: &str) -> Vec<FlightSqlTypeInfo> {
    let plain = |types: &[DataType]| types.iter().cloned().map(FlightSqlTypeInfo::new).collect();
    let named = |data_type, name: &str| vec![FlightSqlTypeInfo::with_extension(data_type, name)];
    let field = |name: &str, data_type| Field::new(name, data_type, true);
    match kind {
        "Boolean" => plain(&[DataType::Boolean]),
        "Bool8" => named(DataType::Int8, BOOL8_EXTENSION),
        "Int8" => plain(&[DataType::Int8]),
        "Int16" => plain(&[DataType::Int16]),
        "Int32" => plain(&[DataType::Int32]),
        "Int64" => plain(&[
            DataType::Int64,
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64)),
        ]),
        "UInt8" => plain(&[DataType::UInt8]),
        "UInt16" => plain(&[DataType::UInt16]),
        "UInt32" => plain(&[DataType::UInt32]),
        "UInt64" => plain(&[DataType::UInt64]),
        "Float16" => plain(&[DataType::Float16]),
        "Float32" => plain(&[DataType::Float32]),
        "Float64" => plain(&[DataType::Float64]),
        "Decimal" => plain(&[DataType::Decimal256(76, 20)]),
        "WholeDecimal" => plain(&[DataType::Decimal256(76, 0), DataType::Decimal128(5, -2)]),
        "Utf8" => plain(&[DataType::Utf8, DataType::LargeUtf8, DataType::Utf8View]),
        "Json" => named(DataType::Utf8View, JSON_EXTENSION),
        "Binary" => plain(&[
            DataType::Binary,
            DataType::LargeBinary,
            DataType::BinaryView,
        ]),
        "FixedSizeBinary" => plain(&[DataType::FixedSizeBinary(3)]),
        "Binary16" => plain(&[DataType::FixedSizeBinary(16)]),
        "Uuid" => named(DataType::FixedSizeBinary(16), UUID_EXTENSION),
        "Date" => plain(&[DataType::Date32, DataType::Date64]),
        "Time" => plain(&[DataType::Time64(TimeUnit::Nanosecond)]),
        "Timestamp" => plain(&[timestamp(None)]),
        "TimestampUtc" => plain(&[
            timestamp(Some("UTC")),
            timestamp(Some("Z")),
            timestamp(Some("+00:00")),
        ]),
        "TimestampWithZone" => plain(&[timestamp(Some("Europe/Paris")), timestamp(Some("+02"))]),
        "TimestampWithOffset" => named(
            DataType::Struct(
                [
                    field("timestamp", timestamp(Some("UTC"))),
                    field("offset_minutes", DataType::Int16),
                ]
                .into_iter()
                .collect(),
            ),
            OFFSET_EXTENSION,
        ),
        "Duration" => plain(&[DataType::Duration(TimeUnit::Nanosecond)]),
        "Interval" => plain(&[DataType::Interval(IntervalUnit::MonthDayNano)]),
        "Struct" => plain(&[DataType::Struct(
            [field("a", DataType::Int64), field("b", DataType::Utf8)]
                .into_iter()
                .collect(),
        )]),
        "Map" => {
            let entry = [
                Field::new("key", DataType::Utf8, false),
                field("value", DataType::Int64),
            ];
            let entries = DataType::Struct(entry.into_iter().collect());
            plain(&[DataType::Map(
                Arc::new(Field::new("entries", entries, false)),
                false,
            )])
        }
        "List<Int64>" => plain(&[list(DataType::Int64)]),
        "List<UInt8>" => plain(&[list(DataType::UInt8)]),
        "List<Utf8>" => plain(&[list(DataType::Utf8)]),
        "List<List<Int64>>" => plain(&[list(list(DataType::Int64))]),
        other => panic!("no sample of {other}"),
    }
}

/// `Reads` agrees with `Type::compatible` for each type that implements it.
macro_rules! reads_as_at_run_time {
    ($($type:ty),* $(,)?) => {$(
        assert!((&Pair::<$type, ()>(PhantomData)).known(), stringify!($type));
        for (kind, compiles) in every_kind!(is_read, $type) {
            for info in samples(&kind) {
                let runs = <$type as Type<FlightSql>>::compatible(&info);
                assert_eq!(compiles, runs, "{} of {kind} ({info:?})", stringify!($type));
            }
        }
    )*};
}

#[test]
fn i8_j12_named_types_are_read_as_at_run_time() {
    reads_as_at_run_time! {
        bool, i8, i16, i32, i64, u8, u16, u32, u64, i128, u128, i256, f32, f64, f16,
        String, Box<str>, Arc<str>, Rc<str>, Cow<'static, str>, Text<u8>,
        Vec<u8>, Bytes, Box<[u8]>, Arc<[u8]>, Rc<[u8]>, Cow<'static, [u8]>, [u8; 3],
        Vec<i64>, Vec<Option<i64>>, Box<[i64]>, [i64; 2], Vec<String>, Vec<Vec<i64>>, Vec<bool>, Option<i64>,
        HashMap<String, i64>, BTreeMap<String, i64>, (i64, String),
        std::time::Duration, FlightSqlInterval, JsonOf<Vec<i64>>, JsonValue, RustDecimal, BigDecimal, ::uuid::Uuid,
        ::chrono::NaiveDate, ::chrono::NaiveTime, ::chrono::TimeDelta,
        ::chrono::NaiveDateTime, ::chrono::DateTime<::chrono::Utc>, ::chrono::DateTime<::chrono::FixedOffset>,
        ::time::PrimitiveDateTime, ::jiff::civil::DateTime, ::time::Date, ::time::Time, ::time::OffsetDateTime, ::time::Duration,
        ::jiff::civil::Date, ::jiff::civil::Time, ::jiff::Timestamp, ::jiff::Zoned, ::jiff::SignedDuration,
    }
    // A user-defined type, and a type that reads anything.
    assert!(!(&Pair::<Mine, ()>(PhantomData)).known());
    assert!(!(&Pair::<Vec<Mine>, ()>(PhantomData)).known());
    assert!(!(&Pair::<arrow_array::Scalar<arrow_array::ArrayRef>, ()>(PhantomData)).known());
}

struct Mine;

/// Bound to a timestamp in UTC by the rule of a dialect, and refused where the server itself reports one.
#[test]
fn j12_clock_readings_are_for_timestamps_in_utc_too() {
    macro_rules! kinds {
        ($($type:ty),*) => {$(
            for found in [every_kind!(is_read, $type), every_kind!(is_accepted, $type)] {
                let found: Vec<_> = found.into_iter().filter(|(_, fits)| *fits).collect();
                let names: Vec<&str> = found.iter().map(|(kind, _)| kind.as_str()).collect();
                assert_eq!(names, ["Timestamp", "TimestampUtc"], stringify!($type));
            }
        )*};
    }
    kinds!(
        ::chrono::NaiveDateTime,
        ::time::PrimitiveDateTime,
        ::jiff::civil::DateTime
    );
}

/// The values that are the hardest to convert, bound to every kind that the compiler accepts.
macro_rules! bound_without_loss {
    ($($type:ty: [$($value:expr),+] for $count:literal;)*) => {$(
        let accepted: Vec<String> = every_kind!(is_accepted, $type)
            .into_iter()
            .filter_map(|(kind, accepted)| accepted.then_some(kind))
            .collect();
        assert_eq!(accepted.len(), $count, "{}: {accepted:?}", stringify!($type));
        for kind in accepted {
            for info in samples(&kind).iter().filter(|info| roomy(info)) {
                $(converts::<$type>(&$value, info, &kind);)+
            }
        }
    )*};
}

/// Types whose limits depend on the value, as for the server's own Rust type: sizes and digits. The extension type converts a
/// boolean.
fn roomy(info: &FlightSqlTypeInfo) -> bool {
    info.extension_name() != Some(BOOL8_EXTENSION)
        && !matches!(
            info.data_type(),
            DataType::FixedSizeBinary(_) | DataType::Decimal128(..)
        )
}

fn converts<T>(value: &T, info: &FlightSqlTypeInfo, kind: &str)
where
    T: for<'q> Encode<'q, FlightSql> + Type<FlightSql>,
{
    let scalar = encoded_scalar(value).unwrap();
    let array = column([&scalar], info.data_type(), By::Type)
        .unwrap_or_else(|_| panic!("{} for {kind} ({info:?})", std::any::type_name::<T>()));
    assert_eq!((array.len(), array.null_count()), (1, 0));
}

#[test]
fn j14_what_is_accepted_converts_without_loss() {
    bound_without_loss! {
        bool: [true, false] for 2;
        i8: [i8::MIN, i8::MAX] for 9;
        i16: [i16::MIN, i16::MAX] for 7;
        i32: [i32::MIN, i32::MAX] for 5;
        i64: [i64::MIN, i64::MAX] for 3;
        u8: [u8::MIN, u8::MAX] for 12;
        u16: [u16::MIN, u16::MAX] for 9;
        u32: [u32::MIN, u32::MAX] for 6;
        u64: [u64::MIN, u64::MAX] for 3;
        i128: [i128::MIN, i128::MAX] for 2;
        u128: [u128::MAX] for 2;
        f32: [f32::MIN_POSITIVE, f32::MAX, f32::INFINITY] for 2;
        f64: [f64::MIN_POSITIVE, f64::MAX] for 1;
        f16: [f16::MIN_POSITIVE, f16::MAX] for 3;
        String: ["a".to_owned()] for 1;
        Cow<'static, str>: ["a".into()] for 1;
        Arc<str>: ["a".into()] for 1;
        Text<u8>: [Text(1)] for 1;
        Vec<u8>: [vec![0, 255]] for 4;
        Bytes: [Bytes::from_static(b"a")] for 4;
        [u8; 3]: [[1, 2, 3]] for 4;
        Vec<i32>: [vec![i32::MIN, i32::MAX]] for 1;
        Vec<Option<u16>>: [vec![Some(u16::MAX), None]] for 1;
        [i8; 2]: [[i8::MIN, i8::MAX]] for 1;
        Vec<Vec<u32>>: [vec![vec![u32::MAX]]] for 1;
        Vec<String>: [vec!["a".to_owned()]] for 1;
        std::time::Duration: [std::time::Duration::from_nanos(1)] for 1;
        ::chrono::TimeDelta: [::chrono::TimeDelta::nanoseconds(-1)] for 1;
        FlightSqlInterval: [FlightSqlInterval { months: 1, days: 2, nanoseconds: 3 }] for 1;
        JsonValue: [JsonValue::Null] for 1;
        JsonOf<u8>: [JsonOf(1)] for 1;
        RustDecimal: [RustDecimal::new(i64::MAX, 0), RustDecimal::ZERO] for 2;
        BigDecimal: [BigDecimal::from(7)] for 2;
        ::chrono::NaiveTime: [::chrono::NaiveTime::MIN] for 1;
        ::chrono::NaiveDate: [::chrono::NaiveDate::default()] for 2;
        ::time::Date: [::time::OffsetDateTime::UNIX_EPOCH.date()] for 2;
        ::jiff::civil::Date: [::jiff::civil::date(1970, 1, 1)] for 2;
        ::time::Time: [::time::Time::MIDNIGHT] for 1;
        ::chrono::DateTime<::chrono::Utc>: [::chrono::DateTime::UNIX_EPOCH] for 3;
        ::time::OffsetDateTime: [::time::OffsetDateTime::UNIX_EPOCH] for 3;
        ::jiff::Timestamp: [::jiff::Timestamp::UNIX_EPOCH] for 3;
        ::uuid::Uuid: [::uuid::Uuid::nil()] for 2;
    }
}

#[test]
fn what_fits_by_its_value_only_is_not_accepted() {
    macro_rules! refused {
        ($($type:ty, $kind:ty;)*) => {$(
            assert!(!(&Pair::<$type, $kind>(PhantomData)).is_accepted(), stringify!($type, $kind));
        )*};
    }
    refused! {
        u64, Int64;
        i64, Int32;
        i64, UInt64;
        i64, Float64;
        i32, Float32;
        f64, Float32;
        f64, Decimal;
        i128, Int64;
        RustDecimal, Int64;
        Vec<u8>, List<Int64>;
        String, Uuid;
        String, Json;
        ::chrono::NaiveDateTime, Date;
        ::chrono::NaiveDateTime, TimestampWithZone;
        ::chrono::DateTime<::chrono::Utc>, Timestamp;
        // Another family, although each value converts.
        bool, Int64;
        i64, Utf8;
        ::uuid::Uuid, Utf8;
        Mine, Configured;
        i64, Configured;
    }
}
