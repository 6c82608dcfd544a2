//! The parts that the two decimal crates share.
//!
//! Layout: the `Decimal` comment in
//! <https://github.com/apache/arrow/blob/main/format/Schema.fbs>: an integer and a scale.

use arrow_schema::DataType;

use crate::type_info::FlightSqlTypeInfo;

/// What a decimal is bound as when there is no value to take the scale from.
pub(super) fn null_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Decimal128(38, 10))
}

#[inline]
pub(super) fn holds_decimals(ty: &FlightSqlTypeInfo) -> bool {
    use DataType::{
        Decimal32, Decimal64, Decimal128, Decimal256, Int8, Int16, Int32, Int64, UInt8, UInt16,
        UInt32, UInt64,
    };
    matches!(
        ty.value_type(),
        Decimal128(..)
            | Decimal256(..)
            | Decimal32(..)
            | Decimal64(..)
            | Int8
            | Int16
            | Int32
            | Int64
            | UInt8
            | UInt16
            | UInt32
            | UInt64
    )
}
