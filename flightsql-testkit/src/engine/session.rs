//! The connection of a session: the connection state of SQLite for one client.
//!
//! Layer: engine, over [`Held`]. Temporary tables, settings, transactions by text, and the numbers of
//! `last_insert_rowid()`, `changes()` and `total_changes()` (<https://www.sqlite.org/lang_corefunc.html>).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

use super::cancel::Cancel;
use super::database::{Database, lock};
use super::error::{Kind, Result, SqliteError};
use super::held::{Held, Wanted, has_temporary, plan_on};
use super::sql::{Need, Sql, Verb};
use super::writers::{Job, Turn, has_lock};

/// The time that a statement waits for a connection in a transaction, which is enough for a rollback.
const RETURN: Duration = Duration::from_secs(1);

/// A session's connection. The first statement that needs it opens it.
#[derive(Debug)]
pub(crate) struct Session {
    database: Arc<Database>,
    state: Arc<Held<SessionState>>,
    // Copies of the state for readers that must not wait for its lock.
    /// Whether statements see objects or settings that other connections do not.
    stateful: AtomicBool,
    in_transaction: Mutex<bool>,
    returned: Condvar,
    connected: AtomicBool,
}

#[derive(Debug)]
struct SessionState {
    conn: Slot,
    /// The turn to write, in a transaction by SQL. It ends after the connection.
    turn: Option<Turn>,
    settings: bool,
    temporary: bool,
    /// Whether a cancelled statement rolled back a transaction by SQL, and the client does not know yet.
    aborted: bool,
    /// Whether an earlier connection of this session was closed and its numbers are lost.
    lost: bool,
}

/// The slot of the connection.
#[derive(Debug)]
enum Slot {
    Empty,
    Open(Connection),
    /// A transaction of the action BeginTransaction uses the connection.
    InTransaction,
    Closed,
}

impl Session {
    /// Creates a session without a connection. If it is `lost`, it existed before and its numbers are unknown.
    pub(crate) fn new(database: &Arc<Database>, lost: bool) -> Self {
        let state = SessionState {
            conn: Slot::Empty,
            turn: None,
            settings: false,
            temporary: false,
            aborted: false,
            lost,
        };
        Self {
            database: Arc::clone(database),
            state: Arc::new(Held::new(state)),
            stateful: AtomicBool::new(false),
            in_transaction: Mutex::new(false),
            returned: Condvar::new(),
            connected: AtomicBool::new(false),
        }
    }

    /// Returns `true` if every statement must run on this connection: in a transaction by SQL, or with temporary objects or
    /// settings.
    pub(crate) fn is_stateful(&self) -> bool {
        self.stateful.load(Ordering::SeqCst)
    }

    /// Returns `true` if its connection is in a transaction of the action BeginTransaction.
    pub(crate) fn is_in_transaction(&self) -> bool {
        *lock(&self.in_transaction)
    }

    /// Returns `true` if it has a connection or a slot for one.
    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::SeqCst)
    }

    /// Reserves a slot for a connection, which opens at its first statement.
    pub(crate) fn reserve(&self) {
        self.connected.store(true, Ordering::SeqCst);
    }

    /// Removes the slot of a session without an open connection. Returns `false` if it is in use or has one.
    pub(crate) fn give_up(&self) -> bool {
        let done = self.state.if_free(|state| {
            let unused = matches!(state.conn, Slot::Empty);
            if unused {
                self.publish(state);
            }
            unused
        });
        done.unwrap_or(false)
    }

    /// Returns the connection, for holders that must detect waiting commands.
    pub(crate) fn held(&self) -> Arc<dyn Wanted> {
        Arc::clone(&self.state) as Arc<dyn Wanted>
    }

    /// Runs a statement, or other work, on the connection. Blocks.
    ///
    /// # Errors
    /// Returns an error if the connection is in a transaction or closed, or if the statement needs a lost number.
    pub(crate) fn run<T>(
        &self,
        job: Job<'_>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let needs = job.sql.is_some_and(|sql| sql.need() == Need::Session);
        if needs || self.is_stateful() {
            self.wait_for_return();
        }
        let mut work = Some(work);
        let done = self.state.locked(|state| {
            if matches!(state.conn, Slot::InTransaction) && !needs && !state.is_stateful() {
                return Ok(None);
            }
            if std::mem::take(&mut state.aborted) {
                self.publish(state);
                return Err(SqliteError::new(
                    Kind::Precondition,
                    "the transaction was rolled back, since a statement of it was cancelled; begin it again",
                ));
            }
            self.connect(state)?;
            let conn = state.conn()?;
            if let Some(sql) = job.sql.filter(|_| state.lost) {
                still_known(conn, sql)?;
            }
            let turn = self.database.writers().turn(conn, job)?;
            let open = !conn.is_autocommit();
            let result = cancel.watch(conn, || work.take().map(|work| work(conn)).transpose());
            let keeps = has_lock(conn);
            let aborted = open && conn.is_autocommit() && cancel.is_cancelled() && result.is_err();
            let settings = job.sql.is_some_and(Sql::sets_pragma);
            let looked = match job.sql.map(Sql::verb) {
                Some(Verb::Select | Verb::Values | Verb::Change) => state.temporary,
                _ => has_temporary(conn)?,
            };
            state.turn = turn.or(state.turn.take()).filter(|_| keeps);
            state.aborted = aborted;
            state.settings |= settings;
            state.temporary = looked;
            self.publish(state);
            result
        })?;
        match (done, work) {
            (Some(done), _) => Ok(done),
            // A transaction has taken the connection and must not see this work, so run it as for a client without a session.
            (None, Some(work)) => self.database.run(job, cancel, work),
            (None, None) => Err(SqliteError::internal("the work was lost")),
        }
    }

    /// Runs planning work, see [`plan_on`]. Blocks if the session is stateful.
    pub(crate) fn plan<T>(
        &self,
        sql: Option<&Sql>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection, &Connection) -> Result<T>,
    ) -> Result<T> {
        if !self.is_stateful() {
            return self.database.plan(sql, cancel, work);
        }
        self.wait_for_return();
        self.state
            .locked(|state| plan_on(state.conn()?, &self.database, sql, cancel, work))
    }

    /// Lends the connection to a new transaction. Returns `None` if another transaction has it. Blocks.
    ///
    /// # Errors
    /// Returns an error if SQL has begun a transaction.
    pub(crate) fn lend(&self) -> Result<Option<Connection>> {
        self.state.locked(|state| {
            if matches!(state.conn, Slot::InTransaction) {
                return Ok(None);
            }
            self.connect(state)?;
            let conn = state.conn()?;
            if !conn.is_autocommit() {
                // Return the error of SQLite.
                conn.execute_batch("BEGIN")?;
            }
            let conn = std::mem::replace(&mut state.conn, Slot::InTransaction);
            self.publish(state);
            match conn {
                Slot::Open(conn) => Ok(Some(conn)),
                _ => Ok(None),
            }
        })
    }

    /// Takes the connection back from a transaction. `None` means that it is closed. Blocks.
    pub(crate) fn take_back(&self, conn: Option<Connection>, settings: bool) {
        self.state.locked(|state| {
            if !matches!(state.conn, Slot::InTransaction) {
                return;
            }
            let conn = conn.filter(|conn| match has_temporary(conn) {
                Ok(temporary) => {
                    state.temporary = temporary;
                    true
                }
                Err(_) => false,
            });
            match conn {
                Some(conn) => {
                    state.settings |= settings;
                    state.conn = Slot::Open(conn);
                }
                None => state.forget(),
            }
            self.publish(state);
        });
    }

    /// Closes the connection of a session that has only numbers. Returns `false` if it is in use or has more.
    pub(crate) fn reclaim(&self) -> bool {
        let done = self.state.if_free(|state| {
            let idle = matches!(state.conn, Slot::Open(_)) && !state.is_stateful();
            if idle {
                state.forget();
                self.publish(state);
            }
            idle
        });
        done.unwrap_or(false)
    }

    /// Ends the session if it is idle. Returns whether it had more than numbers, or `None` if it is in use.
    pub(crate) fn end_if_idle(&self) -> Option<bool> {
        let ended = self.state.if_free(|state| match state.conn {
            Slot::InTransaction => None,
            _ => Some(self.end(state)),
        });
        ended.flatten()
    }

    /// Ends the session, and rolls back an open transaction. Blocks.
    pub(crate) fn close(&self) {
        self.state.locked(|state| self.end(state));
    }

    /// Waits for a connection in a transaction, which may be rolling back after its client disconnected.
    fn wait_for_return(&self) {
        let in_transaction = lock(&self.in_transaction);
        let waited = self
            .returned
            .wait_timeout_while(in_transaction, RETURN, |in_transaction| *in_transaction);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    fn connect(&self, state: &mut SessionState) -> Result<()> {
        if !matches!(state.conn, Slot::Empty) {
            return Ok(());
        }
        if !self.is_connected() {
            return Err(SqliteError::new(
                Kind::Exhausted,
                "too many sessions need a connection at the same time: close some",
            ));
        }
        // Open a new connection, because the numbers of a pooled one belong to other clients.
        state.conn = Slot::Open(self.database.connect()?);
        Ok(())
    }

    fn end(&self, state: &mut SessionState) -> bool {
        let stateful = state.is_stateful();
        state.forget();
        state.conn = Slot::Closed;
        self.publish(state);
        stateful
    }

    fn publish(&self, state: &SessionState) {
        let connected = matches!(state.conn, Slot::Open(_) | Slot::InTransaction);
        let in_transaction = matches!(state.conn, Slot::InTransaction);
        self.stateful.store(state.is_stateful(), Ordering::SeqCst);
        self.connected.store(connected, Ordering::SeqCst);
        *lock(&self.in_transaction) = in_transaction;
        if !in_transaction {
            self.returned.notify_all();
        }
    }
}

impl SessionState {
    fn conn(&self) -> Result<&Connection> {
        let reason = match &self.conn {
            Slot::Open(conn) => return Ok(conn),
            Slot::InTransaction => {
                "the connection of this session is in a transaction: send the statement with the id of the transaction, \
                 or end the transaction first"
            }
            Slot::Empty | Slot::Closed => "the session is closed",
        };
        Err(SqliteError::new(Kind::Precondition, reason))
    }

    fn is_stateful(&self) -> bool {
        let open = matches!(&self.conn, Slot::Open(conn) if !conn.is_autocommit());
        open || self.settings || self.temporary || self.aborted
    }

    fn forget(&mut self) {
        *self = Self {
            conn: Slot::Empty,
            turn: None,
            settings: false,
            temporary: false,
            aborted: false,
            lost: true,
        };
    }
}

/// Rejects a statement that needs a number of an earlier connection of the session.
fn still_known(conn: &Connection, sql: &Sql) -> Result<()> {
    let unknown = |name: &str| match name {
        "last_insert_rowid" => conn.last_insert_rowid() == 0,
        "changes" => conn.total_changes() == 0,
        _ => true,
    };
    match sql.numbers().find(|name| unknown(name)) {
        Some(name) => Err(SqliteError::new(
            Kind::Precondition,
            format!(
                "{name}() is unknown: what ran before does not belong to this session; use a RETURNING clause"
            ),
        )),
        None => Ok(()),
    }
}
