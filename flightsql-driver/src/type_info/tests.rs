//! When two types are equal, and what a field adds to one.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, TimeUnit};
use sqlx_core::type_info::TypeInfo as _;

use super::FlightSqlTypeInfo;
use crate::arrow::logical_type::TYPE_NAME_KEY;

fn info(data_type: DataType) -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(data_type)
}

fn dictionary(value: DataType) -> DataType {
    DataType::Dictionary(Box::new(DataType::UInt16), Box::new(value))
}

fn runs(value: DataType) -> DataType {
    DataType::RunEndEncoded(
        Arc::new(Field::new("run_ends", DataType::Int32, false)),
        Arc::new(Field::new("values", value, true)),
    )
}

#[test]
fn encodings_of_one_kind_are_equal() {
    let text = info(DataType::Utf8);
    for same in [
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary(DataType::Utf8),
        runs(dictionary(DataType::Utf8View)),
    ] {
        assert_eq!(text, info(same));
    }
    let zoned = |zone: &str| info(DataType::Timestamp(TimeUnit::Second, Some(zone.into())));
    assert_eq!(zoned("UTC"), zoned("+00:00"));
    let list = |item| DataType::List(Arc::new(Field::new("a", item, true)));
    assert_eq!(
        info(list(DataType::Utf8)),
        info(DataType::LargeList(Arc::new(Field::new(
            "b",
            DataType::Utf8View,
            false
        ))))
    );
}

#[test]
fn different_kinds_are_not_equal() {
    assert_ne!(info(DataType::Utf8), info(DataType::Binary));
    assert_ne!(info(DataType::Int32), info(DataType::Int64));
    assert_ne!(
        info(DataType::Timestamp(TimeUnit::Second, None)),
        info(DataType::Timestamp(TimeUnit::Second, Some("UTC".into())))
    );
    assert_ne!(
        info(DataType::Timestamp(TimeUnit::Second, None)),
        info(DataType::Timestamp(TimeUnit::Millisecond, None))
    );
    assert_ne!(
        info(DataType::Decimal128(10, 2)),
        info(DataType::Decimal128(10, 3))
    );
}

#[test]
fn a_field_gives_its_extension_and_the_servers_name() {
    let field = Field::new("id", DataType::FixedSizeBinary(16), false)
        .with_metadata([(EXTENSION_TYPE_NAME_KEY.to_owned(), "arrow.uuid".to_owned())].into());
    let uuid = FlightSqlTypeInfo::from_field(&field);
    assert_eq!(uuid.extension_name(), Some("arrow.uuid"));
    assert_eq!(uuid.name(), "UUID");

    let field = Field::new("n", DataType::Int64, false)
        .with_metadata([(TYPE_NAME_KEY.to_owned(), "INT8".to_owned())].into());
    let named = FlightSqlTypeInfo::from_field(&field);
    assert_eq!(named.name(), "INT8");
    assert_eq!(named.to_string(), "INT8");
    assert_eq!(named, info(DataType::Int64));
}

#[test]
fn only_the_null_type_is_null() {
    assert!(info(DataType::Null).is_null());
    assert!(!info(DataType::Int8).is_null());
}
