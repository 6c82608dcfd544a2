//! SQLx's query as a request to the session.

use std::collections::VecDeque;

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

/// A statement with its values.
#[derive(Debug)]
pub(super) struct StatementRequest {
    /// The caller's text, for the log.
    pub(super) sql: SqlStr,
    statement: ParsedStatement,
    /// `None` for raw SQL.
    parameters: Option<Parameters>,
    persistent: bool,
}

impl StatementRequest {
    /// Returns the one statement of a query.
    pub(super) fn of<'q>(
        connection: &FlightSqlConnection,
        query: impl Execute<'q, FlightSql>,
    ) -> Result<Self> {
        let (sql, parameters, persistent) = parts(query)?;
        let parsed = connection.dialect().parse(sql.as_str());
        let parsed = parsed.map_err(flightsql_client::Error::from);
        Ok(Self {
            statement: parsed?,
            sql,
            parameters,
            persistent,
        })
    }

    /// Returns the statements of a query: one, or for raw SQL as many as the text holds.
    pub(super) fn all_of<'q>(
        connection: &FlightSqlConnection,
        query: impl Execute<'q, FlightSql>,
    ) -> Result<VecDeque<Self>> {
        let (sql, parameters, persistent) = parts(query)?;
        let mut statements = connection.dialect().parse_script(sql.as_str());
        if parameters.is_none() && statements.len() > 1 {
            let requests = statements.into_iter().map(|statement| Self {
                // A part of a text that the caller vouched for.
                sql: AssertSqlSafe(statement.text().to_owned()).into_sql_str(),
                statement,
                parameters: None,
                persistent,
            });
            return Ok(requests.collect());
        }
        match (statements.pop(), statements.len()) {
            (Some(statement), 0) => Ok(VecDeque::from([Self {
                sql,
                statement,
                parameters,
                persistent,
            }])),
            (last, rest) => {
                let count = NotOneStatement(rest + usize::from(last.is_some()));
                Err(flightsql_client::Error::from(count).into())
            }
        }
    }

    /// A statement of the driver itself.
    #[cfg(feature = "migrate")]
    pub(super) fn internal(statement: ParsedStatement) -> Self {
        Self {
            sql: AssertSqlSafe(statement.text().to_owned()).into_sql_str(),
            statement,
            parameters: None,
            persistent: false,
        }
    }

    /// Runs the statement.
    pub(super) async fn run(self, session: &mut Session) -> Result<Outcome> {
        let run = session.run(&self.statement, self.parameters, self.persistent);
        Ok(run.await?)
    }
}

fn parts<'q>(mut query: impl Execute<'q, FlightSql>) -> Result<(SqlStr, Option<Parameters>, bool)> {
    // In this order: taking the SQL consumes the query.
    let arguments = query.take_arguments().map_err(Error::encode)?;
    let persistent = query.persistent();
    let parameters = arguments.map(FlightSqlArguments::into_parameters);
    Ok((query.sql(), parameters, persistent))
}
