//! Dates, times, timestamps and durations of the `time` crate.

use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use super::duration::{duration_type, holds_durations};
use super::temporal::{
    clock_type, date_type, duration, holds_clocks, holds_dates, holds_instants, holds_times,
    instant, instant_type, time_type, wall_clock,
};
use crate::arrow::scalar::Scalar;
use crate::to_arrow::temporal::{dates, durations, timestamps};
use crate::to_arrow::{arrow_columns, encoded_columns};
use crate::value::read;

sql_types! {
    Date: date_type(), holds_dates;
    Time: time_type(), holds_times;
    PrimitiveDateTime: clock_type(), holds_clocks;
    OffsetDateTime: instant_type(), holds_instants;
    Duration: duration_type(), holds_durations;
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

scalars! {
    Date: |value| Scalar::Date(value.to_julian_day() - EPOCH);
    Time: |value| {
        let (hours, minutes, seconds, nanos) = value.as_hms_nano();
        let seconds = (u32::from(hours) * 60 + u32::from(minutes)) * 60 + u32::from(seconds);
        Scalar::time(seconds, nanos)?
    };
    PrimitiveDateTime: |value| {
        let clock = value.assume_utc();
        Scalar::timestamp(clock.unix_timestamp(), clock.nanosecond(), None)?
    };
    /// Binds the instant. The driver sends the offset only for a parameter of type `arrow.timestamp_with_offset`.
    OffsetDateTime: |value| {
        let offset = value.offset().whole_seconds();
        Scalar::timestamp(value.unix_timestamp(), value.nanosecond(), Some(offset))?
    };
    Duration: |value| Scalar::Duration(value.whole_nanoseconds());
}

/// The Julian day of 1970-01-01.
const EPOCH: i32 = 2_440_588;

decodes! {
    Date as "time::Date": |value, rust| read::date(value, rust)?
        .checked_add(EPOCH.into())
        .and_then(|day| i32::try_from(day).ok())
        .and_then(|day| Self::from_julian_day(day).ok())
        .ok_or_else(|| read::does_not_fit(value, rust));
    Time as "time::Time": |value, rust| {
        let nanos = read::time_of_day(value, rust)?;
        // Below a day, so the sum does not wrap around midnight.
        Ok(Self::MIDNIGHT + Duration::nanoseconds(nanos))
    };
    PrimitiveDateTime as "time::PrimitiveDateTime": |value, rust| {
        let (seconds, nanos) = wall_clock(value, rust)?;
        let clock = in_utc(seconds, nanos).ok_or_else(|| read::does_not_fit(value, rust))?;
        Ok(Self::new(clock.date(), clock.time()))
    };
    OffsetDateTime as "time::OffsetDateTime": |value, rust| {
        let (seconds, nanos, offset) = instant(value, rust)?;
        in_utc(seconds, nanos)
            .zip(UtcOffset::from_whole_seconds(offset).ok())
            .and_then(|(instant, offset)| instant.checked_to_offset(offset))
            .ok_or_else(|| read::does_not_fit(value, rust))
    };
    Duration as "time::Duration": |value, rust| {
        let (seconds, nanos) = duration(value, rust)?;
        Ok(Self::new(seconds, nanos))
    };
}

#[inline]
fn in_utc(seconds: i64, nanos: u32) -> Option<OffsetDateTime> {
    let instant = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    instant.replace_nanosecond(nanos).ok()
}

#[cfg(test)]
mod tests;
