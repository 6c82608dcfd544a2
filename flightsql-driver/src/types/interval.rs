//! [`FlightSqlInterval`]: SQL's `INTERVAL`.
//!
//! Layouts: the `Interval` comment in <https://github.com/apache/arrow/blob/main/format/Schema.fbs>.

use std::fmt;

use arrow_schema::{DataType, IntervalUnit};

use crate::arrow::convert::units::NANOS_PER_SECOND;
use crate::arrow::scalar::Scalar;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::read;

/// An `INTERVAL` of separate months, days and nanoseconds. They are never converted into each other, because a month has no
/// fixed number of days and a day no fixed number of hours.
///
/// Reads all three Arrow intervals (YearMonth, DayTime, MonthDayNano). Binds as MonthDayNano, or exactly as the type that the
/// server reports. `Display` writes the ISO 8601 form.
///
/// ```
/// let interval = flightsql_driver::types::FlightSqlInterval { months: 14, days: 3, nanoseconds: 1_500_000_000 };
/// assert_eq!(interval.to_string(), "P1Y2M3DT1.5S");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct FlightSqlInterval {
    /// Months; 12 make a year.
    pub months: i32,
    /// Days.
    pub days: i32,
    /// Nanoseconds.
    pub nanoseconds: i64,
}

sql_types! {
    FlightSqlInterval: interval_type(), holds_intervals;
}

encoded_columns! {
    FlightSqlInterval;
}

scalars! {
    FlightSqlInterval: |value| Scalar::Interval {
        months: value.months,
        days: value.days,
        nanos: value.nanoseconds,
    };
}

fn interval_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Interval(IntervalUnit::MonthDayNano))
}

#[inline]
fn holds_intervals(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Interval(_))
}

decodes! {
    FlightSqlInterval as "FlightSqlInterval": |value, rust| read::interval(value, rust);
}

impl fmt::Display for FlightSqlInterval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::from("P");
        let part = |text: &mut String, count: i64, unit: char| {
            if count != 0 {
                text.push_str(&format!("{count}{unit}"));
            }
        };
        part(&mut text, (self.months / 12).into(), 'Y');
        part(&mut text, (self.months % 12).into(), 'M');
        part(&mut text, self.days.into(), 'D');
        let seconds = self.nanoseconds / NANOS_PER_SECOND;
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        let nanos = (self.nanoseconds % NANOS_PER_SECOND).unsigned_abs();
        let rest = seconds % 60;
        if self.nanoseconds != 0 {
            text.push('T');
            part(&mut text, hours, 'H');
            part(&mut text, minutes, 'M');
            if rest != 0 || nanos != 0 {
                let sign = if self.nanoseconds < 0 { "-" } else { "" };
                let fraction = format!("{nanos:09}");
                let fraction = fraction.trim_end_matches('0');
                let point = if fraction.is_empty() { "" } else { "." };
                text.push_str(&format!("{sign}{}{point}{fraction}S", rest.unsigned_abs()));
            }
        }
        if text.len() == 1 {
            text.push_str("T0S");
        }
        f.pad(&text)
    }
}

#[cfg(test)]
mod tests {
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
}
