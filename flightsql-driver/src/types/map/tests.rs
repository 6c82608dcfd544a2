//! Maps.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, HashMap};

use arrow_schema::DataType;

use crate::type_info::FlightSqlTypeInfo;
use crate::types::tests::{bind, round_trip};

fn map_type(key: DataType, value: DataType) -> DataType {
    let (key, value) = (FlightSqlTypeInfo::new(key), FlightSqlTypeInfo::new(value));
    FlightSqlTypeInfo::map_of(&key, &value).data_type().clone()
}

#[test]
fn maps_round_trip() {
    let wanted = [map_type(DataType::LargeUtf8, DataType::Int8)];
    round_trip(
        &BTreeMap::from([("a".to_owned(), Some(1_i64)), ("b".to_owned(), None)]),
        &wanted,
    );
    round_trip(&HashMap::from([("a".to_owned(), 1_i64)]), &wanted);
    round_trip(&BTreeMap::<String, i64>::new(), &wanted);
    // With their order, and a key more than once.
    round_trip(
        &vec![
            ("b".to_owned(), 1_i64),
            ("a".to_owned(), 2),
            ("b".to_owned(), 3),
        ],
        &wanted,
    );
}

#[test]
fn a_map_holds_a_key_once() {
    let array = bind(
        vec![("b".to_owned(), 1_i64), ("b".to_owned(), 3)],
        Some(map_type(DataType::Utf8, DataType::Int64)),
    );
    let row = crate::types::tests::row_of(array.unwrap(), 0);
    let error = sqlx_core::row::Row::try_get::<BTreeMap<String, i64>, _>(&row, "c")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("entry 1") && error.contains("more than once"),
        "{error}"
    );
}

#[test]
fn a_key_may_not_be_null() {
    let mut map = BTreeMap::new();
    map.insert(None::<String>, 1_i64);
    let error = bind(map, None).unwrap_err().to_string();
    assert!(
        error.contains("entry 0") && error.contains("key"),
        "{error}"
    );
}

#[test]
fn what_is_wrong_with_an_entry_is_said_with_its_place() {
    let array = bind(BTreeMap::from([("a".to_owned(), 1_000_i64)]), None).unwrap();
    let row = crate::types::tests::row_of(array, 0);
    let error = sqlx_core::row::Row::try_get::<BTreeMap<String, i8>, _>(&row, "c")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("entry 0") && error.contains("the value"),
        "{error}"
    );
}
