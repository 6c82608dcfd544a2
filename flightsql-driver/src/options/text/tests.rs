//! Values as text.

#![allow(clippy::unwrap_used, reason = "tests")]

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
