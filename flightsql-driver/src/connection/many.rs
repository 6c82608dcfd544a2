//! Many rows of parameters for one statement (layer 4): in as many runs as the engine wants.

use arrow_array::RecordBatch;

use super::FlightSqlConnection;
use super::cache::CachedStatement;
use super::endpoints::ResultStream;
use super::prepare::CloseOnDrop;
use super::rows::Reader;
use super::run::{Outcome, RowsToRead};
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
    ) -> Result<Outcome> {
        let mut total = FlightSqlQueryResult::default();
        for rows in in_runs(rows, self.dialect().profile().parameters.max_rows) {
            let handle = statement.prepared.handle.clone();
            let count = prepared::run_update(&self.inner.rpc, handle, rows).await?;
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
    ) -> Result<Outcome> {
        let mut total = FlightSqlQueryResult::default();
        for index in 0..rows.num_rows() {
            let row = rows.slice(index, 1);
            (statement, close) = self.bind(sql, &statement, row, close).await?;
            let handle = statement.prepared.handle.clone();
            let info = prepared::info(&self.inner.rpc, handle).await?;
            let mut rows = RowsToRead {
                stream: ResultStream::new(&self.inner.rpc, info)?,
                counting: self.counting(class),
                _close: None,
            };
            let mut reader = Reader::default();
            while let Some(record) = rows.stream.next().await? {
                reader.batch(&rows, record)?;
            }
            total.extend([reader.result(&rows.counting)]);
        }
        drop(close);
        Ok(Outcome::Done(total))
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
