//! `f32` and `f64`.
//!
//! Reading widens and never narrows: an `f32` cannot be read from a Float64 column. An integer is read where the float
//! holds it exactly; a decimal is not, since whether a float holds it depends on its value.

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, FlightSqlValueRef, read};

sql_types! {
    f32: f32_type, holds_singles;
    f64: f64_type, holds_floats;
}

fn f32_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Float32)
}

fn f64_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Float64)
}

#[inline]
fn holds_singles(ty: &FlightSqlTypeInfo) -> bool {
    holds_whole_numbers(ty) || matches!(ty.value_type(), DataType::Float32 | DataType::Float16)
}

#[inline]
fn holds_floats(ty: &FlightSqlTypeInfo) -> bool {
    holds_whole_numbers(ty)
        || matches!(
            ty.value_type(),
            DataType::Float64 | DataType::Float32 | DataType::Float16
        )
}

/// Integer types. A value that a float does not hold exactly is an error.
#[inline]
fn holds_whole_numbers(ty: &FlightSqlTypeInfo) -> bool {
    use DataType::{Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    matches!(
        ty.value_type(),
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64
    )
}

impl Encode<'_, FlightSql> for f32 {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Float32(*self));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for f32 {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.data()? {
            (Data::Float32(values), row) => read::get(values, row),
            _ => read::single(value, "f32"),
        }
    }
}

impl Encode<'_, FlightSql> for f64 {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Float64(*self));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for f64 {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.data()? {
            (Data::Float64(values), row) => read::get(values, row),
            _ => read::float(value, "f64"),
        }
    }
}

#[cfg(test)]
mod tests;
