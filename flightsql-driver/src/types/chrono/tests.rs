//! chrono: units, zones, ranges.
use arrow_array::{
    Array as _, Date32Array, Date64Array, DurationMillisecondArray, DurationSecondArray,
    Time32SecondArray, Time64NanosecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray,
};
use arrow_schema::DataType;
use arrow_schema::TimeUnit::{self, Microsecond, Millisecond, Nanosecond, Second};
use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use proptest::prelude::*;

use crate::types::tests::{bind, dictionary_type, read, round_trip};

fn naive(unit: TimeUnit) -> DataType {
    DataType::Timestamp(unit, None)
}

fn zoned(unit: TimeUnit, zone: &str) -> DataType {
    DataType::Timestamp(unit, Some(zone.into()))
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

proptest! {
    #[test]
    fn dates_round_trip(days in -90_000_000_i32..90_000_000) {
        let date = NaiveDate::from_epoch_days(days).unwrap();
        round_trip(&date, &[DataType::Date32, DataType::Date64]);
    }

    #[test]
    fn times_round_trip(seconds in 0_u32..86_400, nanos in 0_u32..1_000_000_000) {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, nanos).unwrap();
        round_trip(&time, &[DataType::Time64(Nanosecond)]);
        let whole = NaiveTime::from_num_seconds_from_midnight_opt(seconds, 0).unwrap();
        round_trip(&whole, &[DataType::Time32(Second), DataType::Time32(Millisecond), DataType::Time64(Microsecond)]);
    }

    #[test]
    fn timestamps_round_trip(nanos: i64) {
        let time = DateTime::from_timestamp_nanos(nanos);
        round_trip(&time, &[zoned(Nanosecond, "UTC"), zoned(Nanosecond, "Europe/Paris")]);
        round_trip(&time.naive_utc(), &[naive(Nanosecond)]);
        round_trip(&time.with_timezone(&Local), &[zoned(Nanosecond, "+08:00")]);
    }

    #[test]
    fn microseconds_round_trip(micros in -8_000_000_000_000_000_000_i64..8_000_000_000_000_000_000) {
        let time = DateTime::from_timestamp_micros(micros).unwrap();
        round_trip(&time, &[zoned(Microsecond, "Z")]);
        round_trip(&time.naive_utc(), &[naive(Microsecond), dictionary_type(DataType::Int8, naive(Microsecond))]);
    }

    #[test]
    fn no_timestamp_panics(count: i64) {
        let _ = read::<NaiveDateTime>(TimestampSecondArray::from(vec![count]), 0);
        let _ = read::<NaiveDateTime>(TimestampMillisecondArray::from(vec![count]), 0);
        let _ = read::<DateTime<FixedOffset>>(
            TimestampMicrosecondArray::from(vec![count]).with_timezone("+23:59"), 0);
        let _ = read::<DateTime<Local>>(
            TimestampSecondArray::from(vec![count]).with_timezone("-23:59"), 0);
        let _ = read::<NaiveDate>(Date64Array::from(vec![count]), 0);
        let _ = read::<NaiveTime>(Time64NanosecondArray::from(vec![count]), 0);
    }
}

#[test]
fn an_instant_is_an_instant_in_any_zone() {
    let expected = instant("2024-05-01T12:00:00Z");
    for (zone, offset) in [
        ("Z", 0),
        ("UTC", 0),
        ("+00:00", 0),
        ("+08:00", 8 * 3600),
        ("-0530", -(5 * 3600 + 1800)),
        ("Europe/Paris", 0),
        ("nonsense", 0),
    ] {
        let array = TimestampSecondArray::from(vec![expected.timestamp()]).with_timezone(zone);
        assert_eq!(read::<DateTime<Utc>>(array.clone(), 0).unwrap(), expected);
        assert_eq!(read::<DateTime<Local>>(array.clone(), 0).unwrap(), expected);
        let fixed = read::<DateTime<FixedOffset>>(array, 0).unwrap();
        assert_eq!(fixed, expected);
        assert_eq!(fixed.offset().local_minus_utc(), offset, "{zone}");
    }
}

#[test]
fn all_four_units() {
    let time = instant("1969-12-31T23:59:58Z");
    let zone = "UTC";
    let cases: [Result<DateTime<Utc>, _>; 4] = [
        read(TimestampSecondArray::from(vec![-2]).with_timezone(zone), 0),
        read(
            TimestampMillisecondArray::from(vec![-2_000]).with_timezone(zone),
            0,
        ),
        read(
            TimestampMicrosecondArray::from(vec![-2_000_000]).with_timezone(zone),
            0,
        ),
        read(
            TimestampNanosecondArray::from(vec![-2_000_000_000]).with_timezone(zone),
            0,
        ),
    ];
    for found in cases {
        assert_eq!(found.unwrap(), time);
    }
    round_trip(
        &time,
        &[Second, Millisecond, Microsecond, Nanosecond].map(|unit| zoned(unit, "Z")),
    );
}

#[test]
fn instants_and_readings_do_not_mix() {
    let time = instant("2024-05-01T12:00:00Z");
    assert!(bind(time, Some(naive(Second))).is_err());
    assert!(bind(time.naive_utc(), Some(zoned(Second, "UTC"))).is_err());
    let plain = TimestampSecondArray::from(vec![0]);
    assert!(read::<DateTime<Utc>>(plain.clone(), 0).is_err());
    // Only an instant in UTC is also read as a wall-clock reading.
    let tagged = plain.clone().with_timezone("+01:00");
    assert!(read::<NaiveDateTime>(tagged, 0).is_err());
    let utc = plain.with_timezone("UTC");
    assert_eq!(
        read::<NaiveDateTime>(utc, 0).unwrap(),
        DateTime::UNIX_EPOCH.naive_utc()
    );
}

#[test]
fn an_offset_is_not_sent_but_the_instant_is() {
    let time = DateTime::parse_from_rfc3339("2024-05-01T14:00:00+02:00").unwrap();
    let array = bind(time, None).unwrap();
    assert_eq!(array.data_type(), &zoned(Microsecond, "UTC"));
    round_trip(&time, &[zoned(Second, "+02:00")]);
}

#[test]
fn the_unit_grows_with_the_value() {
    let time = instant("2024-05-01T12:00:00.000001Z");
    let own = |time: DateTime<Utc>| bind(time, None).map(|array| array.data_type().clone());
    assert_eq!(own(time).unwrap(), zoned(Microsecond, "UTC"));
    let fine = time + TimeDelta::nanoseconds(1);
    assert_eq!(own(fine).unwrap(), zoned(Nanosecond, "UTC"));
    // 262 000 years fit microseconds; nanoseconds end in 2262.
    assert_eq!(
        own(DateTime::<Utc>::MIN_UTC).unwrap(),
        zoned(Microsecond, "UTC")
    );
    assert!(own(DateTime::<Utc>::MAX_UTC).is_err());
}

#[test]
fn nothing_is_cut() {
    let time = instant("2024-05-01T12:00:00.5Z");
    assert!(bind(time, Some(zoned(Second, "UTC"))).is_err());
    assert!(bind(time, Some(zoned(Millisecond, "UTC"))).is_ok());
    let noon = Date64Array::from(vec![43_200_000, 86_400_000, -86_400_000]);
    let message = read::<NaiveDate>(noon.clone(), 0).unwrap_err().to_string();
    assert!(message.contains("midnight"), "{message}");
    assert_eq!(
        read::<NaiveDate>(noon.clone(), 1).unwrap().to_string(),
        "1970-01-02"
    );
    assert_eq!(
        read::<NaiveDate>(noon, 2).unwrap().to_string(),
        "1969-12-31"
    );
}

#[test]
fn i6_columns_refuse_a_leap_second_as_bound_values_do() {
    use crate::to_arrow::ToArrowColumn;

    #[track_caller]
    fn refused<T: ToArrowColumn>(value: T) {
        let own = T::column_type();
        for wanted in [own.data_type(), &DataType::Utf8] {
            let error = T::to_column([Some(&value)].into_iter(), wanted).unwrap_err();
            assert!(error.to_string().contains("a leap second"), "{error}");
        }
    }
    let time = NaiveTime::from_hms_milli_opt(12, 30, 59, 1_500).unwrap();
    refused(time);
    let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
        .unwrap()
        .and_hms_milli_opt(23, 59, 59, 1_500)
        .unwrap();
    refused(leap);
    refused(leap.and_utc());
    // A column of text keeps all digits of text that is not a timestamp.
    let fine = NaiveDate::from_ymd_opt(2016, 12, 31)
        .unwrap()
        .and_hms_nano_opt(23, 59, 59, 1)
        .unwrap();
    let made = NaiveDateTime::to_column([Some(&fine)].into_iter(), &DataType::Utf8).unwrap();
    let expected = arrow_array::StringArray::from(vec!["2016-12-31 23:59:59.000000001"]);
    assert_eq!(
        &made,
        &(std::sync::Arc::new(expected) as arrow_array::ArrayRef)
    );
}

#[test]
fn what_is_out_of_range_is_an_error() {
    assert!(read::<NaiveDate>(Date32Array::from(vec![i32::MAX]), 0).is_err());
    assert!(read::<NaiveDate>(Date32Array::from(vec![i32::MIN]), 0).is_err());
    assert!(read::<NaiveDateTime>(TimestampSecondArray::from(vec![i64::MAX]), 0).is_err());
    assert!(read::<NaiveDateTime>(TimestampSecondArray::from(vec![i64::MIN]), 0).is_err());
    assert!(read::<NaiveTime>(Time32SecondArray::from(vec![86_400]), 0).is_err());
    assert!(read::<NaiveTime>(Time32SecondArray::from(vec![-1]), 0).is_err());
    let leap = NaiveTime::from_num_seconds_from_midnight_opt(86_399, 1_500_000_000).unwrap();
    assert!(bind(leap, None).is_err());
    let leap = NaiveDate::from_ymd_opt(2016, 12, 31)
        .unwrap()
        .and_time(leap);
    assert!(bind(leap, None).is_err());
    assert!(bind(leap.and_utc(), None).is_err());
}

#[test]
fn dates_and_timestamps_are_different_types() {
    assert!(read::<NaiveDate>(TimestampSecondArray::from(vec![0]), 0).is_err());
    assert!(read::<NaiveDateTime>(Date32Array::from(vec![0]), 0).is_err());
    assert!(read::<NaiveTime>(TimestampSecondArray::from(vec![0]), 0).is_err());
    assert!(bind(NaiveDate::MIN, Some(naive(Nanosecond))).is_err());
    let instant = DataType::Timestamp(Second, Some("UTC".into()));
    assert!(bind(NaiveDate::MIN, Some(instant)).is_err());
}

#[test]
fn chrono_has_a_sign_and_fewer_seconds() {
    let units = [
        DataType::Duration(TimeUnit::Millisecond),
        DataType::Duration(TimeUnit::Nanosecond),
    ];
    round_trip(&TimeDelta::milliseconds(-1_500), &units);
    round_trip(&TimeDelta::nanoseconds(-1), &units[1..]);
    assert_eq!(
        read::<TimeDelta>(DurationMillisecondArray::from(vec![-1]), 0).unwrap(),
        TimeDelta::milliseconds(-1)
    );
    assert!(read::<TimeDelta>(DurationSecondArray::from(vec![i64::MAX]), 0).is_err());
}
