//! `i8` to `i64`, `u8` to `u64`, `i128`, `u128`, `i256`.
//!
//! An integer can be read from any integer column, and from a decimal without fraction digits, if the value fits. Servers
//! widen freely: SQLite has only 64-bit integers, and `SUM` often returns a decimal.

use arrow_buffer::i256;
use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{Data, FlightSqlValueRef, read};

sql_types! {
    i8: FlightSqlTypeInfo::new(DataType::Int8), holds_integers;
    i16: FlightSqlTypeInfo::new(DataType::Int16), holds_integers;
    i32: FlightSqlTypeInfo::new(DataType::Int32), holds_integers;
    i64: FlightSqlTypeInfo::new(DataType::Int64), holds_integers;
    u16: FlightSqlTypeInfo::new(DataType::UInt16), holds_integers;
    u32: FlightSqlTypeInfo::new(DataType::UInt32), holds_integers;
    u64: FlightSqlTypeInfo::new(DataType::UInt64), holds_integers;
    i128: FlightSqlTypeInfo::new(DataType::Decimal128(38, 0)), holds_integers;
    u128: FlightSqlTypeInfo::new(DataType::Decimal128(38, 0)), holds_integers;
    i256: FlightSqlTypeInfo::new(DataType::Decimal256(76, 0)), holds_integers;
}

// Not an item of a list: `Vec<u8>` is bytes.
impl Type<FlightSql> for u8 {
    fn type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::new(DataType::UInt8)
    }

    #[inline]
    fn compatible(ty: &FlightSqlTypeInfo) -> bool {
        holds_integers(ty)
    }
}

macro_rules! integers {
    ($($rust:ident: $arrow:ident),* $(,)?) => {
        scalars! {$(
            $rust: |value| Scalar::$arrow(*value);
        )*}

        $(impl Decode<'_, FlightSql> for $rust {
            #[inline]
            fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
                match value.data()? {
                    (Data::$arrow(values), row) => read::get(values, row),
                    _ => narrowed(value, stringify!($rust)),
                }
            }
        })*
    };
}

integers! {
    i8: Int8, i16: Int16, i32: Int32, i64: Int64,
    u8: UInt8, u16: UInt16, u32: UInt32, u64: UInt64,
}

scalars! {
    i128: |value| Scalar::decimal(i256::from_i128(*value), 0)?;
    u128: |value| Scalar::decimal(i256::from_parts(*value, 0), 0)?;
    i256: |value| Scalar::decimal(*value, 0)?;
}

encoded_columns! {
    i128;
    u128;
    i256;
}

decodes! {
    i128 as "i128": |value, rust| {
        let wide = read::wide_integer(value, rust)?;
        wide.to_i128()
            .ok_or_else(|| read::does_not_fit(value, rust))
    };
    u128 as "u128": |value, rust| match read::wide_integer(value, rust)?.to_parts() {
        (low, 0) => Ok(low),
        _ => Err(read::does_not_fit(value, rust)),
    };
    i256 as "i256": |value, rust| read::wide_integer(value, rust);
}

/// Integers, and decimals without fraction digits.
#[inline]
fn holds_integers(ty: &FlightSqlTypeInfo) -> bool {
    use DataType::{Decimal32, Decimal64, Decimal128, Decimal256};
    ty.value_type().is_integer()
        || matches!(
            ty.value_type(),
            Decimal32(_, ..=0) | Decimal64(_, ..=0) | Decimal128(_, ..=0) | Decimal256(_, ..=0)
        )
}

/// Reads an integer of another width, sign or encoding, if it fits.
#[inline(never)]
fn narrowed<T: TryFrom<i128>>(
    value: FlightSqlValueRef<'_>,
    rust: &'static str,
) -> Result<T, BoxDynError> {
    T::try_from(read::integer(value, rust)?).map_err(|_| read::does_not_fit(value, rust))
}

#[cfg(test)]
mod tests;
