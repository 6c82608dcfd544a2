//! `uuid::Uuid`.
//!
//! Extension type: <https://arrow.apache.org/docs/format/CanonicalExtensions.html#uuid>. Servers
//! without it store UUIDs as 16 bytes or as text; both can be read.

use arrow_schema::DataType;
use sqlx_core::types::Uuid;

use super::str::holds_text;
use crate::arrow::logical_type::UUID_EXTENSION;
use crate::arrow::scalar::Scalar;
use crate::to_arrow::arrow_columns;
use crate::to_arrow::text::uuids;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::read;

sql_types! {
    Uuid: FlightSqlTypeInfo::with_extension(DataType::FixedSizeBinary(16), UUID_EXTENSION), holds_uuids;
}

arrow_columns! {
    Uuid: |value| value.as_bytes(), uuids;
}

scalars! {
    Uuid: |value| Scalar::Uuid(value.into_bytes());
}

#[inline]
fn holds_uuids(ty: &FlightSqlTypeInfo) -> bool {
    use DataType::{Binary, BinaryView, FixedSizeBinary, LargeBinary};
    holds_text(ty)
        || matches!(
            ty.value_type(),
            FixedSizeBinary(16) | Binary | LargeBinary | BinaryView
        )
}

decodes! {
    Uuid as "Uuid": |value, rust| {
        // The parser's own error shows characters of the text, and errors must not show values.
        if holds_text(value.info()) {
            let text = read::text(value, rust)?;
            return Self::try_parse(text).map_err(|_| read::does_not_fit(value, rust));
        }
        Self::from_slice(read::bytes(value, rust)?).map_err(|_| read::does_not_fit(value, rust))
    };
}

#[cfg(test)]
mod tests {
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
}
