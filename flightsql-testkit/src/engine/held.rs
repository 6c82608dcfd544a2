//! A connection of one owner, whose statements run one after the other.
//!
//! Layer: engine, over [`Database`]. A statement that waits for a slow reader detects that another one waits for the
//! connection.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, TransactionState};
use tokio::sync::Notify;

use super::cancel::Cancel;
use super::database::{Database, lock};
use super::error::Result;
use super::sql::Sql;

/// Locked state. The lock holder can detect waiting commands.
#[derive(Debug)]
pub(crate) struct Held<T> {
    inner: Mutex<T>,
    waiting: AtomicUsize,
    /// Wakes a result that is waiting for its reader while another command wants the connection.
    wanted: Notify,
}

impl<T> Held<T> {
    pub(crate) fn new(inner: T) -> Self {
        Self {
            inner: Mutex::new(inner),
            waiting: AtomicUsize::new(0),
            wanted: Notify::new(),
        }
    }

    /// Runs `work` after all earlier holders. Blocks.
    pub(crate) fn locked<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.wanted.notify_one();
        let mut inner = lock(&self.inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        work(&mut inner)
    }

    /// Runs `work` if the lock is free.
    pub(crate) fn if_free<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.inner.try_lock().ok().map(|mut inner| work(&mut inner))
    }
}

/// Reports whether commands wait for a connection of any owner.
pub(crate) trait Wanted: std::fmt::Debug + Send + Sync {
    /// Returns `true` if another command waits for the connection.
    fn is_wanted(&self) -> bool;

    /// Resolves when another command starts to wait.
    fn wanted(&self) -> &Notify;
}

impl<T: std::fmt::Debug + Send> Wanted for Held<T> {
    fn is_wanted(&self) -> bool {
        self.waiting.load(Ordering::SeqCst) > 0
    }

    fn wanted(&self) -> &Notify {
        &self.wanted
    }
}

/// Runs planning work for a statement of `conn`, with the connection to prepare on and the one to read the catalog on.
///
/// Reading the catalog in a transaction that has read nothing yet would open its snapshot, and a write would then fail
/// instead of waiting for the other writer. In this case, another connection reads the catalog. It also prepares, unless `conn`
/// has temporary objects, which only `conn` sees. It also prepares a setting, because preparing would set it.
pub(crate) fn plan_on<T>(
    conn: &Connection,
    database: &Arc<Database>,
    sql: Option<&Sql>,
    cancel: &Cancel,
    work: impl FnOnce(&Connection, &Connection) -> Result<T>,
) -> Result<T> {
    let begun = conn.transaction_state(Some("main"))? != TransactionState::None;
    let sets = sql.is_some_and(Sql::sets_pragma);
    if !sets && (begun || conn.is_autocommit()) {
        return cancel.watch(conn, || work(conn, conn));
    }
    let lease = database.lease_for(sql)?;
    let catalog = lease.conn()?;
    let conn = match !sets && has_temporary(conn)? {
        true => conn,
        false => catalog,
    };
    cancel.watch(conn, || work(conn, catalog))
}

/// Returns `true` if the connection has temporary tables, views, indexes or triggers.
pub(crate) fn has_temporary(conn: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema)";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}
