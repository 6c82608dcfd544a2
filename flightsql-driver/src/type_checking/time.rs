//! The `time` crate's types in the checked macros.

use time::{Date as Day, Duration as Span, OffsetDateTime, PrimitiveDateTime, Time as Clock};

use super::fits::{accepts, reads};
use super::kinds::*;

reads! {
    [Day] [Date]
    [Clock] [Time]
    [PrimitiveDateTime] [Timestamp, TimestampUtc]
    [OffsetDateTime] [TimestampUtc, TimestampWithZone, TimestampWithOffset]
    [Span] [Duration]
}

accepts! {
    [Day] [Date, Timestamp]
    [Clock] [Time]
    // A dialect that reads timestamps as UTC sends it without a zone.
    [PrimitiveDateTime] [Timestamp, TimestampUtc]
    [OffsetDateTime] [TimestampUtc, TimestampWithZone, TimestampWithOffset]
    [Span] [Duration]
}
