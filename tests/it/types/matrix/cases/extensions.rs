//! Extension types, canonical and unknown.

use std::sync::Arc;

use flightsql::arrow::array::types::*;
use flightsql::arrow::array::*;
use flightsql::arrow::schema::{DataType, Field, Fields, TimeUnit};

use super::{Case, case, extension, field, numbers, shown};

pub(super) fn cases() -> Vec<Case> {
    let offset_type = TimestampMicrosecondArray::from(vec![0, 86_400_000_000]).with_timezone("UTC");
    let offsets = StructArray::from(vec![
        (
            field("timestamp", offset_type.data_type().clone(), false),
            Arc::new(offset_type) as ArrayRef,
        ),
        (
            field("offset_minutes", DataType::Int16, false),
            numbers::<Int16Type>(vec![120, -330]),
        ),
    ]);
    let uuids = FixedSizeBinaryArray::try_from_iter([[0xAB_u8; 16], [0; 16]].iter()).unwrap();
    vec![
        extension(
            "arrow.uuid",
            Arc::new(uuids),
            vec![
                shown("abababab-abab-abab-abab-abababababab"),
                shown("00000000-0000-0000-0000-000000000000"),
            ],
        ),
        extension(
            "arrow.json",
            Arc::new(StringArray::from(vec!["{\"a\": 1}", "null"])),
            vec!["{\"a\": 1}".to_owned(), "null".to_owned()],
        ),
        extension(
            "arrow.bool8",
            numbers::<Int8Type>(vec![1, 0, -1]),
            vec![true, false, true],
        ),
        extension(
            "arrow.opaque",
            Arc::new(StringArray::from(vec!["POINT (1 2)", ""])),
            vec!["POINT (1 2)".to_owned(), String::new()],
        ),
        extension(
            "arrow.timestamp_with_offset",
            Arc::new(offsets),
            vec![
                shown("1970-01-01T02:00:00+02:00"),
                shown("1970-01-01T18:30:00-05:30"),
            ],
        ),
        extension(
            "com.example.unknown",
            numbers::<Int32Type>(vec![1, 2]),
            vec![1_i32, 2],
        ),
        case(
            "Struct() without nulls inside",
            Arc::new(StructArray::new(
                Fields::from(vec![Field::new(
                    "t",
                    DataType::Time32(TimeUnit::Second),
                    false,
                )]),
                vec![numbers::<Time32SecondType>(vec![1, 2])],
                None,
            )),
            vec![(shown("00:00:01"),), (shown("00:00:02"),)],
        ),
    ]
}
