//! A transaction: a connection of its own between begin and end.
//!
//! Layer: engine. Messages: `ActionBeginTransactionRequest`, `ActionBeginSavepointRequest`
//! (<https://arrow.apache.org/docs/format/FlightSql.html#rpc-methods>).

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::cancel::Cancel;
use super::database::{Database, lock};
use super::error::{Kind, Result, SqliteError};
use super::held::{Held, Wanted, plan_on};

/// Most savepoints open at a time in one transaction.
const MAX_SAVEPOINTS: usize = 1_000;

/// An open transaction. Commands of one transaction run one after the other.
#[derive(Debug)]
pub(crate) struct Transaction {
    database: Arc<Database>,
    /// `None` once it has ended.
    conn: Held<Option<Connection>>,
    savepoints: Mutex<HashMap<Vec<u8>, String>>,
}

/// What to do with the changes since a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Keep,
    Undo,
}

impl Transaction {
    /// Begins; the first write takes the write lock.
    pub(crate) fn begin(database: &Arc<Database>) -> Result<Self> {
        let conn = database.connect()?;
        conn.execute_batch("BEGIN")?;
        Ok(Self {
            database: Arc::clone(database),
            conn: Held::new(Some(conn)),
            savepoints: Mutex::default(),
        })
    }

    /// Runs something on the transaction's connection.
    ///
    /// # Errors
    /// The transaction has ended, also by SQLite's own roll-back after an interrupted write.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.conn.locked(|slot| {
            let conn = slot.as_ref().ok_or_else(ended)?;
            if conn.is_autocommit() {
                return Err(SqliteError::new(
                    Kind::Precondition,
                    "the transaction was rolled back by an earlier error",
                ));
            }
            work(conn)
        })
    }

    /// Plans a statement of the transaction, without opening its snapshot.
    ///
    /// # Errors
    /// As [`with`](Self::with).
    pub(crate) fn plan<T>(
        &self,
        cancel: &Cancel,
        work: impl FnOnce(&Connection, &Connection) -> Result<T>,
    ) -> Result<T> {
        self.with(|conn| plan_on(conn, &self.database, cancel, work))
    }

    /// Its connection, for those who hold it while others wait.
    pub(crate) fn held(&self) -> &dyn Wanted {
        &self.conn
    }

    /// Commits or rolls back. A commit that fails rolls back, and is an error.
    pub(crate) fn end(&self, end: End) -> Result<()> {
        self.conn.locked(|slot| {
            let conn = slot.take().ok_or_else(ended)?;
            match end {
                // Dropping a connection rolls back whatever is open.
                End::Undo => Ok(()),
                End::Keep if conn.is_autocommit() => Err(SqliteError::new(
                    Kind::Precondition,
                    "the transaction was rolled back by an earlier error",
                )),
                End::Keep => Ok(conn.execute_batch("COMMIT")?),
            }
        })
    }

    /// Opens a savepoint under this id.
    pub(crate) fn begin_savepoint(&self, id: &[u8]) -> Result<()> {
        let name = format!("flightsql_{:032x}", super::database::random());
        if lock(&self.savepoints).len() >= MAX_SAVEPOINTS {
            return Err(SqliteError::new(
                Kind::Exhausted,
                format!("{MAX_SAVEPOINTS} savepoints are open"),
            ));
        }
        self.with(|conn| Ok(conn.execute_batch(&format!("SAVEPOINT {name}"))?))?;
        lock(&self.savepoints).insert(id.to_vec(), name);
        Ok(())
    }

    pub(crate) fn has_savepoint(&self, id: &[u8]) -> bool {
        lock(&self.savepoints).contains_key(id)
    }

    /// Releases a savepoint, or rolls back to it and releases it.
    pub(crate) fn end_savepoint(&self, id: &[u8], end: End) -> Result<()> {
        let name = lock(&self.savepoints).remove(id);
        let name = name.ok_or_else(|| {
            SqliteError::new(Kind::NotFound, "no such savepoint, or it has ended")
        })?;
        self.with(|conn| {
            if end == End::Undo {
                conn.execute_batch(&format!("ROLLBACK TO {name}"))?;
            }
            Ok(conn.execute_batch(&format!("RELEASE {name}"))?)
        })
    }
}

fn ended() -> SqliteError {
    SqliteError::new(Kind::NotFound, "the transaction has ended")
}
