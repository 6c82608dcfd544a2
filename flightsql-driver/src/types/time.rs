//! Dates, times and timestamps of the `time` crate. Layer D.
//!
//! A timestamp column with a zone holds instants, one without holds wall-clock readings; the two
//! never mix (<https://github.com/apache/arrow/blob/main/format/Schema.fbs>, `Timestamp`).

use arrow_schema::{DataType, TimeUnit};
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::temporal::split;
use crate::value::{FlightSqlValueRef, read};

/// The Julian day of 1970-01-01.
const EPOCH: i32 = 2_440_588;

impl Type<FlightSql> for Date {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Date32)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Date32 | DataType::Date64)
    }
}

impl Encode<'_, FlightSql> for Date {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Date(self.to_julian_day() - EPOCH));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for Date {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "time::Date";
        read::date(value, RUST)?
            .checked_add(EPOCH.into())
            .and_then(|day| i32::try_from(day).ok())
            .and_then(|day| Self::from_julian_day(day).ok())
            .ok_or_else(|| read::does_not_fit(value, RUST))
    }
}

impl Type<FlightSql> for Time {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Time64(TimeUnit::Microsecond))
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Time64(_) | DataType::Time32(_))
    }
}

impl Encode<'_, FlightSql> for Time {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let (hours, minutes, seconds, nanos) = self.as_hms_nano();
        let seconds = (u32::from(hours) * 60 + u32::from(minutes)) * 60 + u32::from(seconds);
        buf.push(Scalar::time(seconds, nanos)?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for Time {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let nanos = read::time_of_day(value, "time::Time")?;
        // Below a day, so the sum does not wrap around midnight.
        Ok(Self::MIDNIGHT + Duration::nanoseconds(nanos))
    }
}

impl Type<FlightSql> for PrimitiveDateTime {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Timestamp(TimeUnit::Microsecond, None))
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Timestamp(_, None))
    }
}

impl Encode<'_, FlightSql> for PrimitiveDateTime {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let clock = self.assume_utc();
        buf.push(Scalar::timestamp(
            clock.unix_timestamp(),
            clock.nanosecond(),
            false,
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for PrimitiveDateTime {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "time::PrimitiveDateTime";
        match instant(value, RUST)? {
            (clock, None) => Ok(Self::new(clock.date(), clock.time())),
            (_, Some(_)) => Err(read::mismatch(value.info(), RUST)),
        }
    }
}

impl Type<FlightSql> for OffsetDateTime {
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
impl Encode<'_, FlightSql> for OffsetDateTime {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::timestamp(
            self.unix_timestamp(),
            self.nanosecond(),
            true,
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for OffsetDateTime {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "time::OffsetDateTime";
        match instant(value, RUST)? {
            (instant, Some(offset)) => UtcOffset::from_whole_seconds(offset)
                .ok()
                .and_then(|offset| instant.checked_to_offset(offset))
                .ok_or_else(|| read::does_not_fit(value, RUST)),
            (_, None) => Err(read::mismatch(value.info(), RUST)),
        }
    }
}

fn instant(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<(OffsetDateTime, Option<i32>), BoxDynError> {
    let timestamp = read::timestamp(value, rust)?;
    let (seconds, nanos) = split(timestamp.count, timestamp.unit);
    OffsetDateTime::from_unix_timestamp(seconds)
        .and_then(|instant| instant.replace_nanosecond(nanos))
        .map(|instant| (instant, timestamp.offset))
        .map_err(|_| read::does_not_fit(value, rust))
}

#[cfg(test)]
mod tests;
