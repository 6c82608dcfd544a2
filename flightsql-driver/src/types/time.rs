//! Dates, times, timestamps and durations of the `time` crate.

use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::duration::{duration_type, holds_durations};
use super::temporal::{
    clock_type, date_type, duration, holds_clocks, holds_dates, holds_instants, holds_times,
    instant_type, time_type, wall_clock,
};
use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::convert::units::split;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::temporal::{dates, durations, timestamps};
use crate::to_arrow::{arrow_columns, encoded_columns};
use crate::value::read::Timestamp;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    Date: date_type, holds_dates;
    Time: time_type, holds_times;
    PrimitiveDateTime: clock_type, holds_clocks;
    OffsetDateTime: instant_type, holds_instants;
    Duration: duration_type, holds_durations;
}

encoded_columns! {
    Time;
    PrimitiveDateTime;
}

arrow_columns! {
    Date: |value| value.to_julian_day() - EPOCH, dates;
    OffsetDateTime: |value| (value.unix_timestamp(), value.nanosecond()),
        |values, wanted| timestamps(values, true, wanted);
    Duration: |value| value.whole_nanoseconds(), durations;
}

/// The Julian day of 1970-01-01.
const EPOCH: i32 = 2_440_588;

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

impl Encode<'_, FlightSql> for PrimitiveDateTime {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let clock = self.assume_utc();
        buf.push(Scalar::timestamp(
            clock.unix_timestamp(),
            clock.nanosecond(),
            None,
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for PrimitiveDateTime {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "time::PrimitiveDateTime";
        let (clock, _) = of(value, wall_clock(value, RUST)?, RUST)?;
        Ok(Self::new(clock.date(), clock.time()))
    }
}

/// Bound as the instant. The offset is sent only where the server asks for `arrow.timestamp_with_offset`.
impl Encode<'_, FlightSql> for OffsetDateTime {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::timestamp(
            self.unix_timestamp(),
            self.nanosecond(),
            Some(self.offset().whole_seconds()),
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

impl Encode<'_, FlightSql> for Duration {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Duration(self.whole_nanoseconds()));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for Duration {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let (seconds, nanos) = duration(value, "time::Duration")?;
        Ok(Self::new(seconds, nanos))
    }
}

fn instant(
    value: FlightSqlValueRef<'_>,
    rust: &str,
) -> Result<(OffsetDateTime, Option<i32>), BoxDynError> {
    of(value, read::timestamp(value, rust)?, rust)
}

#[inline]
fn of(
    value: FlightSqlValueRef<'_>,
    timestamp: Timestamp,
    rust: &str,
) -> Result<(OffsetDateTime, Option<i32>), BoxDynError> {
    let (seconds, nanos) = split(timestamp.count, timestamp.unit);
    OffsetDateTime::from_unix_timestamp(seconds)
        .and_then(|instant| instant.replace_nanosecond(nanos))
        .map(|instant| (instant, timestamp.offset))
        .map_err(|_| read::does_not_fit(value, rust))
}

#[cfg(test)]
mod tests;
