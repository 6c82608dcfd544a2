//! The table of types: standard SQL for a value, the value in Rust, and the value as text.

use std::collections::BTreeMap;
use std::fmt::Debug;

use flightsql::types::chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use flightsql::types::{Decimal, FlightSqlInterval};
use flightsql::{Decode, Error, FlightSql, FlightSqlRow, Row, Type};

use crate::verdict::{Stop, Verdict, same};

/// The value of the case `i64`.
pub(crate) const I64: i64 = -5_000_000_000;
/// The value of the case `text`.
pub(crate) const TEXT: &str = "it's";

/// A type.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// The standard SQL for the value; `None` if the standard has no such type.
    pub(crate) standard: Option<&'static str>,
    /// The driver's text for the value.
    pub(crate) shown: &'static str,
    /// The Rust type of the value.
    pub(crate) rust: &'static str,
    /// Compares the first column with the value.
    pub(crate) check: Check<Verdict>,
    /// Reads the first column as NULL.
    pub(crate) null: Check<Result<(), Error>>,
}

type Check<T> = Box<dyn Fn(&FlightSqlRow) -> T + Send + Sync>;

fn case<T>(
    name: &'static str,
    standard: Option<&'static str>,
    shown: &'static str,
    value: T,
) -> Case
where
    T: for<'r> Decode<'r, FlightSql> + Type<FlightSql>,
    T: PartialEq + Debug + Send + Sync + 'static,
{
    Case {
        name,
        standard,
        shown,
        rust: std::any::type_name::<T>(),
        check: Box::new(move |row| same("value", &row.try_get::<T, _>(0)?, &value)),
        null: Box::new(|row| row.try_get::<Option<T>, _>(0).map(|_| ())),
    }
}

/// Creates a case whose value is parsed from text, because its constructors could fail.
fn parsed<T>(
    name: &'static str,
    standard: Option<&'static str>,
    shown: &'static str,
    text: &'static str,
) -> Case
where
    T: for<'r> Decode<'r, FlightSql> + Type<FlightSql>,
    T: PartialEq + Debug + Send + Sync + std::str::FromStr + 'static,
{
    Case {
        name,
        standard,
        shown,
        rust: std::any::type_name::<T>(),
        check: Box::new(move |row| {
            let expected: T = text
                .parse()
                .map_err(|_| Stop::Wrong(format!("`{text}` is not a value of the type")))?;
            same("value", &row.try_get::<T, _>(0)?, &expected)
        }),
        null: Box::new(|row| row.try_get::<Option<T>, _>(0).map(|_| ())),
    }
}

/// Returns the cases of all types.
pub(crate) fn all() -> Vec<Case> {
    let mut all = numbers();
    all.extend(strings());
    all.extend(times());
    all.extend(nested());
    all
}

fn numbers() -> Vec<Case> {
    vec![
        case("bool", Some("TRUE"), "true", true),
        case("i8", Some("CAST(-5 AS TINYINT)"), "-5", -5_i8),
        case("i16", Some("CAST(-300 AS SMALLINT)"), "-300", -300_i16),
        case(
            "i32",
            Some("CAST(-70000 AS INTEGER)"),
            "-70000",
            -70_000_i32,
        ),
        case(
            "i64",
            Some("CAST(-5000000000 AS BIGINT)"),
            "-5000000000",
            I64,
        ),
        case("u8", None, "200", 200_u8),
        case("u16", None, "60000", 60_000_u16),
        case("u32", None, "4000000000", 4_000_000_000_u32),
        case("u64", None, "18446744073709551615", u64::MAX),
        case("f32", Some("CAST(1.5 AS REAL)"), "1.5", 1.5_f32),
        case("f64", Some("CAST(-2.25 AS DOUBLE)"), "-2.25", -2.25_f64),
        case(
            "decimal",
            Some("CAST(12.50 AS DECIMAL(10, 2))"),
            "12.50",
            Decimal::new(1250, 2),
        ),
    ]
}

fn strings() -> Vec<Case> {
    const UNICODE: &str = "grüße 世界 🦀";
    vec![
        case("text", Some("'it''s'"), TEXT, TEXT.to_owned()),
        case("empty_text", Some("''"), "", String::new()),
        case(
            "unicode",
            Some("'grüße 世界 🦀'"),
            UNICODE,
            UNICODE.to_owned(),
        ),
        case("bytes", Some("X'00ff10'"), "00ff10", vec![0_u8, 0xff, 0x10]),
    ]
}

fn times() -> Vec<Case> {
    vec![
        parsed::<NaiveDate>(
            "date",
            Some("DATE '2024-05-01'"),
            "2024-05-01",
            "2024-05-01",
        ),
        parsed::<NaiveTime>("time", Some("TIME '12:34:56'"), "12:34:56", "12:34:56"),
        parsed::<NaiveDateTime>(
            "timestamp_us",
            Some("TIMESTAMP '2024-05-01 12:34:56.123456'"),
            "2024-05-01T12:34:56.123456",
            "2024-05-01T12:34:56.123456",
        ),
        parsed::<NaiveDateTime>(
            "timestamp_ns",
            None,
            "2024-05-01T12:34:56.123456789",
            "2024-05-01T12:34:56.123456789",
        ),
        parsed::<DateTime<Utc>>(
            "timestamptz",
            Some("TIMESTAMP WITH TIME ZONE '2024-05-01 12:34:56+00:00'"),
            "2024-05-01T12:34:56Z",
            "2024-05-01T12:34:56Z",
        ),
        case(
            "interval",
            Some("INTERVAL '3' DAY"),
            "3 days",
            FlightSqlInterval {
                days: 3,
                ..FlightSqlInterval::default()
            },
        ),
    ]
}

fn nested() -> Vec<Case> {
    let map = BTreeMap::from([("a".to_owned(), 1_i64), ("b".to_owned(), 2)]);
    vec![
        case(
            "list",
            Some("ARRAY[1, 2, 3]"),
            "[1, 2, 3]",
            vec![1_i64, 2, 3],
        ),
        case("struct", None, "{x: 1, y: a}", (1_i64, "a".to_owned())),
        case("map", None, "{a: 1, b: 2}", map),
    ]
}
