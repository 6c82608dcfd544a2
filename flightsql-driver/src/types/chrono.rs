//! chrono's dates, times and timestamps. Layer D.
//!
//! A timestamp column with a zone holds instants, one without holds wall-clock readings; the two
//! never mix (<https://github.com/apache/arrow/blob/main/format/Schema.fbs>, `Timestamp`).

use arrow_schema::{DataType, TimeUnit};
use chrono::{
    DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeZone,
    Timelike as _, Utc,
};
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::temporal::{NANOS_PER_SECOND, split};
use crate::value::{FlightSqlValueRef, read};

impl Type<FlightSql> for NaiveDate {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Date32)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Date32 | DataType::Date64)
    }
}

impl Encode<'_, FlightSql> for NaiveDate {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Date(self.to_epoch_days()));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for NaiveDate {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "NaiveDate";
        i32::try_from(read::date(value, RUST)?)
            .ok()
            .and_then(Self::from_epoch_days)
            .ok_or_else(|| read::does_not_fit(value, RUST))
    }
}

impl Type<FlightSql> for NaiveTime {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Time64(TimeUnit::Microsecond))
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Time64(_) | DataType::Time32(_))
    }
}

impl Encode<'_, FlightSql> for NaiveTime {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::time(
            self.num_seconds_from_midnight(),
            self.nanosecond(),
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for NaiveTime {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "NaiveTime";
        let nanos = read::time_of_day(value, RUST)?;
        u32::try_from(nanos / NANOS_PER_SECOND)
            .ok()
            .zip(u32::try_from(nanos % NANOS_PER_SECOND).ok())
            .and_then(|(seconds, nanos)| Self::from_num_seconds_from_midnight_opt(seconds, nanos))
            .ok_or_else(|| read::does_not_fit(value, RUST))
    }
}

impl Type<FlightSql> for NaiveDateTime {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Timestamp(TimeUnit::Microsecond, None))
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Timestamp(_, None))
    }
}

impl Encode<'_, FlightSql> for NaiveDateTime {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let clock = self.and_utc();
        buf.push(Scalar::timestamp(
            clock.timestamp(),
            clock.timestamp_subsec_nanos(),
            false,
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for NaiveDateTime {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "NaiveDateTime";
        match instant(value, RUST)? {
            (clock, None) => Ok(clock.naive_utc()),
            (_, Some(_)) => Err(read::mismatch(value.info(), RUST)),
        }
    }
}

impl<Tz: TimeZone> Type<FlightSql> for DateTime<Tz> {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Timestamp(
            TimeUnit::Microsecond,
            Some("UTC".into()),
        ))
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Timestamp(_, Some(_)))
    }
}

/// Bound as the instant; the offset is not sent.
impl<Tz: TimeZone> Encode<'_, FlightSql> for DateTime<Tz> {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::timestamp(
            self.timestamp(),
            self.timestamp_subsec_nanos(),
            true,
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for DateTime<Utc> {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        zoned(value, "DateTime<Utc>").map(|(instant, _)| instant)
    }
}

impl Decode<'_, FlightSql> for DateTime<Local> {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        zoned(value, "DateTime<Local>").map(|(instant, _)| instant.with_timezone(&Local))
    }
}

impl Decode<'_, FlightSql> for DateTime<FixedOffset> {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let (instant, offset) = zoned(value, "DateTime<FixedOffset>")?;
        let offset = FixedOffset::east_opt(offset).unwrap_or_else(|| Utc.fix());
        Ok(instant.with_timezone(&offset))
    }
}

#[inline(always)]
fn zoned(value: FlightSqlValueRef<'_>, rust: &str) -> Result<(DateTime<Utc>, i32), BoxDynError> {
    match instant(value, rust)? {
        (instant, Some(offset)) => Ok((instant, offset)),
        (_, None) => Err(read::mismatch(value.info(), rust)),
    }
}

#[inline(always)]
fn instant(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<(DateTime<Utc>, Option<i32>), BoxDynError> {
    let timestamp = read::timestamp(value, rust)?;
    let (seconds, nanos) = split(timestamp.count, timestamp.unit);
    match DateTime::from_timestamp(seconds, nanos) {
        Some(instant) => Ok((instant, timestamp.offset)),
        None => Err(read::does_not_fit(value, rust)),
    }
}

#[cfg(test)]
mod tests;
