//! `rust_decimal::Decimal`: 96 bits and up to 28 fraction digits.

use arrow_buffer::i256;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Decimal;

use super::decimal::{holds_decimals, null_type};
use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    Decimal: null_type, holds_decimals;
}

encoded_columns! {
    Decimal;
}

impl Encode<'_, FlightSql> for Decimal {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::decimal(
            i256::from_i128(self.mantissa()),
            self.scale().into(),
        )?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for Decimal {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        const RUST: &str = "Decimal";
        let (unscaled, scale) = match read::decimal(value, RUST)? {
            read::Decimal::Small(unscaled, scale) => {
                if let Ok(scale) = u32::try_from(scale)
                    && let Ok(decimal) = Self::try_from_i128_with_scale(unscaled, scale)
                {
                    return Ok(decimal);
                }
                (i256::from_i128(unscaled), scale)
            }
            read::Decimal::Large(unscaled, scale) => (unscaled, scale),
        };
        reduced(unscaled, scale.into()).ok_or_else(|| read::does_not_fit(value, RUST))
    }
}

/// The same number with fewer digits: fraction zeros taken off, a negative scale multiplied out.
fn reduced(mut unscaled: i256, mut scale: i32) -> Option<Decimal> {
    let ten = i256::from_i128(10);
    while scale < 0 {
        unscaled = unscaled.checked_mul(ten)?;
        scale += 1;
    }
    loop {
        if let (Some(small), Ok(scale)) = (unscaled.to_i128(), u32::try_from(scale))
            && let Ok(decimal) = Decimal::try_from_i128_with_scale(small, scale)
        {
            return Some(decimal);
        }
        if scale == 0 || unscaled.checked_rem(ten)? != i256::ZERO {
            return None;
        }
        unscaled = unscaled.checked_div(ten)?;
        scale -= 1;
    }
}

#[cfg(test)]
mod tests;
