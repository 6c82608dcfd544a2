//! `f32` and `f64`. Layer D.
//!
//! Reading widens and never narrows: an `f32` cannot be read from a Float64 column.

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, FlightSqlValueRef, read};

impl Type<FlightSql> for f32 {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Float32)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Float32 | DataType::Float16)
    }
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

impl Type<FlightSql> for f64 {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Float64)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(
            ty.value_type(),
            DataType::Float64 | DataType::Float32 | DataType::Float16
        )
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
