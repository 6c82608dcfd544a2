//! The kind of an Arrow type: the name of a type in the driver's `type_checking::kinds`, so that the compiler can compare it
//! with the types of a checked statement.

use arrow_schema::{DataType, Field};
use flightsql_dialect::arrow::convert::units::fixed_offset;
use flightsql_dialect::arrow::logical_type::{
    BOOL8_EXTENSION, JSON_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION, decoded,
};

use super::types::item;

/// Returns the names of a type's kind, where each `List` contains the next; `None` if any Rust type may fit.
pub(super) fn of_field(field: &Field) -> Option<Vec<&'static str>> {
    if let Some(item) = item(field) {
        let mut names = vec!["List"];
        names.extend(of_field(item)?);
        return Some(names);
    }
    let extension = field.extension_type_name();
    Some(vec![match decoded(field.data_type()) {
        DataType::Boolean => "Boolean",
        DataType::Int8 if extension == Some(BOOL8_EXTENSION) => "Bool8",
        DataType::Int8 => "Int8",
        DataType::Int16 => "Int16",
        DataType::Int32 => "Int32",
        DataType::Int64 => "Int64",
        DataType::UInt8 => "UInt8",
        DataType::UInt16 => "UInt16",
        DataType::UInt32 => "UInt32",
        DataType::UInt64 => "UInt64",
        DataType::Float16 => "Float16",
        DataType::Float32 => "Float32",
        DataType::Float64 => "Float64",
        DataType::Decimal32(_, ..=0)
        | DataType::Decimal64(_, ..=0)
        | DataType::Decimal128(_, ..=0)
        | DataType::Decimal256(_, ..=0) => "WholeDecimal",
        DataType::Decimal32(..)
        | DataType::Decimal64(..)
        | DataType::Decimal128(..)
        | DataType::Decimal256(..) => "Decimal",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => match extension {
            Some(JSON_EXTENSION) => "Json",
            _ => "Utf8",
        },
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => "Binary",
        DataType::FixedSizeBinary(16) if extension == Some(UUID_EXTENSION) => "Uuid",
        DataType::FixedSizeBinary(16) => "Binary16",
        DataType::FixedSizeBinary(_) => "FixedSizeBinary",
        DataType::Date32 | DataType::Date64 => "Date",
        DataType::Time32(_) | DataType::Time64(_) => "Time",
        DataType::Timestamp(_, None) => "Timestamp",
        DataType::Timestamp(_, Some(zone)) => match fixed_offset(zone) {
            Some(0) => "TimestampUtc",
            _ => "TimestampWithZone",
        },
        DataType::Duration(_) => "Duration",
        DataType::Interval(_) => "Interval",
        DataType::Struct(_) if extension == Some(OFFSET_EXTENSION) => "TimestampWithOffset",
        DataType::Struct(_) => "Struct",
        DataType::Map(..) => "Map",
        // A NULL can have any type, and a value of a union the type of any variant.
        _ => return None,
    }])
}
