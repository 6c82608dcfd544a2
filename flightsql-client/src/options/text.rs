//! The text form of option values: booleans, numbers, times, sizes, words.
//!
//! Each parser reads the output of its printer. The text of an error follows the name of an option and never shows the value.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::keys::Choice;

/// The reason why a value is invalid, for a message after the name of its option.
pub(super) type ValueError = std::borrow::Cow<'static, str>;

pub(super) fn boolean(text: &str) -> Result<bool, ValueError> {
    let is = |words: [&str; 3]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    match text {
        _ if is(["true", "1", "on"]) => Ok(true),
        _ if is(["false", "0", "off"]) => Ok(false),
        _ => Err("must be `true` or `false` (also `1`, `0`, `on`, `off`)".into()),
    }
}

pub(super) fn number<T: FromStr>(text: &str) -> Result<T, ValueError> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse()
        .ok()
        .filter(|_| digits)
        .ok_or(ValueError::Borrowed(
            "must be an integer that is not too large",
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

pub(super) fn duration(text: &str) -> Result<Duration, ValueError> {
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
    parsed().ok_or(ValueError::Borrowed(DURATION))
}

/// Prints a duration in the largest unit that is exact.
pub(super) fn show_duration(value: Duration) -> String {
    show(value.as_nanos(), &TIME_UNITS)
}

fn show(value: u128, units: &[(&str, u128)]) -> String {
    let mut units = units.iter();
    match units.find(|(_, unit)| value > 0 && value.is_multiple_of(*unit)) {
        Some((name, unit)) => format!("{}{name}", value / unit),
        None => "0".to_owned(),
    }
}

const SIZE_UNITS: [(&str, u128); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("", 1),
];

pub(super) fn size<T: TryFrom<u64>>(text: &str) -> Result<T, ValueError> {
    let (digits, unit) = split_unit(text);
    let unit = SIZE_UNITS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit));
    let parsed = || {
        let bytes = digits.parse::<u128>().ok()?.checked_mul(unit?.1)?;
        T::try_from(u64::try_from(bytes).ok()?).ok()
    };
    parsed().ok_or(ValueError::Borrowed(
        "must be a size such as `65536`, `64KiB` or `64MiB` that is not too large",
    ))
}

pub(super) fn show_size(value: impl Into<u64>) -> String {
    show(value.into().into(), &SIZE_UNITS)
}

/// Returns the host in lower case, as ASCII by IDNA, and an IPv6 address without brackets; `None` if it is not a host.
pub(super) fn normal_host(host: &str) -> Option<String> {
    if let Ok(address) = host.parse::<std::net::Ipv6Addr>() {
        return Some(address.to_string());
    }
    match url::Host::parse(host).ok()? {
        url::Host::Ipv6(address) => Some(address.to_string()),
        other => Some(other.to_string()),
    }
}

pub(super) fn choice<T: Choice>(text: &str) -> Result<T, ValueError> {
    let found = T::WORDS.iter().find(|(word, _)| *word == text);
    found.map(|(_, value)| *value).ok_or_else(|| {
        let words = T::WORDS.iter().map(|(word, _)| format!("`{word}`"));
        let words: Vec<_> = words.collect();
        format!("must be {}", words.join(" or ")).into()
    })
}

/// Returns the word of a choice; `None` for one that URLs cannot write.
pub(super) fn word<T: Choice>(value: T) -> Option<&'static str> {
    let mut words = T::WORDS.iter();
    words
        .find(|(_, known)| *known == value)
        .map(|(word, _)| *word)
}

pub(super) fn log_level(text: &str) -> Result<log::LevelFilter, ValueError> {
    let known = "must be `off`, `error`, `warn`, `info`, `debug` or `trace`";
    text.parse().map_err(|_| ValueError::Borrowed(known))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn booleans_are_strict() {
        for text in ["true", "TRUE", "1", "on", "On"] {
            assert_eq!(boolean(text), Ok(true), "{text}");
        }
        for text in ["false", "0", "off", "OFF"] {
            assert_eq!(boolean(text), Ok(false), "{text}");
        }
        for text in ["", "yes", "no", "2", "truee", " true"] {
            assert!(boolean(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_have_digits_only() {
        assert_eq!(number::<u8>("255"), Ok(255));
        for text in ["", "-1", "+1", "256", "1.0", " 1", "1_0"] {
            assert!(number::<u8>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("10s"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("5m"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("1h"), Ok(Duration::from_secs(3600)));
        assert_eq!(duration("7us"), Ok(Duration::from_micros(7)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for text in [
            "",
            "s",
            "1d",
            "1.5s",
            "-1s",
            "1 s",
            "99999999999999999999h",
            "1S",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        assert_eq!(size::<u32>("65536"), Ok(65536));
        assert_eq!(size::<u32>("64KiB"), Ok(65536));
        assert_eq!(size::<u32>("64mib"), Ok(64 << 20));
        assert_eq!(size::<u64>("2GiB"), Ok(2 << 30));
        assert_eq!(size::<u32>("0"), Ok(0));
        for text in ["", "KiB", "1KB", "1k", "-1", "4GiB", "1.5MiB"] {
            assert!(size::<u32>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_is_short() {
        assert_eq!(show_duration(Duration::from_secs(300)), "5m");
        assert_eq!(show_duration(Duration::from_secs(90)), "90s");
        assert_eq!(show_duration(Duration::from_millis(1500)), "1500ms");
        assert_eq!(show_duration(Duration::ZERO), "0");
        assert_eq!(show_size(64_u32 << 20), "64MiB");
        assert_eq!(show_size(65535_u32), "65535");
        assert_eq!(show_size(0_u32), "0");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_printed_is_read(nanos in any::<u64>(), bytes in any::<u64>()) {
            let time = Duration::from_nanos(nanos);
            prop_assert_eq!(duration(&show_duration(time)), Ok(time));
            prop_assert_eq!(size::<u64>(&show_size(bytes)), Ok(bytes));
        }
    }
}
