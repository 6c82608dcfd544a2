//! Columns and parameters of a prepared statement.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema};
use either::Either;
use sqlx_core::column::Column as _;
use sqlx_core::error::Error;
use sqlx_core::sql_str::SqlSafeStr as _;
use sqlx_core::statement::Statement as _;

use super::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::Columns;

fn statement(parameters: Option<Either<Vec<FlightSqlTypeInfo>, usize>>) -> FlightSqlStatement {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
    ]);
    FlightSqlStatement::new(
        "SELECT id, name FROM t".into_sql_str(),
        Columns::plain(Arc::new(schema)),
        parameters,
    )
}

#[test]
fn columns_are_found_by_name_and_by_position() {
    let statement = statement(None);
    assert_eq!(statement.sql().as_str(), "SELECT id, name FROM t");
    assert_eq!(statement.columns().len(), 2);
    assert_eq!(statement.column("name").ordinal(), 1);
    assert_eq!(statement.column(0).name(), "id");
    assert!(matches!(statement.try_column("x"), Err(Error::ColumnNotFound(name)) if name == "x"));
    assert!(matches!(
        statement.try_column(2),
        Err(Error::ColumnIndexOutOfBounds { index: 2, len: 2 })
    ));
}

#[test]
fn parameters_are_what_is_known() {
    assert!(statement(None).parameters().is_none());
    assert!(matches!(
        statement(Some(Either::Right(3))).parameters(),
        Some(Either::Right(3))
    ));
    let types = vec![FlightSqlTypeInfo::new(DataType::Int64)];
    match statement(Some(Either::Left(types.clone()))).parameters() {
        Some(Either::Left(found)) => assert_eq!(found, types),
        other => panic!("{other:?}"),
    }
}
