//! Running one statement: the main path, top to bottom.
//!
//! `plain` (no values) · `bound` (values, prepared) · `literal` (values in the text) · `batch_execute` (many rows of values) ·
//! `route` (query or update) · `endpoints` (the result) · `count` (changed rows) · `unread` (a result that was dropped).

mod batch_execute;
mod bound;
pub(crate) mod count;
pub(crate) mod endpoints;
mod literal;
mod plain;
mod route;
pub(crate) mod unread;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::Session;
use crate::arguments::FlightSqlArguments;
use crate::dialect::{Dialect, StatementClass};
use crate::error::{Error, Result};
use crate::options::{DatetimePrecision, Placeholders};
use crate::query_result::FlightSqlQueryResult;
use crate::sql::ParsedStatement;
use crate::sql::statement::NotOneStatement;
use crate::type_info::FlightSqlTypeInfo;
use endpoints::EndpointStream;
pub(super) use plain::run_text;

/// The outcome of a statement.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// A result to be read.
    Rows(Box<EndpointStream>),
    /// The statement ran to its end; there are no rows.
    Done(FlightSqlQueryResult),
}

impl Outcome {
    /// Reads a result to its end.
    pub(crate) async fn drain(self) -> Result<FlightSqlQueryResult> {
        match self {
            Self::Rows(rows) => rows.drain().await,
            Self::Done(result) => Ok(result),
        }
    }
}

impl Session {
    /// Runs a statement. `arguments` is `None` for raw SQL. A `persistent` statement stays prepared. Cancel-safe: a dropped
    /// call leaves no handle open.
    pub(crate) async fn run(
        &mut self,
        statement: &ParsedStatement,
        arguments: Option<FlightSqlArguments>,
        persistent: bool,
    ) -> Result<Outcome> {
        self.ready().await?;
        if statement.class() == StatementClass::Empty {
            return Err(NotOneStatement(0).into());
        }
        match arguments.filter(|arguments| arguments.len() > 0) {
            Some(arguments) if self.writes(&arguments) => {
                self.run_literal(statement, &arguments, persistent).await
            }
            Some(arguments) => self.run_values(statement, &arguments, persistent).await,
            None => self.run_plain(statement).await,
        }
    }

    /// Runs a statement with bound values. Its placeholders are those of the dialect.
    async fn run_values(
        &mut self,
        statement: &ParsedStatement,
        arguments: &FlightSqlArguments,
        persistent: bool,
    ) -> Result<Outcome> {
        let statement = self.with_placeholders(statement, arguments)?;
        self.run_bound(&statement, arguments, persistent).await
    }

    /// `QueryBuilder` writes `?`; the dialect's own style goes to the server. Hand-written SQL is left alone
    /// unless `placeholders=rewrite` says otherwise.
    fn with_placeholders<'s>(
        &self,
        statement: &'s ParsedStatement,
        arguments: &FlightSqlArguments,
    ) -> Result<Cow<'s, ParsedStatement>> {
        let emitted = usize::try_from(arguments.emitted()).unwrap_or(usize::MAX);
        let expected = match (emitted, self.options().placeholders) {
            (0, Placeholders::AsWritten) => return Ok(Cow::Borrowed(statement)),
            (0, Placeholders::Rewrite) => arguments.len(),
            (emitted, _) => emitted,
        };
        let dialect = self.dialect();
        let parameters = &dialect.profile().parameters;
        let casts = match parameters.cast {
            true => casts(arguments, dialect),
            false => Vec::new(),
        };
        if parameters.placeholder == "?" && casts.is_empty() {
            return Ok(Cow::Borrowed(statement));
        }
        statement
            .with_numbers(|number| parameters.placeholder(number), &casts, expected)
            .map(Cow::Owned)
            .map_err(|error| Error::argument(error.to_string()))
    }

    /// Returns `true` if bound dates and times are truncated to the unit of their parameter.
    fn truncates(&self) -> bool {
        self.options().datetime_precision == DatetimePrecision::Truncate
    }
}

impl From<NotOneStatement> for Error {
    fn from(error: NotOneStatement) -> Self {
        Self::argument(error.to_string())
    }
}

/// The SQL names of the types of the values, for casts; `None` for a NULL without a type.
fn casts(arguments: &FlightSqlArguments, dialect: &dyn Dialect) -> Vec<Option<String>> {
    let name = |info: FlightSqlTypeInfo| {
        let own = dialect.type_name(&info.to_field(""));
        let name = own.unwrap_or_else(|| sqlx_core::type_info::TypeInfo::name(&info).to_owned());
        (!sqlx_core::type_info::TypeInfo::is_null(&info)).then_some(name)
    };
    arguments.types().into_iter().map(name).collect()
}
