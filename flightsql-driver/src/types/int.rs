//! `i8` to `i64`, `u8` to `u64`, `i128`, `u128`, `i256`.
//!
//! An integer is read from any integer column, and from a decimal without fraction digits, if the
//! value fits: servers widen freely (SQLite knows only 64 bits, `SUM` often gives a decimal).

use arrow_buffer::i256;
use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, FlightSqlValueRef, read};

macro_rules! integer {
    ($($rust:ident: $arrow:ident),* $(,)?) => {$(
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

macro_rules! integer_types {
    ($($name:ident: $arrow:ident),* $(,)?) => {$(
        fn $name() -> FlightSqlTypeInfo {
            FlightSqlTypeInfo::new(DataType::$arrow)
        }
    )*};
}

integer_types! {
    int8_type: Int8, int16_type: Int16, int32_type: Int32, int64_type: Int64,
    uint16_type: UInt16, uint32_type: UInt32, uint64_type: UInt64,
}

integer! {
    i8: Int8, i16: Int16, i32: Int32, i64: Int64,
    u8: UInt8, u16: UInt16, u32: UInt32, u64: UInt64,
}

sql_types! {
    i8: int8_type, holds_integers;
    i16: int16_type, holds_integers;
    i32: int32_type, holds_integers;
    i64: int64_type, holds_integers;
    u16: uint16_type, holds_integers;
    u32: uint32_type, holds_integers;
    u64: uint64_type, holds_integers;
    i128: wide_type, holds_integers;
    u128: wide_type, holds_integers;
    i256: widest_type, holds_integers;
}

encoded_columns! {
    i128;
    u128;
    i256;
}

// No item of a list: `Vec<u8>` is bytes.
impl Type<FlightSql> for u8 {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::UInt8)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_integers(ty)
    }
}

fn wide_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Decimal128(38, 0))
}

fn widest_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Decimal256(76, 0))
}

macro_rules! wide_integer {
    ($($rust:ident: |$value:ident| $wide:expr, |$read:ident| $narrow:expr;)*) => {$(
        impl Encode<'_, FlightSql> for $rust {
            fn encode_by_ref(
                &self,
                buf: &mut FlightSqlArgumentBuffer,
            ) -> Result<IsNull, BoxDynError> {
                let $value = *self;
                buf.push(Scalar::decimal($wide, 0)?);
                Ok(IsNull::No)
            }
        }

        impl Decode<'_, FlightSql> for $rust {
            fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
                let $read = read::wide_integer(value, stringify!($rust))?;
                $narrow.ok_or_else(|| read::does_not_fit(value, stringify!($rust)))
            }
        }
    )*};
}

wide_integer! {
    i128: |value| i256::from_i128(value), |read| read.to_i128();
    u128: |value| i256::from_parts(value, 0), |read| {
        let (low, high) = read.to_parts();
        (high == 0).then_some(low)
    };
    i256: |value| value, |read| Some(read);
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
            | Decimal32(_, ..=0)
            | Decimal64(_, ..=0)
            | Decimal128(_, ..=0)
            | Decimal256(_, ..=0)
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
