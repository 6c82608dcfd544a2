//! Running one statement: the main path, top to bottom.

mod align;
mod batch_execute;
mod bound;
pub mod count;
pub mod endpoints;
mod literal;
mod plain;
mod route;
pub(crate) mod unread;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use futures_core::future::BoxFuture;

use super::Session;
use super::changes::settled;
use super::retry::Attempts;
use super::watch::started;
use crate::bind::Parameters;
use crate::dialect::StatementClass;
use crate::error::{Error, Result};
use crate::options::{DatetimePrecision, Placeholders};
use crate::query_result::QueryResult;
use crate::sql::ParsedStatement;
use crate::sql::statement::NotOneStatement;
use endpoints::EndpointStream;

/// The outcome of a statement.
#[derive(Debug)]
pub enum Outcome {
    /// A result to be read.
    Rows(Box<EndpointStream>),
    /// The statement ran to its end; there are no rows.
    Done(QueryResult),
}

impl Outcome {
    pub(crate) async fn drain(self) -> Result<QueryResult> {
        match self {
            Self::Rows(mut rows) => rows.drain().await,
            Self::Done(result) => Ok(result),
        }
    }
}

impl Session {
    #[doc(hidden)]
    /// Runs a statement. `parameters` is `None` for raw SQL. A `persistent` statement stays prepared. Cancel-safe: a dropped
    /// call leaves no handle open.
    pub async fn run(
        &mut self,
        statement: &ParsedStatement,
        parameters: Option<Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        let watch = self.watch_statement(statement, parameters.as_ref());
        let run = self.run_unwatched(statement, parameters, persistent);
        match watch.is_on() {
            // Boxed, so that a statement that nobody watches does not contain this future.
            true => Box::pin(started(watch, run)).await,
            false => run.await,
        }
    }

    /// Runs a statement as a part of an operation.
    pub(super) async fn run_unwatched(
        &mut self,
        statement: &ParsedStatement,
        parameters: Option<Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        self.ready().await?;
        if statement.class() == StatementClass::Empty {
            return Err(NotOneStatement(0).into());
        }
        let parameters = parameters.filter(|parameters| !parameters.is_empty());
        let attempts = Attempts::new(!statement.may_change());
        self.run_attempts(statement, parameters, persistent, attempts)
            .await
    }

    /// Runs a statement until it succeeds, or until no attempt is left.
    async fn run_attempts(
        &mut self,
        statement: &ParsedStatement,
        parameters: Option<Parameters>,
        persistent: bool,
        mut attempts: Attempts,
    ) -> Result<Outcome> {
        loop {
            (self.has_effects, self.is_update) = (false, false);
            // Boxed, so that the loop does not grow the future of every statement, and of an erased type, because the compiler
            // checks futures only to a certain depth.
            let attempt = self.run_attempt(statement, parameters.as_ref(), persistent);
            let run: BoxFuture<'_, _> = Box::pin(attempt);
            let error = match run.await {
                Ok(outcome) => {
                    self.succeeded();
                    return Ok(self.with_response_headers(outcome));
                }
                Err(error) => error,
            };
            let recover: BoxFuture<'_, _> = Box::pin(self.recover(&mut attempts, error));
            recover.await?;
        }
    }

    /// Returns a complete outcome with the response headers of its statement. A result to be read has no trailers yet.
    pub(super) fn with_response_headers(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Done(result) => {
                Outcome::Done(result.with_response_headers(self.rpc().response_headers()))
            }
            rows @ Outcome::Rows(_) => rows,
        }
    }

    /// Runs a statement, and reads the first rows of a query outside a transaction, since it can run again until then.
    async fn run_attempt(
        &mut self,
        statement: &ParsedStatement,
        parameters: Option<&Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        let running = self.starting(statement);
        let outcome = match parameters {
            Some(parameters) if self.writes(parameters) => {
                self.run_literal(statement, parameters, persistent).await
            }
            Some(parameters) => self.run_values(statement, parameters, persistent).await,
            None => self.run_plain(statement).await,
        };
        let mut outcome = settled(running, outcome)?;
        if let Outcome::Rows(rows) = &mut outcome
            && !statement.may_change()
            && !self.is_in_transaction()
        {
            rows.begin().await?;
        }
        Ok(outcome)
    }

    /// Runs a statement with bound values. Its placeholders are those of the dialect.
    async fn run_values(
        &mut self,
        statement: &ParsedStatement,
        parameters: &Parameters,
        persistent: bool,
    ) -> Result<Outcome> {
        let statement = self.with_placeholders(statement, parameters)?;
        self.run_bound(&statement, parameters, persistent).await
    }

    /// Rewrites the `?` of `QueryBuilder` as the placeholders of the dialect. Hand-written SQL is unchanged unless
    /// `placeholders=rewrite` is set.
    fn with_placeholders<'s>(
        &self,
        statement: &'s ParsedStatement,
        parameters: &Parameters,
    ) -> Result<Cow<'s, ParsedStatement>> {
        let emitted = usize::try_from(parameters.emitted()).unwrap_or(usize::MAX);
        let expected = match (emitted, self.options().placeholders) {
            (0, Placeholders::AsWritten) => return Ok(Cow::Borrowed(statement)),
            (0, Placeholders::Rewrite) => parameters.len(),
            (emitted, _) => emitted,
        };
        let casts = match self.dialect().profile().parameters.cast {
            true => parameters.type_names(self.dialect()),
            false => Vec::new(),
        };
        self.numbered(statement, &casts, expected)
    }

    /// Rewrites placeholders if `placeholders=rewrite` is set, without casts, because the values are unknown.
    pub(super) fn with_own_placeholders<'s>(
        &self,
        statement: &'s ParsedStatement,
    ) -> Result<Cow<'s, ParsedStatement>> {
        match self.options().placeholders {
            Placeholders::AsWritten => Ok(Cow::Borrowed(statement)),
            Placeholders::Rewrite => self.numbered(statement, &[], statement.arity()),
        }
    }

    fn numbered<'s>(
        &self,
        statement: &'s ParsedStatement,
        casts: &[Option<String>],
        expected: usize,
    ) -> Result<Cow<'s, ParsedStatement>> {
        let style = &self.dialect().profile().parameters;
        if style.placeholder == "?" && casts.is_empty() {
            return Ok(Cow::Borrowed(statement));
        }
        statement
            .with_numbers(|number| style.placeholder(number), casts, expected)
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
