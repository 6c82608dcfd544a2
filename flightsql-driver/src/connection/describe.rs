//! Descriptions of statements, which do not run, for SQLx's checked macros and `prepare`.

use either::Either;
use sqlx_core::column::Column;
use sqlx_core::describe::Describe;
use sqlx_core::sql_str::SqlStr;

use super::FlightSqlConnection;
use crate::error::Result;
use crate::marker::FlightSql;
use crate::session::Description;
use crate::statement::FlightSqlStatement;
use crate::type_info::FlightSqlTypeInfo;
use crate::value::Columns;

impl FlightSqlConnection {
    /// Returns the columns, parameters and nullability that the server reports for the statement, which is never executed.
    /// The description is not from the cache, because an editor describes a statement again after its tables changed.
    pub(super) async fn describe_statement(&mut self, sql: SqlStr) -> Result<Describe<FlightSql>> {
        let described = self.session.describe_statement(sql.as_str(), false).await?;
        let trusted = self.dialect().profile().types.trust_not_null;
        let parameters = parameters(&described);
        let described = Columns::new(described.columns);
        let columns = described.as_slice().to_vec();
        let nullable = columns
            .iter()
            .map(|column| {
                let field = described.schema().fields().get(column.ordinal());
                field.map(|field| field.is_nullable()).filter(|_| trusted)
            })
            .collect();
        Ok(Describe {
            parameters,
            nullable,
            columns,
        })
    }

    /// Returns SQLx's statement, with the columns and parameters that the server reports.
    pub(super) async fn prepare_statement(&mut self, sql: SqlStr) -> Result<FlightSqlStatement> {
        let described = self.session.describe_statement(sql.as_str(), true).await?;
        let parameters = parameters(&described);
        let columns = Columns::new(described.columns);
        Ok(FlightSqlStatement::new(sql, columns, parameters))
    }
}

fn parameters(described: &Description) -> Option<Either<Vec<FlightSqlTypeInfo>, usize>> {
    let parameters = described.parameters.as_ref()?.as_ref();
    Some(parameters.map_either(
        |fields| FlightSqlTypeInfo::from_fields(fields),
        |count| *count,
    ))
}
