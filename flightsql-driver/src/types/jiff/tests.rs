//! What jiff's types do at the edges; the values in between are in the facade's property tests.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_array::{Date32Array, TimestampMicrosecondArray, TimestampSecondArray};
use arrow_schema::{DataType, TimeUnit};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::types::tests::{read, round_trip};

#[test]
fn edges_round_trip() {
    round_trip(&Date::MIN, &[DataType::Date32, DataType::Date64]);
    round_trip(&Date::MAX, &[DataType::Date32, DataType::Date64]);
    round_trip(&Time::MAX, &[DataType::Time64(TimeUnit::Nanosecond)]);
    round_trip(&Time::midnight(), &[DataType::Time32(TimeUnit::Second)]);
    let seconds = |zone: Option<&str>| DataType::Timestamp(TimeUnit::Second, zone.map(Into::into));
    round_trip(
        &DateTime::constant(-9999, 1, 1, 0, 0, 0, 0),
        &[seconds(None)],
    );
    round_trip(&Timestamp::constant(-1, 0), &[seconds(Some("+08:00"))]);
    round_trip(
        &SignedDuration::new(-1, -1),
        &[DataType::Duration(TimeUnit::Nanosecond)],
    );
}

#[test]
fn a_zoned_time_is_in_the_zone_of_the_column() {
    let at = |zone: &str| read::<Zoned>(TimestampSecondArray::from(vec![0]).with_timezone(zone), 0);
    assert_eq!(at("UTC").unwrap().time_zone(), &TimeZone::UTC);
    assert_eq!(
        at("-05:30").unwrap().offset(),
        Offset::from_seconds(-19_800).unwrap()
    );
    let error = at("Middle/Earth").unwrap_err().to_string();
    assert!(
        error.contains("Middle/Earth") && error.contains("jiff::Timestamp"),
        "{error}"
    );
    assert_eq!(
        read::<Timestamp>(
            TimestampSecondArray::from(vec![0]).with_timezone("Middle/Earth"),
            0
        )
        .unwrap(),
        Timestamp::UNIX_EPOCH
    );
}

#[test]
fn what_jiff_cannot_hold_is_refused() {
    assert!(read::<Date>(Date32Array::from(vec![i32::MAX]), 0).is_err());
    assert!(read::<DateTime>(TimestampSecondArray::from(vec![i64::MAX]), 0).is_err());
    let zoned = TimestampSecondArray::from(vec![i64::MAX]).with_timezone("UTC");
    assert!(read::<Timestamp>(zoned, 0).is_err());
    // The two types are distinct, except that an instant in UTC is also read as a wall-clock reading.
    let clock = TimestampMicrosecondArray::from(vec![0]);
    assert!(read::<Timestamp>(clock.clone(), 0).is_err());
    assert!(read::<DateTime>(clock.clone().with_timezone("+01:00"), 0).is_err());
    assert!(read::<DateTime>(clock.with_timezone("UTC"), 0).is_ok());
}
