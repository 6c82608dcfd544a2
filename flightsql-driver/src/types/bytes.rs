//! `Vec<u8>`, `[u8]` and their pointers; `[u8; N]`. Layer D.
//!
//! A `&[u8]` borrows from the Arrow buffer; the others copy. `Box`, `Arc`, `Rc` and `Cow` decode
//! through sqlx-core.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::forward_encode_impl;
use sqlx_core::types::Type;

use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{FlightSqlValueRef, read};

impl Type<FlightSql> for [u8] {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Binary)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_bytes(ty)
    }
}

impl Type<FlightSql> for Vec<u8> {
    fn type_info() -> FlightSqlTypeInfo {
        <[u8] as Type<FlightSql>>::type_info()
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_bytes(ty)
    }
}

impl<const N: usize> Type<FlightSql> for [u8; N] {
    fn type_info() -> FlightSqlTypeInfo {
        // Arrow counts fixed sizes in 32 bits; a longer array is refused when it is encoded.
        FlightSqlTypeInfo::new(match i32::try_from(N) {
            Ok(size) => DataType::FixedSizeBinary(size),
            Err(_) => DataType::LargeBinary,
        })
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_bytes(ty)
    }
}

impl Encode<'_, FlightSql> for &'_ [u8] {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Binary(self.to_vec()));
        Ok(IsNull::No)
    }
}

impl Encode<'_, FlightSql> for Vec<u8> {
    fn encode(self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Binary(self));
        Ok(IsNull::No)
    }

    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Binary(self.clone()));
        Ok(IsNull::No)
    }
}

impl<const N: usize> Encode<'_, FlightSql> for [u8; N] {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let size = i32::try_from(N)
            .map_err(|_| format!("[u8; {N}] is longer than an Arrow FixedSizeBinary can be"))?;
        buf.push(Scalar::FixedSizeBinary(self.to_vec(), size));
        Ok(IsNull::No)
    }
}

forward_encode_impl!(Arc<[u8]>, &[u8], FlightSql);
forward_encode_impl!(Rc<[u8]>, &[u8], FlightSql);
forward_encode_impl!(Box<[u8]>, &[u8], FlightSql);
forward_encode_impl!(Cow<'_, [u8]>, &[u8], FlightSql);

impl<'r> Decode<'r, FlightSql> for &'r [u8] {
    #[inline]
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        read::bytes(value, "&[u8]")
    }
}

impl Decode<'_, FlightSql> for Vec<u8> {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        read::bytes(value, "Vec<u8>").map(<[u8]>::to_vec)
    }
}

impl<const N: usize> Decode<'_, FlightSql> for [u8; N] {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let rust = std::any::type_name::<Self>();
        Self::try_from(read::bytes(value, rust)?).map_err(|_| read::does_not_fit(value, rust))
    }
}

#[inline]
fn holds_bytes(ty: &FlightSqlTypeInfo) -> bool {
    matches!(
        ty.value_type(),
        DataType::Binary
            | DataType::BinaryView
            | DataType::LargeBinary
            | DataType::FixedSizeBinary(_)
    )
}

#[cfg(test)]
mod tests;
