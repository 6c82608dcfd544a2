//! Typed reads of one cell, wide and exact.
//!
//! Each function reads all Arrow types of its family, in every encoding. The hot types (`types/int`, `types/float`, …) try
//! their own column first and call these functions for the rest.

use arrow_array::Array as _;
use arrow_buffer::{ArrowNativeType, Buffer, ScalarBuffer, i256};
use arrow_schema::TimeUnit;
use bytes::Bytes;
use sqlx_core::error::BoxDynError;

use super::{ColumnReader, Data, FlightSqlValueRef};
#[cfg(feature = "half")]
use crate::arrow::convert::numbers::Half;
use crate::arrow::convert::numbers::{integer_float, narrow, rescaled};
use crate::arrow::convert::plain::{Kind, kind};
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
use crate::arrow::convert::units::{NANOS_PER_DAY, SECONDS_PER_DAY};
use crate::arrow::convert::units::{NANOS_PER_SECOND, per_second};
use crate::arrow::logical_type::{BOOL8_EXTENSION, OFFSET_EXTENSION};
use crate::type_info::FlightSqlTypeInfo;
use crate::types::FlightSqlInterval;

/// An unscaled decimal and its scale.
pub(crate) enum Decimal {
    Small(i128, i8),
    Large(i256, i8),
}

/// A count of units since 1970-01-01, and the offset of the zone in seconds if the column has a zone.
pub(crate) struct Timestamp {
    pub(crate) count: i64,
    pub(crate) unit: TimeUnit,
    pub(crate) offset: Option<i32>,
}

/// Reads any integer type, or a decimal whose type has no fraction digits.
pub(crate) fn integer(value: FlightSqlValueRef<'_>, rust: &str) -> Result<i128, BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Int8(values) => get(values, row).map(i128::from),
        Data::Int16(values) => get(values, row).map(i128::from),
        Data::Int32(values) => get(values, row).map(i128::from),
        Data::Int64(values) => get(values, row).map(i128::from),
        Data::UInt8(values) => get(values, row).map(i128::from),
        Data::UInt16(values) => get(values, row).map(i128::from),
        Data::UInt32(values) => get(values, row).map(i128::from),
        Data::UInt64(values) => get(values, row).map(i128::from),
        _ => whole_decimal(data, row, value, rust)?
            .to_i128()
            .ok_or_else(|| does_not_fit(value, rust)),
    }
}

/// Reads a decimal with a scale of 0 or less as an integer.
fn whole_decimal(
    data: &Data,
    row: usize,
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<i256, BoxDynError> {
    let (unscaled, scale) = match data {
        Data::Decimal32(values, scale) => (i256::from_i128(get(values, row)?.into()), *scale),
        Data::Decimal64(values, scale) => (i256::from_i128(get(values, row)?.into()), *scale),
        Data::Decimal128(values, scale) => (i256::from_i128(get(values, row)?), *scale),
        Data::Decimal256(values, scale) => (get(values, row)?, *scale),
        _ => return Err(mismatch(value.info(), rust)),
    };
    match scale {
        0 => Ok(unscaled),
        ..0 => rescaled(unscaled, scale.into(), 0).map_err(|_| does_not_fit(value, rust)),
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads any integer type, or a decimal without fraction digits, of up to 256 bits.
pub(crate) fn wide_integer(value: FlightSqlValueRef<'_>, rust: &str) -> Result<i256, BoxDynError> {
    match plain(value)? {
        (data @ Data::Decimal256(..), row) => whole_decimal(data, row, value, rust),
        _ => integer(value, rust).map(i256::from_i128),
    }
}

/// Reads any integer type or decimal.
pub(crate) fn decimal(value: FlightSqlValueRef<'_>, rust: &str) -> Result<Decimal, BoxDynError> {
    let (data, row) = plain(value)?;
    Ok(match data {
        Data::Decimal128(values, scale) => Decimal::Small(get(values, row)?, *scale),
        Data::Decimal256(values, scale) => Decimal::Large(get(values, row)?, *scale),
        Data::Decimal32(values, scale) => Decimal::Small(get(values, row)?.into(), *scale),
        Data::Decimal64(values, scale) => Decimal::Small(get(values, row)?.into(), *scale),
        _ => Decimal::Small(integer(value, rust)?, 0),
    })
}

/// Reads any binary floating point type, and integers that a float holds exactly.
pub(crate) fn float(value: FlightSqlValueRef<'_>, rust: &str) -> Result<f64, BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Float16(values) => get(values, row).map(f64::from),
        Data::Float32(values) => get(values, row).map(f64::from),
        Data::Float64(values) => get(values, row),
        _ => whole_float(value, rust),
    }
}

/// Reads an integer as a float. A decimal is an error, because its exactness depends on each value.
fn whole_float(value: FlightSqlValueRef<'_>, rust: &str) -> Result<f64, BoxDynError> {
    match kind(value.info().value_type()) {
        Some(Kind::Integer) => {
            integer_float(integer(value, rust)?).map_err(|_| does_not_fit(value, rust))
        }
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads a floating point type of at most single precision, and integers that it holds exactly.
pub(crate) fn single(value: FlightSqlValueRef<'_>, rust: &str) -> Result<f32, BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Float16(values) => get(values, row).map(f32::from),
        Data::Float32(values) => get(values, row),
        Data::Float64(_) => Err(mismatch(value.info(), rust)),
        _ => narrow(whole_float(value, rust)?).map_err(|_| does_not_fit(value, rust)),
    }
}

#[cfg(feature = "half")]
pub(crate) fn half(value: FlightSqlValueRef<'_>, rust: &str) -> Result<Half, BoxDynError> {
    match plain(value)? {
        (Data::Float16(values), row) => get(values, row),
        _ => Err(mismatch(value.info(), rust)),
    }
}

pub(crate) fn boolean(value: FlightSqlValueRef<'_>, rust: &str) -> Result<bool, BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Boolean(values) if row < values.len() => Ok(values.value(row)),
        Data::Boolean(_) => Err(outside()),
        Data::Int8(values) if value.info().extension_name() == Some(BOOL8_EXTENSION) => {
            get(values, row).map(|byte| byte != 0)
        }
        _ => Err(mismatch(value.info(), rust)),
    }
}

#[inline]
pub(crate) fn text<'r>(value: FlightSqlValueRef<'r>, rust: &str) -> Result<&'r str, BoxDynError> {
    match value.data()? {
        (Data::Utf8(values), row) if row < values.len() => Ok(values.value(row)),
        (Data::Utf8View(values), row) if row < values.len() => Ok(values.value(row)),
        _ => encoded_text(value, rust),
    }
}

#[inline(never)]
fn encoded_text<'r>(value: FlightSqlValueRef<'r>, rust: &str) -> Result<&'r str, BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Utf8(values) if row < values.len() => Ok(values.value(row)),
        Data::LargeUtf8(values) if row < values.len() => Ok(values.value(row)),
        Data::Utf8View(values) if row < values.len() => Ok(values.value(row)),
        Data::Utf8(_) | Data::LargeUtf8(_) | Data::Utf8View(_) => Err(outside()),
        // Text with invalid UTF-8 is sent as bytes.
        _ if value.info().is_text() => std::str::from_utf8(bytes(value, rust)?)
            .map_err(|error| not_utf8(value.info(), error.valid_up_to(), rust)),
        _ => Err(mismatch(value.info(), rust)),
    }
}

#[cold]
#[inline(never)]
fn not_utf8(info: &FlightSqlTypeInfo, from: usize, rust: &str) -> BoxDynError {
    format!(
        "cannot read a value of Arrow type {} as Rust type `{rust}`: it is not UTF-8 at byte {from}; use `Vec<u8>` to read its bytes",
        info.data_type()
    )
    .into()
}

/// Reads any binary type, and the bytes of a string.
pub(crate) fn bytes<'r>(value: FlightSqlValueRef<'r>, rust: &str) -> Result<&'r [u8], BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Binary(values) if row < values.len() => Ok(values.value(row)),
        Data::LargeBinary(values) if row < values.len() => Ok(values.value(row)),
        Data::BinaryView(values) if row < values.len() => Ok(values.value(row)),
        Data::FixedSizeBinary(values) if row < values.len() => Ok(values.value(row)),
        Data::Utf8(values) if row < values.len() => Ok(values.value(row).as_bytes()),
        Data::LargeUtf8(values) if row < values.len() => Ok(values.value(row).as_bytes()),
        Data::Utf8View(values) if row < values.len() => Ok(values.value(row).as_bytes()),
        Data::Binary(_) | Data::LargeBinary(_) | Data::BinaryView(_) | Data::FixedSizeBinary(_) => {
            Err(outside())
        }
        Data::Utf8(_) | Data::LargeUtf8(_) | Data::Utf8View(_) => Err(outside()),
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads any binary type or string, and shares the array's buffer.
pub(crate) fn shared_bytes(value: FlightSqlValueRef<'_>, rust: &str) -> Result<Bytes, BoxDynError> {
    let found = bytes(value, rust)?;
    let (data, _) = plain(value)?;
    let buffers: &[Buffer] = match data {
        Data::Binary(values) => std::slice::from_ref(values.values()),
        Data::LargeBinary(values) => std::slice::from_ref(values.values()),
        Data::FixedSizeBinary(values) => std::slice::from_ref(values.values()),
        Data::Utf8(values) => std::slice::from_ref(values.values()),
        Data::LargeUtf8(values) => std::slice::from_ref(values.values()),
        Data::Utf8View(values) => values.data_buffers(),
        // Short values are in the views themselves and in no buffer.
        Data::BinaryView(values) => values.data_buffers(),
        _ => &[],
    };
    let shared = buffers.iter().find_map(|buffer| part_of(buffer, found));
    Ok(shared.unwrap_or_else(|| Bytes::copy_from_slice(found)))
}

/// Returns `part` as a slice of its buffer, if it is part of the buffer.
fn part_of(buffer: &Buffer, part: &[u8]) -> Option<Bytes> {
    let (start, from) = (buffer.as_ptr().addr(), part.as_ptr().addr());
    let offset = from.checked_sub(start)?;
    let inside = offset.checked_add(part.len())? <= buffer.len();
    inside.then(|| Bytes::from_owner(Shared(buffer.slice_with_length(offset, part.len()))))
}

/// An Arrow buffer that [`Bytes`] can own.
struct Shared(Buffer);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Reads days since 1970-01-01. A `Date64` must be midnight, as the format requires.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
pub(crate) fn date(value: FlightSqlValueRef<'_>, rust: &str) -> Result<i64, BoxDynError> {
    const MILLIS_PER_DAY: i64 = SECONDS_PER_DAY * 1_000;
    let (data, row) = plain(value)?;
    match data {
        Data::Date32(values) => get(values, row).map(i64::from),
        Data::Date64(values) => match get(values, row)? {
            millis if millis % MILLIS_PER_DAY == 0 => Ok(millis / MILLIS_PER_DAY),
            _ => Err(format!(
                "a Date64 value is not at midnight, so it is not a date; cannot read it as `{rust}`"
            )
            .into()),
        },
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads nanoseconds since midnight, below 24 hours.
#[cfg(any(feature = "chrono", feature = "jiff", feature = "time"))]
pub(crate) fn time_of_day(value: FlightSqlValueRef<'_>, rust: &str) -> Result<i64, BoxDynError> {
    let (data, row) = plain(value)?;
    let (count, unit) = match data {
        Data::Time32(values, unit) => (get(values, row)?.into(), *unit),
        Data::Time64(values, unit) => (get(values, row)?, *unit),
        _ => return Err(mismatch(value.info(), rust)),
    };
    let units_per_day = SECONDS_PER_DAY * per_second(unit);
    if (0..units_per_day).contains(&count) {
        Ok(count * (NANOS_PER_DAY / units_per_day))
    } else {
        Err(does_not_fit(value, rust))
    }
}

/// Reads a timestamp of any unit, with or without a zone.
#[inline]
pub(crate) fn timestamp(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<Timestamp, BoxDynError> {
    match value.data()? {
        (Data::Timestamp(values, unit, offset), row) => Ok(Timestamp {
            count: get(values, row)?,
            unit: *unit,
            offset: *offset,
        }),
        _ => encoded_timestamp(value, rust),
    }
}

#[inline(never)]
fn encoded_timestamp(value: FlightSqlValueRef<'_>, rust: &str) -> Result<Timestamp, BoxDynError> {
    match plain(value)? {
        (Data::Timestamp(values, unit, offset), row) => Ok(Timestamp {
            count: get(values, row)?,
            unit: *unit,
            offset: *offset,
        }),
        (Data::Struct(fields), row) if value.info().extension_name() == Some(OFFSET_EXTENSION) => {
            offset_timestamp(value, fields, row, rust)
        }
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads `arrow.timestamp_with_offset`: an instant, and its offset from UTC in minutes.
fn offset_timestamp(
    value: FlightSqlValueRef<'_>,
    fields: &[ColumnReader],
    row: usize,
    rust: &str,
) -> Result<Timestamp, BoxDynError> {
    let [instant, minutes] = fields else {
        return Err(mismatch(value.info(), rust));
    };
    let at = |reader| FlightSqlValueRef::of_reader(value.batch, reader, row);
    let minutes = integer(at(minutes), rust)?;
    match plain(at(instant))? {
        (Data::Timestamp(values, unit, Some(_)), row) => Ok(Timestamp {
            count: get(values, row)?,
            unit: *unit,
            offset: i32::try_from(minutes)
                .ok()
                .and_then(|minutes| minutes.checked_mul(60)),
        }),
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads nanoseconds, which may be negative.
pub(crate) fn duration(value: FlightSqlValueRef<'_>, rust: &str) -> Result<i128, BoxDynError> {
    match plain(value)? {
        (Data::Duration(values, unit), row) => {
            let nanos_per_unit = NANOS_PER_SECOND / per_second(*unit);
            Ok(i128::from(get(values, row)?) * i128::from(nanos_per_unit))
        }
        _ => Err(mismatch(value.info(), rust)),
    }
}

/// Reads the count of any date, time of day, timestamp or duration, in the unit of its type.
#[cold]
#[inline(never)]
pub(crate) fn count(value: FlightSqlValueRef<'_>, rust: &str) -> Result<i64, BoxDynError> {
    let (data, row) = plain(value)?;
    match data {
        Data::Date32(values) | Data::Time32(values, _) => get(values, row).map(i64::from),
        Data::Date64(values)
        | Data::Time64(values, _)
        | Data::Timestamp(values, ..)
        | Data::Duration(values, _) => get(values, row),
        _ => Err(mismatch(value.info(), rust)),
    }
}

pub(crate) fn interval(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<FlightSqlInterval, BoxDynError> {
    const NANOS_PER_MILLI: i64 = 1_000_000;
    let mut interval = FlightSqlInterval::default();
    match plain(value)? {
        (Data::YearMonth(values), row) => interval.months = get(values, row)?,
        (Data::DayTime(values), row) => {
            let value = get(values, row)?;
            interval.days = value.days;
            interval.nanoseconds = i64::from(value.milliseconds) * NANOS_PER_MILLI;
        }
        (Data::MonthDayNano(values), row) => {
            let value = get(values, row)?;
            interval.months = value.months;
            interval.days = value.days;
            interval.nanoseconds = value.nanoseconds;
        }
        _ => return Err(mismatch(value.info(), rust)),
    }
    Ok(interval)
}

fn plain(value: FlightSqlValueRef<'_>) -> Result<(&Data, usize), BoxDynError> {
    let (data, row) = value.data()?;
    data.behind_encodings(row).ok_or_else(outside)
}

#[inline]
pub(crate) fn get<T: ArrowNativeType>(
    values: &ScalarBuffer<T>,
    row: usize,
) -> Result<T, BoxDynError> {
    values.get(row).copied().ok_or_else(outside)
}

/// Returns the error of a value that the Rust type cannot hold.
#[cold]
#[inline(never)]
pub(crate) fn does_not_fit(value: FlightSqlValueRef<'_>, rust: &str) -> BoxDynError {
    format!(
        "a value of Arrow type {} does not fit into Rust type `{rust}`",
        value.info().data_type()
    )
    .into()
}

/// Returns the error of a Rust type that does not read this Arrow type.
#[cold]
#[inline(never)]
pub(crate) fn mismatch(info: &FlightSqlTypeInfo, rust: &str) -> BoxDynError {
    let hint = match (kind(info.value_type()), rust) {
        (Some(Kind::Decimal), "f32" | "f64") => {
            "; read it as a decimal, or write `CAST(... AS DOUBLE PRECISION)` in the SQL"
        }
        (Some(Kind::Integer), "bool") => {
            "; write `... <> 0` in the SQL, or add a rule to the type map of the dialect"
        }
        (Some(Kind::Text), _) => {
            "; cast it in the SQL, or add a rule to the type map of the dialect"
        }
        _ => "",
    };
    format!(
        "Arrow type {} ({info}) cannot be read as Rust type `{rust}`{hint}",
        info.data_type()
    )
    .into()
}

/// Returns the error of an invalid key, run or length that Arrow's own validation did not find.
#[cold]
#[inline(never)]
pub(crate) fn outside() -> BoxDynError {
    "the server sent a value whose dictionary key, run or row is outside of its array".into()
}
