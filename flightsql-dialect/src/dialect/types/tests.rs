//! Rules of a type map: their match, their order, and the names of types.
use arrow_schema::{DataType, Field, TimeUnit};

use super::{LogicalType, Parameter, Place, SentAs, TypeMap, TypeRule};
use crate::arrow::logical_type::TYPE_NAME_KEY;

fn logical(text: &str) -> LogicalType {
    text.parse().unwrap()
}

fn sent(name: &str, data_type: DataType, sql_type: &str) -> Field {
    let field = Field::new(name, data_type, true);
    match sql_type {
        "" => field,
        name => field.with_metadata([(TYPE_NAME_KEY.to_owned(), name.to_owned())].into()),
    }
}

fn quarry() -> TypeMap {
    let mut flag = TypeRule::new(logical("int8"), logical("bool"));
    flag.column = Some("is_*".to_owned());
    TypeMap {
        map: vec![
            TypeRule::new(logical("text"), logical("uuid")).with_sql_type("UUID"),
            TypeRule::new(logical("text"), logical("decimal")).with_sql_type("DECIMAL"),
            TypeRule::new(logical("int8"), logical("bool")).with_sql_type("BOOL*"),
            flag,
            TypeRule::new(logical("timestamp(ms)"), logical("time"))
                .with_sql_type("TIME")
                .with_place(Place::Parameter)
                .with_send(SentAs::Type(logical("time(ms)"))),
            TypeRule::new(logical("timestamp"), logical("timestamptz")),
        ],
        bind: [
            ("uuid", "text"),
            ("decimal", "text"),
            ("decimal(9,0)", "int64"),
            ("any", "json"),
        ]
        .map(|(own, sent)| (logical(own), logical(sent)))
        .into(),
        names: [
            ("decimal", "DECIMAL({precision},{scale})"),
            ("text", "STRING"),
            ("binary", "BLOB({length})"),
        ]
        .map(|(own, name)| (logical(own), name.to_owned()))
        .into(),
        literal: vec![logical("date")],
        ..TypeMap::default()
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let map = quarry();
    let timestamp = DataType::Timestamp(TimeUnit::Millisecond, None);
    for (field, at, expected) in [
        (
            sent("a", DataType::Utf8View, "uuid"),
            Place::Result,
            Some(("uuid", 0)),
        ),
        (sent("a", DataType::Utf8, "UUIDS"), Place::Result, None),
        (sent("a", DataType::Utf8, ""), Place::Result, None),
        (sent("a", DataType::Int64, "UUID"), Place::Result, None),
        (
            sent("a", DataType::Utf8, "Decimal (9,2)"),
            Place::Table,
            Some(("decimal", 1)),
        ),
        (
            sent("a", DataType::Int8, "boolean"),
            Place::Result,
            Some(("bool", 2)),
        ),
        (
            sent("is_open", DataType::Int8, ""),
            Place::Result,
            Some(("bool", 3)),
        ),
        (sent("IS_open", DataType::Int8, ""), Place::Result, None),
        (
            sent("a", timestamp.clone(), "TIME"),
            Place::Parameter,
            Some(("time", 4)),
        ),
        (
            sent("a", timestamp, "TIME"),
            Place::Result,
            Some(("timestamptz", 5)),
        ),
    ] {
        let found = map
            .column(&field, at)
            .map(|column| (column.means, column.rule));
        let expected = expected.map(|(means, rule)| (logical(means), Some(rule)));
        assert_eq!(found, expected, "{field:?} at {at:?}");
    }
}

#[test]
fn the_most_specific_bind_form_wins() {
    let map = quarry();
    let bound = |data_type| {
        let own = Field::new("", data_type, true);
        map.bound(&Parameter::new(0, &own, None))
            .map(|sent| sent.to_string())
    };
    assert_eq!(bound(DataType::Decimal128(9, 0)).as_deref(), Some("int64"));
    assert_eq!(bound(DataType::Decimal128(9, 1)).as_deref(), Some("text"));
    assert_eq!(bound(DataType::Boolean).as_deref(), Some("json"));
    assert!(map.is_literal(&Field::new("", DataType::Date32, true)));
    assert!(!map.is_literal(&Field::new("", DataType::Utf8, true)));
}

#[test]
fn names_are_written_and_read() {
    let map = quarry();
    let name = |data_type| map.name(&Field::new("", data_type, true));
    assert_eq!(
        name(DataType::Decimal128(9, 2)).as_deref(),
        Some("DECIMAL(9,2)")
    );
    assert_eq!(
        name(DataType::FixedSizeBinary(4)).as_deref(),
        Some("BLOB(4)")
    );
    assert_eq!(name(DataType::LargeUtf8).as_deref(), Some("STRING"));
    assert_eq!(name(DataType::Date32), None);

    let named = |name| map.named(name).map(|logical| logical.to_string());
    assert_eq!(named("Uuid").as_deref(), Some("uuid"));
    assert_eq!(named("BOOLEAN").as_deref(), Some("bool"));
    assert_eq!(named("DECIMAL(12,3)").as_deref(), Some("decimal(12,3)"));
    assert_eq!(named("DECIMAL").as_deref(), Some("decimal"));
    // `names` is not read backwards: a STRING may be any type that is written as STRING.
    assert_eq!(named("STRING"), None);
}
