//! Text of dates and times that Arrow cannot format, or formats wrongly.
//!
//! Years have a sign and as many digits as needed, which is the expanded representation of ISO 8601. The extreme counts of a
//! type are the infinities of DuckDB and PostgreSQL (<https://duckdb.org/docs/stable/sql/data_types/timestamp#special-values>).

use arrow_schema::{DataType, TimeUnit};

use super::offset_name;
use crate::arrow::convert::temporal::civil_from_days;
use crate::arrow::convert::units::{
    NANOS_PER_DAY, NANOS_PER_SECOND, SECONDS_PER_DAY, per_second, split,
};
use crate::value::FlightSqlValueRef;
use crate::value::read::{self, Timestamp};

const RUST: &str = "text";

/// Returns the text of a time of day outside of the day, as `24:00:00`, and of a duration beyond 2^63 milliseconds.
///
/// Arrow wraps such a time around, or has no text for it, and writes `<invalid>` for such a duration.
pub(super) fn out_of_range(value: FlightSqlValueRef<'_>) -> Option<String> {
    match value.info().value_type() {
        DataType::Time32(unit) | DataType::Time64(unit) => {
            let nanos = nanos(read::count(value, RUST).ok()?, *unit);
            if (0..i128::from(NANOS_PER_DAY)).contains(&nanos) {
                return None;
            }
            let (sign, seconds, fraction) = parts(nanos);
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            Some(format!(
                "{sign}{hours:02}:{minutes:02}:{seconds:02}{fraction}"
            ))
        }
        DataType::Duration(unit @ (TimeUnit::Second | TimeUnit::Millisecond)) => {
            // The range of chrono's `TimeDelta`, in which Arrow formats durations.
            let most = nanos(i64::MAX, TimeUnit::Millisecond);
            let nanos = nanos(read::count(value, RUST).ok()?, *unit);
            if nanos.abs() <= most {
                return None;
            }
            let (sign, seconds, fraction) = parts(nanos);
            Some(format!("{sign}PT{seconds}{fraction}S"))
        }
        _ => None,
    }
}

/// Returns the text of a date or timestamp that Arrow has no text for, because it is beyond the years -262143 to 262142.
pub(super) fn out_of_calendar(value: FlightSqlValueRef<'_>) -> Option<String> {
    let count = read::count(value, RUST).ok()?;
    Some(match value.info().value_type() {
        DataType::Date32 => {
            infinity(count, i32::MAX.into()).map_or_else(|| date(count), str::to_owned)
        }
        DataType::Date64 => point(count, TimeUnit::Millisecond, None, true),
        DataType::Timestamp(..) => timestamp(&read::timestamp(value, RUST).ok()?),
        _ => return None,
    })
}

/// Returns the text of a timestamp that is out of the calendar.
pub(super) fn timestamp(timestamp: &Timestamp) -> String {
    point(timestamp.count, timestamp.unit, timestamp.offset, false)
}

/// Omits a time of midnight if `is_day`.
fn point(count: i64, unit: TimeUnit, offset: Option<i32>, is_day: bool) -> String {
    if let Some(infinity) = infinity(count, i64::MAX) {
        return infinity.to_owned();
    }
    let (seconds, nanos) = split(count, unit);
    let local = i128::from(seconds) + i128::from(offset.unwrap_or(0));
    let per_day = i128::from(SECONDS_PER_DAY);
    // A count of seconds has fewer days than seconds.
    let days = i64::try_from(local.div_euclid(per_day)).unwrap_or(i64::MAX);
    let of_day = local.rem_euclid(per_day);
    if is_day && of_day == 0 && nanos == 0 {
        return date(days);
    }
    let zone = match offset {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(offset) => offset_name(offset),
    };
    let (hours, minutes, seconds) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let fraction = fraction(nanos.into());
    let date = date(days);
    format!("{date}T{hours:02}:{minutes:02}:{seconds:02}{fraction}{zone}")
}

/// DuckDB's smallest value is the negated largest one, and PostgreSQL's is one less.
fn infinity(count: i64, most: i64) -> Option<&'static str> {
    match count {
        count if count == most => Some("infinity"),
        count if count <= -most => Some("-infinity"),
        _ => None,
    }
}

fn date(days: i64) -> String {
    let (year, month, day) = civil_from_days(days);
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:+05}-{month:02}-{day:02}"),
    }
}

fn nanos(count: i64, unit: TimeUnit) -> i128 {
    i128::from(count) * i128::from(NANOS_PER_SECOND / per_second(unit))
}

/// Returns the sign, the whole seconds and the text of the fraction.
fn parts(nanos: i128) -> (&'static str, u128, String) {
    let sign = if nanos < 0 { "-" } else { "" };
    let per_second = u128::from(NANOS_PER_SECOND.unsigned_abs());
    let nanos = nanos.unsigned_abs();
    (sign, nanos / per_second, fraction(nanos % per_second))
}

/// Formats a fraction as Arrow does: in 0, 3, 6 or 9 digits.
fn fraction(nanos: u128) -> String {
    match nanos {
        0 => String::new(),
        nanos if nanos % 1_000_000 == 0 => format!(".{:03}", nanos / 1_000_000),
        nanos if nanos % 1_000 == 0 => format!(".{:06}", nanos / 1_000),
        nanos => format!(".{nanos:09}"),
    }
}

#[cfg(test)]
mod tests;
