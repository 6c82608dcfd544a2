//! `bool`. Layer D.

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, FlightSqlValueRef, read};

impl Type<FlightSql> for bool {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Boolean)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        matches!(ty.value_type(), DataType::Boolean)
    }
}

impl Encode<'_, FlightSql> for bool {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Boolean(*self));
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for bool {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        match value.data()? {
            (Data::Boolean(values), row) if row < values.len() => Ok(values.value(row)),
            _ => read::boolean(value, "bool"),
        }
    }
}
