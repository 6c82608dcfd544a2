//! When progress is shown, and what.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

#[test]
fn nothing_is_shown_before_a_second() {
    let begun = Instant::now();
    let mut err = Vec::new();
    let mut progress = Progress::new(true, begun);
    let at = |millis| begun + Duration::from_millis(millis);
    progress.add(1_000, at(999), &mut err).unwrap();
    progress.clear(&mut err).unwrap();
    assert!(err.is_empty());

    progress.add(1_000, at(1_000), &mut err).unwrap();
    progress.add(1_000, at(1_100), &mut err).unwrap();
    progress.add(1_000_000, at(2_000), &mut err).unwrap();
    progress.clear(&mut err).unwrap();
    progress.clear(&mut err).unwrap();
    let text = String::from_utf8(err).unwrap();
    assert_eq!(
        text,
        "\r\u{1b}[K2 000 rows, 2 000 rows/s\r\u{1b}[K1 003 000 rows, 501 500 rows/s\r\u{1b}[K"
    );
}

#[test]
fn nothing_is_shown_when_nobody_looks() {
    let begun = Instant::now();
    let mut err = Vec::new();
    let mut progress = Progress::new(false, begun);
    progress
        .add(5, begun + Duration::from_secs(9), &mut err)
        .unwrap();
    progress.clear(&mut err).unwrap();
    assert!(err.is_empty());
}

#[test]
fn digits_stand_in_groups() {
    let grouped: Vec<_> = ["", "1", "123", "1234", "123456", "1234567"]
        .map(grouped)
        .into();
    assert_eq!(grouped, ["", "1", "123", "1 234", "123 456", "1 234 567"]);
}
