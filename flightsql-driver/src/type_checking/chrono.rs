//! chrono's types in the checked macros.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone};

use super::fits::{Accepts, Known, Reads, accepts, reads};
use super::kinds::*;

reads! {
    [NaiveDate] [Date]
    [NaiveTime] [Time]
    [NaiveDateTime] [Timestamp, TimestampUtc]
    [TimeDelta] [Duration]
}

accepts! {
    [NaiveDate] [Date, Timestamp]
    [NaiveTime] [Time]
    // A dialect that reads timestamps as UTC sends it without a zone.
    [NaiveDateTime] [Timestamp, TimestampUtc]
    [TimeDelta] [Duration]
}

/// Kinds of instants.
trait Instant {}
impl Instant for TimestampUtc {}
impl Instant for TimestampWithZone {}
impl Instant for TimestampWithOffset {}

impl<Tz: TimeZone> Known for DateTime<Tz> {}
impl<Tz: TimeZone, K: Instant> Reads<K> for DateTime<Tz> {}
impl<Tz: TimeZone, K: Instant> Accepts<K> for DateTime<Tz> {}
