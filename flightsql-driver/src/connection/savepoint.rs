//! Savepoints (layer 4): by Flight SQL's action, or by statement where the server has no action and the dialect knows the
//! statement.

use std::sync::Arc;

use prost::bytes::Bytes;

use super::FlightSqlConnection;
use super::orphan::adopt;
use super::pending::Debt;
use crate::dialect::Feature;
use crate::error::{Error, Result};
use crate::protocol::rpc::Rpc;
use crate::protocol::transaction::{self, EndSavepoint};
use crate::protocol::update;

/// A savepoint that is set.
#[derive(Debug, Clone)]
pub(super) enum Savepoint {
    /// By the action: its id.
    Action(Bytes),
    /// By statement: its name, which is a plain identifier.
    Statement(String),
}

impl Savepoint {
    /// Releases it or rolls back to it, in the transaction of this id.
    pub(super) async fn end(&self, rpc: &Rpc, transaction: Bytes, end: EndSavepoint) -> Result<()> {
        match (self, end) {
            (Self::Action(id), end) => transaction::end_savepoint(rpc, id.clone(), end).await,
            (Self::Statement(name), EndSavepoint::Release) => {
                let sql = format!("RELEASE SAVEPOINT {name}");
                update::run(rpc, &sql, Some(transaction)).await.map(drop)
            }
            (Self::Statement(name), EndSavepoint::Rollback) => {
                rollback_to(rpc, transaction, name).await
            }
        }
    }

    /// What is owed to the server when nobody ends it.
    pub(super) fn into_debt(self, transaction: Bytes) -> Debt {
        match self {
            Self::Action(id) => Debt::RollbackSavepoint(id),
            Self::Statement(name) => Debt::RollbackTo(transaction, name),
        }
    }
}

/// Undoes what came after the savepoint. It stays set, and goes with its transaction: names never repeat.
pub(super) async fn rollback_to(rpc: &Rpc, transaction: Bytes, name: &str) -> Result<()> {
    let sql = format!("ROLLBACK TO SAVEPOINT {name}");
    update::run(rpc, &sql, Some(transaction)).await.map(drop)
}

impl FlightSqlConnection {
    /// Sets a savepoint of this name. Cancel-safe: one that is set after the future was dropped is rolled back to.
    pub(super) async fn set_savepoint(
        &mut self,
        transaction: Bytes,
        name: String,
    ) -> Result<Savepoint> {
        let has_action =
            !self.inner.learned.no_savepoints && !self.dialect().lacks(Feature::Savepoints);
        if has_action {
            match self.by_action(transaction.clone(), name.clone()).await {
                Err(error) if error.is_unimplemented() => {}
                set => return set,
            }
        }
        if !self.dialect().profile().transactions.savepoint_statements {
            return Err(Error::unsupported(Feature::Savepoints.missing()));
        }
        self.inner.learned.no_savepoints = true;
        self.by_statement(transaction, name).await
    }

    async fn by_action(&self, transaction: Bytes, name: String) -> Result<Savepoint> {
        let rpc = self.inner.rpc.clone();
        let debts = Arc::clone(&self.inner.debts);
        let set = adopt(
            async move { transaction::begin_savepoint(&rpc, transaction, name).await },
            move |orphan| debts.owe(Debt::RollbackSavepoint(orphan)),
        );
        set.await.map(Savepoint::Action)
    }

    async fn by_statement(&self, transaction: Bytes, name: String) -> Result<Savepoint> {
        let rpc = self.inner.rpc.clone();
        let debts = Arc::clone(&self.inner.debts);
        let (id, orphan) = (transaction.clone(), name.clone());
        let set = adopt(
            async move {
                let sql = format!("SAVEPOINT {name}");
                update::run(&rpc, &sql, Some(transaction)).await?;
                Ok(name)
            },
            move |_| debts.owe(Debt::RollbackTo(id, orphan)),
        );
        set.await.map(Savepoint::Statement)
    }
}
