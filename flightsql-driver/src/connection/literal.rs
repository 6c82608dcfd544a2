//! Statements whose values are written into their text, for `binds=literal` (layer 4).

use std::sync::Arc;

use super::FlightSqlConnection;
use super::rows::Reader;
use super::run::Outcome;
use crate::arguments::{FlightSqlArguments, Literals};
use crate::dialect::StatementClass;
use crate::error::{Error, Result};
use crate::query_result::FlightSqlQueryResult;

impl FlightSqlConnection {
    /// Runs `sql` with its values written in: one call for an update, two for a query. The text is the caller's own in
    /// logs. Cancel-safe, as any other statement.
    pub(super) async fn run_literal(
        &mut self,
        sql: &str,
        class: StatementClass,
        arguments: &FlightSqlArguments,
    ) -> Result<Outcome> {
        let dialect = Arc::clone(self.options().get_dialect());
        let literals = arguments.literals(sql, &*dialect)?;
        if literals.len() == 1 {
            let text = literals.text(0)?;
            return self.run_plain(&text, class).await;
        }
        if !is_update(class) {
            return Err(Error::argument(format!(
                "a query takes one row of parameters and {} were bound; run it once for each",
                literals.len()
            )));
        }
        self.run_for_each_row(&literals, class).await
    }

    /// One update after the other; those before a failed one stay, unless they are in a transaction.
    async fn run_for_each_row(
        &mut self,
        literals: &Literals<'_>,
        class: StatementClass,
    ) -> Result<Outcome> {
        // A value that cannot be written is an error before anything happened.
        for row in 0..literals.len() {
            literals.text(row)?;
        }
        let mut total = FlightSqlQueryResult::default();
        for row in 0..literals.len() {
            let text = literals.text(row)?;
            total.extend([match self.run_plain(&text, class).await? {
                Outcome::Done(result) => result,
                Outcome::Rows(mut rows) => {
                    let mut reader = Reader::default();
                    while let Some(batch) = rows.stream.next().await? {
                        reader.batch(&rows, batch)?;
                    }
                    reader.result(&rows.counting)
                }
            }]);
        }
        Ok(Outcome::Done(total))
    }
}

/// Whether running it once for each row is what was asked for: it changes something and gives no rows.
fn is_update(class: StatementClass) -> bool {
    matches!(
        class,
        StatementClass::Dml
            | StatementClass::Ddl
            | StatementClass::Session
            | StatementClass::Transaction
    )
}
