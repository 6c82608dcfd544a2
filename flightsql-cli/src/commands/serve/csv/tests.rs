//! Records and types of CSV text, without a server.

use super::types::ColumnType::{
    self, Bigint, Boolean, Date, Decimal, Double, Text, Timestamp, Timestamptz,
};
use super::*;

/// The records of a text; quoted fields are in quotes.
fn records(text: &str) -> Result<Vec<Vec<String>>, String> {
    let mut records = Records::new(text.as_bytes()).unwrap();
    let (mut record, mut all) = (Record::default(), Vec::new());
    while records.read(&mut record)? {
        let cells = record.cells().map(|cell| match cell.is_quoted {
            true => format!("{:?}", cell.text),
            false => cell.text.to_owned(),
        });
        all.push(cells.collect());
    }
    Ok(all)
}

#[test]
fn i5_quotes_are_part_of_what_is_read() {
    for (text, expected) in [
        ("", vec![]),
        ("a", vec![vec!["a"]]),
        ("a\n", vec![vec!["a"]]),
        ("a\r\nb\rc\n", vec![vec!["a"], vec!["b"], vec!["c"]]),
        (
            "a,\"\",\n,\"b\"",
            vec![vec!["a", "\"\"", ""], vec!["", "\"b\""]],
        ),
        ("\"a,\"\"b\"\"\nc\"\n", vec![vec!["\"a,\\\"b\\\"\\nc\""]]),
        ("a\"b\n", vec![vec!["a\"b"]]),
        ("\n\"\"\n", vec![vec![""], vec!["\"\""]]),
        ("\u{feff}a,b\n", vec![vec!["a", "b"]]),
        (" a , b\n", vec![vec![" a ", " b"]]),
    ] {
        assert_eq!(records(text).unwrap(), expected, "{text:?}");
    }
    for (text, expected) in [
        ("a\n\"b\n", "line 2 ends inside quotes"),
        ("a\nb\r\n\"c\"d\n", "line 3 has text after a closing quote"),
    ] {
        let error = records(text).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}

/// The narrowest type of all the values.
fn inferred(values: &[&str]) -> ColumnType {
    let mut guess = Guess::new(None);
    for text in values {
        let is_quoted = false;
        guess.see(Cell { text, is_quoted }, None);
    }
    let narrowest = guess.narrowest().filter(|_| guess.odd.is_none());
    let found = narrowest.unwrap_or(Text);
    let kept = if found == Timestamp { Text } else { found };
    assert_eq!(guess.column_type(), kept, "{values:?}");
    found
}

#[test]
fn i4_a_type_loses_nothing_of_what_stands_there() {
    for (column_type, values) in [
        (Bigint, &["0", "-7", "9223372036854775807", ""][..]),
        (Text, &["01220", "1220"]),
        (Text, &["007"]),
        (Text, &["1", "-007"]),
        (Text, &["+5"]),
        (Text, &["-0"]),
        (Text, &["1e5", "2e7"]),
        (Text, &["1_000"]),
        (Text, &["0x1F"]),
        (Text, &[" 1"]),
        (Text, &["9223372036854775808"]),
        (Text, &["١٢"]),
        (Double, &["1", "2.5", "-0.5", "1e-5", "1.5e300", "0.0"]),
        (Double, &["1.0", "2.25"]),
        (Decimal(2), &["19.99", "5.00", "-0.10", ""]),
        (Decimal(2), &["1234567890123.10"]),
        (Text, &["1.9", "1.10"]),
        (Text, &["1", "1.50"]),
        (Text, &["-0.00", "1.00"]),
        (Text, &["1234567890123456.00"]),
        (Double, &["0.30000000000000004", "1e16", "1e300"]),
        (Text, &["1.", "2.5"]),
        (Text, &[".5", "2.5"]),
        (Text, &["-.5"]),
        (Text, &["1.5e5", "2.5"]),
        (Text, &["1E+05"]),
        (Text, &["1e+20"]),
        (Text, &["1e-05"]),
        (Text, &["1.5E300"]),
        (Text, &["-0.0", "2.5"]),
        (Text, &["0.12345678901234567890"]),
        (Text, &["12345678901234567890.5"]),
        (Text, &["1.5", "9007199254740993"]),
        (Text, &["00.5"]),
        (Text, &["1e400"]),
        (Text, &["NaN"]),
        (Text, &["1.2.3"]),
        (Boolean, &["true", "FALSE"]),
        (Text, &["true", "1"]),
        (Date, &["2024-02-29"]),
        (Text, &["2023-02-29"]),
        (Text, &["2024-2-9"]),
        (
            Timestamp,
            &["2024-05-01 12:00:00", "2024-05-01T12:00:00.123456"],
        ),
        (Timestamp, &["2024-05-01T12:00:00.123456000"]),
        (Text, &["2024-05-01T12:00:00.123456789"]),
        (Text, &["2024-05-01T12:00:00.1234567891"]),
        (Text, &["2024-05-01T24:00:00"]),
        (Text, &["2016-12-31T23:59:60"]),
        (Text, &["2024-05-01T12:00:00."]),
        (
            Timestamptz,
            &["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.5+00:00"],
        ),
        (Text, &["2024-05-01T12:00:00+02:00"]),
        (Text, &["2024-05-01T12:00:00 Europe/Paris"]),
        (Text, &["2024-05-01T12:00:00Z", "2024-05-01T12:00:00"]),
        (Text, &["2024-05-01", "2024-05-01T12:00:00"]),
        (Text, &["", ""]),
    ] {
        assert_eq!(inferred(values), column_type, "{values:?}");
    }
}

#[test]
fn i4_a_type_that_was_asked_for_takes_more() {
    let reads = |column_type, text: &str| Builder::new(column_type).append(Some(text));
    for (column_type, good, bad) in [
        (Bigint, "007", "1.5"),
        (Bigint, "+5", "9223372036854775808"),
        (Double, "1e5", "x"),
        (Double, ".5", "1e999"),
        (Double, "-0.0", "-1e999"),
        (Double, "1E+05", "inf"),
        (Double, "2.", "NaN"),
        (Boolean, "1", "2"),
        (Date, "2024-05-01", "2024-05-01T00:00:00"),
        (Timestamp, "2024-05-01", "2024-05-01T12:00:00Z"),
        (Timestamp, "2024-05-01T23:59:59", "2016-12-31T23:59:60"),
        (Timestamptz, "2024-05-01T23:59:59Z", "2016-12-31T23:59:60Z"),
        (
            Timestamp,
            "2024-05-01 12:00:00",
            "2024-05-01T12:00:00.0000001",
        ),
        (
            Timestamptz,
            "2024-05-01T12:00:00+02:00",
            "2024-05-01T12:00:00",
        ),
        (Timestamptz, "2024-05-01T12:00:00Z", "2024-05-01"),
    ] {
        assert!(reads(column_type, good), "{column_type:?} {good}");
        assert!(!reads(column_type, bad), "{column_type:?} {bad}");
    }
    assert!(reads(Text, "\u{0}"));
}

#[test]
fn e3_one_word_among_numbers_is_named() {
    let note = |values: &[(&str, bool)]| {
        let mut guess = Guess::new(None);
        for (text, is_quoted) in values.iter().copied() {
            guess.see(Cell { text, is_quoted }, None);
        }
        assert_eq!(guess.column_type(), Text);
        guess.note("n")
    };
    let named = note(&[("NA", false), ("1", false), ("NA", false)]).unwrap();
    assert!(
        named.contains("because of \"NA\"; use --null NA"),
        "{named}"
    );
    let clock = note(&[("2024-05-01T12:00:00", false)]).unwrap();
    assert!(clock.contains("use --type n=timestamp if"), "{clock}");
    let quoted = note(&[("1.5", true), ("", true)]).unwrap();
    assert!(quoted.contains("use --type n=double"), "{quoted}");
    for values in [
        &[("NA", false), ("1", false), ("none", false)][..],
        &[("NA", false)],
        &[("007", false), ("7", false)],
        &[("2024-05-01", false), ("1", false)],
    ] {
        assert_eq!(note(values), None, "{values:?}");
    }
}
