//! Bytes: round trips through every layout, fixed sizes.
#![allow(clippy::unwrap_used, reason = "tests")]

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
        let fixed =
            FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.into_iter(), 2).unwrap();
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
