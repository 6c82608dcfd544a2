//! The dates and times of chrono, jiff and `time` in the checked macros.

use super::fits::{Accepts, Known, Reads, accepts, reads};
use super::kinds::*;

/// Kinds of instants.
trait Instant {}
impl Instant for TimestampUtc {}
impl Instant for TimestampWithZone {}
impl Instant for TimestampWithOffset {}

/// The types of a crate: dates, times of day, wall-clock readings, durations, and instants.
macro_rules! temporal {
    ($date:ty, $time:ty, $clock:ty, $duration:ty; $($instant:ty $(where [$($generics:tt)*])?),+) => {
        reads! {
            [$date] [Date]
            [$time] [Time]
            [$clock] [Timestamp, TimestampUtc]
            [$duration] [Duration]
        }

        accepts! {
            [$date] [Date, Timestamp]
            [$time] [Time]
            // A dialect that reads timestamps as UTC sends it without a zone.
            [$clock] [Timestamp, TimestampUtc]
            [$duration] [Duration]
        }

        $(
            impl<$($($generics)*)?> Known for $instant {}
            impl<$($($generics)*,)? K: Instant> Reads<K> for $instant {}
            impl<$($($generics)*,)? K: Instant> Accepts<K> for $instant {}
        )+
    };
}

#[cfg(feature = "chrono")]
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};
#[cfg(feature = "chrono")]
temporal!(NaiveDate, NaiveTime, NaiveDateTime, TimeDelta; DateTime<Tz> where [Tz: TimeZone]);

#[cfg(feature = "jiff")]
use jiff::{SignedDuration, Timestamp as Moment, Zoned, civil};
#[cfg(feature = "jiff")]
temporal!(civil::Date, civil::Time, civil::DateTime, SignedDuration; Moment, Zoned);

#[cfg(feature = "time")]
use time::{Date as Day, Duration as Span, OffsetDateTime, PrimitiveDateTime, Time as Clock};
#[cfg(feature = "time")]
temporal!(Day, Clock, PrimitiveDateTime, Span; OffsetDateTime);
