//! Several parameter sets for one statement, in one or more runs.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::Outcome;
use super::count::reported;
use super::endpoints::EndpointStream;
use crate::dialect::{Feature, Route, StatementClass};
use crate::error::{Error, Result};
use crate::protocol::prepared::{self, Prepared};
use crate::query_result::QueryResult;
use crate::session::Session;
use crate::session::prepared::CloseOnDrop;
use crate::session::stale::{Failure, Stage};
use crate::sql::ParsedStatement;

impl Session {
    /// Runs a prepared update in one RPC, or in one for every `max_rows` parameter sets of the dialect.
    pub(super) async fn prepared_update(
        &mut self,
        prepared: &Prepared,
        rows: RecordBatch,
        close: Option<Arc<CloseOnDrop>>,
    ) -> Result<Outcome, Failure> {
        self.is_update = true;
        let mut total = QueryResult::default();
        let mut stage = match rows.num_rows() {
            0 | 1 => Stage::Update,
            _ => Stage::Rows,
        };
        for rows in in_runs(rows, self.dialect().profile().parameters.max_rows) {
            let handle = prepared.handle.clone();
            let run = prepared::run_update(self.rpc(), handle, rows).await;
            let count = run.map_err(Failure::at(stage))?;
            stage = Stage::Final;
            self.has_effects = true;
            total.extend([reported(count)]);
        }
        drop(close);
        Ok(Outcome::Done(total))
    }

    /// Returns `true` if the server may bind values for updates: it refused those of a query, and the dialect has updates.
    pub(super) fn binds_updates_only(&self, refused: &Error) -> bool {
        let dialect = self.dialect();
        let route = dialect.profile().statements.set_route(StatementClass::Dml);
        refused.is_unsupported()
            && dialect.supports(Feature::Updates)
            && route != Some(Route::Query)
    }

    /// Runs a change as an update after its bind as a query was refused. Without a row count, the change may not have run:
    /// DataFusion replies so to an update that it does not run.
    pub(super) async fn update_instead(
        &mut self,
        prepared: &Prepared,
        rows: RecordBatch,
        close: Option<Arc<CloseOnDrop>>,
    ) -> Result<Outcome, Failure> {
        match self.prepared_update(prepared, rows, close).await? {
            Outcome::Done(result) if result.known_rows_affected().is_none() => {
                Err(Failure::at(Stage::Final)(Error::protocol(
                    "DoPut(CommandPreparedStatementUpdate)",
                    "the server refused to bind the values to a query, and reported no row count for the update, so the \
                     change may not have run; check the table",
                )))
            }
            outcome => Ok(outcome),
        }
    }

    /// Runs a change as a query for each row, since a query has one row of parameters.
    pub(super) async fn each_row_as_query(
        &mut self,
        statement: &ParsedStatement,
        mut prepared: Prepared,
        rows: RecordBatch,
        close: Option<Arc<CloseOnDrop>>,
    ) -> Result<Outcome, Failure> {
        let mut total = QueryResult::default();
        for index in 0..rows.num_rows() {
            let stage = match index {
                0 => Stage::Update,
                _ => Stage::Final,
            };
            let row = rows.slice(index, 1);
            let bound = self.bind(statement, &mut prepared, row, close.as_deref());
            match bound.await {
                Err(error) if index == 0 && self.binds_updates_only(&error) => {
                    return self.update_instead(&prepared, rows, close).await;
                }
                bound => bound.map_err(Failure::at(stage))?,
            }
            let info = prepared::info(self.rpc(), prepared.handle.clone()).await;
            let info = info.map_err(Failure::at(stage))?;
            self.has_effects = true;
            let result = EndpointStream::of_statement(&self.context, info, statement);
            let mut result = result.map_err(Failure::at(Stage::Final))?;
            total.extend([result.drain().await.map_err(Failure::at(Stage::Final))?]);
        }
        drop(close);
        Ok(Outcome::Done(total))
    }
}

/// Returns the rows in batches of at most `most` rows; a batch without rows is a run too.
fn in_runs(rows: RecordBatch, most: Option<usize>) -> Vec<RecordBatch> {
    match most.map(|most| most.max(1)) {
        Some(most) if rows.num_rows() > most => (0..rows.num_rows())
            .step_by(most)
            .map(|from| rows.slice(from, most.min(rows.num_rows() - from)))
            .collect(),
        _ => vec![rows],
    }
}
