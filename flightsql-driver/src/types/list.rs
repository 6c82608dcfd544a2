//! `Vec<T>`, `[T; N]`, `&[T]` and `Box<[T]>`: lists of any layout.
//!
//! Layouts: <https://arrow.apache.org/docs/format/Columnar.html#variable-size-list-layout>. A `Vec<u8>` is bytes
//! (`types/bytes`); items therefore have a trait, as in SQLx's driver for PostgreSQL.

use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::types::Type;

use crate::arguments::{FlightSqlArgumentBuffer, encoded_scalar};
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::inside::Inside;
use crate::value::nested::{decode_as, holds, item_info};
use crate::value::{FlightSqlValueRef, read};

/// A type that can be the item of a list, so that `Vec<T>` and `[T; N]` are read and bound.
///
/// All types of the [mapping](crate::types) implement it except `u8`, because a `Vec<u8>` is bytes. `#[derive(Type)]`
/// implements it. For a custom type, use the defaults:
///
/// ```
/// # use flightsql_driver::{FlightSql, FlightSqlTypeInfo};
/// # use flightsql_driver::types::FlightSqlHasArrayType;
/// struct Celsius(f64);
///
/// impl sqlx_core::types::Type<FlightSql> for Celsius {
///     fn type_info() -> FlightSqlTypeInfo {
///         <f64 as sqlx_core::types::Type<FlightSql>>::type_info()
///     }
/// }
///
/// impl FlightSqlHasArrayType for Celsius {}
/// ```
pub trait FlightSqlHasArrayType: Type<FlightSql> {
    /// Returns the type of a list of this type.
    fn array_type_info() -> FlightSqlTypeInfo {
        FlightSqlTypeInfo::list_of(&Self::type_info())
    }

    /// Returns `true` if a list of this type can be read from `ty`.
    fn array_compatible(ty: &FlightSqlTypeInfo) -> bool
    where
        Self: Sized,
    {
        item_info(ty).is_some_and(holds::<Self>)
    }
}

impl<T: FlightSqlHasArrayType> FlightSqlHasArrayType for Option<T> {}
impl<T: FlightSqlHasArrayType> FlightSqlHasArrayType for Vec<T> {}
impl<T: FlightSqlHasArrayType> FlightSqlHasArrayType for Box<[T]> {}
impl<T: FlightSqlHasArrayType, const N: usize> FlightSqlHasArrayType for [T; N] {}
impl<T: FlightSqlHasArrayType + ?Sized> FlightSqlHasArrayType for &T {}

macro_rules! list_types {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<T: FlightSqlHasArrayType, $($generics)*> Type<FlightSql> for $list {
            fn type_info() -> FlightSqlTypeInfo {
                T::array_type_info()
            }

            fn compatible(ty: &FlightSqlTypeInfo) -> bool {
                T::array_compatible(ty)
            }
        }
    )*};
}

list_types! {
    [] Vec<T>;
    [] [T];
    [const N: usize] [T; N];
}

macro_rules! bound_lists {
    ($([$($generics:tt)*] $list:ty;)*) => {$(
        impl<'q, T, $($generics)*> Encode<'q, FlightSql> for $list
        where
            T: Encode<'q, FlightSql> + FlightSqlHasArrayType,
        {
            fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
                encode(self, buf)
            }
        }
    )*};
}

bound_lists! {
    [] Vec<T>;
    [] &'_ [T];
    [] Box<[T]>;
    [const N: usize] [T; N];
}

fn encode<'q, T>(items: &[T], buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError>
where
    T: Encode<'q, FlightSql> + FlightSqlHasArrayType,
{
    let scalars: Vec<Scalar> = items
        .iter()
        .enumerate()
        .map(|(index, item)| {
            encoded_scalar(item).map_err(|source| Inside::error(format!("item {index}"), source))
        })
        .collect::<Result<_, _>>()?;
    buf.push(Scalar::List(
        T::type_info().to_field("item").into(),
        scalars,
    ));
    Ok(IsNull::No)
}

impl<'r, T> Decode<'r, FlightSql> for Vec<T>
where
    T: Decode<'r, FlightSql> + FlightSqlHasArrayType,
{
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        let items = value.items_for(std::any::type_name::<Self>())?;
        // A server can report many NULLs at no cost, and each would need memory here.
        let mut list = Self::with_capacity(items.len().min(MAX_RESERVED));
        for (index, item) in items.enumerate() {
            list.push(
                decode_as(item).map_err(|source| Inside::error(format!("item {index}"), source))?,
            );
        }
        Ok(list)
    }
}

/// The maximum number of items to reserve; longer lists grow as they are read.
const MAX_RESERVED: usize = 1 << 16;

/// sqlx-core decodes only boxes of bytes and strings.
impl<'r, T> Decode<'r, FlightSql> for Box<[T]>
where
    T: Decode<'r, FlightSql> + FlightSqlHasArrayType,
{
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        Vec::decode(value).map(Vec::into_boxed_slice)
    }
}

impl<'r, T, const N: usize> Decode<'r, FlightSql> for [T; N]
where
    T: Decode<'r, FlightSql> + FlightSqlHasArrayType,
{
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        let rust = std::any::type_name::<Self>();
        let items = value.items_for(rust)?;
        if items.len() != N {
            let len = items.len();
            return Err(format!("a list of {len} items cannot be read as `{rust}`").into());
        }
        Self::try_from(Vec::decode(value)?).map_err(|_| read::does_not_fit(value, rust))
    }
}

#[cfg(test)]
mod tests;
