//! Tests of the meaning of fields: the changes by a rule, and unchanged fields.
use std::sync::Arc;

use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};

use super::{ResultSchema, meant};
use crate::arrow::logical_type::TYPE_NAME_KEY;
use crate::dialect::{DialectProfile, Encoding, LogicalType, Place, TypeRule};

fn logical(text: &str) -> LogicalType {
    text.parse().unwrap()
}

fn profile(rules: Vec<TypeRule>) -> DialectProfile {
    let mut profile = DialectProfile::new("quarry");
    profile.types.map = rules;
    profile
}

fn field(data_type: DataType) -> FieldRef {
    Arc::new(Field::new("c", data_type, false))
}

#[test]
fn nothing_mapped_keeps_the_very_field() {
    let sent = field(DataType::List(Arc::new(Field::new(
        "item",
        DataType::Int8,
        false,
    ))));
    let found = meant(&sent, Place::Result, &profile(Vec::new()));
    assert!(Arc::ptr_eq(&found.field, &sent));
    assert!(found.mapping.is_none());
    let schema = Arc::new(Schema::new(vec![sent]));
    let result = ResultSchema::new(Arc::clone(&schema), &profile(Vec::new()));
    assert!(!result.is_mapped());
    assert!(result.meant.is_none());
    assert!(Arc::ptr_eq(result.sent(), &schema));
}

#[test]
fn a_mapped_field_keeps_name_and_nullability() {
    let profile = profile(vec![TypeRule::new(logical("int8"), logical("bool"))]);
    let found = meant(&field(DataType::Int8), Place::Table, &profile);
    assert_eq!(*found.field, Field::new("c", DataType::Boolean, false));
    let mapping = found.mapping.unwrap();
    assert_eq!(&*mapping.rule, "types.map[0] of dialect `quarry`");
    // A refused value is NULL in the converted array.
    assert!(mapping.to.is_nullable());
}

#[test]
fn children_are_mapped_in_lists_structs_and_maps() {
    let profile = profile(vec![TypeRule::new(logical("int8"), logical("bool"))]);
    let inner = |data_type| Arc::new(Field::new("x", data_type, true));
    let shapes: [fn(FieldRef) -> DataType; 5] = [
        DataType::List,
        DataType::LargeList,
        DataType::ListView,
        |item| DataType::FixedSizeList(item, 2),
        |item| DataType::Struct(Fields::from(vec![item.clone(), item])),
    ];
    for shape in shapes {
        let found = meant(
            &field(shape(inner(DataType::Int8))),
            Place::Result,
            &profile,
        );
        assert_eq!(found.field.data_type(), &shape(inner(DataType::Boolean)));
        assert!(found.mapping.is_some());
        let other = field(shape(inner(DataType::Int16)));
        assert!(Arc::ptr_eq(
            &meant(&other, Place::Result, &profile).field,
            &other
        ));
    }
    let map = |value| {
        let pair = vec![
            Field::new("key", DataType::Utf8, false),
            Field::new("value", value, true),
        ];
        let entries = Field::new("entries", DataType::Struct(pair.into()), false);
        DataType::Map(Arc::new(entries), false)
    };
    let found = meant(&field(map(DataType::Int8)), Place::Result, &profile);
    assert_eq!(found.field.data_type(), &map(DataType::Boolean));
    // Deep inside, too.
    let deep = |leaf| DataType::List(inner(DataType::Struct(Fields::from(vec![inner(leaf)]))));
    let found = meant(&field(deep(DataType::Int8)), Place::Result, &profile);
    assert_eq!(found.field.data_type(), &deep(DataType::Boolean));
}

#[test]
fn a_rule_applies_at_its_place_only() {
    let rule = TypeRule::new(logical("int8"), logical("bool")).with_place(Place::Parameter);
    let profile = profile(vec![rule]);
    let sent = field(DataType::Int8);
    assert!(meant(&sent, Place::Result, &profile).mapping.is_none());
    assert!(meant(&sent, Place::Table, &profile).mapping.is_none());
    assert!(meant(&sent, Place::Parameter, &profile).mapping.is_some());
}

#[test]
fn the_dialect_names_types_that_the_server_does_not_name() {
    let mut profile = profile(vec![TypeRule::new(logical("int8"), logical("bool"))]);
    profile.types.names = [
        (logical("bool"), "FLAG".to_owned()),
        (logical("text"), "STRING".to_owned()),
    ]
    .into();
    let name = |field: &FieldRef| {
        meant(field, Place::Result, &profile)
            .field
            .metadata()
            .get(TYPE_NAME_KEY)
            .cloned()
    };
    assert_eq!(name(&field(DataType::Int8)).as_deref(), Some("FLAG"));
    assert_eq!(name(&field(DataType::Utf8)).as_deref(), Some("STRING"));
    assert_eq!(name(&field(DataType::Int16)), None);
    let own = Field::new("c", DataType::Utf8, true)
        .with_metadata([(TYPE_NAME_KEY.to_owned(), "TEXT".to_owned())].into());
    assert_eq!(name(&Arc::new(own)).as_deref(), Some("TEXT"));
}

#[test]
fn numbers_in_two_layouts_are_not_read_by_one_of_them() {
    let rule = |name: &str, encoding| {
        let rule = TypeRule::new(logical("binary(2)"), logical("decimal(5,0)"));
        let mut rule = rule.with_encoding(encoding);
        rule.column = Some(name.to_owned());
        rule
    };
    let (little, big) = (Encoding::LittleEndian, Encoding::BigEndian);
    let profile = profile(vec![rule("l", little), rule("b", big)]);
    let fields = ["l", "b"].map(|name| Field::new(name, DataType::FixedSizeBinary(2), true));
    let sent = field(DataType::Struct(Fields::from(fields.to_vec())));
    let found = meant(&sent, Place::Result, &profile);
    let expected = vec![
        Field::new("l", DataType::Decimal128(5, 0), true),
        Field::new("b", DataType::FixedSizeBinary(2), true),
    ];
    assert_eq!(
        found.field.data_type(),
        &DataType::Struct(Fields::from(expected))
    );
    assert_eq!(found.mapping.unwrap().encoding, little);
}
