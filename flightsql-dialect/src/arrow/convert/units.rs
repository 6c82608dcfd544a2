//! Exact arithmetic between the time units of Arrow, and the offsets of zone strings.
//!
//! Units and zones: the `Timestamp` comment in <https://github.com/apache/arrow/blob/main/format/Schema.fbs>.

use arrow_schema::TimeUnit;

pub const SECONDS_PER_DAY: i64 = 86_400;
pub const NANOS_PER_SECOND: i64 = 1_000_000_000;
pub const NANOS_PER_DAY: i64 = SECONDS_PER_DAY * NANOS_PER_SECOND;

/// The number of units in a second.
#[inline]
pub fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => NANOS_PER_SECOND,
    }
}

/// A count of units as whole seconds (rounded down) and the nanoseconds above them.
#[inline]
pub fn split(count: i64, unit: TimeUnit) -> (i64, u32) {
    // Each arm divides by a constant, which compiles to a multiplication.
    match unit {
        TimeUnit::Second => (count, 0),
        TimeUnit::Millisecond => split_by::<1_000>(count),
        TimeUnit::Microsecond => split_by::<1_000_000>(count),
        TimeUnit::Nanosecond => split_by::<NANOS_PER_SECOND>(count),
    }
}

#[inline]
fn split_by<const PER_SECOND: i64>(count: i64) -> (i64, u32) {
    let nanos = count.rem_euclid(PER_SECOND) * (NANOS_PER_SECOND / PER_SECOND);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a Euclidean remainder of a second is between 0 and 999_999_999"
    )]
    let nanos = nanos as u32;
    (count.div_euclid(PER_SECOND), nanos)
}

/// Returns `true` if the nanoseconds are a leap second, which chrono counts as one second or more.
#[inline]
pub fn is_leap_second(nanos: u32) -> bool {
    i64::from(nanos) >= NANOS_PER_SECOND
}

/// Seconds and nanoseconds as a count of units; `None` when that is out of range or not exact.
#[inline]
pub fn join(seconds: i64, nanos: u32, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Second => join_by::<1>(seconds, nanos),
        TimeUnit::Millisecond => join_by::<1_000>(seconds, nanos),
        TimeUnit::Microsecond => join_by::<1_000_000>(seconds, nanos),
        TimeUnit::Nanosecond => join_by::<NANOS_PER_SECOND>(seconds, nanos),
    }
}

#[inline]
fn join_by<const PER_SECOND: i64>(seconds: i64, nanos: u32) -> Option<i64> {
    let nanos_per_unit = NANOS_PER_SECOND / PER_SECOND;
    let nanos = i64::from(nanos);
    if nanos % nanos_per_unit != 0 {
        return None;
    }
    let part = nanos / nanos_per_unit;
    match seconds.checked_mul(PER_SECOND) {
        Some(count) => count.checked_add(part),
        // Near i64::MIN the product alone leaves the range although the sum does not.
        None => i64::try_from(i128::from(seconds) * i128::from(PER_SECOND) + i128::from(part)).ok(),
    }
}

/// The offset in seconds of a zone text from UTC.
///
/// `+08:00`, `-0530`, `+08`, `Z` and `UTC` are known. Any other text (`Europe/Paris`) counts as
/// UTC: a zoned timestamp is an instant whatever its zone, only its display would differ.
pub fn zone_of(zone: &str) -> i32 {
    fixed_offset(zone).unwrap_or(0)
}

/// The offset of a zone text that is one, in seconds east of UTC.
pub fn fixed_offset(zone: &str) -> Option<i32> {
    let zone = zone.trim();
    if zone.eq_ignore_ascii_case("Z") || zone.eq_ignore_ascii_case("UTC") {
        return Some(0);
    }
    let (sign, digits) = match zone.as_bytes() {
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match digits {
        [h1, h2] => (number(*h1, *h2)?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (number(*h1, *h2)?, number(*m1, *m2)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn number(tens: u8, ones: u8) -> Option<i32> {
    (tens.is_ascii_digit() && ones.is_ascii_digit())
        .then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

#[cfg(test)]
mod tests {
    use arrow_schema::TimeUnit::{self, Microsecond, Millisecond, Nanosecond, Second};
    use proptest::prelude::*;

    use super::{fixed_offset, join, split, zone_of};

    const UNITS: [TimeUnit; 4] = [Second, Millisecond, Microsecond, Nanosecond];

    #[test]
    fn counts_split_downwards() {
        assert_eq!(split(-1, Second), (-1, 0));
        assert_eq!(split(-1, Millisecond), (-1, 999_000_000));
        assert_eq!(split(1_500_001, Microsecond), (1, 500_001_000));
        assert_eq!(split(-1, Nanosecond), (-1, 999_999_999));
        assert_eq!(split(i64::MIN, Nanosecond), (-9_223_372_037, 145_224_192));
    }

    #[test]
    fn only_exact_counts_join() {
        assert_eq!(join(1, 500_000_000, Millisecond), Some(1_500));
        assert_eq!(join(1, 500_000_001, Millisecond), None);
        assert_eq!(join(1, 1, Second), None);
        assert_eq!(join(-1, 999_999_999, Nanosecond), Some(-1));
        assert_eq!(join(i64::MAX, 0, Second), Some(i64::MAX));
        assert_eq!(join(i64::MAX, 0, Millisecond), None);
        assert_eq!(
            join(-9_223_372_037, 145_224_192, Nanosecond),
            Some(i64::MIN)
        );
        assert_eq!(join(-9_223_372_037, 145_224_191, Nanosecond), None);
    }

    #[test]
    fn zone_texts() {
        for (zone, seconds) in [
            ("Z", Some(0)),
            ("z", Some(0)),
            ("UTC", Some(0)),
            ("+00:00", Some(0)),
            ("+08:00", Some(8 * 3600)),
            ("-05:30", Some(-(5 * 3600 + 30 * 60))),
            ("+0545", Some(5 * 3600 + 45 * 60)),
            ("-03", Some(-3 * 3600)),
            ("+23:59", Some(23 * 3600 + 59 * 60)),
            ("+24:00", None),
            ("+00:60", None),
            ("+8", None),
            ("+08:0x", None),
            ("+０8:00", None),
            ("", None),
            ("Europe/Paris", None),
        ] {
            assert_eq!(fixed_offset(zone), seconds, "{zone:?}");
        }
        assert_eq!(zone_of("Europe/Paris"), 0);
        assert_eq!(zone_of("+01:00"), 3600);
    }

    proptest! {
        #[test]
        fn what_splits_joins_again(count: i64, unit in prop::sample::select(&UNITS[..])) {
            let (seconds, nanos) = split(count, unit);
            prop_assert!(nanos < 1_000_000_000);
            prop_assert_eq!(join(seconds, nanos, unit), Some(count));
        }

        #[test]
        fn no_zone_text_panics(zone in "\\PC{0,8}") {
            let _ = zone_of(&zone);
        }
    }
}
