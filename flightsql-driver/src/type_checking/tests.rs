//! One Rust type for each Arrow type, in both directions.
use std::sync::Arc;

use arrow_schema::{DataType, Field, TimeUnit};
use sqlx_core::config::macros::{DateTimeCrate, NumericCrate, PreferredCrates};
use sqlx_core::type_checking::{Error, TypeChecking};

use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;

fn info(data_type: DataType) -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(data_type)
}

fn list(item: DataType) -> FlightSqlTypeInfo {
    info(DataType::List(Arc::new(Field::new("item", item, true))))
}

fn read(info: &FlightSqlTypeInfo, preferred: &PreferredCrates) -> Result<&'static str, Error> {
    FlightSql::return_type_for_id(info, preferred)
}

fn bound(info: &FlightSqlTypeInfo) -> &'static str {
    FlightSql::param_type_for_id(info, &PreferredCrates::default()).unwrap()
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
        let info = info(data_type);
        assert_eq!(read(&info, &preferred).unwrap(), owned);
        assert_eq!(bound(&info), param);
    }
    let texts = list(DataType::Utf8);
    assert_eq!(
        read(&texts, &preferred).unwrap(),
        "::std::vec::Vec<::std::string::String>"
    );
    assert_eq!(bound(&texts), "&[::std::string::String]");
}

#[test]
fn two_crates_are_told_apart_by_the_configuration() {
    let date = info(DataType::Date32);
    let doubt = read(&date, &PreferredCrates::default());
    assert!(
        matches!(doubt, Err(Error::AmbiguousDateTimeType { fallback }) if fallback == "::sqlx::types::time::Date")
    );
    let chrono = PreferredCrates {
        date_time: DateTimeCrate::Chrono,
        numeric: NumericCrate::RustDecimal,
    };
    assert_eq!(
        read(&date, &chrono).unwrap(),
        "::sqlx::types::chrono::NaiveDate"
    );
    let decimal = info(DataType::Decimal128(38, 2));
    assert_eq!(read(&decimal, &chrono).unwrap(), "::sqlx::types::Decimal");
    let doubt = read(&decimal, &PreferredCrates::default());
    assert!(
        matches!(doubt, Err(Error::AmbiguousNumericType { fallback }) if fallback == "::sqlx::types::BigDecimal")
    );
    let zoned = info(DataType::Timestamp(
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
    for without in [info(DataType::Null), info(record), list(DataType::Null)] {
        assert!(matches!(
            read(&without, &preferred),
            Err(Error::NoMappingFound)
        ));
        assert_eq!(FlightSql::get_feature_gate(&without), None);
    }
}
