//! The parts that the two decimal crates share.
//!
//! Layout: the `Decimal` comment in <https://github.com/apache/arrow/blob/main/format/Schema.fbs>: an integer and a scale.

use arrow_schema::DataType;

use crate::type_info::FlightSqlTypeInfo;

/// Returns the type of a NULL, which has no scale of its own.
pub(super) fn null_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Decimal128(38, 10))
}

#[inline]
pub(super) fn holds_decimals(ty: &FlightSqlTypeInfo) -> bool {
    ty.value_type().is_decimal() || ty.value_type().is_integer()
}
