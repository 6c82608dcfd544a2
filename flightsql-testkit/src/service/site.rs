//! Where a statement runs: on any connection, or on its transaction's.
//!
//! Layer: service, over the engine's connections.

use std::sync::Arc;

use rusqlite::Connection;

use crate::engine::{Cancel, Database, Kind, Result, SqliteError, Transaction, Verb};

/// The place of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Site {
    Pool(Arc<Database>),
    Transaction(Arc<Transaction>),
}

impl Site {
    /// Runs engine work on a connection of this place. Blocks.
    pub(crate) fn run<T>(
        &self,
        cancel: &Cancel,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Transaction(transaction) => {
                transaction.with(|conn| cancel.watch(conn, || work(conn)))
            }
            Self::Pool(database) => {
                let lease = database.lease()?;
                let conn = lease.conn()?;
                cancel.watch(conn, || work(conn))
            }
        }
    }

    /// Runs planning work with the connection to prepare on and the one to read the catalog on. Blocks.
    pub(crate) fn plan<T>(
        &self,
        cancel: &Cancel,
        work: impl FnOnce(&Connection, &Connection) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Transaction(transaction) => transaction.plan(cancel, work),
            Self::Pool(_) => self.run(cancel, |conn| work(conn, conn)),
        }
    }

    /// Runs a statement that may leave settings behind on its connection.
    pub(crate) fn run_verb<T>(
        &self,
        verb: Verb,
        cancel: &Cancel,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Pool(database) if verb == Verb::Pragma => {
                let mut lease = database.lease()?;
                let result = cancel.watch(lease.conn()?, || work(lease.conn()?));
                lease.discard();
                result
            }
            _ => self.run(cancel, work),
        }
    }

    /// Refuses statements whose effect would be lost with the connection.
    pub(crate) fn permits(&self, verb: Verb) -> Result<()> {
        let reason = match (self, verb) {
            (Self::Pool(_), Verb::Savepoint) => {
                "a savepoint needs a transaction: send BeginTransaction first"
            }
            (Self::Pool(_), Verb::Temporary) => {
                "temporary objects live as long as their transaction: send BeginTransaction first"
            }
            _ => return Ok(()),
        };
        Err(SqliteError::new(Kind::Precondition, reason))
    }

    pub(crate) fn transaction(&self) -> Option<&Arc<Transaction>> {
        match self {
            Self::Pool(_) => None,
            Self::Transaction(transaction) => Some(transaction),
        }
    }
}
