//! Time units and zone texts.
#![allow(clippy::unwrap_used, reason = "tests")]

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
