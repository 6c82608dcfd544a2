//! `String`, `str` and their pointers; `Text<T>`.
//!
//! A `&str` borrows from the Arrow buffer; the others copy. `Box`, `Arc`, `Rc` and `Cow` decode
//! through sqlx-core.

use std::borrow::Cow;
use std::fmt::Display;
use std::rc::Rc;
use std::str::FromStr;
use std::sync::Arc;

use arrow_schema::DataType;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::forward_encode_impl;
use sqlx_core::types::Text;

use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::encoded_columns;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    str: text_type, holds_text;
    String: text_type, holds_text;
    Text<T> where [T]: text_type, holds_text;
}

encoded_columns! {
    Text<T> where [T: Display];
}

fn text_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Utf8)
}

impl Encode<'_, FlightSql> for &'_ str {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Text((*self).to_owned()));
        Ok(IsNull::No)
    }
}

impl Encode<'_, FlightSql> for String {
    fn encode(self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Text(self));
        Ok(IsNull::No)
    }

    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Text(self.clone()));
        Ok(IsNull::No)
    }
}

forward_encode_impl!(Arc<str>, &str, FlightSql);
forward_encode_impl!(Rc<str>, &str, FlightSql);
forward_encode_impl!(Box<str>, &str, FlightSql);
forward_encode_impl!(Cow<'_, str>, &str, FlightSql);

impl<'r> Decode<'r, FlightSql> for &'r str {
    #[inline]
    fn decode(value: FlightSqlValueRef<'r>) -> Result<Self, BoxDynError> {
        read::text(value, "&str")
    }
}

impl Decode<'_, FlightSql> for String {
    #[inline]
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        read::text(value, "String").map(str::to_owned)
    }
}

/// Bound as its `Display` text and read with `FromStr`.
impl<T: Display> Encode<'_, FlightSql> for Text<T> {
    fn encode_by_ref(&self, buf: &mut FlightSqlArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buf.push(Scalar::Text(self.0.to_string()));
        Ok(IsNull::No)
    }
}

impl<T> Decode<'_, FlightSql> for Text<T>
where
    T: FromStr,
    BoxDynError: From<T::Err>,
{
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(
            read::text(value, std::any::type_name::<Self>())?.parse()?,
        ))
    }
}

#[inline]
pub(super) fn holds_text(ty: &FlightSqlTypeInfo) -> bool {
    ty.is_text()
}

#[cfg(test)]
mod tests;
