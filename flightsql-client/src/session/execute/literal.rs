//! Statements with values written into their text: all values for `binds=literal`, or those that the dialect never binds.

use std::sync::Arc;

use super::Outcome;
use crate::bind::{Literals, Parameters};
use crate::dialect::StatementClass;
use crate::error::{Error, Result};
use crate::options::Binds;
use crate::query_result::QueryResult;
use crate::session::Session;
use crate::sql::ParsedStatement;

impl Session {
    /// Returns `true` if some of the values are written into the text.
    pub(crate) fn writes(&self, parameters: &Parameters) -> bool {
        self.options().binds == Binds::Literal || parameters.has_written(self.dialect())
    }

    /// Runs a statement with values written into it: as one without parameters, or with the remaining parameters. Logs
    /// contain the caller's text. This method is cancel safe.
    pub(super) async fn run_literal(
        &mut self,
        statement: &ParsedStatement,
        parameters: &Parameters,
        persistent: bool,
    ) -> Result<Outcome> {
        let dialect = Arc::clone(self.options().get_dialect());
        let all = self.options().binds == Binds::Literal;
        let literals = parameters.literals(statement, &*dialect, self.truncates(), all)?;
        if literals.num_rows() == 1 {
            let (statement, rest) = literals.statement(0)?;
            return self.run_rest(&statement, rest, persistent).await;
        }
        if !is_update(statement.class()) {
            return Err(Error::argument(format!(
                "a query accepts one parameter set, but {} were bound; run the query once per set",
                literals.num_rows()
            )));
        }
        self.run_for_each_row(&literals, persistent).await
    }

    async fn run_rest(
        &mut self,
        statement: &ParsedStatement,
        rest: Option<Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        match rest {
            None => self.run_plain(statement).await,
            Some(rest) => self.run_values(statement, &rest, persistent).await,
        }
    }

    /// Runs the updates in order. Updates before a failed one remain, unless they are in a transaction.
    async fn run_for_each_row(
        &mut self,
        literals: &Literals<'_>,
        persistent: bool,
    ) -> Result<Outcome> {
        // A value without a literal is an error before anything runs.
        for row in 0..literals.num_rows() {
            literals.statement(row)?;
        }
        let mut total = QueryResult::default();
        for row in 0..literals.num_rows() {
            let (statement, rest) = literals.statement(row)?;
            let outcome = self.run_rest(&statement, rest, persistent).await?;
            self.has_effects = true;
            total.extend([outcome.drain().await?]);
        }
        Ok(Outcome::Done(total))
    }
}

/// Returns `true` if the statement may run once for each row: it changes something and returns no rows.
fn is_update(class: StatementClass) -> bool {
    matches!(
        class,
        StatementClass::Dml
            | StatementClass::Ddl
            | StatementClass::Session
            | StatementClass::Transaction
    )
}
