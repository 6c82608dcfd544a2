//! [`PreparedStatement`]: a statement that the caller keeps prepared.

use std::sync::Arc;

use arrow_schema::SchemaRef;
use prost::bytes::Bytes;

use super::Session;
use super::prepared::{CloseOnDrop, ReadyStatement};
use crate::dialect::StatementClass;
use crate::error::Result;
use crate::protocol::prepared::Prepared;
use crate::sql::ParsedStatement;
use crate::sql::statement::NotOneStatement;

/// A prepared statement; created by [`Session::prepare`]. Dropping the last clone closes it on the server.
///
/// It runs any number of times, each with its own values. In another session or transaction than its own, the statement
/// runs by its text, since a handle of the server belongs to one of each.
///
/// ```
/// # use flightsql_testkit::TestServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = TestServer::sqlite().await?;
/// # let mut session = flightsql_client::connect(&server.url()).await?;
/// use std::sync::Arc;
/// use arrow_array::{ArrayRef, Int64Array, RecordBatch};
/// use flightsql_client::StatementRequest;
///
/// session.execute("CREATE TABLE t (n BIGINT)").await?;
/// let insert = session.prepare("INSERT INTO t VALUES (?)").await?;
/// for n in 0..3 {
///     let row = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![n])) as ArrayRef)])?;
///     session.execute(StatementRequest::from(&insert).bind(row)).await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct PreparedStatement(pub(super) Arc<Own>);

/// A statement with the caller's handle.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) statement: ParsedStatement,
    prepared: Prepared,
    close: Arc<CloseOnDrop>,
    /// The transaction that it was prepared in.
    transaction: Option<Bytes>,
}

impl PreparedStatement {
    /// Returns the text of the statement.
    #[must_use]
    pub fn sql(&self) -> &str {
        self.0.statement.text()
    }

    /// Returns the columns of the result, if the server reports them.
    #[must_use]
    pub fn schema(&self) -> Option<&SchemaRef> {
        self.0.prepared.dataset.as_ref()
    }

    /// Returns the parameters, if the server reports them.
    #[must_use]
    pub fn parameters(&self) -> Option<&SchemaRef> {
        self.0.prepared.parameters.as_ref()
    }

    /// Returns `true` if the server runs the handle in this session as it is now.
    pub(super) fn is_for(&self, session: &Session) -> bool {
        self.0.close.is_of(session) && self.0.transaction == session.transaction_id()
    }

    /// The statement, ready to run. The server may have replaced the handle.
    pub(super) fn ready(&self) -> ReadyStatement {
        let mut prepared = self.0.prepared.clone();
        prepared.handle = self.0.close.handle();
        ReadyStatement {
            prepared,
            close: Some(Arc::clone(&self.0.close)),
            is_cached: false,
            failures: 0,
        }
    }
}

impl Session {
    pub(super) async fn prepare_own(&mut self, sql: &str) -> Result<PreparedStatement> {
        self.ready().await?;
        let statement = self.dialect().parse(sql)?;
        if statement.class() == StatementClass::Empty {
            return Err(NotOneStatement(0).into());
        }
        let transaction = self.transaction_id();
        let prepared = self.newly_prepared(statement.text()).await?;
        Ok(PreparedStatement(Arc::new(Own {
            close: self.close_on_drop(&prepared),
            statement,
            prepared,
            transaction,
        })))
    }
}
