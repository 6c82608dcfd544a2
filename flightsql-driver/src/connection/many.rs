//! Many rows of parameters for one statement (layer 4): in as many runs as the engine wants.

use arrow_array::RecordBatch;
use arrow_flight::FlightInfo;

use super::FlightSqlConnection;
use super::cache::CachedStatement;
use super::endpoints::ResultStream;
use super::prepare::CloseOnDrop;
use super::rows::Reader;
use super::run::{Outcome, RowsToRead};
use super::stale::{Failure, Stage};
use crate::dialect::StatementClass;
use crate::error::Result;
use crate::protocol::prepared;
use crate::query_result::FlightSqlQueryResult;

impl FlightSqlConnection {
    /// A prepared update: one call, or one for every so many rows as the dialect says.
    pub(super) async fn prepared_update(
        &mut self,
        statement: &CachedStatement,
        rows: RecordBatch,
        close: Option<CloseOnDrop>,
    ) -> Result<Outcome, Failure> {
        let mut total = FlightSqlQueryResult::default();
        let mut stage = match rows.num_rows() {
            0 | 1 => Stage::Update,
            _ => Stage::Rows,
        };
        for rows in in_runs(rows, self.dialect().profile().parameters.max_rows) {
            let handle = statement.prepared.handle.clone();
            let run = prepared::run_update(&self.inner.rpc, handle, rows).await;
            let count = run.map_err(Failure::at(stage))?;
            stage = Stage::Final;
            total.extend([Self::counted(count)]);
        }
        drop(close);
        Ok(Outcome::Done(total))
    }

    /// A change that the engine takes as a query, which has one row of parameters: run for each row.
    pub(super) async fn each_row_as_query(
        &mut self,
        sql: &str,
        mut statement: CachedStatement,
        rows: RecordBatch,
        class: StatementClass,
        mut close: Option<CloseOnDrop>,
    ) -> Result<Outcome, Failure> {
        let mut total = FlightSqlQueryResult::default();
        for index in 0..rows.num_rows() {
            let stage = match index {
                0 => Stage::Update,
                _ => Stage::Final,
            };
            let row = rows.slice(index, 1);
            let bound = self.bind(sql, &statement, row, close).await;
            (statement, close) = bound.map_err(Failure::at(stage))?;
            let handle = statement.prepared.handle.clone();
            let info = prepared::info(&self.inner.rpc, handle).await;
            let info = info.map_err(Failure::at(stage))?;
            let counted = self.count_rows(info, class).await;
            total.extend([counted.map_err(Failure::at(Stage::Final))?]);
        }
        drop(close);
        Ok(Outcome::Done(total))
    }

    /// Reads the result of a change that ran as a query.
    async fn count_rows(
        &mut self,
        info: FlightInfo,
        class: StatementClass,
    ) -> Result<FlightSqlQueryResult> {
        let mut rows = RowsToRead {
            stream: ResultStream::of_statement(&self.inner.rpc, &self.inner.debts, info)?,
            counting: self.counting(class),
            _close: None,
        };
        let mut reader = Reader::default();
        while let Some(record) = rows.stream.next().await? {
            reader.batch(&rows, record)?;
        }
        Ok(reader.result(&rows.counting))
    }
}

/// The rows in as many batches as the engine wants; a batch without rows is a run too.
fn in_runs(rows: RecordBatch, most: Option<usize>) -> Vec<RecordBatch> {
    match most.map(|most| most.max(1)) {
        Some(most) if rows.num_rows() > most => (0..rows.num_rows())
            .step_by(most)
            .map(|from| rows.slice(from, most.min(rows.num_rows() - from)))
            .collect(),
        _ => vec![rows],
    }
}
