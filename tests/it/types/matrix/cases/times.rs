//! Dates, times, timestamps, durations and intervals.

use std::sync::Arc;

use flightsql::arrow::array::types::*;
use flightsql::arrow::array::*;
use flightsql::types::FlightSqlInterval;

use super::{Case, case, numbers, shown};

pub(super) fn cases() -> Vec<Case> {
    const DAY_MS: i64 = 86_400_000;
    let mut cases = vec![
        case(
            "Date32",
            numbers::<Date32Type>(vec![0, -1, 19_000]),
            vec![
                shown("1970-01-01"),
                shown("1969-12-31"),
                shown("2022-01-08"),
            ],
        ),
        case(
            "Date64",
            numbers::<Date64Type>(vec![0, -DAY_MS, 19_000 * DAY_MS]),
            vec![
                shown("1970-01-01"),
                shown("1969-12-31"),
                shown("2022-01-08"),
            ],
        ),
        case(
            "Time32(s)",
            numbers::<Time32SecondType>(vec![0, 86_399]),
            vec![shown("00:00:00"), shown("23:59:59")],
        ),
        case(
            "Time32(ms)",
            numbers::<Time32MillisecondType>(vec![0, 1]),
            vec![shown("00:00:00"), shown("00:00:00.001")],
        ),
        case(
            "Time64(us)",
            numbers::<Time64MicrosecondType>(vec![0, 1]),
            vec![shown("00:00:00"), shown("00:00:00.000001")],
        ),
        case(
            "Time64(ns)",
            numbers::<Time64NanosecondType>(vec![0, 1]),
            vec![shown("00:00:00"), shown("00:00:00.000000001")],
        ),
    ];
    for zone in [
        None,
        Some("UTC"),
        Some("Z"),
        Some("+08:00"),
        Some("-05:30"),
        Some("Europe/Paris"),
    ] {
        let (day, before) = match zone {
            None => ("1970-01-02T00:00:00", "1969-12-31T23:59:59"),
            Some("+08:00") => ("1970-01-02T08:00:00+08:00", "1970-01-01T07:59:59+08:00"),
            Some("-05:30") => ("1970-01-01T18:30:00-05:30", "1969-12-31T18:29:59-05:30"),
            Some(_) => ("1970-01-02T00:00:00Z", "1969-12-31T23:59:59Z"),
        };
        let expected = || vec![shown(day), shown(before)];
        let name = |unit: &str| format!("Timestamp({unit}, {})", zone.unwrap_or("no zone"));
        let zone = zone.map(Arc::<str>::from);
        cases.extend([
            case(
                name("s"),
                Arc::new(
                    TimestampSecondArray::from(vec![86_400, -1]).with_timezone_opt(zone.clone()),
                ),
                expected(),
            ),
            case(
                name("ms"),
                Arc::new(
                    TimestampMillisecondArray::from(vec![86_400_000, -1_000])
                        .with_timezone_opt(zone.clone()),
                ),
                expected(),
            ),
            case(
                name("us"),
                Arc::new(
                    TimestampMicrosecondArray::from(vec![86_400_000_000, -1_000_000])
                        .with_timezone_opt(zone.clone()),
                ),
                expected(),
            ),
            case(
                name("ns"),
                Arc::new(
                    TimestampNanosecondArray::from(vec![86_400_000_000_000, -1_000_000_000])
                        .with_timezone_opt(zone),
                ),
                expected(),
            ),
        ]);
    }
    let duration = std::time::Duration::from_secs;
    let interval = |months, days, nanoseconds| FlightSqlInterval {
        months,
        days,
        nanoseconds,
    };
    cases.extend([
        case(
            "Duration(s)",
            numbers::<DurationSecondType>(vec![0, 90]),
            vec![duration(0), duration(90)],
        ),
        case(
            "Duration(ms)",
            numbers::<DurationMillisecondType>(vec![0, 90_000]),
            vec![duration(0), duration(90)],
        ),
        case(
            "Duration(us)",
            numbers::<DurationMicrosecondType>(vec![0, 90_000_000]),
            vec![duration(0), duration(90)],
        ),
        case(
            "Duration(ns)",
            numbers::<DurationNanosecondType>(vec![0, 90_000_000_000]),
            vec![duration(0), duration(90)],
        ),
        case(
            "Interval(YearMonth)",
            numbers::<IntervalYearMonthType>(vec![14, -1]),
            vec![interval(14, 0, 0), interval(-1, 0, 0)],
        ),
        case(
            "Interval(DayTime)",
            numbers::<IntervalDayTimeType>(vec![
                IntervalDayTimeType::make_value(3, 1_500),
                IntervalDayTimeType::make_value(-3, 0),
            ]),
            vec![interval(0, 3, 1_500_000_000), interval(0, -3, 0)],
        ),
        case(
            "Interval(MonthDayNano)",
            numbers::<IntervalMonthDayNanoType>(vec![
                IntervalMonthDayNanoType::make_value(1, 2, 3),
                IntervalMonthDayNanoType::make_value(-1, -2, i64::MIN),
            ]),
            vec![interval(1, 2, 3), interval(-1, -2, i64::MIN)],
        ),
    ]);
    cases
}
