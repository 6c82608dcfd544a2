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
/// It runs any number of times, each with its own values. The statement runs by its text in another session or transaction
/// than its own, since a handle of the server belongs to one of each, and if the server has forgotten the handle.
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
#[derive(Clone)]
pub struct PreparedStatement(Arc<Own>);

/// A statement with the caller's handle.
struct Own {
    /// The statement as the caller wrote it.
    written: ParsedStatement,
    /// The statement that the server prepared: with `placeholders=rewrite`, its placeholders are those of the dialect.
    sent: ParsedStatement,
    prepared: Prepared,
    close: Arc<CloseOnDrop>,
    /// The transaction that it was prepared in: the id of one, or the number of one that a statement began.
    transaction: (Option<Bytes>, Option<u64>),
}

impl PreparedStatement {
    /// Returns the text of the statement.
    #[must_use]
    pub fn sql(&self) -> &str {
        self.0.written.text()
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

    pub(super) fn written(&self) -> &ParsedStatement {
        &self.0.written
    }

    pub(super) fn sent(&self) -> &ParsedStatement {
        &self.0.sent
    }

    pub(super) fn is_of(&self, session: &Session) -> bool {
        self.0.close.is_of(session)
    }

    /// Returns `true` if the handle belongs to the transaction that is open now, or if neither is in one.
    pub(super) fn is_in_transaction_of(&self, session: &Session) -> bool {
        self.0.transaction == session.transaction_key()
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
    fn transaction_key(&self) -> (Option<Bytes>, Option<u64>) {
        (self.transaction_id(), self.text_transaction())
    }

    pub(super) async fn prepare_own(&mut self, sql: &str) -> Result<PreparedStatement> {
        self.ready().await?;
        let written = self.dialect().parse(sql)?;
        if written.class() == StatementClass::Empty {
            return Err(NotOneStatement(0).into());
        }
        let sent = self.with_own_placeholders(&written)?.into_owned();
        let transaction = self.transaction_key();
        let mut attempts = self.attempts_of_read();
        let prepared = loop {
            match self.newly_prepared(&sent).await {
                Ok(prepared) => break prepared,
                Err(error) => Box::pin(self.recover(&mut attempts, error)).await?,
            }
        };
        Ok(PreparedStatement(Arc::new(Own {
            close: self.close_on_drop(&prepared),
            written,
            sent,
            prepared,
            transaction,
        })))
    }
}

// Omits the handle and the transaction id, which would be sufficient to use them.
flightsql_dialect::debug_fields!(PreparedStatement, |it| { statement: it.0.written });
