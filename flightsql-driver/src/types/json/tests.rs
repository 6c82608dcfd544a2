//! JSON round trips and errors; the JSON of offline query data.
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{Array as _, ArrayRef, Int64Array, ListArray, StringArray, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::extension::EXTENSION_TYPE_NAME_KEY;
use arrow_schema::{DataType, Field, TimeUnit};
use serde::Deserialize;
use sqlx_core::arguments::Arguments as _;
use sqlx_core::column::Column as _;
use sqlx_core::row::Row as _;
use sqlx_core::type_info::TypeInfo as _;
use sqlx_core::types::{Json, JsonValue};

use crate::arguments::FlightSqlArguments;
use crate::column::FlightSqlColumn;
use crate::type_info::FlightSqlTypeInfo;
use crate::types::tests::{bind, dictionary_type, read, round_trip, row_of};

#[test]
fn json_round_trips() {
    let types = [
        DataType::Utf8,
        DataType::LargeUtf8,
        DataType::Utf8View,
        dictionary_type(DataType::Int8, DataType::Utf8),
    ];
    for value in [
        serde_json::json!(null),
        serde_json::json!({ "a": [1, 2.5, "x", null], "b": { "c": true } }),
        serde_json::json!("text"),
    ] {
        round_trip(&value, &types);
        round_trip(&Json(value), &types);
    }
    round_trip(&Json(BTreeMap::from([("k".to_owned(), 1)])), &types);
}

#[test]
fn a_bound_json_says_that_it_is_one() {
    let mut arguments = FlightSqlArguments::default();
    arguments.add(JsonValue::Null).unwrap();
    let batch = arguments
        .to_batch(&crate::arguments::tests::target(
            None,
            "",
            &crate::dialect::presets::ansi(),
        ))
        .unwrap();
    assert_eq!(
        batch.schema().field(0).metadata()[EXTENSION_TYPE_NAME_KEY],
        "arrow.json"
    );
}

#[test]
fn json_borrows_from_the_buffer() {
    #[derive(Deserialize)]
    struct Borrowed<'a> {
        name: &'a str,
    }
    let row = row_of(Arc::new(StringArray::from(vec![r#"{"name":"x"}"#])), 0);
    assert_eq!(row.get::<Json<Borrowed<'_>>, _>(0).name, "x");
}

#[test]
fn errors_show_the_place_and_not_the_text() {
    let wrong = read::<Json<Vec<i64>>>(StringArray::from(vec![r#"["secret"]"#]), 0);
    let message = wrong.unwrap_err().to_string();
    assert!(
        message.contains("line 1, column 9") && !message.contains("secret"),
        "{message}"
    );
    let broken = read::<JsonValue>(StringArray::from(vec!["secret"]), 0);
    let message = broken.unwrap_err().to_string();
    assert!(
        message.contains("not valid JSON") && !message.contains("secret"),
        "{message}"
    );
}

#[test]
fn offline_data_gives_the_same_type_back() {
    for data_type in [
        DataType::Int64,
        DataType::Decimal256(50, 3),
        DataType::Timestamp(TimeUnit::Microsecond, Some("+08:00".into())),
        dictionary_type(DataType::Int8, DataType::Utf8),
    ] {
        let before = FlightSqlTypeInfo::with_extension(data_type.clone(), "acme.thing");
        let json = serde_json::to_string(&before).unwrap();
        let after: FlightSqlTypeInfo = serde_json::from_str(&json).unwrap();
        assert_eq!(after.data_type(), &data_type);
        assert_eq!(after.extension_name(), Some("acme.thing"));
        assert_eq!(after.name(), before.name());
    }
}

#[test]
fn offline_data_of_a_column_is_stable_and_complete() {
    let metadata = ["b", "a", "c"].map(|key| (key.to_owned(), "v".to_owned()));
    let field = Field::new("id", DataType::Int32, false).with_metadata(metadata.into());
    let before = FlightSqlColumn::new(3, Arc::new(field.clone()), &field);
    let json = serde_json::to_string(&before).unwrap();
    let place = |key: &str| json.find(key).unwrap();
    assert!(place("\"a\"") < place("\"b\"") && place("\"b\"") < place("\"c\""));
    let after: FlightSqlColumn = serde_json::from_str(&json).unwrap();
    assert_eq!(after.field(), before.field());
    assert_eq!(after.ordinal(), 3);
}

fn refuses_two_of_one_name(array: ArrayRef) {
    let row = row_of(array, 0);
    for error in [
        row.try_get::<JsonValue, _>(0).unwrap_err(),
        row.try_get::<Json<BTreeMap<String, JsonValue>>, _>(0)
            .unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(
            message.contains("two members of one name") && message.contains("member 1"),
            "{message}"
        );
    }
}

#[test]
fn a5_two_members_of_one_name_are_refused() {
    let field = || Arc::new(Field::new("a", DataType::Int64, true));
    let number = |value| Arc::new(Int64Array::from(vec![value])) as ArrayRef;
    let twice: ArrayRef = Arc::new(StructArray::from(vec![
        (field(), number(1)),
        (field(), number(2)),
    ]));
    refuses_two_of_one_name(Arc::clone(&twice));
    let pairs = vec![("k".to_owned(), 1_i64), ("k".to_owned(), 2)];
    let map = FlightSqlTypeInfo::map_of(
        &FlightSqlTypeInfo::new(DataType::Utf8),
        &FlightSqlTypeInfo::new(DataType::Int64),
    );
    let map = map.data_type().clone();
    refuses_two_of_one_name(bind(pairs, Some(map)).unwrap());

    // Inside a list, which has the place of its item in the error.
    let item = Arc::new(Field::new("item", twice.data_type().clone(), true));
    let list = ListArray::new(item, OffsetBuffer::from_lengths([1]), twice, None);
    let error = read::<JsonValue>(list, 0).unwrap_err().to_string();
    assert!(error.contains("two members of one name"), "{error}");
}
