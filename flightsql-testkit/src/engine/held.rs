//! A connection that one owner keeps: its statements run one after the other.
//!
//! Layer: engine, over [`Database`]. A statement that waits for a slow reader notices that another one waits for it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, TransactionState};
use tokio::sync::Notify;

use super::cancel::Cancel;
use super::database::{Database, lock};
use super::error::Result;
use super::sql::Sql;

/// Locked state whose holder can see that others wait for it.
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

    /// Runs `work` when every holder before it is done. Blocks.
    pub(crate) fn locked<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.wanted.notify_one();
        let mut inner = lock(&self.inner);
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        work(&mut inner)
    }

    /// Runs `work` if the lock is free now.
    pub(crate) fn if_free<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.inner.try_lock().ok().map(|mut inner| work(&mut inner))
    }
}

/// Tells whether others wait for a connection, whatever it belongs to.
pub(crate) trait Wanted: std::fmt::Debug + Send + Sync {
    /// Whether another command waits for the connection.
    fn is_wanted(&self) -> bool;

    /// Notifies when another command begins to wait.
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

/// Runs planning work for a statement of `conn`: on the connection to prepare on, with the one to read the catalog on.
///
/// Reading the catalog in a transaction that has read nothing yet would open its snapshot, and a write would then fail
/// where SQLite waits for the other writer. There another connection reads the catalog, and prepares too unless `conn`
/// has temporary objects, which only `conn` sees. A setting is prepared elsewhere too: preparing it would set it.
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

/// Whether the connection has temporary tables, views, indexes or triggers.
pub(crate) fn has_temporary(conn: &Connection) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM temp.sqlite_schema)";
    Ok(conn.query_row(sql, [], |row| row.get(0))?)
}
