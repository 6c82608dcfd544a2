//! Intervals of all three kinds, and their text.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_schema::{DataType, IntervalUnit, TimeUnit};

use super::FlightSqlInterval;
use crate::types::tests::{bind, round_trip};

fn interval(months: i32, days: i32, nanoseconds: i64) -> FlightSqlInterval {
    FlightSqlInterval {
        months,
        days,
        nanoseconds,
    }
}

#[test]
fn intervals_round_trip_where_nothing_is_lost() {
    let (months, days, all) = (
        DataType::Interval(IntervalUnit::YearMonth),
        DataType::Interval(IntervalUnit::DayTime),
        DataType::Interval(IntervalUnit::MonthDayNano),
    );
    round_trip(&interval(-14, 0, 0), &[months.clone(), all.clone()]);
    round_trip(
        &interval(0, 3, -1_500_000_000),
        &[days.clone(), all.clone()],
    );
    round_trip(&interval(1, -2, i64::MIN), &[all]);
    for (value, wanted) in [
        (interval(1, 1, 0), months.clone()),
        (interval(1, 0, 1), months),
        (interval(1, 1, 0), days.clone()),
        (interval(0, 1, 1), days.clone()),
    ] {
        let error = bind(value, Some(wanted)).unwrap_err().to_string();
        assert!(error.contains("lose precision"), "{error}");
    }
    let error = bind(interval(0, 0, i64::MAX / 1_000_000 * 1_000_000), Some(days)).unwrap_err();
    assert!(error.to_string().contains("out of range"), "{error}");
    // A day has no fixed length.
    let duration = DataType::Duration(TimeUnit::Second);
    assert!(bind(interval(0, 1, 0), Some(duration.clone())).is_err());
    assert!(bind(interval(0, 0, 5_000_000_000), Some(duration)).is_ok());
}

#[test]
fn the_text_is_iso_8601() {
    for (value, text) in [
        (interval(0, 0, 0), "PT0S"),
        (interval(12, 0, 0), "P1Y"),
        (interval(-14, 3, 0), "P-1Y-2M3D"),
        (interval(0, 0, 3_661_000_000_000), "PT1H1M1S"),
        (interval(0, 0, -500_000_000), "PT-0.5S"),
        (interval(0, 0, -3_661_000_000_001), "PT-1H-1M-1.000000001S"),
        (interval(1, 0, 1), "P1MT0.000000001S"),
    ] {
        assert_eq!(value.to_string(), text);
    }
    assert_eq!(format!("{:>6}|", interval(12, 0, 0)), "   P1Y|");
}
