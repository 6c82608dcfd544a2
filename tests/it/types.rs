//! Round trips of every Rust type of the mapping: echoed by the server, and through a column of its own type.
//!
//! Rejected and lossy conversions are in `types/lossy.rs`.

mod literal;
mod lossy;
mod mapping;
mod matrix;
mod property;

use std::fmt::Debug;
use std::str::FromStr;

use flightsql::{
    AssertSqlSafe, Connection, Executor, FlightSqlConnection, Row, query, query_scalar,
};

use self::property::values::Value;
use crate::common::{connect, server};

/// Defines one test per line: its name, the type, the declared type of its column, the values that go
/// through both, and those that are only echoed, because SQLite cannot store them.
macro_rules! round_trips {
    ($($(#[$meta:meta])* $name:ident: $type:ty as $declared:literal = $values:expr, echo $echoed:expr;)*) => {$(
        $(#[$meta])*
        #[tokio::test]
        async fn $name() {
            let (values, echoed): (Vec<$type>, Vec<$type>) = ($values.into(), $echoed.into());
            let server = server().await;
            let mut connection = connect(&server).await;
            echo(&mut connection, &[values.as_slice(), &echoed].concat()).await;
            store(&mut connection, $declared, &values).await;
            connection.close().await.unwrap();
        }
    )*};
}

#[cfg_attr(
    not(any(
        feature = "chrono",
        feature = "rust_decimal",
        feature = "bigdecimal",
        feature = "uuid"
    )),
    expect(dead_code, reason = "only types with a text form need it")
)]
fn parse<T: FromStr<Err: Debug>>(texts: &[&str]) -> Vec<T> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

fn texts() -> Vec<String> {
    let long = "ä1🦀".repeat(150_000);
    assert!(long.len() >= 1 << 20);
    let short = [
        "",
        " ",
        "plain",
        "it's \"quoted\" \\ `so`",
        "Grüße, 世界 🦀",
        "a\0b",
        "'; DROP TABLE t; --",
    ];
    short
        .iter()
        .map(|text| (*text).to_owned())
        .chain([long])
        .collect()
}

fn bytes() -> Vec<Vec<u8>> {
    vec![vec![], vec![0], (0..=255).collect(), vec![0xA5; 1 << 20]]
}

/// A typed document.
#[cfg(feature = "json")]
type Document = flightsql::types::Json<std::collections::BTreeMap<String, Vec<Option<f64>>>>;

round_trips! {
    boolean: bool as "BOOLEAN" = [true, false], echo [];
    int8: i8 as "TINYINT" = [i8::MIN, -1, 0, 1, i8::MAX], echo [];
    int16: i16 as "SMALLINT" = [i16::MIN, -1, 0, 1, i16::MAX], echo [];
    int32: i32 as "INT" = [i32::MIN, -1, 0, 1, i32::MAX], echo [];
    int64: i64 as "BIGINT" = [i64::MIN, -1, 0, 1, i64::MAX], echo [];
    int128: i128 as "DECIMAL(38,0)" = [-(10_i128.pow(38) - 1), -1, 0, 1, 10_i128.pow(38) - 1], echo [];
    uint8: u8 as "UTINYINT" = [0, 1, u8::MAX], echo [];
    uint16: u16 as "USMALLINT" = [0, 1, u16::MAX], echo [];
    uint32: u32 as "UINT" = [0, 1, u32::MAX], echo [];
    uint64: u64 as "UBIGINT" = [0, 1, u64::MAX, 1 << 63, (1 << 53) + 1], echo [];
    float32: f32 as "FLOAT" = [
        0.0, 1.5, -0.1, f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), f32::EPSILON,
        f32::INFINITY, f32::NEG_INFINITY, f32::NAN,
    ], echo [-0.0];
    float64: f64 as "DOUBLE" = [
        0.0, 1.5, -0.1, f64::MIN, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), f64::EPSILON,
        9_007_199_254_740_993.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN,
    ], echo [-0.0];
    string: String as "TEXT" = texts(), echo [];
    binary: Vec<u8> as "BLOB" = bytes(), echo [];
    fixed_binary: [u8; 4] as "BLOB" = [[0; 4], [1, 2, 3, 255]], echo [];
    #[cfg(feature = "chrono")]
    chrono_date: flightsql::types::chrono::NaiveDate as "DATE" = parse(&[
        "1970-01-01", "1969-12-31", "2024-02-29", "0001-01-01", "9999-12-31", "-4712-01-01", "+262142-12-31",
    ]), echo [];
    #[cfg(feature = "chrono")]
    chrono_time: flightsql::types::chrono::NaiveTime as "TIME" = parse(&[
        "00:00:00", "12:34:56", "23:59:59.999999", "00:00:00.000001",
    ]), echo parse(&["00:00:00.000000001", "23:59:59.999999999"]);
    #[cfg(feature = "chrono")]
    chrono_timestamp: flightsql::types::chrono::NaiveDateTime as "TIMESTAMP" = parse(&[
        "1970-01-01T00:00:00", "1969-12-31T23:59:59.999999", "2024-02-29T12:34:56.789012",
        "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999", "+200000-01-01T00:00:00.000001",
    ]), echo parse(&["2024-02-29T12:34:56.789012345"]);
    #[cfg(feature = "chrono")]
    chrono_instant: flightsql::types::chrono::DateTime<flightsql::types::chrono::Utc> as "TIMESTAMPTZ" = parse(&[
        "1970-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "2024-02-29T12:34:56.789012+05:30",
        "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z",
    ]), echo parse(&["2024-02-29T12:34:56.789012345Z"]);
    #[cfg(feature = "rust_decimal")]
    decimal: flightsql::types::Decimal as "DECIMAL(38,9)" = parse(&[
        "0", "1", "-1.50", "0.000000001", "123456789.123456789", "79228162514264337593543950335",
        "-79228162514264337593543950335",
    ]), echo parse(&["0.0000000000000000000000000001", "7.9228162514264337593543950335"]);
    #[cfg(feature = "bigdecimal")]
    big_decimal: flightsql::types::BigDecimal as "DECIMAL(76,20)" = parse(&[
        "0", "-1.5", "0.00000000000000000001", "12345678901234567890123456789012345678901234567890.5",
    ]), echo parse(&["1e-38", "99999999999999999999999999999999999999"]);
    #[cfg(feature = "uuid")]
    uuid: flightsql::types::Uuid as "UUID" = parse(&[
        "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "67e55044-10b1-426f-9247-bb680e5fe0c8",
    ]), echo [];
    #[cfg(feature = "json")]
    json_value: flightsql::types::JsonValue as "JSON" = parse(&[
        "{}", "[]", "null", "0", "true", r#""it's \u0000 \"x\" 🦀""#, r#"{"a": [1, 2.5, null, {"b": "ä"}]}"#,
        "18446744073709551615", "-9223372036854775808",
    ]), echo [];
    #[cfg(feature = "json")]
    json_typed: Document as "JSON" = [
        flightsql::types::Json([].into()),
        flightsql::types::Json([("ä\"".to_owned(), vec![Some(0.1), None]), (String::new(), vec![])].into()),
    ], echo [];
    #[cfg(feature = "time")]
    time_date: flightsql::types::time::Date as "DATE" = [
        flightsql::types::time::Date::from_ordinal_date(1970, 1).unwrap(),
        flightsql::types::time::Date::from_ordinal_date(2024, 60).unwrap(),
        flightsql::types::time::Date::MIN,
        flightsql::types::time::Date::MAX,
    ], echo [];
    #[cfg(feature = "time")]
    time_time: flightsql::types::time::Time as "TIME" = [
        flightsql::types::time::Time::MIDNIGHT,
        flightsql::types::time::Time::from_hms_micro(23, 59, 59, 999_999).unwrap(),
    ], echo [flightsql::types::time::Time::MAX];
    #[cfg(feature = "time")]
    time_timestamp: flightsql::types::time::PrimitiveDateTime as "TIMESTAMP" = [
        time_at(0, 0), time_at(1_709_210_096, 789_012_000), time_at(-1, 999_999_000),
    ], echo [time_at(1_709_210_096, 789_012_345)];
    #[cfg(feature = "time")]
    time_instant: flightsql::types::time::OffsetDateTime as "TIMESTAMPTZ" = [
        time_at(0, 0).assume_utc(), time_at(1_709_210_096, 789_012_000).assume_utc(),
    ], echo [time_at(1_709_210_096, 789_012_345).assume_utc()];
}

#[cfg(feature = "time")]
fn time_at(seconds: i64, nanos: u32) -> flightsql::types::time::PrimitiveDateTime {
    let second = flightsql::types::time::OffsetDateTime::from_unix_timestamp(seconds).unwrap();
    let instant = second.replace_nanosecond(nanos).unwrap();
    flightsql::types::time::PrimitiveDateTime::new(instant.date(), instant.time())
}

/// Bound and returned unchanged, alone and next to a NULL.
async fn echo<T: Value>(connection: &mut FlightSqlConnection, values: &[T]) {
    for value in values {
        let back: T = query_scalar("SELECT ? AS v")
            .bind(value.clone())
            .fetch_one(&mut *connection)
            .await
            .unwrap_or_else(|error| panic!("{error}: {}", short(value)));
        assert!(
            back.same(value),
            "{} came back as {}",
            short(value),
            short(&back)
        );

        let row = query("SELECT ? AS v, ? AS missing")
            .bind(Some(value.clone()))
            .bind(None::<T>)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        let back: Option<T> = row.get("v");
        assert!(back.is_some_and(|back| back.same(value)));
        assert!(row.get::<Option<T>, _>("missing").is_none());
        let error = row.try_get::<T, _>("missing").unwrap_err();
        let flightsql::Error::ColumnDecode { index, source } = error else {
            panic!("NULL is not a value: {error:?}");
        };
        assert!(index.contains("missing"), "{index}");
        assert!(
            source.is::<flightsql::error::UnexpectedNullError>(),
            "{source}"
        );
    }
}

/// Inserted into a column of its own type, and selected again; so is NULL.
async fn store<T: Value>(connection: &mut FlightSqlConnection, declared: &str, values: &[T]) {
    let create = format!("CREATE TABLE stored (id INTEGER PRIMARY KEY, v {declared})");
    connection.execute(AssertSqlSafe(create)).await.unwrap();
    let mut all: Vec<Option<T>> = values.iter().cloned().map(Some).collect();
    all.push(None);
    for value in &all {
        query("INSERT INTO stored (v) VALUES (?)")
            .bind(value.clone())
            .execute(&mut *connection)
            .await
            .unwrap_or_else(|error| panic!("{error}: {}", short(value)));
    }
    let back: Vec<Option<T>> = query_scalar("SELECT v FROM stored ORDER BY id")
        .fetch_all(&mut *connection)
        .await
        .unwrap();
    assert_eq!(back.len(), all.len());
    for (value, back) in all.iter().zip(&back) {
        let same = match (value, back) {
            (Some(value), Some(back)) => value.same(back),
            (value, back) => value.is_none() && back.is_none(),
        };
        assert!(
            same,
            "{declared}: {} came back as {}",
            short(value),
            short(back)
        );
    }
}

/// A text for messages; a value may have a megabyte.
fn short(value: &impl Debug) -> String {
    format!("{value:?}").chars().take(80).collect()
}
