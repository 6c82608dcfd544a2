//! Savepoints: by the actions of Flight SQL, or by statements if the server has no actions and the dialect allows it.

use prost::bytes::Bytes;

use super::Session;
use super::cleanup::{Cleanup, Turn, run_detached};
use crate::dialect::Feature;
use crate::error::{Error, Result};
use crate::protocol::rpc::Rpc;
use crate::protocol::transaction::{self, End};
use crate::protocol::update;

#[derive(Debug, Clone)]
pub(super) enum Savepoint {
    /// The id of a savepoint that the action set.
    Action(Bytes),
    /// The name of a savepoint that a statement set, which is a plain identifier.
    Statement(String),
}

impl Savepoint {
    /// Releases it or rolls back to it, in the transaction of this id.
    pub(super) async fn end(&self, rpc: &Rpc, transaction: Bytes, end: End) -> Result<()> {
        let name = match self {
            Self::Action(id) => return transaction::end_savepoint(rpc, id.clone(), end).await,
            Self::Statement(name) => name,
        };
        let sql = match end {
            End::Commit => format!("RELEASE SAVEPOINT {name}"),
            // The savepoint remains until its transaction ends, since names never repeat.
            End::Rollback => format!("ROLLBACK TO SAVEPOINT {name}"),
        };
        update::run(rpc, &sql, Some(transaction)).await.map(drop)
    }

    /// The job that rolls back to it, in the transaction of this id.
    pub(super) fn rollback(self, rpc: &Rpc, transaction: Bytes) -> Cleanup {
        let rpc = rpc.clone();
        Cleanup::new("roll back", Turn::Urgent, async move {
            self.end(&rpc, transaction, End::Rollback).await
        })
    }
}

impl Session {
    /// Sets a savepoint of this name. Cancel-safe: one that is set after the future was dropped is rolled back to.
    pub(super) async fn set_savepoint(
        &mut self,
        transaction: Bytes,
        name: String,
    ) -> Result<Savepoint> {
        let has_action =
            self.capabilities.savepoints && self.dialect().supports(Feature::Savepoints);
        if has_action {
            match self.by_action(transaction.clone(), name.clone()).await {
                Err(error) if error.is_unsupported() => {}
                set => return set,
            }
        }
        if !self.dialect().profile().transactions.savepoint_statements {
            return Err(Error::unsupported(Feature::Savepoints.missing()));
        }
        self.capabilities.savepoints = false;
        self.by_statement(transaction, name).await
    }

    async fn by_action(&self, transaction: Bytes, name: String) -> Result<Savepoint> {
        let id = transaction.clone();
        self.detached(transaction, |rpc| async move {
            let set = transaction::begin_savepoint(&rpc, id, name).await;
            set.map(Savepoint::Action)
        })
        .await
    }

    async fn by_statement(&self, transaction: Bytes, name: String) -> Result<Savepoint> {
        let id = transaction.clone();
        self.detached(transaction, |rpc| async move {
            let sql = format!("SAVEPOINT {name}");
            update::run(&rpc, &sql, Some(id)).await?;
            Ok(Savepoint::Statement(name))
        })
        .await
    }

    /// Sets a savepoint, and rolls back to it if its caller is gone.
    async fn detached<F>(&self, transaction: Bytes, set: impl FnOnce(Rpc) -> F) -> Result<Savepoint>
    where
        F: Future<Output = Result<Savepoint>> + Send + 'static,
    {
        let context = self.context.clone();
        run_detached(set(self.rpc().clone()), move |unclaimed: Savepoint| {
            let rollback = unclaimed.rollback(&context.rpc, transaction);
            context.cleanup.push(rollback);
        })
        .await
    }
}
