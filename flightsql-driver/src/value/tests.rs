//! Owned and borrowed values, and their texts.
use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{
    Array as _, ArrayRef, BinaryArray, BooleanArray, Decimal128Array, Decimal256Array,
    DictionaryArray, FixedSizeListArray, Int8Array, Int64Array, ListArray, NullArray, RecordBatch,
    StringArray, StructArray, TimestampSecondArray,
};
use arrow_buffer::i256;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field};
use sqlx_core::error::Error;
use sqlx_core::value::{Value as _, ValueRef};

use super::{Batch, Columns, FlightSqlValue, FlightSqlValueRef};

fn value(array: ArrayRef, row: u32) -> FlightSqlValue {
    let record = RecordBatch::try_from_iter_with_nullable([("c", array, true)]).unwrap();
    let batch = Batch::new(Columns::plain(record.schema()), record).unwrap();
    ValueRef::to_owned(&FlightSqlValueRef::new(&batch, 0, row).unwrap())
}

#[test]
fn a_reference_is_small() {
    assert_eq!(size_of::<FlightSqlValueRef<'_>>(), 24);
    assert_eq!(size_of::<Option<FlightSqlValueRef<'_>>>(), 24);
}

#[test]
fn an_owned_value_outlives_its_result() {
    let text = value(Arc::new(StringArray::from(vec![Some("a"), None])), 0);
    assert!(!text.is_null());
    assert_eq!(text.type_info().to_string(), "VARCHAR");
    assert_eq!(text.decode::<&str>(), "a");
    assert_eq!(text.clone().decode::<String>(), "a");
    assert!(matches!(text.try_decode::<i64>(), Err(Error::Decode(_))));
    let null = value(Arc::new(StringArray::from(vec![Some("a"), None])), 1);
    assert!(null.is_null());
    assert_eq!(null.decode::<Option<String>>(), None);
    assert!(matches!(null.try_decode::<String>(), Err(Error::Decode(_))));
}

#[test]
fn the_array_is_there_for_a_decoder_of_your_own() {
    let value = value(Arc::new(Int64Array::from(vec![5, 6])), 1);
    let value = value.as_ref();
    assert_eq!((value.array().len(), value.index()), (2, 1));
    assert!(FlightSqlValueRef::new(value.batch, 1, 0).is_none());
}

#[test]
fn a_row_beyond_the_batch_is_an_error() {
    let beyond = value(Arc::new(Int64Array::from(vec![Some(5), None])), 2);
    assert!(beyond.try_decode::<i64>().is_err());
    assert_eq!(beyond.to_string(), "<no row 2>");
    let beyond = value(Arc::new(StringArray::from(vec![Some("a"), None])), 9);
    assert!(beyond.try_decode::<&str>().is_err());
}

#[test]
fn every_value_has_a_text() {
    let zoned = |zone: &str| {
        Arc::new(TimestampSecondArray::from(vec![1_714_564_800]).with_timezone(zone)) as ArrayRef
    };
    let dictionary: DictionaryArray<Int8Type> = ["x", "y"].into_iter().collect();
    let list = ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>([Some([
        Some(1),
        None,
    ])]);
    let decimal = Decimal128Array::from(vec![-12345])
        .with_precision_and_scale(10, 2)
        .unwrap();
    let cases: Vec<(ArrayRef, &str, &str)> = vec![
        (Arc::new(Int64Array::from(vec![42])), "42", "42"),
        (Arc::new(BooleanArray::from(vec![true])), "true", "true"),
        (
            Arc::new(StringArray::from(vec!["a \"b\""])),
            "a \"b\"",
            r#""a \"b\"""#,
        ),
        (
            Arc::new(StringArray::from(vec![None::<&str>])),
            "NULL",
            "NULL",
        ),
        (Arc::new(NullArray::new(1)), "NULL", "NULL"),
        (
            Arc::new(BinaryArray::from(vec![&[0xde, 0xad][..]])),
            "dead",
            "dead",
        ),
        (Arc::new(decimal), "-123.45", "-123.45"),
        (Arc::new(dictionary), "x", "\"x\""),
        (Arc::new(list), "[1, NULL]", "[1, NULL]"),
        (
            Arc::new(TimestampSecondArray::from(vec![1_714_564_800])),
            "2024-05-01T12:00:00",
            "2024-05-01T12:00:00",
        ),
        (
            zoned("+02:00"),
            "2024-05-01T14:00:00+02:00",
            "2024-05-01T14:00:00+02:00",
        ),
        // No zone database: the same instant in UTC.
        (
            zoned("Europe/Paris"),
            "2024-05-01T12:00:00Z",
            "2024-05-01T12:00:00Z",
        ),
    ];
    for (array, display, debug) in cases {
        let value = value(array, 0);
        assert_eq!(value.to_string(), display);
        assert_eq!(format!("{value:?}"), debug);
    }
}

#[test]
fn date64_shows_as_day_unless_it_has_time() {
    let dates: ArrayRef = Arc::new(arrow_array::Date64Array::from(vec![
        86_400_000,
        -86_400_000,
        86_400_001,
    ]));
    let shown = [0, 1, 2].map(|row| value(Arc::clone(&dates), row).to_string());
    assert_eq!(
        shown,
        ["1970-01-02", "1969-12-31", "1970-01-02T00:00:00.001"]
    );
}

/// A column as DuckDB sends its HUGEINT.
#[test]
fn a3_a_decimal_shows_more_digits_than_its_precision() {
    let huge: ArrayRef = Arc::new(
        Decimal128Array::from(vec![i128::MAX, i128::MIN, -7, 0])
            .with_precision_and_scale(38, 0)
            .unwrap(),
    );
    let digits = [
        "170141183460469231731687303715884105727",
        "-170141183460469231731687303715884105728",
        "-7",
        "0",
    ];
    for (row, expected) in (0_u32..).zip(digits) {
        assert_eq!(value(Arc::clone(&huge), row).to_string(), expected);
    }
    let widest = Decimal256Array::from(vec![i256::MAX, i256::MIN])
        .with_precision_and_scale(76, 70)
        .unwrap();
    let widest: ArrayRef = Arc::new(widest);
    assert_eq!(
        value(Arc::clone(&widest), 0).to_string(),
        "5789604.4618658097711785492504343953926634992332820282019728792003956564819967"
    );
    assert_eq!(
        value(widest, 1).to_string(),
        "-5789604.4618658097711785492504343953926634992332820282019728792003956564819968"
    );
    let negative = Decimal128Array::from(vec![0, 12])
        .with_precision_and_scale(5, -2)
        .unwrap();
    let negative: ArrayRef = Arc::new(negative);
    assert_eq!(value(Arc::clone(&negative), 0).to_string(), "0");
    assert_eq!(value(negative, 1).to_string(), "1200");
    // The same value in a list, a dictionary, a struct and a map.
    let items = arrow_buffer::OffsetBuffer::from_lengths([1, 3]);
    let item = Arc::new(Field::new("item", huge.data_type().clone(), true));
    let list: ArrayRef = Arc::new(ListArray::new(item, items, Arc::clone(&huge), None));
    assert_eq!(
        value(Arc::clone(&list), 0).to_string(),
        "[170141183460469231731687303715884105727]"
    );
    assert_eq!(
        value(Arc::clone(&list), 1).to_string(),
        "[-170141183460469231731687303715884105728, -7, 0]"
    );
    let keys = Int8Array::from(vec![Some(1), None]);
    let dictionary: ArrayRef = Arc::new(DictionaryArray::new(keys, Arc::clone(&huge)));
    assert_eq!(value(Arc::clone(&dictionary), 0).to_string(), digits[1]);
    let record: ArrayRef = Arc::new(StructArray::from(vec![
        (
            Arc::new(Field::new("d", dictionary.data_type().clone(), true)),
            Arc::clone(&dictionary),
        ),
        (
            Arc::new(Field::new("l", list.data_type().clone(), true)),
            Arc::clone(&list),
        ),
    ]));
    assert_eq!(
        value(Arc::clone(&record), 0).to_string(),
        "{d: -170141183460469231731687303715884105728, l: [170141183460469231731687303715884105727]}"
    );
    assert_eq!(
        value(record, 1).to_string(),
        "{d: NULL, l: [-170141183460469231731687303715884105728, -7, 0]}"
    );
}

#[test]
fn values_inside_others_show_as_columns_do() {
    let list_of = |items: ArrayRef, extension: Option<&str>| {
        let field = Field::new("item", items.data_type().clone(), true);
        let metadata = extension.map(|name| (EXTENSION_TYPE_NAME_KEY.to_owned(), name.to_owned()));
        let field = field.with_metadata(metadata.into_iter().collect());
        let lengths = arrow_buffer::OffsetBuffer::from_lengths([items.len()]);
        value(
            Arc::new(ListArray::new(Arc::new(field), lengths, items, None)),
            0,
        )
        .to_string()
    };
    let days = arrow_array::Date64Array::from(vec![Some(86_400_000), None]);
    assert_eq!(list_of(Arc::new(days), None), "[1970-01-02, NULL]");
    let zoned = TimestampSecondArray::from(vec![0]).with_timezone("Europe/Paris");
    assert_eq!(list_of(Arc::new(zoned), None), "[1970-01-01T00:00:00Z]");
    let ids = arrow_array::FixedSizeBinaryArray::try_from_iter([[0x11_u8; 16]].iter()).unwrap();
    assert_eq!(
        list_of(Arc::new(ids), Some("arrow.uuid")),
        "[11111111-1111-1111-1111-111111111111]"
    );
    let flags = Int8Array::from(vec![1, 0]);
    assert_eq!(
        list_of(Arc::new(flags), Some("arrow.bool8")),
        "[true, false]"
    );
}

/// Found by the fuzz target `values`: `take` panics for such a struct.
#[test]
fn a_struct_with_lists_of_no_items_has_a_text() {
    let item = Arc::new(Field::new("item", DataType::Int32, true));
    let no_items = Arc::new(arrow_array::Int32Array::from(Vec::<i32>::new()));
    let list = FixedSizeListArray::try_new_with_length(item, 0, no_items, None, 2).unwrap();
    let field = Field::new("f", list.data_type().clone(), true);
    let one = StructArray::new(vec![field].into(), vec![Arc::new(list)], None);
    assert_eq!(value(Arc::new(one), 1).to_string(), "{f: []}");
}
