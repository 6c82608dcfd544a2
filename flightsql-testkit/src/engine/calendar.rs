//! Dates and times as ISO 8601 text, both ways, in the proleptic Gregorian calendar.
//!
//! Layer: engine, pure. The text forms are those of SQLite's date functions (<https://www.sqlite.org/lang_datefunc.html>).

use rusqlite::types::{Value, ValueRef};

use super::types::ColType;

/// Microseconds in a day.
pub(crate) const DAY_US: i64 = 86_400_000_000;
/// Nanoseconds in a day.
pub(crate) const DAY_NS: i128 = 86_400_000_000_000;

/// `YYYY-MM-DD`, or `None` outside the years 0 to 9999, where text would not sort.
pub(crate) fn format_date(days: i64) -> Option<String> {
    let (year, month, day) = civil(days)?;
    (0..=9999)
        .contains(&year)
        .then(|| format!("{year:04}-{month:02}-{day:02}"))
}

/// `HH:MM:SS[.fraction]` without zeros at the end of the fraction, so that texts compare as times do; `None` outside one
/// day.
pub(crate) fn format_time(nanos: i128) -> Option<String> {
    if !(0..DAY_NS).contains(&nanos) {
        return None;
    }
    let (seconds, fraction) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut text = format!("{hour:02}:{minute:02}:{second:02}");
    if fraction != 0 {
        let digits = format!(".{fraction:09}");
        text.push_str(digits.trim_end_matches('0'));
    }
    Some(text)
}

/// `YYYY-MM-DD HH:MM:SS[.fraction]` of nanoseconds since 1970, `None` outside the years 0 to 9999.
pub(crate) fn format_timestamp(nanos: i128) -> Option<String> {
    let days = i64::try_from(nanos.div_euclid(DAY_NS)).ok()?;
    Some(format!(
        "{} {}",
        format_date(days)?,
        format_time(nanos.rem_euclid(DAY_NS))?
    ))
}

/// Days or microseconds outside the years 0 to 9999. SQLite sorts integers before text and blobs behind it, so what comes
/// after is a blob, whose bytes sort as its number does.
pub(crate) fn far(number: i64) -> Value {
    if number < 0 {
        Value::Integer(number)
    } else {
        Value::Blob(number.to_be_bytes().to_vec())
    }
}

/// The number of [`far`], in units of which one day has `day`. Within the years 0 to 9999 a number is no date or time of
/// this server: it may count seconds, or be a year.
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

/// A date or time as this server would spell it; `None` for a text that is none, or that holds more than its type.
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

/// Days since 1970 of `YYYY-MM-DD`; a time of midnight may follow.
pub(crate) fn parse_date(text: &str) -> Option<i64> {
    let (micros, _) = parse_timestamp(text)?;
    (micros % DAY_US == 0).then_some(micros / DAY_US)
}

/// Microseconds of `HH:MM[:SS[.fraction]]`. More than six fraction digits must be zeros.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let mut parts = text.splitn(3, ':');
    let hour = two_digits(parts.next()?, 23)?;
    let minute = two_digits(parts.next()?, 59)?;
    let (second, micros) = match parts.next() {
        None => (0, 0),
        Some(rest) => match rest.split_once('.') {
            None => (two_digits(rest, 59)?, 0),
            Some((second, fraction)) => (two_digits(second, 59)?, fraction_us(fraction)?),
        },
    };
    Some(((hour * 60 + minute) * 60 + second) * 1_000_000 + micros)
}

/// Microseconds since 1970 of `YYYY-MM-DD[( |T)time[zone]]`, in UTC when a zone is given, and whether one was.
pub(crate) fn parse_timestamp(text: &str) -> Option<(i64, bool)> {
    let text = text.trim();
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.splitn(3, '-');
    let year = digits(parts.next()?, 4)?;
    let month = two_digits(parts.next()?, 12)?;
    let day = two_digits(parts.next()?, 31)?;
    if month < 1 || day < 1 || day > month_length(year, month) {
        return None;
    }
    let days = days_from_civil(year, month, day);
    if rest.is_empty() {
        return Some((days * DAY_US, false));
    }
    let (clock, offset) = split_zone(rest.strip_prefix([' ', 'T', 't'])?)?;
    let micros = days * DAY_US + parse_time(clock)? - offset.unwrap_or(0) * 60_000_000;
    Some((micros, offset.is_some()))
}

/// The time without its zone, and the zone's offset in minutes.
fn split_zone(text: &str) -> Option<(&str, Option<i64>)> {
    if let Some(clock) = text.strip_suffix(['Z', 'z']) {
        return Some((clock.trim_end(), Some(0)));
    }
    let Some(at) = text.rfind(['+', '-']) else {
        return Some((text, None));
    };
    let (clock, zone) = text.split_at_checked(at)?;
    let digits = zone[1..].replace(':', "");
    let (hours, minutes) = match digits.len() {
        2 => (two_digits(&digits, 23)?, 0),
        4 => {
            let (hours, minutes) = digits.split_at_checked(2)?;
            (two_digits(hours, 23)?, two_digits(minutes, 59)?)
        }
        _ => return None,
    };
    let offset = hours * 60 + minutes;
    Some((
        clock.trim_end(),
        Some(if zone.starts_with('-') {
            -offset
        } else {
            offset
        }),
    ))
}

fn digits(text: &str, len: usize) -> Option<i64> {
    let plain = text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn two_digits(text: &str, max: i64) -> Option<i64> {
    digits(text, 2).filter(|value| *value <= max)
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

fn month_length(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970. Years start in March, so the leap day is the last of its year.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil(days: i64) -> Option<(i64, i64, i64)> {
    let days = days.checked_add(719_468)?;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    Some((
        year + era * 400 + i64::from(month <= 2),
        month,
        of_year - (153 * shifted + 2) / 5 + 1,
    ))
}
