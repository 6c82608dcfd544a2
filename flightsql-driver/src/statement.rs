//! `FlightSqlStatement`: a prepared statement for SQLx, without a server handle.
//!
//! Columns and parameters are those of `ActionCreatePreparedStatementResult`
//! (<https://github.com/apache/arrow/blob/main/format/FlightSql.proto>).

use std::sync::Arc;

use either::Either;
use sqlx_core::column::ColumnIndex;
use sqlx_core::error::Error;
use sqlx_core::impl_statement_query;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::statement::Statement;

use crate::arguments::FlightSqlArguments;
use crate::column::FlightSqlColumn;
use crate::marker::FlightSql;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::Columns;

/// A prepared statement: its SQL, and the columns and parameters that the server reported.
///
/// Both are hints. The rows of a result have their own columns.
#[derive(Debug, Clone)]
pub struct FlightSqlStatement {
    sql: SqlStr,
    columns: Arc<Columns>,
    parameters: Option<Either<Arc<[FlightSqlTypeInfo]>, usize>>,
}

impl FlightSqlStatement {
    pub(crate) fn new(
        sql: SqlStr,
        columns: Arc<Columns>,
        parameters: Option<Either<Vec<FlightSqlTypeInfo>, usize>>,
    ) -> Self {
        Self {
            sql,
            columns,
            parameters: parameters.map(|parameters| parameters.map_left(Arc::from)),
        }
    }
}

impl Statement for FlightSqlStatement {
    type Database = FlightSql;

    fn into_sql(self) -> SqlStr {
        self.sql
    }

    fn sql(&self) -> &SqlStr {
        &self.sql
    }

    fn parameters(&self) -> Option<Either<&[FlightSqlTypeInfo], usize>> {
        let parameters = self.parameters.as_ref()?.as_ref();
        Some(parameters.map_either(|types| &**types, |count| *count))
    }

    /// Returns the columns of the result, or none if the server does not report them before the statement runs.
    fn columns(&self) -> &[FlightSqlColumn] {
        self.columns.as_slice()
    }

    impl_statement_query!(FlightSqlArguments);
}

sqlx_core::impl_column_index_for_statement!(FlightSqlStatement);

impl ColumnIndex<FlightSqlStatement> for &'_ str {
    fn index(&self, statement: &FlightSqlStatement) -> Result<usize, Error> {
        statement
            .columns
            .find(self)
            .ok_or_else(|| Error::ColumnNotFound((*self).to_owned()))
    }
}

#[cfg(test)]
mod tests {
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
        assert!(
            matches!(statement.try_column("x"), Err(Error::ColumnNotFound(name)) if name == "x")
        );
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
}
