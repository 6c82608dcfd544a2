//! SQLx's query as a request to the session.

use std::collections::VecDeque;
use std::sync::Arc;

use flightsql_client::StatementOptions;
use sqlx_core::executor::Execute;
use sqlx_core::sql_str::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

use super::FlightSqlConnection;
use crate::arguments::FlightSqlArguments;
use crate::bind::Parameters;
use crate::error::{Error, Result};
use crate::marker::FlightSql;
use crate::session::Session;
use crate::session::execute::Outcome;
use crate::sql::ParsedStatement;
use crate::sql::statement::NotOneStatement;

#[derive(Debug)]
pub(super) struct StatementRequest {
    /// The caller's SQL, for the log.
    pub(super) sql: SqlStr,
    statement: ParsedStatement,
    /// `None` for raw SQL.
    parameters: Option<Parameters>,
    persistent: bool,
    options: Option<Arc<StatementOptions>>,
}

impl StatementRequest {
    /// Returns the one statement of a query.
    pub(super) fn of<'q>(
        connection: &FlightSqlConnection,
        query: impl Execute<'q, FlightSql>,
    ) -> Result<Self> {
        let (sql, parameters, persistent, options) = parts(query)?;
        let statement = connection.dialect().parse(sql.as_str());
        Ok(Self {
            statement: statement.map_err(flightsql_client::Error::from)?,
            sql,
            parameters,
            persistent,
            options,
        })
    }

    /// Returns the statements of a query: one, or for raw SQL all that the text contains.
    pub(super) fn all_of<'q>(
        connection: &FlightSqlConnection,
        query: impl Execute<'q, FlightSql>,
    ) -> Result<VecDeque<Self>> {
        let (sql, parameters, persistent, options) = parts(query)?;
        let mut statements = connection.dialect().parse_script(sql.as_str());
        let count = statements.len();
        if parameters.is_none() && count > 1 {
            return Ok(statements.into_iter().map(Self::raw).collect());
        }
        match statements.pop() {
            Some(statement) if count == 1 => Ok(VecDeque::from([Self {
                sql,
                statement,
                parameters,
                persistent,
                options,
            }])),
            _ => Err(flightsql_client::Error::from(NotOneStatement(count)).into()),
        }
    }

    /// Creates a statement without values: the driver's own, or a part of a text that the caller asserted to be safe.
    pub(super) fn raw(statement: ParsedStatement) -> Self {
        Self {
            sql: AssertSqlSafe(statement.shared_text()).into_sql_str(),
            statement,
            parameters: None,
            persistent: false,
            options: None,
        }
    }

    pub(super) async fn run(self, session: &mut Session) -> Result<Outcome> {
        let options = self.options.as_ref();
        let run = session.run_with(options, &self.statement, self.parameters, self.persistent);
        Ok(run.await?)
    }
}

type Parts = (
    SqlStr,
    Option<Parameters>,
    bool,
    Option<Arc<StatementOptions>>,
);

fn parts<'q>(mut query: impl Execute<'q, FlightSql>) -> Result<Parts> {
    // The SQL comes last, because it consumes the query.
    let mut arguments = query.take_arguments().map_err(Error::encode)?;
    let persistent = query.persistent();
    let options = arguments
        .as_mut()
        .and_then(FlightSqlArguments::take_options);
    let parameters = arguments.map(FlightSqlArguments::into_parameters);
    Ok((query.sql(), parameters, persistent, options))
}
