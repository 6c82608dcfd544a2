//! Kinds of Arrow types as Rust types, so that the compiler can compare them with the types of a checked statement.
//!
//! A kind groups the Arrow types that the same Rust types read and bind; it ignores the encoding and the unit.

use arrow_schema::{DataType, Field};

use super::item;
use crate::arrow::convert::units::fixed_offset;
use crate::arrow::logical_type::{
    BOOL8_EXTENSION, JSON_EXTENSION, OFFSET_EXTENSION, UUID_EXTENSION, decoded,
};

macro_rules! kinds {
    ($($kind:ident)*) => {$(
        #[derive(Debug)]
        pub struct $kind;
    )*};
}

kinds! {
    Boolean Bool8 Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float16 Float32 Float64
    Decimal WholeDecimal Utf8 Json Binary FixedSizeBinary Binary16 Uuid
    Date Time Timestamp TimestampUtc TimestampWithZone TimestampWithOffset Duration Interval Struct Map
}

/// A list whose items are of the kind `K`.
#[derive(Debug)]
pub struct List<K>(std::marker::PhantomData<K>);

/// The type that `sqlx.toml` names for a parameter: only that type is accepted.
#[derive(Debug)]
pub struct Configured;

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
        // A NULL has every type, and a union's value has the type of any variant.
        _ => return None,
    }])
}
