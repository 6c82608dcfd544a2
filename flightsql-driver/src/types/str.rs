//! `String`, `str` and their pointers; `Text<T>`.
//!
//! A `&str` borrows from the Arrow buffer; the others copy. `Box`, `Arc`, `Rc` and `Cow` decode through sqlx-core.

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
    str: text_type(), holds_text;
    String: text_type(), holds_text;
    Text<T> where [T]: text_type(), holds_text;
}

encoded_columns! {
    Text<T> where [T: Display];
}

fn text_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Utf8)
}

scalars! {
    &'_ str: |value| Scalar::Text((*value).to_owned());
    /// Binds the `Display` text; `FromStr` reads it.
    Text<T> where [T: Display]: |value| Scalar::Text(value.0.to_string());
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

decodes! {
    #[inline]
    String as "String": |value, rust| read::text(value, rust).map(str::to_owned);
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
mod tests {
    use std::borrow::Cow;
    use std::net::IpAddr;
    use std::rc::Rc;
    use std::sync::Arc;

    use arrow_array::{BinaryArray, LargeStringArray, StringArray, StringViewArray};
    use arrow_schema::DataType;
    use proptest::prelude::*;
    use sqlx_core::row::Row as _;
    use sqlx_core::types::Text;

    use crate::types::tests::{bind, dictionary_type, read, round_trip, row_of};

    fn string_types() -> [DataType; 5] {
        [
            DataType::Utf8,
            DataType::LargeUtf8,
            DataType::Utf8View,
            dictionary_type(DataType::Int32, DataType::Utf8),
            dictionary_type(DataType::UInt8, DataType::LargeUtf8),
        ]
    }

    proptest! {
        #[test]
        fn strings_round_trip(value: String) {
            round_trip(&value, &string_types());
        }
    }

    #[test]
    fn every_pointer_to_text_binds_and_reads() {
        for value in [
            "",
            "twelve bytes",
            "longer than what a view holds inline",
            "日本",
        ] {
            let row = row_of(bind(value, None).unwrap(), 0);
            assert_eq!(row.get::<&str, _>(0), value);
            round_trip::<Box<str>>(&value.into(), &string_types());
            round_trip::<Arc<str>>(&value.into(), &string_types());
            round_trip::<Rc<str>>(&value.into(), &string_types());
            round_trip::<Cow<'static, str>>(&value.into(), &string_types());
            round_trip::<Arc<String>>(&Arc::new(value.to_owned()), &string_types());
        }
    }

    #[test]
    fn text_borrows_from_the_buffer() {
        let array = StringArray::from(vec!["a", "borrowed"]);
        let start = array.values().as_ptr();
        let row = row_of(Arc::new(array), 1);
        let text: &str = row.get(0);
        assert_eq!(text.as_ptr(), start.wrapping_add(1));
    }

    #[test]
    fn sliced_columns_of_every_layout() {
        let values = [
            Some("a"),
            None,
            Some("a long string beyond a view"),
            Some("d"),
        ];
        let expected = |row: u32| values[usize::try_from(row).unwrap() + 1].map(str::to_owned);
        for row in 0..3 {
            let utf8 = StringArray::from(values.to_vec()).slice(1, 3);
            let large = LargeStringArray::from(values.to_vec()).slice(1, 3);
            let view = StringViewArray::from(values.to_vec()).slice(1, 3);
            assert_eq!(read::<Option<String>>(utf8, row).unwrap(), expected(row));
            assert_eq!(read::<Option<String>>(large, row).unwrap(), expected(row));
            assert_eq!(read::<Option<String>>(view, row).unwrap(), expected(row));
        }
    }

    #[test]
    fn text_is_read_from_text_only() {
        assert!(read::<String>(BinaryArray::from(vec![&b"a"[..]]), 0).is_err());
        assert!(read::<String>(arrow_array::Int64Array::from(vec![1]), 0).is_err());
    }

    #[test]
    fn text_of_any_type_that_parses() {
        let address: IpAddr = "192.0.2.1".parse().unwrap();
        round_trip(&Text(address), &string_types());
        let error = read::<Text<IpAddr>>(StringArray::from(vec!["192.0.2"]), 0);
        assert!(error.unwrap_err().to_string().contains("column 0"));
    }
}
