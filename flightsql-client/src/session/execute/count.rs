//! The number of changed rows in a result.

use arrow_array::RecordBatch;
use arrow_schema::Schema;

use crate::arrow::cell::Cell;
use crate::dialect::{Dialect, StatementClass};
use crate::error::Result;
use crate::protocol::update;
use crate::query_result::QueryResult;
use crate::sql::ParsedStatement;

/// The meaning of a result's rows for the number of changed rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Counting {
    /// A query: nothing was changed.
    Nothing,
    /// `… RETURNING`: each row is a changed row.
    EachRow,
    /// An update that runs as a query; its one row contains the count in a column with one of these names.
    Column(Vec<String>),
}

impl Counting {
    pub(crate) fn of(statement: &ParsedStatement, dialect: &dyn Dialect) -> Self {
        match statement.class() {
            StatementClass::DmlReturning => Self::EachRow,
            StatementClass::Dml | StatementClass::Ddl => {
                Self::Column(dialect.profile().statements.count_columns.clone())
            }
            _ => Self::Nothing,
        }
    }

    /// Returns `true` if the result has one column, which is a count.
    pub(super) fn is_count(&self, schema: &Schema) -> bool {
        let (Self::Column(names), [field]) = (self, &schema.fields()[..]) else {
            return false;
        };
        let mut names = names.iter();
        field.data_type().is_integer() && names.any(|name| name.eq_ignore_ascii_case(field.name()))
    }
}

/// Counts the changed rows while the batches of a result go by.
#[derive(Debug)]
pub(super) struct Counter {
    counting: Counting,
    pub(super) rows: usize,
    /// The count column, once a row of it was read.
    pub(super) counted: Option<QueryResult>,
}

impl Counter {
    pub(super) fn new(counting: Counting) -> Self {
        Self {
            counting,
            rows: 0,
            counted: None,
        }
    }

    pub(super) fn is_change(&self) -> bool {
        self.counting != Counting::Nothing
    }

    /// Counts a batch with rows. Returns `Protocol` for a negative count other than -1, which means "unknown".
    pub(super) fn see(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows = self.rows.saturating_add(batch.num_rows());
        if self.counting.is_count(batch.schema_ref()) {
            let count = changed_rows(batch)?;
            // One row is the count; several rows may be parts of it or running totals.
            let count = count.filter(|_| self.rows == 1);
            self.counted = Some(count.map_or_else(QueryResult::unknown, QueryResult::known));
        }
        Ok(())
    }

    /// The outcome of the statement after its last batch.
    pub(super) fn outcome(&self) -> QueryResult {
        match (&self.counting, &self.counted) {
            (Counting::Nothing, _) => QueryResult::known(0),
            (Counting::EachRow, _) => {
                QueryResult::known(u64::try_from(self.rows).unwrap_or(u64::MAX))
            }
            (Counting::Column(_), counted) => counted.clone().unwrap_or_else(QueryResult::unknown),
        }
    }
}

/// Returns the number of changed rows in the first row of a count column; `None` for NULL and for -1, which means "unknown".
fn changed_rows(batch: &RecordBatch) -> Result<Option<u64>> {
    let count = Cell::of(batch.column(0), 0).and_then(Cell::integer);
    let count = count.unwrap_or(update::UNKNOWN.into());
    // Only a negative count is checked, and the count of a `UINT64` column may exceed an `i64`.
    if let Ok(count) = i64::try_from(count) {
        update::checked("DoGet", count)?;
    }
    Ok(u64::try_from(count).ok())
}

/// Returns the row count that the protocol reports; -1, the only negative count that arrives here, means "unknown".
pub fn reported(count: i64) -> QueryResult {
    u64::try_from(count).map_or_else(|_| QueryResult::unknown(), QueryResult::known)
}
