//! A transaction: a connection of its own between begin and end.
//!
//! Layer: engine. Messages: `ActionBeginTransactionRequest`, `ActionBeginSavepointRequest`
//! (<https://arrow.apache.org/docs/format/FlightSql.html#rpc-methods>).

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;
use tokio::sync::Notify;

use super::database::{Database, lock};
use super::error::{Kind, Result, SqliteError};

/// Most savepoints open at a time in one transaction.
const MAX_SAVEPOINTS: usize = 1_000;

/// An open transaction. Commands of one transaction run one after the other.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// `None` once it has ended.
    conn: Mutex<Option<Connection>>,
    savepoints: Mutex<HashMap<Vec<u8>, String>>,
    waiting: AtomicUsize,
    /// Wakes a result that is waiting for its reader while another command wants the connection.
    wanted: Notify,
}

/// What to do with the changes since a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Keep,
    Undo,
}

impl Transaction {
    /// Begins; the first write takes the write lock.
    pub(crate) fn begin(database: &Database) -> Result<Self> {
        let conn = database.connect()?;
        conn.execute_batch("BEGIN")?;
        Ok(Self {
            conn: Mutex::new(Some(conn)),
            savepoints: Mutex::default(),
            waiting: AtomicUsize::new(0),
            wanted: Notify::new(),
        })
    }

    /// Runs something on the transaction's connection.
    ///
    /// # Errors
    /// The transaction has ended, also by SQLite's own roll-back after an interrupted write.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.locked(|slot| {
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

    /// Whether another command waits for the connection.
    pub(crate) fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    /// Resolves when another command begins to wait.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// Commits or rolls back. A commit that fails rolls back, and is an error.
    pub(crate) fn end(&self, end: End) -> Result<()> {
        self.locked(|slot| {
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

    fn locked<T>(&self, work: impl FnOnce(&mut Option<Connection>) -> Result<T>) -> Result<T> {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.wanted.notify_one();
        let mut slot = lock(&self.conn);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        work(&mut slot)
    }
}

fn ended() -> SqliteError {
    SqliteError::new(Kind::NotFound, "the transaction has ended")
}
