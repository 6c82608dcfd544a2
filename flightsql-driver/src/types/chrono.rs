//! chrono's dates, times, timestamps and durations.

use chrono::{
    DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta,
    TimeZone, Timelike as _, Utc,
};
use sqlx_core::error::BoxDynError;

use super::duration::{duration_type, holds_durations};
use super::temporal::{
    clock_type, date_type, holds_clocks, holds_dates, holds_instants, holds_times, instant,
    instant_type, time_type, wall_clock,
};
use crate::arrow::convert::units::NANOS_PER_SECOND;
use crate::arrow::scalar::Scalar;
use crate::to_arrow::arrow_columns;
use crate::to_arrow::temporal::{dates, durations, times, timestamps};
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    NaiveDate: date_type(), holds_dates;
    NaiveTime: time_type(), holds_times;
    NaiveDateTime: clock_type(), holds_clocks;
    TimeDelta: duration_type(), holds_durations;
    DateTime<Tz> where [Tz: TimeZone]: instant_type(), holds_instants;
}

arrow_columns! {
    NaiveDate: |value| value.to_epoch_days(), dates;
    NaiveTime: |value| (value.num_seconds_from_midnight(), value.nanosecond()), times;
    NaiveDateTime: |value| (value.and_utc().timestamp(), value.and_utc().timestamp_subsec_nanos()),
        |values, wanted| timestamps(values, false, wanted);
    TimeDelta: |value| nanos_of(value), durations;
    DateTime<Tz> where [Tz: TimeZone]: |value| (value.timestamp(), value.timestamp_subsec_nanos()),
        |values, wanted| timestamps(values, true, wanted);
}

scalars! {
    NaiveDate: |value| Scalar::Date(value.to_epoch_days());
    NaiveTime: |value| Scalar::time(value.num_seconds_from_midnight(), value.nanosecond())?;
    NaiveDateTime: |value| {
        let clock = value.and_utc();
        Scalar::timestamp(clock.timestamp(), clock.timestamp_subsec_nanos(), None)?
    };
    TimeDelta: |value| Scalar::Duration(nanos_of(value));
    /// Binds the instant. The driver sends the offset only for a parameter of type `arrow.timestamp_with_offset`.
    DateTime<Tz> where [Tz: TimeZone]: |value| {
        let offset = value.offset().fix().local_minus_utc();
        Scalar::timestamp(value.timestamp(), value.timestamp_subsec_nanos(), Some(offset))?
    };
}

decodes! {
    NaiveDate as "NaiveDate": |value, rust| i32::try_from(read::date(value, rust)?)
        .ok()
        .and_then(Self::from_epoch_days)
        .ok_or_else(|| read::does_not_fit(value, rust));
    NaiveTime as "NaiveTime": |value, rust| {
        let nanos = read::time_of_day(value, rust)?;
        u32::try_from(nanos / NANOS_PER_SECOND)
            .ok()
            .zip(u32::try_from(nanos % NANOS_PER_SECOND).ok())
            .and_then(|(seconds, nanos)| Self::from_num_seconds_from_midnight_opt(seconds, nanos))
            .ok_or_else(|| read::does_not_fit(value, rust))
    };
    #[inline]
    NaiveDateTime as "NaiveDateTime": |value, rust| {
        let (seconds, nanos) = wall_clock(value, rust)?;
        in_utc(value, seconds, nanos, rust).map(|clock| clock.naive_utc())
    };
    #[inline]
    DateTime<Utc> as "DateTime<Utc>": |value, rust| zoned(value, rust).map(|(instant, _)| instant);
    DateTime<Local> as "DateTime<Local>": |value, rust|
        zoned(value, rust).map(|(instant, _)| instant.with_timezone(&Local));
    DateTime<FixedOffset> as "DateTime<FixedOffset>": |value, rust| {
        let (instant, offset) = zoned(value, rust)?;
        let offset = FixedOffset::east_opt(offset)
            .ok_or_else(|| read::does_not_fit(value, rust))?;
        Ok(instant.with_timezone(&offset))
    };
    TimeDelta as "TimeDelta": |value, rust| {
        let nanos = read::duration(value, rust)?;
        let per_second = i128::from(NANOS_PER_SECOND);
        i64::try_from(nanos.div_euclid(per_second))
            .ok()
            .zip(u32::try_from(nanos.rem_euclid(per_second)).ok())
            .and_then(|(seconds, nanos)| Self::new(seconds, nanos))
            .ok_or_else(|| read::does_not_fit(value, rust))
    };
}

fn nanos_of(duration: &TimeDelta) -> i128 {
    let seconds = i128::from(duration.num_seconds()) * i128::from(NANOS_PER_SECOND);
    seconds + i128::from(duration.subsec_nanos())
}

#[inline(always)]
fn zoned(value: FlightSqlValueRef<'_>, rust: &str) -> Result<(DateTime<Utc>, i32), BoxDynError> {
    let (seconds, nanos, offset) = instant(value, rust)?;
    Ok((in_utc(value, seconds, nanos, rust)?, offset))
}

#[inline]
fn in_utc(
    value: FlightSqlValueRef<'_>,
    seconds: i64,
    nanos: u32,
    rust: &str,
) -> Result<DateTime<Utc>, BoxDynError> {
    match DateTime::from_timestamp(seconds, nanos) {
        Some(instant) => Ok(instant),
        None => Err(read::does_not_fit(value, rust)),
    }
}

#[cfg(test)]
mod tests;
