//! One bound value with its own type. Layer D.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef};
use arrow_buffer::i256;
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};
use sqlx_core::encode::Encode;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use super::FlightSqlArgumentBuffer;
use super::buffer::wrong_count;
use crate::convert::numbers::{DIGITS_128, DIGITS_256, fits_digits};
use crate::convert::units::{NANOS_PER_SECOND, SECONDS_PER_DAY, is_leap_second, join};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::type_name::{JSON_EXTENSION, UUID_EXTENSION};
use crate::types::map::map_data_type;
use crate::value::read::Half;

/// One bound value with its own type. No `Debug`: values may be secret.
#[derive(Clone)]
pub(crate) enum Scalar {
    /// NULL, with the type of the Rust value that was absent.
    Null(FlightSqlTypeInfo),
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    UInt8(u8),
    UInt16(u16),
    UInt32(u32),
    UInt64(u64),
    Float16(Half),
    Float32(f32),
    Float64(f64),
    /// At most 76 digits and a scale of 0 to 76.
    Decimal(i256, i8),
    Text(String),
    Json(String),
    Binary(Vec<u8>),
    FixedSizeBinary(Vec<u8>, i32),
    Uuid([u8; 16]),
    /// Days since 1970-01-01.
    Date(i32),
    /// Nanoseconds since midnight.
    Time(i64),
    /// Seconds since 1970-01-01 and the nanoseconds above them. An instant has the offset that it was written with,
    /// in seconds east of UTC; a wall-clock reading has none.
    Timestamp(i64, u32, Option<i32>),
    /// Nanoseconds, negative ones too.
    Duration(i128),
    /// Months, days and nanoseconds, none of which makes another.
    Interval {
        months: i32,
        days: i32,
        nanos: i64,
    },
    /// The type of the items, and the items.
    List(FlightSqlTypeInfo, Vec<Scalar>),
    /// Named fields in order.
    Struct(Vec<(Arc<str>, Scalar)>),
    /// The types of keys and values, and the entries in order.
    Map(FlightSqlTypeInfo, FlightSqlTypeInfo, Vec<(Scalar, Scalar)>),
    /// Any value as an array of one element.
    Array(ArrayRef),
}

/// The error for a leap second, which Arrow cannot represent.
pub(crate) const LEAP_SECOND: &str = "a leap second cannot be bound: Arrow cannot represent it";

impl Scalar {
    /// A decimal. A negative scale is multiplied out, because few servers know one.
    pub(crate) fn decimal(mut unscaled: i256, mut scale: i64) -> Result<Self, BoxDynError> {
        const TOO_LONG: &str =
            "a decimal has more digits than an Arrow decimal can hold (76); round it first";
        let ten = i256::from_i128(10);
        if unscaled == i256::ZERO {
            // Zero has no digits to lose; its scale may be anything.
            scale = scale.clamp(0, DIGITS_256.into());
        }
        // Bounded: 10^77 leaves the range, and a fraction of more than 76 digits is an error.
        while scale < 0 {
            unscaled = unscaled.checked_mul(ten).ok_or(TOO_LONG)?;
            scale += 1;
        }
        while scale > DIGITS_256.into() && unscaled.wrapping_rem(ten) == i256::ZERO {
            unscaled = unscaled.wrapping_div(ten);
            scale -= 1;
        }
        let scale = i8::try_from(scale).map_err(|_| TOO_LONG)?;
        if i64::from(scale) > DIGITS_256.into() || !fits_digits(unscaled, DIGITS_256) {
            return Err(TOO_LONG.into());
        }
        Ok(Self::Decimal(unscaled, scale))
    }

    /// A time of day. A leap second has no place in Arrow.
    pub(crate) fn time(seconds: u32, nanos: u32) -> Result<Self, BoxDynError> {
        if is_leap_second(nanos) {
            return Err(LEAP_SECOND.into());
        }
        if i64::from(seconds) >= SECONDS_PER_DAY {
            return Err("a time of day is not below 24 hours".into());
        }
        Ok(Self::Time(
            i64::from(seconds) * NANOS_PER_SECOND + i64::from(nanos),
        ))
    }

    /// A timestamp. A leap second has no place in Arrow.
    pub(crate) fn timestamp(
        seconds: i64,
        nanos: u32,
        offset: Option<i32>,
    ) -> Result<Self, BoxDynError> {
        if is_leap_second(nanos) {
            return Err(LEAP_SECOND.into());
        }
        Ok(Self::Timestamp(seconds, nanos, offset))
    }

    /// The one value that encoding `value` gives.
    pub(crate) fn of<'q, T>(value: &T) -> Result<Self, BoxDynError>
    where
        T: Encode<'q, FlightSql> + Type<FlightSql>,
    {
        let mut buffer = FlightSqlArgumentBuffer::default();
        buffer.encode_one::<T>(value.produces(), |buffer| value.encode_by_ref(buffer))?;
        buffer.pop().ok_or_else(|| wrong_count::<T>(0))
    }

    /// Returns `true` if the value is NULL.
    pub(crate) fn is_null(&self) -> bool {
        match self {
            Self::Null(_) => true,
            Self::Array(array) => array.logical_null_count() > 0,
            _ => false,
        }
    }

    /// The type that the value has when nobody asks for another.
    pub(crate) fn info(&self) -> FlightSqlTypeInfo {
        match self {
            Self::Null(info) => info.clone(),
            Self::Json(_) => FlightSqlTypeInfo::with_extension(DataType::Utf8, JSON_EXTENSION),
            Self::Uuid(_) => {
                FlightSqlTypeInfo::with_extension(DataType::FixedSizeBinary(16), UUID_EXTENSION)
            }
            plain => FlightSqlTypeInfo::new(plain.data_type()),
        }
    }

    pub(crate) fn data_type(&self) -> DataType {
        match self {
            Self::Null(info) => info.data_type().clone(),
            Self::Boolean(_) => DataType::Boolean,
            Self::Int8(_) => DataType::Int8,
            Self::Int16(_) => DataType::Int16,
            Self::Int32(_) => DataType::Int32,
            Self::Int64(_) => DataType::Int64,
            Self::UInt8(_) => DataType::UInt8,
            Self::UInt16(_) => DataType::UInt16,
            Self::UInt32(_) => DataType::UInt32,
            Self::UInt64(_) => DataType::UInt64,
            Self::Float16(_) => DataType::Float16,
            Self::Float32(_) => DataType::Float32,
            Self::Float64(_) => DataType::Float64,
            Self::Decimal(unscaled, scale) => {
                if scale.unsigned_abs() <= DIGITS_128 && fits_digits(*unscaled, DIGITS_128) {
                    DataType::Decimal128(DIGITS_128, *scale)
                } else {
                    DataType::Decimal256(DIGITS_256, *scale)
                }
            }
            Self::Text(_) | Self::Json(_) => DataType::Utf8,
            Self::Binary(_) => DataType::Binary,
            Self::FixedSizeBinary(_, size) => DataType::FixedSizeBinary(*size),
            Self::Uuid(_) => DataType::FixedSizeBinary(16),
            Self::Date(_) => DataType::Date32,
            Self::Time(nanos) => DataType::Time64(if nanos % 1_000 == 0 {
                TimeUnit::Microsecond
            } else {
                TimeUnit::Nanosecond
            }),
            Self::Timestamp(seconds, nanos, offset) => {
                timestamp_type(*seconds, *nanos, offset.map(|_| "UTC".into()))
            }
            Self::Duration(nanos) => DataType::Duration(duration_unit(*nanos)),
            Self::Interval { .. } => DataType::Interval(IntervalUnit::MonthDayNano),
            Self::List(item, items) => {
                let item = common(item, items.iter());
                DataType::List(Arc::new(item.to_field("item")))
            }
            Self::Struct(fields) => DataType::Struct(
                fields
                    .iter()
                    .map(|(name, value)| value.info().to_field(name))
                    .collect(),
            ),
            Self::Map(key, value, entries) => {
                let key = common(key, entries.iter().map(|(key, _)| key));
                let value = common(value, entries.iter().map(|(_, value)| value));
                map_data_type(&key, &value)
            }
            Self::Array(array) => array.data_type().clone(),
        }
    }
}

/// One type for all the values, or `declared` where none is there.
fn common<'a>(
    declared: &FlightSqlTypeInfo,
    values: impl Iterator<Item = &'a Scalar>,
) -> FlightSqlTypeInfo {
    let mut infos = values
        .filter(|value| !matches!(value, Scalar::Null(_)))
        .map(Scalar::info);
    let Some(first) = infos.next() else {
        return declared.clone();
    };
    infos.fold(first, |common, info| {
        match wider(common.data_type(), info.data_type()) {
            None => common,
            Some(wider) => FlightSqlTypeInfo::new(wider),
        }
    })
}

/// A type for values of both types, where it is not `a`. Without one, the first value that does not fit says so.
fn wider(a: &DataType, b: &DataType) -> Option<DataType> {
    use DataType::{Decimal128, Decimal256, Duration, List, Map, Struct, Time64, Timestamp};
    if a == b {
        return None;
    }
    let field = |a: &Field, b: &Field| {
        wider(a.data_type(), b.data_type())
            .map_or_else(|| a.clone(), |wider| a.clone().with_data_type(wider))
    };
    Some(match (a, b) {
        (
            Decimal128(_, a_scale) | Decimal256(_, a_scale),
            Decimal128(_, b_scale) | Decimal256(_, b_scale),
        ) => Decimal256(DIGITS_256, *a_scale.max(b_scale)),
        (Time64(_), Time64(_)) => Time64(TimeUnit::Nanosecond),
        (Timestamp(_, a_zone), Timestamp(_, b_zone)) if a_zone == b_zone => {
            Timestamp(TimeUnit::Nanosecond, a_zone.clone())
        }
        (Duration(_), Duration(_)) => Duration(TimeUnit::Nanosecond),
        (List(a), List(b)) => List(Arc::new(field(a, b))),
        (Map(a, sorted), Map(b, _)) => Map(Arc::new(field(a, b)), *sorted),
        (Struct(a), Struct(b)) if a.len() == b.len() => {
            Struct(a.iter().zip(b).map(|(a, b)| field(a, b)).collect())
        }
        _ => return None,
    })
}

/// Microseconds reach 292 000 years and are what most servers keep.
fn timestamp_type(seconds: i64, nanos: u32, zone: Option<Arc<str>>) -> DataType {
    let unit = match join(seconds, nanos, TimeUnit::Microsecond) {
        Some(_) => TimeUnit::Microsecond,
        None => TimeUnit::Nanosecond,
    };
    DataType::Timestamp(unit, zone)
}

/// Microseconds where they are exact and reach, as for timestamps; else the unit that can hold the value.
fn duration_unit(nanos: i128) -> TimeUnit {
    let fits = |per_unit: i128| nanos % per_unit == 0 && i64::try_from(nanos / per_unit).is_ok();
    [
        (1_000, TimeUnit::Microsecond),
        (1, TimeUnit::Nanosecond),
        (1_000_000, TimeUnit::Millisecond),
    ]
    .into_iter()
    .find_map(|(per_unit, unit)| fits(per_unit).then_some(unit))
    .unwrap_or(TimeUnit::Second)
}
