//! A transaction: a connection between begin and end, which is that of the session or a separate one.
//!
//! Layer: engine. Messages: `ActionBeginTransactionRequest`, `ActionBeginSavepointRequest`
//! (<https://arrow.apache.org/docs/format/FlightSql.html#rpc-methods>).

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::Connection;

use super::cancel::Cancel;
use super::database::{Database, lock};
use super::error::{Kind, Result, SqliteError};
use super::held::{Held, Wanted, plan_on};
use super::session::Session;
use super::sql::Sql;
use super::writers::{Job, Turn, has_lock};

/// Maximum number of open savepoints in one transaction.
const MAX_SAVEPOINTS: usize = 1_000;

/// An open transaction. Commands of one transaction run one after the other.
#[derive(Debug)]
pub(crate) struct Transaction {
    database: Arc<Database>,
    /// The session that lends the connection.
    home: Option<Arc<Session>>,
    /// `None` once it has ended.
    conn: Arc<Held<Option<Connection>>>,
    settings: AtomicBool,
    turn: Mutex<Option<Turn>>,
    savepoints: Mutex<HashMap<Vec<u8>, String>>,
}

/// Treatment of the changes since a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Keep,
    Undo,
}

impl Transaction {
    /// Begins a transaction. Its first write takes the write lock.
    ///
    /// # Errors
    /// Returns an error if SQL has begun a transaction in the same session.
    pub(crate) fn begin(database: &Arc<Database>, session: Option<Arc<Session>>) -> Result<Self> {
        let (conn, home) = match session.as_ref().map(|session| session.lend()).transpose()? {
            Some(Some(conn)) => (conn, session),
            _ => (database.connect()?, None),
        };
        let transaction = Self {
            database: Arc::clone(database),
            home,
            conn: Arc::new(Held::new(Some(conn))),
            savepoints: Mutex::default(),
            settings: AtomicBool::new(false),
            turn: Mutex::default(),
        };
        transaction.conn.locked(|slot| {
            let conn = slot.as_ref().ok_or_else(ended)?;
            Ok::<_, SqliteError>(conn.execute_batch("BEGIN")?)
        })?;
        Ok(transaction)
    }

    /// Returns `true` if its connection belongs to a session.
    pub(crate) fn has_session(&self) -> bool {
        self.home.is_some()
    }

    /// Runs a job on the transaction's connection. Blocks.
    ///
    /// # Errors
    /// Returns an error if the transaction has ended, also after a rollback by SQLite.
    pub(crate) fn run<T>(
        &self,
        job: Job<'_>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        if job.sql.is_some_and(Sql::sets_pragma) {
            self.settings.store(true, Ordering::SeqCst);
        }
        self.with(|conn| {
            let turn = self.database.writers().turn(conn, job)?;
            let result = cancel.watch(conn, || work(conn));
            let mut kept = lock(&self.turn);
            *kept = turn.or(kept.take()).filter(|_| has_lock(conn));
            result
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
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
    /// Returns the errors of [`run`](Self::run).
    pub(crate) fn plan<T>(
        &self,
        sql: Option<&Sql>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection, &Connection) -> Result<T>,
    ) -> Result<T> {
        self.with(|conn| plan_on(conn, &self.database, sql, cancel, work))
    }

    /// Returns the connection, for holders that must detect waiting commands.
    pub(crate) fn held(&self) -> Arc<dyn Wanted> {
        Arc::clone(&self.conn) as Arc<dyn Wanted>
    }

    /// Commits or rolls back. A failed commit rolls back and returns an error.
    pub(crate) fn end(&self, end: End) -> Result<()> {
        self.conn.locked(|slot| {
            let conn = slot.take().ok_or_else(ended)?;
            let result = finish(&conn, end);
            if let Some(home) = &self.home {
                let settings = self.settings.load(Ordering::SeqCst);
                // Close a connection that cannot be rolled back.
                let usable = conn.is_autocommit() || conn.execute_batch("ROLLBACK").is_ok();
                home.take_back(usable.then_some(conn), settings);
            } else {
                drop(conn);
            }
            // Without a session, dropping the connection has rolled back the transaction.
            *lock(&self.turn) = None;
            result
        })
    }

    /// Opens a savepoint with this id.
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

impl Drop for Transaction {
    fn drop(&mut self) {
        // The only error is an earlier end.
        drop(self.end(End::Undo));
    }
}

fn finish(conn: &Connection, end: End) -> Result<()> {
    match end {
        End::Undo if conn.is_autocommit() => Ok(()),
        End::Undo => Ok(conn.execute_batch("ROLLBACK")?),
        End::Keep if conn.is_autocommit() => Err(SqliteError::new(
            Kind::Precondition,
            "the transaction was rolled back by an earlier error",
        )),
        End::Keep => Ok(conn.execute_batch("COMMIT")?),
    }
}

fn ended() -> SqliteError {
    SqliteError::new(Kind::NotFound, "the transaction has ended")
}
