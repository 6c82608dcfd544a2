//! What a column takes from its field.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;
use std::sync::Arc;

use arrow_schema::{DataType, Field};
use sqlx_core::column::{Column as _, ColumnOrigin};

use super::{FlightSqlColumn, SCHEMA_NAME_KEY, TABLE_NAME_KEY};

fn column(metadata: &[(&str, &str)]) -> FlightSqlColumn {
    let metadata: HashMap<_, _> = metadata
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let field = Field::new("id", DataType::Int32, false).with_metadata(metadata);
    FlightSqlColumn::new(3, Arc::new(field.clone()), &field)
}

#[test]
fn a_column_says_what_its_field_says() {
    let column = column(&[]);
    assert_eq!(column.ordinal(), 3);
    assert_eq!(column.name(), "id");
    assert_eq!(column.type_info().data_type(), &DataType::Int32);
    assert_eq!(column.is_nullable(), Some(false));
    assert_eq!(column.field().name(), "id");
}

#[test]
fn the_origin_is_the_table_of_the_metadata() {
    assert!(matches!(column(&[]).origin(), ColumnOrigin::Unknown));
    assert!(matches!(
        column(&[(TABLE_NAME_KEY, "")]).origin(),
        ColumnOrigin::Unknown
    ));
    let table = |metadata: &[(&str, &str)]| match column(metadata).origin() {
        ColumnOrigin::Table(origin) => format!("{}/{}", origin.table, origin.name),
        other => format!("{other:?}"),
    };
    assert_eq!(table(&[(TABLE_NAME_KEY, "users")]), "users/id");
    assert_eq!(
        table(&[(TABLE_NAME_KEY, "users"), (SCHEMA_NAME_KEY, "main")]),
        "main.users/id"
    );
}
