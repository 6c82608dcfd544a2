//! `half::f16`.

use arrow_array::types::Float16Type;
use arrow_schema::DataType;
use half::f16;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::arrow_columns;
use crate::to_arrow::primitive::numbers;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    f16: f16_type, holds_halves;
}

arrow_columns! {
    f16: |value| *value, numbers::<Float16Type>;
}

fn f16_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Float16)
}

#[inline]
fn holds_halves(ty: &FlightSqlTypeInfo) -> bool {
    matches!(ty.value_type(), DataType::Float16)
}

impl Encode<'_, FlightSql> for f16 {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Float16(*self));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for f16 {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        read::half(value, "f16")
    }
}

#[cfg(test)]
mod tests;
