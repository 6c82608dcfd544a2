//! Transactions: Flight SQL's actions.
//!
//! The first level is a transaction, every further one a savepoint. The rollback of a dropped level is cleanup, which
//! runs before the session is used again.

use prost::bytes::Bytes;

use super::Session;
use super::cache::Scope;
use super::cleanup::{Cleanup, Turn, run_detached};
use super::retry::Attempts;
use super::savepoint::Savepoint;
use super::watch::watched;
use crate::dialect::TransactionMode;
use crate::error::{Error, Result};
use crate::protocol::rpc::Rpc;
use crate::protocol::transaction;
pub use crate::protocol::transaction::End;
use crate::transport::call;

/// The open transaction with its savepoints, outermost first.
#[derive(Debug, Default)]
pub(super) struct TransactionState {
    id: Option<Bytes>,
    /// `None` while the savepoint is being set. SQLx's `Transaction` calls `start_rollback` if a `begin` fails or is dropped,
    /// which must remove this entry and not the outer transaction.
    savepoints: Vec<Option<Savepoint>>,
    /// The number of savepoints so far, for names that never repeat.
    named: u64,
}

impl TransactionState {
    pub(super) fn depth(&self) -> usize {
        usize::from(self.id.is_some()) + self.savepoints.len()
    }

    /// The id that every command of the transaction carries.
    pub(super) fn id(&self) -> Option<Bytes> {
        self.id.clone()
    }

    /// Leaves the innermost level, and returns the job that rolls it back.
    fn pop(&mut self, rpc: &Rpc) -> Option<Cleanup> {
        match self.savepoints.pop() {
            Some(savepoint) => Some(savepoint?.rollback(rpc, self.id()?)),
            None => {
                rpc.set_in_transaction(false);
                self.id.take().map(|id| rollback(rpc, id))
            }
        }
    }
}

fn rollback(rpc: &Rpc, id: Bytes) -> Cleanup {
    let rpc = rpc.clone();
    Cleanup::new("roll back", Turn::Urgent, async move {
        transaction::end(&rpc, id, End::Rollback).await
    })
}

impl Session {
    #[doc(hidden)]
    pub fn transaction_id(&self) -> Option<Bytes> {
        self.transaction.id()
    }

    #[doc(hidden)]
    /// Sets the id of the open transaction, without an RPC.
    pub fn assume_transaction(&mut self, id: Bytes) {
        self.rpc().set_in_transaction(true);
        self.transaction.id = Some(id);
    }

    #[doc(hidden)]
    pub fn depth(&self) -> usize {
        self.transaction.depth()
    }

    #[doc(hidden)]
    /// Begins a transaction, or sets a savepoint inside one. Cancel-safe: an id that arrives after the future was dropped is
    /// rolled back.
    pub async fn begin_level(&mut self) -> Result<()> {
        match self.depth() {
            0 => watched(self.watch_named("BEGIN"), self.begin_transaction()).await,
            _ => watched(self.watch_named("SAVEPOINT"), self.begin_savepoint()).await,
        }
    }

    async fn begin_transaction(&mut self) -> Result<()> {
        if self.dialect().profile().transactions.mode == TransactionMode::None {
            return Err(no_transactions(self));
        }
        // On many servers, the new transaction would not contain the changes of the open one.
        if self.is_in_text_transaction() {
            return Err(Error::argument(
                "a transaction that a statement began is still open; end it with `COMMIT` or `ROLLBACK` before `begin`",
            ));
        }
        self.ready().await?;
        // The server may have begun one before another failure.
        let mut attempts = Attempts::new(false);
        loop {
            let error = match self.try_begin().await {
                Ok(id) => {
                    self.rpc().set_in_transaction(true);
                    self.transaction.id = Some(id);
                    return Ok(());
                }
                Err(error) if error.is_unsupported() => return Err(no_transactions(self)),
                Err(error) => error,
            };
            self.recover(&mut attempts, error).await?;
        }
    }

    async fn try_begin(&self) -> Result<Bytes> {
        let (rpc, context) = (self.rpc().clone(), self.context.clone());
        run_detached(
            async move { transaction::begin(&rpc).await },
            move |unclaimed| context.cleanup.push(rollback(&context.rpc, unclaimed)),
        )
        .await
    }

    async fn begin_savepoint(&mut self) -> Result<()> {
        // First, so that the level exists even if the rest fails.
        self.reserve_level();
        self.ready().await?;
        let Some(transaction) = self.transaction.id() else {
            return Err(Error::argument("a savepoint requires an open transaction"));
        };
        self.transaction.named += 1;
        let name = format!("_sqlx_savepoint_{}", self.transaction.named);
        let set = self.set_savepoint(transaction, name).await?;
        if let Some(level) = self.transaction.savepoints.last_mut() {
            *level = Some(set);
        }
        Ok(())
    }

    #[doc(hidden)]
    /// Adds a savepoint that is not set on the server, for the rollback that follows a failed `begin`.
    pub fn reserve_level(&mut self) {
        self.transaction.savepoints.push(None);
    }

    #[doc(hidden)]
    /// Ends the innermost level, which stays open after an error. A commit that is dropped half-way, or not answered in time,
    /// breaks the session, since its outcome is unknown.
    pub async fn end_level(&mut self, end: End) -> Result<()> {
        let watch = self.watch_named(match (self.transaction.savepoints.is_empty(), end) {
            (true, End::Commit) => "COMMIT",
            (true, End::Rollback) => "ROLLBACK",
            (false, End::Commit) => "RELEASE SAVEPOINT",
            (false, End::Rollback) => "ROLLBACK TO SAVEPOINT",
        });
        watched(watch, self.end_unwatched(end)).await
    }

    async fn end_unwatched(&mut self, end: End) -> Result<()> {
        self.ready().await?;
        let rpc = self.rpc().clone();
        let guard = CommitGuard {
            session: rpc.session(),
            is_armed: end == End::Commit,
        };
        let ended = match (self.transaction.savepoints.last(), self.transaction.id()) {
            (Some(Some(savepoint)), Some(id)) => savepoint.end(&rpc, id, end).await,
            (Some(_), _) => Err(Error::argument("the savepoint was not set")),
            (None, Some(id)) => transaction::end(&rpc, id, end).await,
            (None, None) => Ok(()),
        };
        let ended = guard.disarm(ended);
        // A level that did not end stays open: the caller's `Transaction` abandons it when it is dropped.
        if ended.is_ok() {
            let is_outermost = self.depth() == 1;
            drop(self.transaction.pop(&rpc));
            if is_outermost {
                self.close_statements(Scope::Transaction);
            }
        }
        ended
    }

    /// Forgets the savepoints, which end with their transaction.
    pub(super) fn abandon_savepoints(&mut self) {
        self.transaction.savepoints.clear();
    }

    #[doc(hidden)]
    /// Rolls the innermost level back without waiting.
    pub fn abandon_level(&mut self) {
        let is_outermost = self.depth() == 1;
        // The rollback first: the runner starts at once, and the locks of the transaction do not wait for its statements.
        if let Some(rollback) = self.transaction.pop(&self.context.rpc) {
            self.cleanup().push(rollback);
        }
        if is_outermost {
            self.close_statements(Scope::Transaction);
        }
    }
}

/// Marks the session as broken if a commit ends without a reply of the server to it.
struct CommitGuard<'a> {
    session: &'a call::CallState,
    is_armed: bool,
}

impl CommitGuard<'_> {
    /// Disarms the guard after a reply of the server, which alone determines the outcome of a commit.
    fn disarm(mut self, ended: Result<()>) -> Result<()> {
        self.is_armed &= matches!(&ended, Err(error) if error.server().is_none());
        ended
    }
}

impl Drop for CommitGuard<'_> {
    fn drop(&mut self) {
        if self.is_armed {
            self.session.mark_in_doubt();
        }
    }
}

fn no_transactions(session: &Session) -> Error {
    Error::unsupported(format!(
        "this server (dialect `{}`) does not support transactions; run the statements one by one",
        session.dialect().name()
    ))
}
