//! [`StatementRequest`]: a statement with its values.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;

use super::PreparedStatement;
use crate::options::StatementOptions;

/// A statement with its values. A `&str`, a `String`, a `&String` and a `&PreparedStatement` convert into one.
///
/// ```
/// # use flightsql_testkit::TestServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = TestServer::sqlite().await?;
/// # let mut session = flightsql_client::connect(&server.url()).await?;
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
/// use flightsql_client::StatementRequest;
///
/// session.execute("CREATE TABLE city (id BIGINT, name VARCHAR)").await?;
/// // One column for each placeholder, and one row for each run.
/// let cities = RecordBatch::try_from_iter([
///     ("id", Arc::new(Int64Array::from(vec![1, 2])) as ArrayRef),
///     ("name", Arc::new(StringArray::from(vec!["Oslo", "Rome"])) as ArrayRef),
/// ])?;
/// let insert = StatementRequest::new("INSERT INTO city VALUES (?, ?)").bind(cities);
/// assert_eq!(session.execute(insert).await?.rows_affected(), 2);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct StatementRequest {
    pub(super) statement: Statement,
    pub(super) rows: Option<RecordBatch>,
    pub(super) persistent: bool,
    pub(super) options: Option<Arc<StatementOptions>>,
}

#[derive(Clone)]
pub(super) enum Statement {
    Sql(String),
    Prepared(PreparedStatement),
}

impl StatementRequest {
    /// Creates the request to run one statement, without values.
    pub fn new(sql: impl Into<String>) -> Self {
        Statement::Sql(sql.into()).into()
    }

    /// Sets the values: one column for each placeholder, in their order. A query requires one row, an update takes any
    /// number and runs for each. A value is converted to the type of its parameter if nothing is lost.
    #[must_use]
    pub fn bind(mut self, rows: RecordBatch) -> Self {
        self.rows = Some(rows);
        self
    }

    /// Sets whether a statement with values stays prepared for further uses in its session. Defaults to `true`.
    #[must_use]
    pub fn persistent(mut self, persistent: bool) -> Self {
        self.persistent = persistent;
        self
    }

    /// Sets the headers, timeouts and limits of the statement, in place of all that were set before.
    #[must_use]
    pub fn options(mut self, options: impl Into<Arc<StatementOptions>>) -> Self {
        self.options = Some(options.into());
        self
    }

    /// Adds a header to every RPC of the statement, as [`StatementOptions::header`].
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(|options| options.header(name, value))
    }

    /// Sets the limit of the complete statement, as [`StatementOptions::timeout`].
    #[must_use]
    pub fn timeout(self, limit: impl Into<Option<Duration>>) -> Self {
        self.with(|options| options.timeout(limit))
    }

    fn with(mut self, change: impl FnOnce(StatementOptions) -> StatementOptions) -> Self {
        let options = self.options.take().map(Arc::unwrap_or_clone);
        self.options(change(options.unwrap_or_default()))
    }

    pub(super) fn sql(&self) -> &str {
        match &self.statement {
            Statement::Sql(sql) => sql,
            Statement::Prepared(prepared) => prepared.sql(),
        }
    }
}

impl From<Statement> for StatementRequest {
    fn from(statement: Statement) -> Self {
        Self {
            statement,
            rows: None,
            persistent: true,
            options: None,
        }
    }
}

impl From<&str> for StatementRequest {
    fn from(sql: &str) -> Self {
        Self::new(sql)
    }
}

impl From<String> for StatementRequest {
    fn from(sql: String) -> Self {
        Self::new(sql)
    }
}

impl From<&String> for StatementRequest {
    fn from(sql: &String) -> Self {
        Self::new(sql)
    }
}

impl From<&PreparedStatement> for StatementRequest {
    fn from(prepared: &PreparedStatement) -> Self {
        Statement::Prepared(prepared.clone()).into()
    }
}

// Omits text and values, which may be secret.
flightsql_dialect::debug_fields!(StatementRequest, |it| {
    rows: it.rows.as_ref().map(RecordBatch::num_rows),
    persistent: it.persistent,
    options: it.options,
});
