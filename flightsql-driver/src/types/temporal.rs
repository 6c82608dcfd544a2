//! The parts that the date and time crates share: the Arrow types of each kind of value.
//!
//! A timestamp column with a zone has instants, and one without a zone has wall-clock readings. An instant in UTC can also be
//! read as a wall-clock reading (<https://github.com/apache/arrow/blob/main/format/Schema.fbs>, `Timestamp`).

use arrow_schema::{DataType, TimeUnit};
use sqlx_core::error::BoxDynError;

#[cfg(any(feature = "jiff", feature = "time"))]
use crate::arrow::convert::units::NANOS_PER_SECOND;
use crate::arrow::convert::units::{fixed_offset, split};
use crate::arrow::logical_type::OFFSET_EXTENSION;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{FlightSqlValueRef, read};

#[inline]
pub(super) fn holds_dates(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Date32 | DataType::Date64)
}

#[inline]
pub(super) fn holds_times(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Time64(_) | DataType::Time32(_))
}

/// Returns `true` for timestamps without a zone or in UTC, as SQLx's SQLite driver reads them.
#[inline]
pub(super) fn holds_clocks(ty: &FlightSqlTypeInfo) -> bool {
    match ty.value_type() {
        DataType::Timestamp(_, None) => true,
        DataType::Timestamp(_, Some(zone)) => fixed_offset(zone) == Some(0),
        _ => false,
    }
}

/// Reads a wall-clock reading as seconds since 1970-01-01 and the nanoseconds above them.
#[inline]
pub(super) fn wall_clock(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<(i64, u32), BoxDynError> {
    let timestamp = read::timestamp(value, rust)?;
    match timestamp.offset {
        Some(_) if !holds_clocks(value.info()) => Err(read::mismatch(value.info(), rust)),
        _ => Ok(split(timestamp.count, timestamp.unit)),
    }
}

/// Reads an instant as seconds since 1970-01-01, the nanoseconds above them, and the offset in seconds.
#[inline(always)]
pub(super) fn instant(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<(i64, u32, i32), BoxDynError> {
    let timestamp = read::timestamp(value, rust)?;
    let Some(offset) = timestamp.offset else {
        return Err(read::mismatch(value.info(), rust));
    };
    let (seconds, nanos) = split(timestamp.count, timestamp.unit);
    Ok((seconds, nanos, offset))
}

/// Returns `true` for timestamps with a zone or an offset.
#[inline]
pub(super) fn holds_instants(ty: &FlightSqlTypeInfo) -> bool {
    match ty.value_type() {
        DataType::Timestamp(_, Some(_)) => true,
        DataType::Struct(_) => ty.extension_name() == Some(OFFSET_EXTENSION),
        _ => false,
    }
}

/// Reads a duration as whole seconds and the nanoseconds beyond them, both of one sign.
#[cfg(any(feature = "jiff", feature = "time"))]
pub(super) fn duration(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<(i64, i32), BoxDynError> {
    let nanos = read::duration(value, rust)?;
    let per_second = i128::from(NANOS_PER_SECOND);
    i64::try_from(nanos / per_second)
        .ok()
        .zip(i32::try_from(nanos % per_second).ok())
        .ok_or_else(|| read::does_not_fit(value, rust))
}

pub(super) fn date_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Date32)
}

pub(super) fn time_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Time64(TimeUnit::Microsecond))
}

pub(super) fn clock_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Timestamp(TimeUnit::Microsecond, None))
}

pub(super) fn instant_type() -> FlightSqlTypeInfo {
    let utc = Some("UTC".into());
    FlightSqlTypeInfo::new(DataType::Timestamp(TimeUnit::Microsecond, utc))
}
