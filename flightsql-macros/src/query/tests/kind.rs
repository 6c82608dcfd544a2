//! The kind of each Arrow type, and that the driver has a type of that name.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, IntervalUnit, TimeUnit, UnionFields, UnionMode};
use flightsql_driver::type_checking::kinds::*;

use crate::query::kind::of_field;

/// Returns the kind as Rust writes it.
pub(super) fn of(field: &Field) -> Option<String> {
    let names = of_field(field)?.join("<");
    Some(format!("{names}{}", ">".repeat(names.matches('<').count())))
}

fn plain(data_type: DataType) -> Field {
    Field::new("a", data_type, true)
}

fn extended(data_type: DataType, extension: &str) -> Field {
    let metadata = HashMap::from([(EXTENSION_TYPE_NAME_KEY.to_owned(), extension.to_owned())]);
    plain(data_type).with_metadata(metadata)
}

fn list(item: DataType) -> DataType {
    DataType::LargeList(Arc::new(plain(item)))
}

fn timestamp(zone: Option<&str>) -> Field {
    plain(DataType::Timestamp(
        TimeUnit::Nanosecond,
        zone.map(Into::into),
    ))
}

fn record() -> DataType {
    DataType::Struct([plain(DataType::Int64)].into_iter().collect())
}

fn map() -> DataType {
    let pair = [
        Field::new("key", DataType::Utf8, false),
        plain(DataType::Int64),
    ];
    let entries = DataType::Struct(pair.into_iter().collect());
    DataType::Map(Arc::new(Field::new("entries", entries, false)), false)
}

macro_rules! kinds {
    ($($kind:ty: $($field:expr),+;)*) => {$(
        let _: PhantomData<$kind> = PhantomData;
        for field in [$($field),+] {
            let expected = stringify!($kind).replace(' ', "");
            assert_eq!(of(&field), Some(expected), "{field:?}");
        }
    )*};
}

#[test]
fn every_type_has_one_kind() {
    kinds! {
        Boolean: plain(DataType::Boolean);
        Bool8: extended(DataType::Int8, "arrow.bool8");
        Int8: plain(DataType::Int8);
        Int16: plain(DataType::Int16);
        Int32: plain(DataType::Int32);
        Int64: plain(DataType::Int64),
            plain(DataType::Dictionary(Box::new(DataType::Int8), Box::new(DataType::Int64)));
        UInt8: plain(DataType::UInt8);
        UInt16: plain(DataType::UInt16);
        UInt32: plain(DataType::UInt32);
        UInt64: plain(DataType::UInt64);
        Float16: plain(DataType::Float16);
        Float32: plain(DataType::Float32);
        Float64: plain(DataType::Float64);
        Decimal: plain(DataType::Decimal32(9, 2)), plain(DataType::Decimal64(18, 2)),
            plain(DataType::Decimal128(38, 2)), plain(DataType::Decimal256(76, 2));
        WholeDecimal: plain(DataType::Decimal32(9, 0)), plain(DataType::Decimal64(18, 0)),
            plain(DataType::Decimal128(38, 0)), plain(DataType::Decimal256(76, -2));
        Utf8: plain(DataType::Utf8), plain(DataType::LargeUtf8), plain(DataType::Utf8View);
        Json: extended(DataType::Utf8, "arrow.json");
        Binary: plain(DataType::Binary), plain(DataType::LargeBinary), plain(DataType::BinaryView);
        FixedSizeBinary: plain(DataType::FixedSizeBinary(3));
        Binary16: plain(DataType::FixedSizeBinary(16));
        Uuid: extended(DataType::FixedSizeBinary(16), "arrow.uuid");
        Date: plain(DataType::Date32), plain(DataType::Date64);
        Time: plain(DataType::Time32(TimeUnit::Second)), plain(DataType::Time64(TimeUnit::Nanosecond));
        Timestamp: timestamp(None);
        TimestampUtc: timestamp(Some("UTC")), timestamp(Some("Z")), timestamp(Some("+00:00"));
        TimestampWithZone: timestamp(Some("Europe/Paris")), timestamp(Some("+02"));
        TimestampWithOffset: extended(record(), "arrow.timestamp_with_offset");
        Duration: plain(DataType::Duration(TimeUnit::Nanosecond));
        Interval: plain(DataType::Interval(IntervalUnit::MonthDayNano));
        Struct: plain(record());
        Map: plain(map());
        List<Int64>: plain(list(DataType::Int64));
        List<UInt8>: plain(list(DataType::UInt8));
        List<Utf8>: plain(list(DataType::Utf8));
        List<List<Int64>>: plain(list(list(DataType::Int64)));
    }
    let union = DataType::Union(UnionFields::empty(), UnionMode::Dense);
    let open = [
        DataType::Null,
        union.clone(),
        list(DataType::Null),
        list(union),
    ];
    for data_type in open {
        assert_eq!(of(&plain(data_type)), None);
    }
}
