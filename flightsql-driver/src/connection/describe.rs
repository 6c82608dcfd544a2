//! Describing a statement without running it (layer 4), for SQLx's checked macros and `prepare`.

use sqlx_core::column::Column;
use sqlx_core::describe::Describe;
use sqlx_core::sql_str::SqlStr;

use super::FlightSqlConnection;
use crate::error::Result;
use crate::marker::FlightSql;

impl FlightSqlConnection {
    /// Columns, parameters and nullability, as the server announces them for the statement: asked now and not from the
    /// cache, since an editor describes a statement again after its tables changed. The statement is never executed.
    pub(crate) async fn describe_statement(&mut self, sql: SqlStr) -> Result<Describe<FlightSql>> {
        let statement = self.announced(sql.as_str(), false).await?;
        let trusted = self.dialect().profile().types.trust_not_null;
        let columns = statement.columns.columns().to_vec();
        let nullable = columns
            .iter()
            .map(|column| {
                let field = statement.columns.schema().fields().get(column.ordinal());
                field.map(|field| field.is_nullable()).filter(|_| trusted)
            })
            .collect();
        Ok(Describe {
            parameters: statement.parameters,
            nullable,
            columns,
        })
    }
}
