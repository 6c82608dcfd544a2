//! How the values of options are written: booleans, numbers, times, sizes, words.
//!
//! Layer 1. Parsing and printing stand together so that each reads what the other writes. Errors are
//! read behind the name of an option and never show the value.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

#[cfg(test)]
mod tests;

/// What is wrong with a value, to be read behind the name of its option.
pub(super) type Problem = std::borrow::Cow<'static, str>;

pub(super) fn boolean(text: &str) -> Result<bool, Problem> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        _ if is(["true", "1", "on"]) => Ok(true),
        _ if is(["false", "0", "off"]) => Ok(false),
        _ => Err("must be `true` or `false` (also `1`, `0`, `on`, `off`)".into()),
    }
}

pub(super) fn number<T: FromStr>(text: &str) -> Result<T, Problem> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .ok_or(Problem::Borrowed(
            "must be a whole number that is not too large",
        ))
}

const DURATION: &str =
    "must be a time such as `500ms`, `10s`, `5m` or `1h`; without a unit it is seconds";

/// Units from large to small, in nanoseconds.
const TIME_UNITS: [(&str, u128); 6] = [
    ("h", 3_600_000_000_000),
    ("m", 60_000_000_000),
    ("s", 1_000_000_000),
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
];

pub(super) fn duration(text: &str) -> Result<Duration, Problem> {
    let (digits, unit) = split_unit(text);
    let unit = if unit.is_empty() { "s" } else { unit };
    let nanos = TIME_UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, nanos)| *nanos);
    let parsed = || {
        let nanos = digits.parse::<u128>().ok()?.checked_mul(nanos?)?;
        let seconds = u64::try_from(nanos / 1_000_000_000).ok()?;
        let rest = u32::try_from(nanos % 1_000_000_000).ok()?;
        Some(Duration::new(seconds, rest))
    };
    parsed().ok_or(Problem::Borrowed(DURATION))
}

/// In the largest unit that is exact.
pub(super) fn show_duration(value: Duration) -> String {
    let nanos = value.as_nanos();
    let exact = TIME_UNITS
        .iter()
        .find(|(_, unit)| nanos > 0 && nanos.is_multiple_of(*unit));
    exact.map_or("0".to_owned(), |(name, unit)| {
        format!("{}{name}", nanos / unit)
    })
}

const SIZE_UNITS: [(&str, u64); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("", 1),
];

pub(super) fn size<T: TryFrom<u64>>(text: &str) -> Result<T, Problem> {
    let (digits, unit) = split_unit(text);
    let unit = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let parsed = || {
        let bytes = digits.parse::<u64>().ok()?.checked_mul(unit?.1)?;
        T::try_from(bytes).ok()
    };
    parsed().ok_or(Problem::Borrowed(
        "must be a size such as `65536`, `64KiB` or `64MiB` that is not too large",
    ))
}

pub(super) fn show_size(value: impl Into<u64>) -> String {
    let value = value.into();
    let exact = SIZE_UNITS
        .iter()
        .find(|(_, unit)| value > 0 && value.is_multiple_of(*unit));
    exact.map_or("0".to_owned(), |(name, unit)| {
        format!("{}{name}", value / unit)
    })
}

/// `text` is one of the words of a choice.
pub(super) fn choice<T: Copy>(text: &str, words: &[(&str, T)]) -> Result<T, Problem> {
    let found = words
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
        format!("must be {}", words.join(" or ")).into()
    })
}

/// The word of a choice.
pub(super) fn word<T: PartialEq>(value: &T, words: &[(&'static str, T)]) -> Option<String> {
    words
        .iter()
        .find(|(_, known)| known == value)
        .map(|(word, _)| (*word).to_owned())
}

pub(super) fn log_level(text: &str) -> Result<log::LevelFilter, Problem> {
    let known = "must be `off`, `error`, `warn`, `info`, `debug` or `trace`";
    text.parse().map_err(|_| Problem::Borrowed(known))
}

pub(super) fn show_log_level(level: impl Display) -> String {
    level.to_string().to_ascii_lowercase()
}

fn split_unit(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}
