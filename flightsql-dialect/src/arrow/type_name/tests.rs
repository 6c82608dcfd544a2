//! The SQL name of each Arrow type.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode};

use super::{JSON_EXTENSION, UUID_EXTENSION, sql_name};

fn field(name: &str, data_type: DataType) -> Arc<Field> {
    Arc::new(Field::new(name, data_type, true))
}

#[test]
fn every_type_has_an_sql_name() {
    let pair = DataType::Struct(Fields::from(vec![
        field("key", DataType::Utf8),
        field("value", DataType::Decimal128(10, 2)),
    ]));
    let cases = [
        (DataType::Null, "NULL"),
        (DataType::Int64, "BIGINT"),
        (DataType::UInt8, "TINYINT UNSIGNED"),
        (DataType::Float64, "DOUBLE PRECISION"),
        (DataType::Utf8View, "VARCHAR"),
        (DataType::LargeBinary, "VARBINARY"),
        (DataType::FixedSizeBinary(16), "BINARY(16)"),
        (DataType::Decimal128(38, 10), "DECIMAL(38,10)"),
        (DataType::Decimal256(76, -2), "DECIMAL(76,-2)"),
        (DataType::Date64, "DATE"),
        (DataType::Time32(TimeUnit::Second), "TIME"),
        (DataType::Timestamp(TimeUnit::Nanosecond, None), "TIMESTAMP"),
        (
            DataType::Timestamp(TimeUnit::Second, Some("+01:00".into())),
            "TIMESTAMP WITH TIME ZONE",
        ),
        (
            DataType::Duration(TimeUnit::Second),
            "INTERVAL DAY TO SECOND",
        ),
        (
            DataType::Interval(IntervalUnit::YearMonth),
            "INTERVAL YEAR TO MONTH",
        ),
        (
            DataType::List(field("item", DataType::Int32)),
            "INTEGER ARRAY",
        ),
        (
            DataType::FixedSizeList(field("item", DataType::Float32), 3),
            "REAL ARRAY[3]",
        ),
        (pair.clone(), "ROW(key VARCHAR, value DECIMAL(10,2))"),
        (
            DataType::Map(field("entries", pair), false),
            "MAP(VARCHAR, DECIMAL(10,2))",
        ),
        (
            DataType::Union(UnionFields::empty(), UnionMode::Dense),
            "UNION",
        ),
        (
            DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Utf8)),
            "VARCHAR",
        ),
        (
            DataType::RunEndEncoded(
                field("run_ends", DataType::Int32),
                field("values", DataType::Boolean),
            ),
            "BOOLEAN",
        ),
    ];
    for (data_type, name) in cases {
        assert_eq!(&*sql_name(&data_type, None), name, "{data_type:?}");
    }
}

#[test]
fn extension_types_that_sql_knows_have_its_word() {
    assert_eq!(
        &*sql_name(&DataType::FixedSizeBinary(16), Some(UUID_EXTENSION)),
        "UUID"
    );
    assert_eq!(&*sql_name(&DataType::Utf8, Some(JSON_EXTENSION)), "JSON");
    assert_eq!(&*sql_name(&DataType::Utf8, Some("acme.thing")), "VARCHAR");
}
