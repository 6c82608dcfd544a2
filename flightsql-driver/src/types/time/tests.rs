//! The `time` crate: units, zones, ranges.
use arrow_array::{
    Date32Array, Date64Array, DurationSecondArray, Time32SecondArray, Time64NanosecondArray,
    TimestampMillisecondArray, TimestampSecondArray,
};
use arrow_schema::DataType;
use arrow_schema::TimeUnit::{self, Microsecond, Millisecond, Nanosecond, Second};
use proptest::prelude::*;
use time::macros::{date, datetime, offset, time};
use time::{Date, Duration, OffsetDateTime, PrimitiveDateTime, Time};

use crate::types::tests::{bind, read, round_trip};

fn naive(unit: TimeUnit) -> DataType {
    DataType::Timestamp(unit, None)
}

fn zoned(unit: TimeUnit, zone: &str) -> DataType {
    DataType::Timestamp(unit, Some(zone.into()))
}

proptest! {
    #[test]
    fn dates_round_trip(days in -2_900_000_i64..2_900_000) {
        let date = date!(1970-01-01) + Duration::days(days);
        round_trip(&date, &[DataType::Date32, DataType::Date64]);
    }

    #[test]
    fn times_round_trip(nanos in 0_i64..86_400_000_000_000) {
        round_trip(&(Time::MIDNIGHT + Duration::nanoseconds(nanos)), &[DataType::Time64(Nanosecond)]);
    }

    #[test]
    fn timestamps_round_trip(nanos: i64) {
        let time = OffsetDateTime::from_unix_timestamp_nanos(nanos.into()).unwrap();
        round_trip(&time, &[zoned(Nanosecond, "UTC"), zoned(Nanosecond, "+05:00")]);
        round_trip(&PrimitiveDateTime::new(time.date(), time.time()), &[naive(Nanosecond)]);
    }

    #[test]
    fn nothing_panics(count: i64, days: i32) {
        let _ = read::<OffsetDateTime>(TimestampSecondArray::from(vec![count]).with_timezone("-23:59"), 0);
        let _ = read::<PrimitiveDateTime>(TimestampMillisecondArray::from(vec![count]), 0);
        let _ = read::<Time>(Time64NanosecondArray::from(vec![count]), 0);
        let _ = read::<Date>(Date64Array::from(vec![count]), 0);
        let _ = read::<Date>(Date32Array::from(vec![days]), 0);
    }
}

#[test]
fn values_are_what_they_were() {
    let array = Date32Array::from(vec![0, 19_844, -1]);
    assert_eq!(
        read::<Date>(array.clone(), 0).unwrap(),
        date!(1970 - 01 - 01)
    );
    assert_eq!(
        read::<Date>(array.clone(), 1).unwrap(),
        date!(2024 - 05 - 01)
    );
    assert_eq!(read::<Date>(array, 2).unwrap(), date!(1969 - 12 - 31));
    assert_eq!(
        read::<Time>(Time32SecondArray::from(vec![3_661]), 0).unwrap(),
        time!(1:01:01)
    );
    let array = TimestampMillisecondArray::from(vec![-1]);
    assert_eq!(
        read::<PrimitiveDateTime>(array.clone(), 0).unwrap(),
        datetime!(1969-12-31 23:59:59.999)
    );
    let zoned = read::<OffsetDateTime>(array.with_timezone("+08:00"), 0).unwrap();
    assert_eq!(zoned, datetime!(1969-12-31 23:59:59.999 UTC));
    assert_eq!(zoned.offset(), offset!(+8));
}

#[test]
fn units_are_exact_and_zones_do_not_mix() {
    let time = datetime!(2024-05-01 12:00:00.5 +2);
    round_trip(
        &time,
        &[Millisecond, Microsecond, Nanosecond].map(|unit| zoned(unit, "UTC")),
    );
    assert!(bind(time, Some(zoned(Second, "UTC"))).is_err());
    assert!(bind(time, Some(naive(Millisecond))).is_err());
    let reading = datetime!(2024-05-01 12:00);
    assert!(bind(reading, Some(zoned(Second, "UTC"))).is_err());
    round_trip(
        &reading,
        &[Second, Millisecond, Microsecond, Nanosecond].map(naive),
    );
    round_trip(
        &time!(12:00),
        &[DataType::Time32(Second), DataType::Time32(Millisecond)],
    );
    assert!(bind(time!(12:00:00.5), Some(DataType::Time32(Second))).is_err());
}

#[test]
fn what_is_out_of_range_is_an_error() {
    assert!(read::<Date>(Date32Array::from(vec![i32::MAX]), 0).is_err());
    assert!(read::<Date>(Date64Array::from(vec![1]), 0).is_err());
    assert!(read::<Time>(Time32SecondArray::from(vec![86_400]), 0).is_err());
    assert!(read::<PrimitiveDateTime>(TimestampSecondArray::from(vec![i64::MIN]), 0).is_err());
    assert!(
        read::<PrimitiveDateTime>(
            TimestampSecondArray::from(vec![0]).with_timezone("+01:00"),
            0
        )
        .is_err()
    );
    assert!(read::<OffsetDateTime>(TimestampSecondArray::from(vec![0]), 0).is_err());
}

#[test]
fn time_has_a_sign() {
    round_trip(
        &time::Duration::milliseconds(-1_500),
        &[DataType::Duration(TimeUnit::Nanosecond)],
    );
    assert_eq!(
        read::<time::Duration>(DurationSecondArray::from(vec![i64::MIN]), 0).unwrap(),
        time::Duration::seconds(i64::MIN)
    );
}
