//! Transactions (layer 4): Flight SQL's actions under SQLx's [`TransactionManager`].
//!
//! The first level is a transaction, every further one a savepoint. A rollback that nobody waited for is a
//! debt, paid before the connection is used again.

use std::sync::Arc;

use prost::bytes::Bytes;
use sqlx_core::sql_str::SqlStr;
use sqlx_core::transaction::TransactionManager;

use super::FlightSqlConnection;
use super::cache::Scope;
use super::orphan::adopt;
use super::pending::Debt;
use super::savepoint::Savepoint;
use crate::dialect::TransactionMode;
use crate::error::{Error, Result};
use crate::marker::FlightSql;
use crate::protocol::transaction::{self, EndSavepoint, EndTransaction};
use crate::transport::call::Session;

type SqlxResult<T> = std::result::Result<T, sqlx_core::Error>;

/// Begins and ends transactions of a [`FlightSqlConnection`].
#[derive(Debug)]
pub struct FlightSqlTransactionManager;

/// The open transaction with its savepoints, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    transaction: Option<Bytes>,
    /// `None` while it is being set. SQLx's `Transaction` calls `start_rollback` when a `begin` fails or is
    /// dropped, and that must take this entry and not the transaction around it.
    savepoints: Vec<Option<Savepoint>>,
    /// Savepoints set so far, for names that never repeat.
    named: u64,
}

impl Levels {
    pub(crate) fn depth(&self) -> usize {
        usize::from(self.transaction.is_some()) + self.savepoints.len()
    }

    /// The id that every command of the transaction carries.
    pub(crate) fn transaction(&self) -> Option<Bytes> {
        self.transaction.clone()
    }

    /// Leaves the innermost level, and gives what the server must be told.
    pub(crate) fn pop_debt(&mut self) -> Option<Debt> {
        match self.savepoints.pop() {
            Some(savepoint) => Some(savepoint?.into_debt(self.transaction()?)),
            None => self.transaction.take().map(Debt::Rollback),
        }
    }
}

impl TransactionManager for FlightSqlTransactionManager {
    type Database = FlightSql;

    /// Begins a transaction, or sets a savepoint inside one. Cancel-safe: an id that arrives after the future
    /// was dropped is rolled back.
    ///
    /// # Errors
    /// Before any SQL is sent, when the server has no transactions (or no savepoints for a nested call), and
    /// for a `statement`, which Flight SQL has no place for.
    async fn begin(conn: &mut FlightSqlConnection, statement: Option<SqlStr>) -> SqlxResult<()> {
        match (statement, conn.inner.levels.depth()) {
            (None, 0) => conn
                .begin_transaction()
                .await
                .map_err(|error| conn.shown(error))?,
            (None, _) => conn
                .begin_savepoint()
                .await
                .map_err(|error| conn.shown(error))?,
            (Some(_), 0) => {
                return Err(sqlx_core::Error::InvalidArgument(
                    "Flight SQL begins a transaction by a call and not by SQL text, so `begin_with` \
                     has nothing to send; use `begin`"
                        .to_owned(),
                ));
            }
            (Some(_), _) => {
                // The caller's drop takes this entry away, see `Levels::savepoints`.
                conn.inner.levels.savepoints.push(None);
                return Err(sqlx_core::Error::InvalidSavePointStatement);
            }
        }
        Ok(())
    }

    /// Commits the innermost level. A refusal that the server sends late is an error here, and the level then
    /// is still open, so that dropping the `Transaction` rolls it back.
    ///
    /// A commit that is dropped half-way, or not answered in time, leaves the outcome unknown: the connection
    /// is broken then.
    async fn commit(conn: &mut FlightSqlConnection) -> SqlxResult<()> {
        let ended = conn.end_level(End::Commit).await;
        ended.map_err(|error| conn.shown(error))
    }

    /// Rolls the innermost level back. Cancel-safe: the rollback goes on in the background.
    async fn rollback(conn: &mut FlightSqlConnection) -> SqlxResult<()> {
        let ended = conn.end_level(End::Rollback).await;
        ended.map_err(|error| conn.shown(error))
    }

    fn start_rollback(conn: &mut FlightSqlConnection) {
        let outermost = conn.inner.levels.depth() == 1;
        if let Some(debt) = conn.inner.levels.pop_debt() {
            conn.inner.debts.owe(debt);
        }
        if outermost {
            conn.owe_statements(Scope::Transaction);
        }
    }

    fn get_transaction_depth(conn: &FlightSqlConnection) -> usize {
        conn.inner.levels.depth()
    }
}

#[derive(Debug, Clone, Copy)]
enum End {
    Commit,
    Rollback,
}

impl FlightSqlConnection {
    async fn begin_transaction(&mut self) -> Result<()> {
        if self.dialect().profile().transactions.mode == TransactionMode::None {
            return Err(no_transactions(self));
        }
        self.ready().await?;
        let rpc = self.inner.rpc.clone();
        let debts = Arc::clone(&self.inner.debts);
        let begun = adopt(
            async move { transaction::begin(&rpc).await },
            move |orphan| debts.owe(Debt::Rollback(orphan)),
        )
        .await;
        match begun {
            Ok(id) => self.inner.levels.transaction = Some(id),
            Err(error) if error.is_unimplemented() => return Err(no_transactions(self)),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    async fn begin_savepoint(&mut self) -> Result<()> {
        // First of all, and also when what follows fails: see `Levels::savepoints`.
        self.inner.levels.savepoints.push(None);
        self.ready().await?;
        let Some(transaction) = self.inner.levels.transaction() else {
            return Err(Error::argument(
                "there is no transaction to set a savepoint in",
            ));
        };
        self.inner.levels.named += 1;
        let name = format!("_sqlx_savepoint_{}", self.inner.levels.named);
        let set = self.set_savepoint(transaction, name).await?;
        if let Some(level) = self.inner.levels.savepoints.last_mut() {
            *level = Some(set);
        }
        Ok(())
    }

    async fn end_level(&mut self, end: End) -> Result<()> {
        self.ready().await?;
        let rpc = self.inner.rpc.clone();
        let ended = {
            let bomb = Bomb {
                session: rpc.session(),
                armed: matches!(end, End::Commit),
            };
            let ended = match (
                self.inner.levels.savepoints.last(),
                self.inner.levels.transaction(),
            ) {
                (Some(Some(savepoint)), Some(id)) => savepoint.end(&rpc, id, end.savepoint()).await,
                (Some(_), _) => Err(Error::argument("the savepoint was not set")),
                (None, Some(id)) => transaction::end(&rpc, id, end.transaction()).await,
                (None, None) => Ok(()),
            };
            bomb.defuse(ended)
        };
        // A failed commit leaves its level open: the caller's `Transaction` rolls it back when it is dropped.
        // A failed rollback has nothing left to try.
        if ended.is_ok() || matches!(end, End::Rollback) {
            let outermost = self.inner.levels.depth() == 1;
            drop(self.inner.levels.pop_debt());
            if outermost {
                self.owe_statements(Scope::Transaction);
            }
        }
        ended
    }
}

impl End {
    fn transaction(self) -> EndTransaction {
        match self {
            Self::Commit => EndTransaction::Commit,
            Self::Rollback => EndTransaction::Rollback,
        }
    }

    fn savepoint(self) -> EndSavepoint {
        match self {
            Self::Commit => EndSavepoint::Release,
            Self::Rollback => EndSavepoint::Rollback,
        }
    }
}

/// Marks the connection as broken when a commit ends without the server's word on it.
struct Bomb<'a> {
    session: &'a Session,
    armed: bool,
}

impl Bomb<'_> {
    /// Only the server's own answer says what became of a commit.
    fn defuse(mut self, ended: Result<()>) -> Result<()> {
        self.armed &= matches!(&ended, Err(error) if error.as_server().is_none());
        ended
    }
}

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        if self.armed {
            self.session
                .mark_broken("a commit was not answered, so its outcome is unknown");
        }
    }
}

fn no_transactions(connection: &FlightSqlConnection) -> Error {
    Error::unsupported(format!(
        "this server (dialect `{}`) has no transactions; nothing was sent, run the statements one by one",
        connection.dialect().name()
    ))
}
