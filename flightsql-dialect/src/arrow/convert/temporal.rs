//! Conversion of dates, times, timestamps, durations and intervals.
//!
//! The calendar is the proleptic Gregorian calendar of ISO 8601 and Arrow. Text supports the years 1 to 9999, as SQL does.

use std::fmt;

use arrow_schema::TimeUnit;

use super::units::{
    NANOS_PER_DAY, NANOS_PER_SECOND, SECONDS_PER_DAY, fixed_offset, join, per_second,
};
use super::{By, CoerceError, Plain};

/// Converts a value to days since 1970-01-01.
pub(super) fn days(value: Plain<'_>, by: By) -> Result<i64, CoerceError> {
    match value {
        Plain::Date(days) => Ok(days),
        Plain::Clock(seconds, nanos) => midnight(seconds, nanos),
        Plain::Instant(seconds, nanos) if matches!(by, By::Rule(_)) => midnight(seconds, nanos),
        Plain::Text(text) => match parse_date(text.as_bytes()) {
            Some(days) => Ok(days),
            // A date may include a time of midnight.
            None => clock(text).and_then(|(seconds, nanos)| midnight(seconds, nanos)),
        },
        Plain::Instant(..) => Err(CoerceError::Instant),
        _ => Err(CoerceError::Type),
    }
}

fn midnight(seconds: i64, nanos: u32) -> Result<i64, CoerceError> {
    match seconds % SECONDS_PER_DAY == 0 && nanos == 0 {
        true => Ok(seconds / SECONDS_PER_DAY),
        false => Err(CoerceError::Inexact),
    }
}

/// Converts a value to a count of units since midnight.
pub(super) fn time(value: Plain<'_>, unit: TimeUnit, by: By) -> Result<i64, CoerceError> {
    let nanos = match value {
        Plain::Time(nanos) => nanos,
        Plain::Text(text) => parse_time(text)?,
        _ => return Err(CoerceError::Type),
    };
    let nanos_per_unit = NANOS_PER_SECOND / per_second(unit);
    match nanos.rem_euclid(nanos_per_unit) {
        0 => Ok(nanos / nanos_per_unit),
        _ if by == By::Truncated => Ok(nanos.div_euclid(nanos_per_unit)),
        _ => Err(CoerceError::Finer),
    }
}

/// Nanoseconds as a count of units.
pub(super) fn count(nanos: i128, unit: TimeUnit) -> Result<i64, CoerceError> {
    let nanos_per_unit = i128::from(NANOS_PER_SECOND / per_second(unit));
    if nanos % nanos_per_unit != 0 {
        return Err(CoerceError::Inexact);
    }
    i64::try_from(nanos / nanos_per_unit).map_err(|_| CoerceError::Range)
}

/// Converts a value to a count of units since 1970-01-01, of a wall clock or of UTC.
pub(super) fn timestamp(
    value: Plain<'_>,
    unit: TimeUnit,
    is_instant: bool,
    by: By,
) -> Result<i64, CoerceError> {
    let may_switch = matches!(by, By::Rule(_));
    let (seconds, mut nanos) = match value {
        Plain::Clock(seconds, nanos) if !is_instant || may_switch => (seconds, nanos),
        Plain::Instant(seconds, nanos) if is_instant || may_switch => (seconds, nanos),
        Plain::Date(days) if !is_instant || may_switch => (
            days.checked_mul(SECONDS_PER_DAY)
                .ok_or(CoerceError::Range)?,
            0,
        ),
        Plain::Text(text) if is_instant => instant(text)?,
        Plain::Text(text) => clock(text)?,
        Plain::Clock(..) => return Err(CoerceError::NotAnInstant),
        Plain::Instant(..) => return Err(CoerceError::Instant),
        _ => return Err(CoerceError::Type),
    };
    // The nanoseconds of a unit are at most those of a second.
    let nanos_per_unit = u32::try_from(NANOS_PER_SECOND / per_second(unit)).unwrap_or(u32::MAX);
    match nanos % nanos_per_unit {
        0 => {}
        finer if by == By::Truncated => nanos -= finer,
        _ => return Err(CoerceError::Finer),
    }
    join(seconds, nanos, unit).ok_or(CoerceError::Range)
}

/// Converts a value to nanoseconds.
pub(super) fn duration(value: Plain<'_>) -> Result<i128, CoerceError> {
    match value {
        Plain::Duration(nanos) => Ok(nanos),
        // An interval without months and days is a duration.
        Plain::Interval(0, 0, nanos) => Ok(nanos.into()),
        Plain::Interval(..) => Err(CoerceError::Inexact),
        _ => Err(CoerceError::Type),
    }
}

/// Converts a value to months, days and nanoseconds.
pub(super) fn interval(value: Plain<'_>) -> Result<(i32, i32, i64), CoerceError> {
    match value {
        Plain::Interval(months, days, nanos) => Ok((months, days, nanos)),
        // No part of a duration is a month or a day.
        Plain::Duration(nanos) => Ok((0, 0, i64::try_from(nanos).map_err(|_| CoerceError::Range)?)),
        _ => Err(CoerceError::Type),
    }
}

/// Parses `2026-01-31 23:59:59.25`, with a `T` as the separator, or without a time.
fn clock(text: &str) -> Result<(i64, u32), CoerceError> {
    let (days, rest) = date_and_rest(text)?;
    let nanos = match rest.strip_prefix(['T', 't', ' ']) {
        Some(time) => parse_time(time)?,
        None if rest.is_empty() => 0,
        None => return Err(CoerceError::Malformed),
    };
    Ok(joined(days, nanos, 0))
}

/// Parses a timestamp with an offset from UTC: `Z`, `UTC`, `+02`, `+0200` or `+02:00`.
fn instant(text: &str) -> Result<(i64, u32), CoerceError> {
    let (days, rest) = date_and_rest(text)?;
    let rest = rest
        .strip_prefix(['T', 't', ' '])
        .ok_or(CoerceError::Malformed)?;
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.'));
    // Without an offset the text is a wall-clock reading.
    let (time, offset) = rest.split_at(end.ok_or(CoerceError::NotAnInstant)?);
    let offset = offset.strip_prefix(' ').unwrap_or(offset);
    if offset.starts_with(char::is_whitespace) || offset.ends_with(char::is_whitespace) {
        return Err(CoerceError::Malformed);
    }
    let offset = fixed_offset(offset).ok_or(CoerceError::Malformed)?;
    Ok(joined(days, parse_time(time)?, offset.into()))
}

fn joined(days: i64, nanos: i64, offset: i64) -> (i64, u32) {
    let seconds = days * SECONDS_PER_DAY + nanos / NANOS_PER_SECOND - offset;
    // The remainder is less than a second, so it fits.
    (
        seconds,
        u32::try_from(nanos % NANOS_PER_SECOND).unwrap_or(0),
    )
}

fn date_and_rest(text: &str) -> Result<(i64, &str), CoerceError> {
    let (date, rest) = text.split_at_checked(10).ok_or(CoerceError::Malformed)?;
    let days = parse_date(date.as_bytes()).ok_or(CoerceError::Malformed)?;
    Ok((days, rest))
}

/// Parses `2026-01-31` into days since 1970-01-01.
fn parse_date(text: &[u8]) -> Option<i64> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text else {
        return None;
    };
    let (year, month, day) = (
        digits(&[y1, y2, y3, y4])?,
        digits(&[m1, m2])?,
        digits(&[d1, d2])?,
    );
    if year == 0 || !(1..=12).contains(&month) {
        return None;
    }
    let days = days_from_civil(year, month, day);
    // The conversion back detects days that the month does not have.
    (civil_from_days(days) == (year, month, day)).then_some(days)
}

/// Parses `23:59:59.25` or `23:59` into nanoseconds. Arrow cannot represent a leap second.
fn parse_time(text: &str) -> Result<i64, CoerceError> {
    let (clock, fraction) = match text.split_once('.') {
        Some((clock, fraction)) if clock.len() == 8 && !fraction.is_empty() => (clock, fraction),
        Some(_) => return Err(CoerceError::Malformed),
        None => (text, ""),
    };
    let (hour, minute, second) = match *clock.as_bytes() {
        [h1, h2, b':', m1, m2] => (digits(&[h1, h2]), digits(&[m1, m2]), Some(0)),
        [h1, h2, b':', m1, m2, b':', s1, s2] => {
            (digits(&[h1, h2]), digits(&[m1, m2]), digits(&[s1, s2]))
        }
        _ => return Err(CoerceError::Malformed),
    };
    let (Some(hour), Some(minute), Some(second)) = (hour, minute, second) else {
        return Err(CoerceError::Malformed);
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(CoerceError::Malformed);
    }
    if hour > 23 || minute > 59 || second > 59 {
        return Err(CoerceError::Range);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > 9 {
        return Err(CoerceError::Inexact);
    }
    let nanos = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    let nanos = nanos.fold(0, |nanos, digit| nanos * 10 + i64::from(digit - b'0'));
    Ok((hour * 3600 + minute * 60 + second) * NANOS_PER_SECOND + nanos)
}

fn digits(text: &[u8]) -> Option<i64> {
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit()
            .then(|| number * 10 + i64::from(byte - b'0'))
    })
}

/// Formats days since 1970-01-01 as `2026-01-31`; refuses years other than 1 to 9999.
pub(crate) fn date(days: i64) -> Result<impl fmt::Display, CoerceError> {
    // The first and last day of those years.
    const YEARS: std::ops::RangeInclusive<i64> = -719_162..=2_932_896;
    if !YEARS.contains(&days) {
        return Err(CoerceError::Range);
    }
    let (year, month, day) = civil_from_days(days);
    Ok(fmt::from_fn(move |f| {
        write!(f, "{year:04}-{month:02}-{day:02}")
    }))
}

/// Formats nanoseconds since midnight as `23:59:59.25`, with as many fraction digits as needed.
pub(crate) fn clock_text(nanos: i64) -> Result<impl fmt::Display, CoerceError> {
    if !(0..NANOS_PER_DAY).contains(&nanos) {
        return Err(CoerceError::Range);
    }
    let (seconds, mut fraction) = (nanos / NANOS_PER_SECOND, nanos % NANOS_PER_SECOND);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let mut width = 9;
    while fraction != 0 && fraction % 10 == 0 {
        fraction /= 10;
        width -= 1;
    }
    Ok(fmt::from_fn(move |f| {
        write!(f, "{hour:02}:{minute:02}:{second:02}")?;
        match fraction {
            0 => Ok(()),
            fraction => write!(f, ".{fraction:0width$}"),
        }
    }))
}

/// The days of 400 years, after which the calendar repeats.
const DAYS_PER_ERA: i64 = 146_097;
/// The days from 0000-03-01 to 1970-01-01: eras begin with March, so that a leap day is the last of its year.
const EPOCH: i64 = 719_468;

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - EPOCH
}

/// Returns the year, month and day of days since 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + EPOCH;
    let (era, day_of_era) = (days.div_euclid(DAYS_PER_ERA), days.rem_euclid(DAYS_PER_ERA));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}
