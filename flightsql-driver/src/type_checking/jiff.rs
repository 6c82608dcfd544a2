//! jiff's types in the checked macros.

use jiff::{SignedDuration, Timestamp as Moment, Zoned, civil};

use super::fits::{accepts, reads};
use super::kinds::*;

reads! {
    [civil::Date] [Date]
    [civil::Time] [Time]
    [civil::DateTime] [Timestamp, TimestampUtc]
    [Moment, Zoned] [TimestampUtc, TimestampWithZone, TimestampWithOffset]
    [SignedDuration] [Duration]
}

accepts! {
    [civil::Date] [Date, Timestamp]
    [civil::Time] [Time]
    // A dialect that reads timestamps as UTC sends it without a zone.
    [civil::DateTime] [Timestamp, TimestampUtc]
    [Moment, Zoned] [TimestampUtc, TimestampWithZone, TimestampWithOffset]
    [SignedDuration] [Duration]
}
