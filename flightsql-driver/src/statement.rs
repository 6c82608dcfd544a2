//! `FlightSqlStatement`: a prepared statement as SQLx shows it.
//!
//! What it knows comes from `ActionCreatePreparedStatementResult`
//! (<https://github.com/apache/arrow/blob/main/format/FlightSql.proto>); it holds no server handle.

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

/// A prepared statement: its SQL, and the columns and parameters the server announced.
///
/// Both are hints. The rows that arrive say for themselves what their columns are.
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
        self.parameters.as_ref().map(|parameters| match parameters {
            Either::Left(types) => Either::Left(&**types),
            Either::Right(count) => Either::Right(*count),
        })
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
mod tests;
