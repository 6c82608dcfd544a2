//! `Vec<u8>`, `[u8]` and their pointers; `[u8; N]`; `Bytes`.
//!
//! A `&[u8]` borrows from the Arrow buffer and `Bytes` shares it; the others copy. `Box`, `Arc`, `Rc` and `Cow`
//! decode through sqlx-core. Strings can be read as bytes too, even with invalid UTF-8.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Arc;

use arrow_schema::DataType;
use bytes::Bytes;
use sqlx_core::decode::Decode;
use sqlx_core::encode::{Encode, IsNull};
use sqlx_core::error::BoxDynError;
use sqlx_core::forward_encode_impl;
use sqlx_core::types::Type;

use super::list::FlightSqlHasArrayType;
use crate::arguments::FlightSqlArgumentBuffer;
use crate::arrow::scalar::Scalar;
use crate::marker::FlightSql;
use crate::to_arrow::text::fixed_size;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::nested::item_info;
use crate::value::{FlightSqlValueRef, read};

sql_types! {
    [u8]: binary_type(), holds_bytes;
    Vec<u8>: binary_type(), holds_bytes_or_list;
    Bytes: binary_type(), holds_bytes;
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
        holds_bytes_or_list(ty)
    }
}

impl<const N: usize> FlightSqlHasArrayType for [u8; N] {}

fn binary_type() -> FlightSqlTypeInfo {
    FlightSqlTypeInfo::new(DataType::Binary)
}

scalars! {
    &'_ [u8]: |value| Scalar::Binary(value.to_vec());
    Bytes: |value| Scalar::Binary(value.to_vec());
    [u8; N] where [const N: usize]: |value| Scalar::FixedSizeBinary(value.to_vec(), fixed_size(N)?);
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

decodes! {
    #[inline]
    Vec<u8> as "Vec<u8>": |value, rust| owned(value, rust);
    /// Decodes without a copy; the bytes keep the buffer of the record batch alive.
    Bytes as "Bytes": |value, rust| read::shared_bytes(value, rust);
}

impl<const N: usize> Decode<'_, FlightSql> for [u8; N] {
    fn decode(value: FlightSqlValueRef<'_>) -> Result<Self, BoxDynError> {
        let rust = std::any::type_name::<Self>();
        if let Ok(bytes) = read::bytes(value, rust) {
            return Self::try_from(bytes).map_err(|_| read::does_not_fit(value, rust));
        }
        Self::try_from(owned(value, rust)?).map_err(|_| read::does_not_fit(value, rust))
    }
}

/// Reads bytes, also from a list of `UInt8`.
fn owned(value: FlightSqlValueRef<'_>, rust: &str) -> Result<Vec<u8>, BoxDynError> {
    match item_info(value.info()) {
        None => read::bytes(value, rust).map(<[u8]>::to_vec),
        Some(_) => value.items_for(rust)?.map(u8::decode).collect(),
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
    ) || ty.is_text()
}

fn holds_bytes_or_list(ty: &FlightSqlTypeInfo) -> bool {
    holds_bytes(ty)
        || item_info(ty).is_some_and(|item| matches!(item.value_type(), DataType::UInt8))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::rc::Rc;
    use std::sync::Arc;

    use arrow_array::types::Int32Type;
    use arrow_array::{
        Array as _, ArrayRef, BinaryArray, BinaryViewArray, DictionaryArray, FixedSizeBinaryArray,
        LargeBinaryArray, LargeStringArray, StringArray, StringViewArray,
    };
    use arrow_schema::DataType;
    use bytes::Bytes;
    use proptest::prelude::*;
    use sqlx_core::row::Row as _;

    use crate::types::tests::{bind, read, round_trip, row_of};

    const TYPES: [DataType; 3] = [
        DataType::Binary,
        DataType::LargeBinary,
        DataType::BinaryView,
    ];

    proptest! {
        #[test]
        fn bytes_round_trip(value: Vec<u8>) {
            round_trip(&value, &TYPES);
            let size = i32::try_from(value.len()).unwrap();
            round_trip(&value, &[DataType::FixedSizeBinary(size)]);
        }

        #[test]
        fn arrays_round_trip(value: [u8; 5]) {
            round_trip(&value, &TYPES);
            round_trip(&value, &[DataType::FixedSizeBinary(5)]);
        }
    }

    #[test]
    fn every_pointer_to_bytes_binds_and_reads() {
        let value = &b"some bytes that are longer than a view"[..];
        let row = row_of(bind(value, None).unwrap(), 0);
        assert_eq!(row.get::<&[u8], _>(0), value);
        round_trip::<Box<[u8]>>(&value.into(), &TYPES);
        round_trip::<Arc<[u8]>>(&value.into(), &TYPES);
        round_trip::<Rc<[u8]>>(&value.into(), &TYPES);
        round_trip::<Cow<'static, [u8]>>(&value.into(), &TYPES);
        round_trip::<Arc<Vec<u8>>>(&Arc::new(value.to_vec()), &TYPES);
    }

    #[test]
    fn an_array_is_as_long_as_it_says() {
        let array = BinaryArray::from(vec![&[1_u8, 2, 3][..]]);
        assert_eq!(read::<[u8; 3]>(array.clone(), 0).unwrap(), [1, 2, 3]);
        assert!(read::<[u8; 4]>(array.clone(), 0).is_err());
        assert!(read::<[u8; 0]>(array, 0).is_err());
        assert!(bind([1_u8, 2], Some(DataType::FixedSizeBinary(3))).is_err());
        let own = bind([1_u8, 2], None).unwrap();
        assert_eq!(own.data_type(), &DataType::FixedSizeBinary(2));
    }

    #[test]
    fn sliced_columns_of_every_layout() {
        let values = [Some(&b"aa"[..]), None, Some(&b"cc"[..])];
        for (row, expected) in [(0, None), (1, Some(b"cc".to_vec()))] {
            let binary = BinaryArray::from(values.to_vec()).slice(1, 2);
            let large = LargeBinaryArray::from(values.to_vec()).slice(1, 2);
            let view = BinaryViewArray::from(values.to_vec()).slice(1, 2);
            let fixed = FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 2)
                .unwrap();
            assert_eq!(read::<Option<Vec<u8>>>(binary, row).unwrap(), expected);
            assert_eq!(read::<Option<Vec<u8>>>(large, row).unwrap(), expected);
            assert_eq!(read::<Option<Vec<u8>>>(view, row).unwrap(), expected);
            assert_eq!(
                read::<Option<Vec<u8>>>(fixed.slice(1, 2), row).unwrap(),
                expected
            );
        }
    }

    #[test]
    fn the_bytes_of_text_in_every_layout() {
        let long = "longer than what stands in a view";
        let texts = || vec![Some("é"), None, Some(long)];
        let dictionary: DictionaryArray<Int32Type> = texts().into_iter().collect();
        let arrays: [ArrayRef; 4] = [
            Arc::new(StringArray::from(texts())),
            Arc::new(LargeStringArray::from(texts())),
            Arc::new(StringViewArray::from(texts())),
            Arc::new(dictionary),
        ];
        for array in arrays {
            let array = || Arc::clone(&array);
            assert_eq!(read::<Vec<u8>>(array(), 0).unwrap(), "é".as_bytes());
            assert_eq!(read::<Option<Vec<u8>>>(array(), 1).unwrap(), None);
            assert_eq!(read::<Bytes>(array(), 0).unwrap(), "é".as_bytes());
            assert_eq!(read::<Bytes>(array(), 2).unwrap(), long.as_bytes());
        }
    }
}
