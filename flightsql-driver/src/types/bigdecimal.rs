//! `bigdecimal::BigDecimal`: any number of digits.

use arrow_buffer::i256;
use bigdecimal::num_bigint::BigInt;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::BigDecimal;

use super::decimal::{holds_decimals, null_type};
use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    BigDecimal: null_type, holds_decimals;
}

encoded_columns! {
    BigDecimal;
}

impl Encode<'_, FlightSql> for BigDecimal {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let (digits, scale) = self.as_bigint_and_scale();
        let unscaled = to_i256(&digits).ok_or(
            "a BigDecimal has more digits than an Arrow decimal can hold (76); round it first",
        )?;
        buf.push(Scalar::decimal(unscaled, scale)?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for BigDecimal {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(match read::decimal(value, "BigDecimal")? {
            read::Decimal::Small(unscaled, scale) => Self::new(unscaled.into(), scale.into()),
            read::Decimal::Large(unscaled, scale) => Self::new(
                BigInt::from_signed_bytes_le(&unscaled.to_le_bytes()),
                scale.into(),
            ),
        })
    }
}

fn to_i256(digits: &BigInt) -> Option<i256> {
    let bytes = digits.to_signed_bytes_le();
    let negative = bytes.last().is_some_and(|last| last & 0x80 != 0);
    let mut all = [if negative { 0xff } else { 0 }; 32];
    all.get_mut(..bytes.len())?.copy_from_slice(&bytes);
    Some(i256::from_le_bytes(all))
}

#[cfg(test)]
mod tests;
