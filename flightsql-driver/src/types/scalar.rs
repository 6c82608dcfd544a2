//! `Scalar<ArrayRef>`: any Arrow value as it is.

use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Datum as _, Scalar as ArrowScalar};
use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::FlightSqlValueRef;
use crate::value::read::outside;

// Any value of any type, NULL too. The type that it has before there is a value is Null.
sql_types! {
    ArrowScalar<ArrayRef>: any_type, holds_anything;
}

encoded_columns! {
    ArrowScalar<ArrayRef>;
}

fn any_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Null)
}

#[inline]
fn holds_anything(_: &FlightSqlTypeInfo) -> bool {
    true
}

impl Encode<'_, FlightSql> for ArrowScalar<ArrayRef> {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let (array, _) = self.get();
        buf.push(Scalar::Array(array.slice(0, 1)));
        Ok(IsNull::No)
    }

    fn produces(&self) -> Option<FlightSqlTypeInfo> {
        let (array, _) = self.get();
        Some(FlightSqlTypeInfo::new(array.data_type().clone()))
    }
}

/// Shares the array's buffers.
impl Decode<'_, FlightSql> for ArrowScalar<ArrayRef> {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let (array, row) = (value.array(), value.index());
        if row >= array.len() {
            return Err(outside());
        }
        Ok(Self::new(Arc::clone(array).slice(row, 1)))
    }
}

#[cfg(test)]
mod tests;
