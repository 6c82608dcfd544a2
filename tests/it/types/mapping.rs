//! The table of types: the test derives it from the types, and compares it with the one in the documentation of
//! `flightsql-driver/src/types/mod.rs` (`mapping.md`).
//!
//! After a change, `UPDATE_MAPPING=1 cargo test --all-features --test it mapping` writes the file.
#![cfg(all(
    feature = "chrono",
    feature = "time",
    feature = "jiff",
    feature = "json",
    feature = "uuid",
    feature = "half",
    feature = "rust_decimal",
    feature = "bigdecimal"
))]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, Int64Array, Scalar};
use flightsql::arrow::schema::{
    DataType, Field, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode,
};
use flightsql::types::{BigDecimal, Decimal, FlightSqlInterval, Json, JsonValue, Text, Uuid, i256};
use flightsql::{Arguments, Encode, FlightSql, FlightSqlArguments, FlightSqlTypeInfo, Type};

/// A line of the table: Rust types that read the same, samples of what they are bound as, and a feature.
struct Line {
    rust: Vec<&'static str>,
    feature: &'static str,
    reads: Vec<fn(&FlightSqlTypeInfo) -> bool>,
    bound: Vec<String>,
}

fn bound_as<T: Encode<'static, FlightSql> + Type<FlightSql>>(value: T) -> String {
    let mut arguments = FlightSqlArguments::default();
    arguments.add(value).unwrap();
    let shown = format!("{arguments:?}");
    let inside = shown
        .split_once(" (")
        .unwrap()
        .1
        .strip_suffix(")]")
        .unwrap();
    short(inside)
}

/// `Timestamp(µs, "UTC")` for `Timestamp(Microsecond, Some("UTC"))`, and so on.
fn short(text: &str) -> String {
    let mut text = text.replace(" (", "(");
    for (long, short) in [
        (
            "FixedSizeBinary(16), arrow.uuid",
            "FixedSizeBinary(16) as `arrow.uuid`",
        ),
        ("Utf8, arrow.json", "Utf8 as `arrow.json`"),
        (", field: ", ""),
    ] {
        text = text.replace(long, short);
    }
    text
}

macro_rules! lines {
    ($($($rust:literal = $type:ty),+ ; [$($sample:expr),*], $feature:literal;)*) => {
        vec![$(Line {
            rust: vec![$($rust),+],
            feature: $feature,
            reads: vec![$(<$type as Type<FlightSql>>::compatible),+],
            bound: vec![$(bound_as($sample)),*],
        }),*]
    };
}

fn at(text: &str) -> chrono::NaiveDateTime {
    text.parse().unwrap()
}

fn one() -> ArrayRef {
    Arc::new(Int64Array::from(vec![1]))
}

fn lines() -> Vec<Line> {
    let micros = at("2024-05-01T12:00:00.000001");
    let nanos = at("2024-05-01T12:00:00.000000001");
    let date = time::Date::from_ordinal_date(2024, 1).unwrap();
    let clock = |nanos| {
        time::PrimitiveDateTime::new(date, time::Time::from_hms_nano(1, 2, 3, nanos).unwrap())
    };
    let jiff_clock = |nanos| jiff::civil::DateTime::constant(2024, 5, 1, 12, 0, 0, nanos);
    let instant = |nanos| jiff::Timestamp::new(1, nanos).unwrap();
    lines! {
        "bool" = bool; [true], "";
        "i8" = i8, "i16" = i16, "i32" = i32, "i64" = i64; [0_i8, 0_i16, 0_i32, 0_i64], "";
        "u8" = u8, "u16" = u16, "u32" = u32, "u64" = u64; [0_u8, 0_u16, 0_u32, 0_u64], "";
        "i128" = i128, "u128" = u128, "i256" = i256; [0_i128, u128::MAX], "";
        "f32" = f32; [0_f32], "";
        "f64" = f64; [0_f64], "";
        "half::f16" = half::f16; [half::f16::ONE], "half";
        "String" = String, "&str" = &str, "Box<str>" = Box<str>, "Arc<str>" = Arc<str>, "Rc<str>" = Rc<str>,
            "Cow<str>" = Cow<'static, str>, "Text<T>" = Text<i32>; ["x"], "";
        "Vec<u8>" = Vec<u8>; [vec![0_u8]], "";
        "&[u8]" = &[u8], "Box<[u8]>" = Box<[u8]>, "Arc<[u8]>" = Arc<[u8]>, "Cow<[u8]>" = Cow<'static, [u8]>,
            "Bytes" = bytes::Bytes; [&[0_u8][..]], "";
        "[u8; N]" = [u8; 4]; [[0_u8; 4]], "";
        "std::time::Duration" = std::time::Duration, "chrono::TimeDelta" = chrono::TimeDelta,
            "time::Duration" = time::Duration, "jiff::SignedDuration" = jiff::SignedDuration;
            [std::time::Duration::from_micros(1), std::time::Duration::from_nanos(1)], "as the crate";
        "FlightSqlInterval" = FlightSqlInterval; [FlightSqlInterval::default()], "";
        "chrono::NaiveDate" = chrono::NaiveDate; [micros.date()], "chrono";
        "chrono::NaiveTime" = chrono::NaiveTime; [micros.time(), nanos.time()], "chrono";
        "chrono::NaiveDateTime" = chrono::NaiveDateTime; [micros, nanos], "chrono";
        "chrono::DateTime<Utc>" = chrono::DateTime<chrono::Utc>,
            "DateTime<FixedOffset>" = chrono::DateTime<chrono::FixedOffset>,
            "DateTime<Local>" = chrono::DateTime<chrono::Local>; [micros.and_utc(), nanos.and_utc()], "chrono";
        "time::Date" = time::Date; [date], "time";
        "time::Time" = time::Time; [clock(0).time(), clock(1).time()], "time";
        "time::PrimitiveDateTime" = time::PrimitiveDateTime; [clock(0), clock(1)], "time";
        "time::OffsetDateTime" = time::OffsetDateTime; [clock(0).assume_utc(), clock(1).assume_utc()], "time";
        "jiff::civil::Date" = jiff::civil::Date; [jiff_clock(0).date()], "jiff";
        "jiff::civil::Time" = jiff::civil::Time; [jiff_clock(0).time(), jiff_clock(1).time()], "jiff";
        "jiff::civil::DateTime" = jiff::civil::DateTime; [jiff_clock(0), jiff_clock(1)], "jiff";
        "jiff::Timestamp" = jiff::Timestamp, "jiff::Zoned" = jiff::Zoned; [instant(0), instant(1)], "jiff";
        "rust_decimal::Decimal" = Decimal; [Decimal::new(15, 1)], "rust_decimal";
        "BigDecimal" = BigDecimal; ["1.5".parse::<BigDecimal>().unwrap(), "1e-50".parse::<BigDecimal>().unwrap()],
            "bigdecimal";
        "uuid::Uuid" = Uuid; [Uuid::nil()], "uuid";
        "Json<T>" = Json<i32>, "serde_json::Value" = JsonValue; [JsonValue::Null], "json";
        "Vec<T>" = Vec<i64>, "[T; N]" = [i64; 2], "Box<[T]>" = Box<[i64]>; [vec![0_i64]], "";
        "HashMap<K, V>" = HashMap<String, i64>, "BTreeMap<K, V>" = BTreeMap<String, i64>;
            [BTreeMap::from([("k".to_owned(), 1_i64)])], "";
        "(A, B, …)" = (i64, String); [(1_i64, "x".to_owned())], "";
        "arrow::Scalar<ArrayRef>" = Scalar<ArrayRef>; [Scalar::new(one())], "";
    }
}

fn field(name: &str, data_type: DataType) -> Field {
    Field::new(name, data_type, true)
}

fn extension(name: &str, data_type: DataType) -> Field {
    field("x", data_type)
        .with_metadata([("ARROW:extension:name".to_owned(), name.to_owned())].into())
}

/// Every kind of Arrow type. Lists, maps, structs and unions hold what the Rust types above hold.
fn kinds() -> Vec<(&'static str, Field)> {
    use DataType::*;
    let int = || Arc::new(field("item", Int64));
    let pair = || Fields::from(vec![field("c0", Int64), field("c1", Utf8)]);
    let entries = || Fields::from(vec![Field::new("key", Utf8, false), field("value", Int64)]);
    let union = UnionFields::try_new([0], [field("a", Binary)]).unwrap();
    let zoned = |unit, zone: &str| Timestamp(unit, Some(zone.into()));
    let offset = Fields::from(vec![
        Field::new("timestamp", zoned(TimeUnit::Microsecond, "UTC"), false),
        Field::new("offset_minutes", Int16, false),
    ]);
    let plain = [
        ("Null", Null),
        ("Boolean", Boolean),
        ("Int8", Int8),
        ("Int16", Int16),
        ("Int32", Int32),
        ("Int64", Int64),
        ("UInt8", UInt8),
        ("UInt16", UInt16),
        ("UInt32", UInt32),
        ("UInt64", UInt64),
        ("Float16", Float16),
        ("Float32", Float32),
        ("Float64", Float64),
        ("Decimal32(p, 0)", Decimal32(9, 0)),
        ("Decimal64(p, 0)", Decimal64(18, 0)),
        ("Decimal128(p, 0)", Decimal128(38, 0)),
        ("Decimal256(p, 0)", Decimal256(76, 0)),
        ("Decimal32(p, s)", Decimal32(9, 2)),
        ("Decimal64(p, s)", Decimal64(18, 2)),
        ("Decimal128(p, s)", Decimal128(38, 2)),
        ("Decimal256(p, s)", Decimal256(76, 2)),
        ("Utf8", Utf8),
        ("LargeUtf8", LargeUtf8),
        ("Utf8View", Utf8View),
        ("Binary", Binary),
        ("LargeBinary", LargeBinary),
        ("BinaryView", BinaryView),
        ("FixedSizeBinary(n)", FixedSizeBinary(4)),
        ("FixedSizeBinary(16)", FixedSizeBinary(16)),
        ("Date32", Date32),
        ("Date64", Date64),
        ("Time32", Time32(TimeUnit::Second)),
        ("Time64", Time64(TimeUnit::Nanosecond)),
        ("Timestamp", Timestamp(TimeUnit::Millisecond, None)),
        ("Timestamp in UTC", zoned(TimeUnit::Second, "UTC")),
        ("Timestamp in +01:00", zoned(TimeUnit::Second, "+01:00")),
        ("Duration", Duration(TimeUnit::Second)),
        ("Interval(YearMonth)", Interval(IntervalUnit::YearMonth)),
        ("Interval(DayTime)", Interval(IntervalUnit::DayTime)),
        (
            "Interval(MonthDayNano)",
            Interval(IntervalUnit::MonthDayNano),
        ),
        ("List", List(int())),
        ("LargeList", LargeList(int())),
        ("FixedSizeList", FixedSizeList(int(), 2)),
        ("ListView", ListView(int())),
        ("LargeListView", LargeListView(int())),
        ("List(UInt8)", List(Arc::new(field("item", UInt8)))),
        ("Struct", Struct(pair())),
        (
            "Map",
            Map(
                Arc::new(Field::new("entries", Struct(entries()), false)),
                false,
            ),
        ),
        ("Union", Union(union, UnionMode::Dense)),
    ];
    plain
        .into_iter()
        .map(|(name, data_type)| (name, field("x", data_type)))
        .chain([
            ("`arrow.bool8`", extension("arrow.bool8", Int8)),
            (
                "`arrow.timestamp_with_offset`",
                extension("arrow.timestamp_with_offset", Struct(offset)),
            ),
        ])
        .collect()
}

/// Short words for many kinds at once, longest first.
const GROUPS: &[(&str, &[&str])] = &[
    (
        "all integers",
        &[
            "Int8",
            "Int16",
            "Int32",
            "Int64",
            "UInt8",
            "UInt16",
            "UInt32",
            "UInt64",
            "`arrow.bool8`",
        ],
    ),
    (
        "all decimals",
        &[
            "Decimal32(p, 0)",
            "Decimal64(p, 0)",
            "Decimal128(p, 0)",
            "Decimal256(p, 0)",
            "Decimal32(p, s)",
            "Decimal64(p, s)",
            "Decimal128(p, s)",
            "Decimal256(p, s)",
        ],
    ),
    (
        "decimals of scale 0 or less",
        &[
            "Decimal32(p, 0)",
            "Decimal64(p, 0)",
            "Decimal128(p, 0)",
            "Decimal256(p, 0)",
        ],
    ),
    (
        "Timestamp with a zone",
        &["Timestamp in UTC", "Timestamp in +01:00"],
    ),
    (
        "Utf8, LargeUtf8, Utf8View",
        &["Utf8", "LargeUtf8", "Utf8View"],
    ),
    (
        "Binary, LargeBinary, BinaryView, FixedSizeBinary",
        &[
            "Binary",
            "LargeBinary",
            "BinaryView",
            "FixedSizeBinary(n)",
            "FixedSizeBinary(16)",
        ],
    ),
    (
        "List, LargeList, FixedSizeList, ListView, LargeListView",
        // Integers of any width, so also those of bytes.
        &[
            "List",
            "LargeList",
            "FixedSizeList",
            "ListView",
            "LargeListView",
            "List(UInt8)",
        ],
    ),
    (
        "all intervals",
        &[
            "Interval(YearMonth)",
            "Interval(DayTime)",
            "Interval(MonthDayNano)",
        ],
    ),
];

fn reads(compatible: fn(&FlightSqlTypeInfo) -> bool) -> String {
    let kinds = kinds();
    let mut left: Vec<&str> = kinds
        .iter()
        .filter(|(_, field)| compatible(&FlightSqlTypeInfo::from_field(field)))
        .map(|(name, _)| *name)
        .collect();
    if left.len() == kinds.len() {
        return "anything".to_owned();
    }
    // Extensions are read as their storage too.
    let mut words = Vec::new();
    for (word, members) in GROUPS {
        if members.iter().all(|member| left.contains(member)) {
            left.retain(|name| !members.contains(name));
            words.push((*word).to_owned());
        }
    }
    words.extend(left.into_iter().map(str::to_owned));
    words.join(", ")
}

fn table() -> String {
    let mut table =
        String::from("| Rust | reads Arrow | bound as | feature |\n|---|---|---|---|\n");
    for line in lines() {
        let first = reads(line.reads[0]);
        for (rust, compatible) in line.rust.iter().zip(&line.reads) {
            assert_eq!(
                reads(*compatible),
                first,
                "{rust} is on a line with types that read others"
            );
        }
        let rust: Vec<String> = line.rust.iter().map(|rust| format!("`{rust}`")).collect();
        let mut bound = line.bound.clone();
        bound.dedup();
        let feature = match line.feature {
            "" | "as the crate" => line.feature.to_owned(),
            feature => format!("`{feature}`"),
        };
        let columns = [rust.join(", "), first, bound.join(", "), feature];
        table.push_str(&format!(
            "| {} |\n",
            columns.join(" | ").replace(" |  |", " | |")
        ));
    }
    table.replace("|  |", "| |")
}

#[test]
fn the_table_is_what_the_types_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mapping = root.join("flightsql-driver/src/types/mapping.md");
    let made = table();
    if std::env::var_os("UPDATE_MAPPING").is_some() {
        fs::write(&mapping, &made).unwrap();
        return;
    }
    assert_eq!(
        fs::read_to_string(&mapping).unwrap(),
        made,
        "mapping.md differs from the types; run this test with UPDATE_MAPPING=1"
    );
}
