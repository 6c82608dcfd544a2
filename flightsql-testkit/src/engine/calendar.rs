//! Dates and times as ISO 8601 text, both ways, in the proleptic Gregorian calendar.
//!
//! Layer: engine, pure. The text forms are those of SQLite's date functions (<https://www.sqlite.org/lang_datefunc.html>).

use chrono::{Datelike as _, NaiveDate, NaiveTime, Timelike as _};
use rusqlite::types::{Value, ValueRef};

use super::types::ColType;

/// Microseconds in a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;
/// Nanoseconds in a day.
pub(crate) const DAY_NS: i128 = 86_400_000_000_000;
/// Nanoseconds in a second.
const NANOS: i128 = 1_000_000_000;

/// Formats `YYYY-MM-DD`. Returns `None` outside the years 0 to 9999, whose text would not sort.
pub(crate) fn format_date(days: i64) -> Option<String> {
    let date = NaiveDate::from_epoch_days(i32::try_from(days).ok()?)?;
    (0..=9999).contains(&date.year()).then(|| date.to_string())
}

/// Formats `HH:MM:SS[.fraction]` without trailing zeros, so that strings compare as times do. Returns `None` outside one day.
pub(crate) fn format_time(nanos: i128) -> Option<String> {
    let (seconds, fraction) = (nanos.div_euclid(NANOS), nanos.rem_euclid(NANOS));
    let (seconds, fraction) = (u32::try_from(seconds).ok()?, u32::try_from(fraction).ok()?);
    let time = NaiveTime::from_num_seconds_from_midnight_opt(seconds, fraction)?;
    let text = time.to_string();
    Some(match fraction {
        0 => text,
        _ => text.trim_end_matches('0').to_owned(),
    })
}

/// Formats nanoseconds since 1970 as `YYYY-MM-DD HH:MM:SS[.fraction]`. Returns `None` outside the years 0 to 9999.
pub(crate) fn format_timestamp(nanos: i128) -> Option<String> {
    let days = i64::try_from(nanos.div_euclid(DAY_NS)).ok()?;
    Some(format!(
        "{} {}",
        format_date(days)?,
        format_time(nanos.rem_euclid(DAY_NS))?
    ))
}

/// Encodes days or microseconds outside the years 0 to 9999. SQLite sorts integers before text and blobs after it, so later
/// values are blobs, whose bytes sort as their numbers do.
pub(crate) fn far(number: i64) -> Value {
    if number < 0 {
        Value::Integer(number)
    } else {
        Value::Blob(number.to_be_bytes().to_vec())
    }
}

/// Returns the number of [`far`], in units of which one day has `day`. A number within the years 0 to 9999 is not a date or
/// time of this server, because it may count seconds or be a year.
pub(crate) fn parse_far(value: ValueRef<'_>, day: i64) -> Option<i64> {
    let number = match value {
        ValueRef::Integer(number) if number < 0 => number,
        ValueRef::Blob(bytes) => bytes.try_into().ok().map(i64::from_be_bytes)?,
        _ => return None,
    };
    let before = matches!(value, ValueRef::Integer(_));
    let is_far = (number < 0) == before && format_date(number.div_euclid(day)).is_none();
    is_far.then_some(number)
}

/// Normalizes the text of a date or time. Returns `None` for text that is not valid, or that exceeds its type.
pub(crate) fn respell(text: &str, ty: ColType) -> Option<String> {
    match ty {
        ColType::Date => format_date(parse_date(text)?),
        ColType::Time => format_time(i128::from(parse_time(text.trim())?) * 1_000),
        ColType::Timestamp | ColType::TimestampTz => {
            format_timestamp(i128::from(parse_timestamp(text)?.0) * 1_000)
        }
        _ => None,
    }
}

/// Parses `YYYY-MM-DD` as days since 1970. A time of midnight may follow.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let (micros, _) = parse_timestamp(text)?;
    (micros % DAY_US == 0).then_some(micros / DAY_US)
}

/// Parses `HH:MM[:SS[.fraction]]` as microseconds. Fraction digits after the sixth must be zeros.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let hour = digits(parts.next()?, 2)?;
    let minute = digits(parts.next()?, 2)?;
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(rest) => match rest.split_once('.') {
            None => (digits(rest, 2)?, 0),
            Some((second, fraction)) => (digits(second, 2)?, fraction_us(fraction)?),
        },
    };
    let time = NaiveTime::from_hms_opt(hour, minute, second)?;
    Some(i64::from(time.num_seconds_from_midnight()) * 1_000_000 + micros)
}

/// Parses `YYYY-MM-DD[( |T)time[zone]]` as microseconds since 1970, in UTC if it has a zone. Also returns whether it has one.
pub(crate) fn parse_timestamp(text: &str) -> Option<(i64, bool)> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let (month, day) = (digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    let midnight = i64::from(date.to_epoch_days()) * DAY_US;
    if rest.is_empty() {
        return Some((midnight, false));
    }
    let (clock, offset) = split_zone(rest.strip_prefix([' ', 'T', 't'])?)?;
    let micros = midnight + parse_time(clock)? - offset.unwrap_or(0);
    Some((micros, offset.is_some()))
}

/// Returns the time without its zone, and the zone's offset in microseconds.
fn split_zone(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock.trim_end(), Some(0)));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, None));
    };
    let (clock, zone) = text.split_at_checked(at)?;
    let digits = zone[1..].replace(':', "");
    let offset = match digits.len() {
        2 => parse_time(&format!("{digits}:00"))?,
        4 => {
            let (hours, minutes) = digits.split_at_checked(2)?;
            parse_time(&format!("{hours}:{minutes}"))?
        }
        _ => return None,
    };
    let offset = if zone.starts_with('-') {
        -offset
    } else {
        offset
    };
    Some((clock.trim_end(), Some(offset)))
}

fn digits(text: &str, len: usize) -> Option<u32> {
    let plain = text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn fraction_us(text: &str) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (kept, rest) = text.split_at(text.len().min(6));
    if rest.bytes().any(|b| b != b'0') {
        return None;
    }
    format!("{kept:0<6}").parse().ok()
}
