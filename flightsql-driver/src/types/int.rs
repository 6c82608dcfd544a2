//! `i8` to `i64`, `u8` to `u64`, `i128`. Layer D.
//!
//! An integer is read from any integer column, and from a decimal without fraction digits, if the
//! value fits: servers widen freely (SQLite knows only 64 bits, `SUM` often gives a decimal).

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::{FlightSqlArgumentBuffer, Scalar};
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, FlightSqlValueRef, read};

macro_rules! integer {
    ($($rust:ident: $arrow:ident),* $(,)?) => {$(
        impl Type<FlightSql> for $rust {
            fn type_info() -> FlightSqlTypeInfo {
                FlightSqlTypeInfo::new(DataType::$arrow)
            }

            #[inline]
            fn compatible(ty: &FlightSqlTypeInfo) -> bool {
                holds_integers(ty)
            }
        }

        impl Encode<'_, FlightSql> for $rust {
            fn encode_by_ref(
                &self,
                buf: &mut FlightSqlArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                buf.push(Scalar::$arrow(*self));
                Ok(IsNull::No)
            }
        }

        impl Decode<'_, FlightSql> for $rust {
            #[inline]
            fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
                match value.data()? {
                    (Data::$arrow(values), row) => read::get(values, row),
                    _ => narrowed(value, stringify!($rust)),
                }
            }
        }
    )*};
}

integer! {
    i8: Int8, i16: Int16, i32: Int32, i64: Int64,
    u8: UInt8, u16: UInt16, u32: UInt32, u64: UInt64,
}

impl Type<FlightSql> for i128 {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::Decimal128(38, 0))
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_integers(ty)
    }
}

impl Encode<'_, FlightSql> for i128 {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::decimal((*self).into(), 0)?);
        Ok(IsNull::No)
    }
}

impl Decode<'_, FlightSql> for i128 {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        read::integer(value, "i128")
    }
}

#[inline]
fn holds_integers(ty: &FlightSqlTypeInfo) -> bool {
    use DataType::{
        Decimal32, Decimal64, Decimal128, Decimal256, Int8, Int16, Int32, Int64, UInt8, UInt16,
        UInt32, UInt64,
    };
    matches!(
        ty.value_type(),
        Int8 | Int16
            | Int32
            | Int64
            | UInt8
            | UInt16
            | UInt32
            | UInt64
            | Decimal32(_, 0)
            | Decimal64(_, 0)
            | Decimal128(_, 0)
            | Decimal256(_, 0)
    )
}

/// An integer of another width, sign or encoding, if it fits.
#[inline(never)]
fn narrowed<T: TryFrom<i128>>(
    value: FlightSqlValueRef<'_>,
    rust: &'static str,
) -> Result<T, BoxDynError> {
    T::try_from(read::integer(value, rust)?).map_err(|_| read::does_not_fit(value, rust))
}

#[cfg(test)]
mod tests;
