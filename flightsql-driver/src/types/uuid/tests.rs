//! UUIDs as bytes and as text.
#![allow(clippy::unwrap_used, reason = "tests")]

use arrow_array::{BinaryArray, FixedSizeBinaryArray, StringArray};
use arrow_schema::DataType;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use proptest::prelude::*;
use sqlx_core::arguments::Arguments as _;
use sqlx_core::types::Uuid;

use crate::arguments::FlightSqlArguments;
use crate::types::tests::{dictionary_type, read, round_trip};

proptest! {
    #[test]
    fn uuids_round_trip(bytes: [u8; 16]) {
        round_trip(&Uuid::from_bytes(bytes), &[
            DataType::FixedSizeBinary(16),
            DataType::Binary,
            DataType::BinaryView,
            DataType::Utf8,
            DataType::Utf8View,
            dictionary_type(DataType::Int16, DataType::Utf8),
        ]);
    }
}

#[test]
fn a_bound_uuid_says_that_it_is_one() {
    let mut arguments = FlightSqlArguments::default();
    arguments.add(Uuid::nil()).unwrap();
    let batch = arguments
        .to_batch(&crate::arguments::tests::target(
            None,
            "",
            &crate::dialect::presets::ansi(),
        ))
        .unwrap();
    assert_eq!(
        batch.schema().field(0).metadata()[EXTENSION_TYPE_NAME_KEY],
        "arrow.uuid"
    );
}

#[test]
fn what_is_no_uuid_is_an_error_without_the_value() {
    for error in [
        read::<Uuid>(StringArray::from(vec!["not-a-uuid"]), 0),
        read::<Uuid>(BinaryArray::from(vec![&[1_u8; 15][..]]), 0),
        read::<Uuid>(
            FixedSizeBinaryArray::try_from_iter([[1_u8; 8]].into_iter()).unwrap(),
            0,
        ),
    ] {
        let message = error.unwrap_err().to_string();
        assert!(
            message.contains("column 0") && !message.contains("not-a"),
            "{message}"
        );
    }
}
