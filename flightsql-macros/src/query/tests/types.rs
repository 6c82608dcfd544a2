//! One Rust type per Arrow type, in both directions, and each reads its Arrow type.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit};
use flightsql_driver::type_checking::fits::Reads;
use flightsql_driver::type_checking::kinds::*;
use flightsql_driver::{FlightSql, FlightSqlTypeInfo};
use sqlx_core::config::macros::{DateTimeCrate, NumericCrate, PreferredCrates};
use sqlx_core::type_checking::Error;
use sqlx_core::types::Type;

use super::kind::of;
use crate::query::types;

/// The facade's paths, as the table writes them.
mod sqlx {
    pub(super) mod types {
        pub(in super::super) use flightsql_driver::types::FlightSqlInterval;
        pub(in super::super) use sqlx_core::types::*;
    }
}

fn field(data_type: DataType) -> Field {
    Field::new("", data_type, true)
}

fn extended(data_type: DataType, extension: &str) -> Field {
    let metadata = HashMap::from([(EXTENSION_TYPE_NAME_KEY.to_owned(), extension.to_owned())]);
    field(data_type).with_metadata(metadata)
}

fn list(item: DataType) -> Field {
    field(DataType::List(Arc::new(Field::new("item", item, true))))
}

fn timestamp(zone: Option<&str>) -> Field {
    field(DataType::Timestamp(
        TimeUnit::Nanosecond,
        zone.map(Into::into),
    ))
}

fn of_chrono() -> PreferredCrates {
    PreferredCrates {
        date_time: DateTimeCrate::Chrono,
        numeric: NumericCrate::RustDecimal,
    }
}

fn of_time() -> PreferredCrates {
    PreferredCrates {
        date_time: DateTimeCrate::Time,
        numeric: NumericCrate::BigDecimal,
    }
}

fn read(field: &Field, preferred: &PreferredCrates) -> Result<&'static str, Error> {
    types::read(field, preferred)
}

fn bound(field: &Field) -> &'static str {
    types::bound(field, &PreferredCrates::default()).unwrap()
}

fn is_read<T: Type<FlightSql> + Reads<K>, K>(field: &Field) -> bool {
    T::compatible(&FlightSqlTypeInfo::from_field(field))
}

/// The same path without its first colons, and without spaces.
fn path(written: &str) -> String {
    let path = written.replace(' ', "");
    path.replace("::std::", "std::")
        .replace("::sqlx::", "sqlx::")
}

/// Fields, and the type and kind that the table has for them: the driver's type must read that kind, at compile time and at
/// run time.
macro_rules! table {
    ($($(#[$when:meta])* $preferred:ident, $field:expr, $type:ty, $kind:ty;)*) => {
        const TYPES: &[&str] = &[$(stringify!($type)),*];

        #[test]
        fn each_type_reads_what_it_stands_for() {$(
            $(#[$when])*
            {
                let field: Field = $field;
                let named = types::read(&field, &$preferred()).unwrap();
                assert_eq!(path(named), path(stringify!($type)), "{field:?}");
                assert_eq!(of(&field).unwrap(), stringify!($kind).replace(' ', ""), "{field:?}");
                assert!(is_read::<$type, $kind>(&field), "{field:?}");
            }
        )*}
    };
}

table! {
    of_time, field(DataType::Boolean), bool, Boolean;
    of_time, extended(DataType::Int8, "arrow.bool8"), bool, Bool8;
    of_time, field(DataType::Int8), i8, Int8;
    of_time, field(DataType::Int16), i16, Int16;
    of_time, field(DataType::Int32), i32, Int32;
    of_time, field(DataType::Int64), i64, Int64;
    of_time, field(DataType::UInt8), u8, UInt8;
    of_time, field(DataType::UInt16), u16, UInt16;
    of_time, field(DataType::UInt32), u32, UInt32;
    of_time, field(DataType::UInt64), u64, UInt64;
    of_time, field(DataType::Float16), f32, Float16;
    of_time, field(DataType::Float32), f32, Float32;
    of_time, field(DataType::Float64), f64, Float64;
    of_time, field(DataType::Utf8View), std::string::String, Utf8;
    of_time, field(DataType::LargeBinary), std::vec::Vec<u8>, Binary;
    of_time, field(DataType::FixedSizeBinary(3)), std::vec::Vec<u8>, FixedSizeBinary;
    of_time, field(DataType::FixedSizeBinary(16)), std::vec::Vec<u8>, Binary16;
    of_time, list(DataType::Int64), std::vec::Vec<i64>, List<Int64>;
    of_time, list(DataType::UInt8), std::vec::Vec<u8>, List<UInt8>;
    of_time, list(DataType::Utf8), std::vec::Vec<std::string::String>, List<Utf8>;
    of_time, field(DataType::Duration(TimeUnit::Second)), std::time::Duration, Duration;
    of_time, field(DataType::Interval(IntervalUnit::MonthDayNano)), sqlx::types::FlightSqlInterval, Interval;
    #[cfg(feature = "json")]
    of_time, extended(DataType::Utf8, "arrow.json"), sqlx::types::JsonValue, Json;
    #[cfg(feature = "uuid")]
    of_time, extended(DataType::FixedSizeBinary(16), "arrow.uuid"), sqlx::types::Uuid, Uuid;
    #[cfg(feature = "chrono")]
    of_chrono, field(DataType::Date64), sqlx::types::chrono::NaiveDate, Date;
    #[cfg(feature = "chrono")]
    of_chrono, field(DataType::Time64(TimeUnit::Microsecond)), sqlx::types::chrono::NaiveTime, Time;
    #[cfg(feature = "chrono")]
    of_chrono, timestamp(None), sqlx::types::chrono::NaiveDateTime, Timestamp;
    #[cfg(feature = "chrono")]
    of_chrono, timestamp(Some("UTC")), sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>, TimestampUtc;
    #[cfg(feature = "chrono")]
    of_chrono, timestamp(Some("+02")), sqlx::types::chrono::DateTime<sqlx::types::chrono::Utc>, TimestampWithZone;
    #[cfg(feature = "chrono")]
    of_chrono, with_offset(), sqlx::types::chrono::DateTime<sqlx::types::chrono::FixedOffset>, TimestampWithOffset;
    #[cfg(feature = "time")]
    of_time, field(DataType::Date32), sqlx::types::time::Date, Date;
    #[cfg(feature = "time")]
    of_time, field(DataType::Time32(TimeUnit::Second)), sqlx::types::time::Time, Time;
    #[cfg(feature = "time")]
    of_time, timestamp(None), sqlx::types::time::PrimitiveDateTime, Timestamp;
    #[cfg(feature = "time")]
    of_time, timestamp(Some("Z")), sqlx::types::time::OffsetDateTime, TimestampUtc;
    #[cfg(feature = "time")]
    of_time, timestamp(Some("Asia/Tokyo")), sqlx::types::time::OffsetDateTime, TimestampWithZone;
    #[cfg(feature = "time")]
    of_time, with_offset(), sqlx::types::time::OffsetDateTime, TimestampWithOffset;
    #[cfg(feature = "rust_decimal")]
    of_chrono, field(DataType::Decimal128(18, 2)), sqlx::types::Decimal, Decimal;
    #[cfg(feature = "bigdecimal")]
    of_time, field(DataType::Decimal256(40, 0)), sqlx::types::BigDecimal, WholeDecimal;
}

fn with_offset() -> Field {
    let instant = Field::new(
        "timestamp",
        timestamp(Some("UTC")).data_type().clone(),
        true,
    );
    let parts = [instant, Field::new("offset_minutes", DataType::Int16, true)];
    extended(
        DataType::Struct(parts.into_iter().collect()),
        "arrow.timestamp_with_offset",
    )
}

#[test]
fn each_name_of_the_table_is_compared() {
    let source = include_str!("../types.rs");
    let names: Vec<&str> = source
        .split("names!(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let compared: Vec<String> = TYPES.iter().map(|name| path(name)).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(compared.contains(&path(name)), "{name}");
    }
}

#[test]
fn plain_types_need_no_choice() {
    let preferred = PreferredCrates::default();
    for (data_type, owned, param) in [
        (DataType::Int8, "i8", "i8"),
        (DataType::UInt64, "u64", "u64"),
        (DataType::Float16, "f32", "f32"),
        (DataType::Utf8View, "::std::string::String", "&str"),
        (DataType::FixedSizeBinary(3), "::std::vec::Vec<u8>", "&[u8]"),
        (
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::LargeUtf8)),
            "::std::string::String",
            "&str",
        ),
    ] {
        let field = field(data_type);
        assert_eq!(read(&field, &preferred).unwrap(), owned);
        assert_eq!(bound(&field), param);
    }
    let strings = list(DataType::Utf8);
    assert_eq!(
        read(&strings, &preferred).unwrap(),
        "::std::vec::Vec<::std::string::String>"
    );
    assert_eq!(bound(&strings), "&[::std::string::String]");
}

#[cfg(all(
    feature = "chrono",
    feature = "time",
    feature = "bigdecimal",
    feature = "rust_decimal"
))]
#[test]
fn two_crates_are_told_apart_by_the_configuration() {
    let date = field(DataType::Date32);
    let doubt = read(&date, &PreferredCrates::default());
    assert!(
        matches!(doubt, Err(Error::AmbiguousDateTimeType { fallback }) if fallback == "::sqlx::types::time::Date")
    );
    let chrono = of_chrono();
    assert_eq!(
        read(&date, &chrono).unwrap(),
        "::sqlx::types::chrono::NaiveDate"
    );
    let decimal = field(DataType::Decimal128(38, 2));
    assert_eq!(read(&decimal, &chrono).unwrap(), "::sqlx::types::Decimal");
    let doubt = read(&decimal, &PreferredCrates::default());
    assert!(
        matches!(doubt, Err(Error::AmbiguousNumericType { fallback }) if fallback == "::sqlx::types::BigDecimal")
    );
    let zoned = field(DataType::Timestamp(
        TimeUnit::Second,
        Some("Europe/Paris".into()),
    ));
    assert_eq!(
        read(&zoned, &chrono).unwrap(),
        "::sqlx::types::chrono::DateTime<::sqlx::types::chrono::Utc>"
    );
}

#[test]
fn what_has_no_type_of_its_own_says_so() {
    let preferred = PreferredCrates::default();
    let record = DataType::Struct([Arc::new(Field::new("a", DataType::Int8, true))].into());
    for without in [field(DataType::Null), field(record), list(DataType::Null)] {
        assert!(matches!(
            read(&without, &preferred),
            Err(Error::NoMappingFound)
        ));
        assert_eq!(types::missing_feature(&without), None);
    }
}
