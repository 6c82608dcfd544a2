//! Transactions and savepoints.
//!
//! Layer: service. Messages: `ActionBeginTransactionRequest`, `ActionEndTransactionRequest`, `ActionBeginSavepointRequest`,
//! `ActionEndSavepointRequest` (<https://arrow.apache.org/docs/format/FlightSql.html>).

use std::sync::Arc;

use arrow_flight::sql::{
    ActionBeginSavepointRequest, ActionEndSavepointRequest, ActionEndTransactionRequest,
    EndTransaction,
};
use bytes::Bytes;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use super::registry::fresh;
use super::status::blocking;
use crate::engine::{Cancel, End, Transaction};

/// `ActionEndSavepointRequest.EndSavepoint`, which arrow-flight does not export.
const RELEASE: i32 = 1;
const ROLLBACK: i32 = 2;

impl Inner {
    /// Handles `BeginTransaction`, on the connection of the caller's session unless another transaction uses it.
    pub(crate) async fn begin_transaction(&self, caller: &Caller) -> Result<Bytes, Status> {
        self.with_transactions()?;
        let session = match caller.keeps_cookies() {
            true => Some(self.sessions.open(caller)?),
            false => None,
        };
        if let Some(session) = &session {
            self.sessions.connect(session)?;
        }
        let database = Arc::clone(&self.database);
        let conn = session.as_ref().map(|session| Arc::clone(&session.conn));
        let transaction = blocking(&Cancel::default(), move || {
            Transaction::begin(&database, conn)
        })
        .await?;
        let (id, transaction) = self.transactions.insert(transaction)?;
        if let Some(session) = session.filter(|_| transaction.has_session()) {
            session.lent_to(&id);
        }
        Ok(id)
    }

    /// Handles `EndTransaction`. The id is invalid afterwards, even after an error.
    pub(crate) async fn end_transaction(
        &self,
        request: ActionEndTransactionRequest,
    ) -> Result<(), Status> {
        self.with_transactions()?;
        let end = match EndTransaction::try_from(request.action) {
            Ok(EndTransaction::Commit) => End::Keep,
            Ok(EndTransaction::Rollback) => End::Undo,
            _ => {
                return Err(Status::invalid_argument(
                    "EndTransaction needs an action: commit or rollback",
                ));
            }
        };
        let transaction = self.transactions.remove(&request.transaction_id)?;
        blocking(&Cancel::default(), move || transaction.end(end)).await
    }

    /// Handles `BeginSavepoint`.
    pub(crate) async fn begin_savepoint(
        &self,
        request: ActionBeginSavepointRequest,
    ) -> Result<Bytes, Status> {
        self.with_transactions()?;
        let transaction = self.transactions.get(&request.transaction_id)?;
        let id = fresh();
        let key = id.clone();
        blocking(&Cancel::default(), move || {
            transaction.begin_savepoint(&key)
        })
        .await?;
        Ok(id)
    }

    /// Handles `EndSavepoint`.
    pub(crate) async fn end_savepoint(
        &self,
        request: ActionEndSavepointRequest,
    ) -> Result<(), Status> {
        self.with_transactions()?;
        let end = match request.action {
            RELEASE => End::Keep,
            ROLLBACK => End::Undo,
            _ => {
                return Err(Status::invalid_argument(
                    "EndSavepoint needs an action: release or rollback",
                ));
            }
        };
        let id = request.savepoint_id;
        let transaction = self
            .transactions
            .find(|transaction| transaction.has_savepoint(&id));
        let transaction =
            transaction.ok_or_else(|| Status::not_found("no such savepoint, or it has ended"))?;
        blocking(&Cancel::default(), move || {
            transaction.end_savepoint(&id, end)
        })
        .await
    }

    fn with_transactions(&self) -> Result<(), Status> {
        match self.config.transactions {
            true => Ok(()),
            false => Err(Status::unimplemented("this server has no transactions")),
        }
    }
}
