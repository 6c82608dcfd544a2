//! [`QueryResult`]: the row count of an update, and the response headers.
//!
//! Counts: `DoPutUpdateResult.record_count` in
//! <https://github.com/apache/arrow/blob/main/format/FlightSql.proto>, where -1 means "unknown".

use crate::response_headers::ResponseHeaders;

/// The outcome of a statement: the number of changed rows, and response headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryResult {
    rows_affected: Option<u64>,
    response_headers: ResponseHeaders,
}

impl QueryResult {
    /// Creates the result of a statement whose row count the server reports.
    pub(crate) fn known(rows_affected: u64) -> Self {
        Self {
            rows_affected: Some(rows_affected),
            response_headers: ResponseHeaders::default(),
        }
    }

    /// Creates the result of a statement that ran, and whose row count the server does not report.
    pub(crate) fn unknown() -> Self {
        Self {
            rows_affected: None,
            response_headers: ResponseHeaders::default(),
        }
    }

    /// Returns the result with the response headers of its statement.
    #[doc(hidden)]
    #[must_use]
    pub fn with_response_headers(mut self, headers: ResponseHeaders) -> Self {
        self.response_headers = headers;
        self
    }

    /// Returns the response headers and trailers of the statement that the client keeps; of a script, those of all its
    /// statements.
    pub fn response_headers(&self) -> &ResponseHeaders {
        &self.response_headers
    }

    /// Returns the number of changed rows; 0 if the server does not report it.
    /// [`known_rows_affected`](Self::known_rows_affected) distinguishes the two.
    pub fn rows_affected(&self) -> u64 {
        self.rows_affected.unwrap_or(0)
    }

    /// Returns the number of changed rows; `None` if the server does not report it.
    pub fn known_rows_affected(&self) -> Option<u64> {
        self.rows_affected
    }
}

/// The result before a statement has run: 0 rows, known.
impl Default for QueryResult {
    fn default() -> Self {
        Self::known(0)
    }
}

/// Adds the counts, and the response headers. One unknown count makes the sum unknown.
impl Extend<QueryResult> for QueryResult {
    fn extend<T: IntoIterator<Item = QueryResult>>(&mut self, results: T) {
        for result in results {
            self.rows_affected = match (self.rows_affected, result.rows_affected) {
                (Some(sum), Some(rows)) => Some(sum.saturating_add(rows)),
                _ => None,
            };
            self.response_headers.append(&result.response_headers);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::QueryResult;

    #[test]
    fn unknown_is_not_zero() {
        assert_eq!(QueryResult::default().known_rows_affected(), Some(0));
        assert_eq!(QueryResult::known(7).rows_affected(), 7);
        assert_eq!(QueryResult::unknown().rows_affected(), 0);
        assert_eq!(QueryResult::unknown().known_rows_affected(), None);
    }

    #[test]
    fn sums_keep_what_is_unknown() {
        let mut sum = QueryResult::default();
        sum.extend([QueryResult::known(2), QueryResult::known(3)]);
        assert_eq!(sum.known_rows_affected(), Some(5));
        sum.extend([QueryResult::known(u64::MAX)]);
        assert_eq!(sum.known_rows_affected(), Some(u64::MAX));
        sum.extend([QueryResult::unknown(), QueryResult::known(1)]);
        assert_eq!(sum.known_rows_affected(), None);
    }
}
