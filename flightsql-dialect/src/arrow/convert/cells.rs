//! Readers of the cells of a column: functions from a row to its value.

use arrow_array::cast::AsArray as _;
use arrow_array::{Array, OffsetSizeTrait};
use arrow_buffer::{ArrowNativeType, IntervalDayTime, IntervalMonthDayNano, i256};
use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::numbers::Half;
use super::plain::{self, Kind};
use super::units::{NANOS_PER_SECOND, SECONDS_PER_DAY, per_second, split};
use super::{By, CoerceError, Plain, values};
use crate::arrow::logical_type::{JSON_EXTENSION, UUID_EXTENSION};

/// A function that reads the value of a row that is not NULL.
pub(crate) type Read<'a> = dyn Fn(usize) -> Result<Plain<'a>, CoerceError> + 'a;

pub(crate) struct Cells<'a> {
    pub(crate) kind: Kind,
    pub(crate) read: Box<Read<'a>>,
}

/// Returns the values of an array that is neither nested nor encoded.
///
/// Sixteen bytes are a UUID if the extension type or a rule defines it.
pub(crate) fn of<'a>(array: &'a dyn Array, extension: Option<&str>, by: By) -> Option<Cells<'a>> {
    let kind = match plain::kind(array.data_type())? {
        Kind::Text if extension == Some(JSON_EXTENSION) => Kind::Json,
        Kind::Uuid if extension != Some(UUID_EXTENSION) && !matches!(by, By::Rule(_)) => {
            Kind::Bytes
        }
        kind => kind,
    };
    Some(Cells {
        kind,
        read: read(array, kind)?,
    })
}

fn read(array: &dyn Array, kind: Kind) -> Option<Box<Read<'_>>> {
    Some(match array.data_type() {
        DataType::Boolean => {
            let values = array.as_boolean_opt()?.values();
            Box::new(|row| Ok(Plain::Bool(values.value(row))))
        }
        DataType::Int8 => each(array, |value: i8| Plain::Integer(value.into()))?,
        DataType::Int16 => each(array, |value: i16| Plain::Integer(value.into()))?,
        DataType::Int32 => each(array, |value: i32| Plain::Integer(value.into()))?,
        DataType::Int64 => each(array, |value: i64| Plain::Integer(value.into()))?,
        DataType::UInt8 => each(array, |value: u8| Plain::Integer(value.into()))?,
        DataType::UInt16 => each(array, |value: u16| Plain::Integer(value.into()))?,
        DataType::UInt32 => each(array, |value: u32| Plain::Integer(value.into()))?,
        DataType::UInt64 => each(array, |value: u64| Plain::Integer(value.into()))?,
        DataType::Float16 => each(array, |value: Half| Plain::Single(value.into()))?,
        DataType::Float32 => each(array, Plain::Single)?,
        DataType::Float64 => each(array, Plain::Float)?,
        DataType::Decimal32(_, scale) => decimals::<i32>(array, *scale)?,
        DataType::Decimal64(_, scale) => decimals::<i64>(array, *scale)?,
        DataType::Decimal128(_, scale) => decimals::<i128>(array, *scale)?,
        DataType::Decimal256(_, scale) => {
            let scale = *scale;
            each(array, move |value| Plain::Decimal(value, scale))?
        }
        DataType::Utf8 => texts::<i32>(array, kind)?,
        DataType::LargeUtf8 => texts::<i64>(array, kind)?,
        DataType::Utf8View => {
            let values = array.as_string_view_opt()?;
            Box::new(move |row| Ok(text(values.value(row), kind)))
        }
        DataType::Binary => bytes::<i32>(array)?,
        DataType::LargeBinary => bytes::<i64>(array)?,
        DataType::BinaryView => {
            let values = array.as_binary_view_opt()?;
            Box::new(|row| Ok(Plain::Bytes(values.value(row))))
        }
        DataType::FixedSizeBinary(_) => {
            let values = array.as_fixed_size_binary_opt()?;
            Box::new(move |row| {
                let bytes = values.value(row);
                Ok(match <&[u8; 16]>::try_from(bytes) {
                    Ok(uuid) if kind == Kind::Uuid => Plain::Uuid(uuid),
                    _ => Plain::Bytes(bytes),
                })
            })
        }
        data_type => points(array, data_type)?,
    })
}

/// Returns the values of a column of dates, times, timestamps, durations or intervals.
fn points<'a>(array: &'a dyn Array, data_type: &DataType) -> Option<Box<Read<'a>>> {
    const NANOS_PER_MILLI: i64 = 1_000_000;
    Some(match data_type {
        DataType::Date32 => each(array, |days: i32| Plain::Date(days.into()))?,
        DataType::Date64 => {
            const MILLIS_PER_DAY: i64 = SECONDS_PER_DAY * 1_000;
            let values = values::<i64>(array)?;
            Box::new(move |row| match values[row] {
                millis if millis % MILLIS_PER_DAY == 0 => Ok(Plain::Date(millis / MILLIS_PER_DAY)),
                _ => Err(CoerceError::Inexact),
            })
        }
        DataType::Time32(unit) => {
            let nanos = NANOS_PER_SECOND / per_second(*unit);
            each(array, move |time: i32| Plain::Time(i64::from(time) * nanos))?
        }
        DataType::Time64(TimeUnit::Microsecond) => {
            let values = values::<i64>(array)?;
            Box::new(move |row| {
                let nanos = values[row].checked_mul(1_000).ok_or(CoerceError::Range)?;
                Ok(Plain::Time(nanos))
            })
        }
        DataType::Time64(TimeUnit::Nanosecond) => each(array, Plain::Time)?,
        DataType::Timestamp(unit, zone) => {
            let (counts, unit, is_instant) = (values::<i64>(array)?, *unit, zone.is_some());
            Box::new(move |row| {
                let (seconds, nanos) = split(counts[row], unit);
                Ok(match is_instant {
                    true => Plain::Instant(seconds, nanos),
                    false => Plain::Clock(seconds, nanos),
                })
            })
        }
        DataType::Duration(unit) => {
            let nanos = i128::from(NANOS_PER_SECOND / per_second(*unit));
            each(array, move |count: i64| {
                Plain::Duration(i128::from(count) * nanos)
            })?
        }
        DataType::Interval(IntervalUnit::YearMonth) => {
            each(array, |months| Plain::Interval(months, 0, 0))?
        }
        DataType::Interval(IntervalUnit::DayTime) => each(array, |value: IntervalDayTime| {
            Plain::Interval(
                0,
                value.days,
                i64::from(value.milliseconds) * NANOS_PER_MILLI,
            )
        })?,
        DataType::Interval(IntervalUnit::MonthDayNano) => {
            each(array, |value: IntervalMonthDayNano| {
                Plain::Interval(value.months, value.days, value.nanoseconds)
            })?
        }
        _ => return None,
    })
}

fn decimals<T>(array: &dyn Array, scale: i8) -> Option<Box<Read<'_>>>
where
    T: ArrowNativeType + Into<i128>,
{
    each(array, move |value: T| {
        Plain::Decimal(i256::from_i128(value.into()), scale)
    })
}

fn each<'a, T: ArrowNativeType>(
    array: &'a dyn Array,
    plain: impl Fn(T) -> Plain<'a> + 'a,
) -> Option<Box<Read<'a>>> {
    let values = values(array)?;
    Some(Box::new(move |row| Ok(plain(values[row]))))
}

fn texts<O: OffsetSizeTrait>(array: &dyn Array, kind: Kind) -> Option<Box<Read<'_>>> {
    let values = array.as_string_opt::<O>()?;
    Some(Box::new(move |row| Ok(text(values.value(row), kind))))
}

fn text(value: &str, kind: Kind) -> Plain<'_> {
    match kind {
        Kind::Json => Plain::Json(value),
        _ => Plain::Text(value),
    }
}

fn bytes<O: OffsetSizeTrait>(array: &dyn Array) -> Option<Box<Read<'_>>> {
    let values = array.as_binary_opt::<O>()?;
    Some(Box::new(|row| Ok(Plain::Bytes(values.value(row)))))
}
