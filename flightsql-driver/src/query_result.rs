//! `FlightSqlQueryResult`: what an update reports. Layer D.
//!
//! Counts: `DoPutUpdateResult.record_count` in
//! <https://github.com/apache/arrow/blob/main/format/FlightSql.proto>, where -1 means "unknown".

/// The outcome of a statement that returns no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlightSqlQueryResult {
    rows_affected: Option<u64>,
}

impl FlightSqlQueryResult {
    /// The server said how many rows it changed.
    pub(crate) fn known(rows_affected: u64) -> Self {
        Self {
            rows_affected: Some(rows_affected),
        }
    }

    /// The statement ran, but the server did not say how many rows it changed.
    pub(crate) fn unknown() -> Self {
        Self {
            rows_affected: None,
        }
    }

    /// The number of rows changed; 0 when the server does not know. See
    /// [`known_rows_affected`](Self::known_rows_affected) to tell the two apart.
    pub fn rows_affected(&self) -> u64 {
        self.rows_affected.unwrap_or(0)
    }

    /// The number of rows changed, or `None` when the server does not know.
    pub fn known_rows_affected(&self) -> Option<u64> {
        self.rows_affected
    }
}

/// No statement has run: 0 rows, known.
impl Default for FlightSqlQueryResult {
    fn default() -> Self {
        Self::known(0)
    }
}

/// Sums the counts. One unknown count makes the sum unknown.
impl Extend<FlightSqlQueryResult> for FlightSqlQueryResult {
    fn extend<T: IntoIterator<Item = FlightSqlQueryResult>>(&mut self, results: T) {
        for result in results {
            self.rows_affected = match (self.rows_affected, result.rows_affected) {
                (Some(sum), Some(rows)) => Some(sum.saturating_add(rows)),
                _ => None,
            };
        }
    }
}

#[cfg(test)]
mod tests;
