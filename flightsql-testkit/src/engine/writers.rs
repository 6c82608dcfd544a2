//! The queue of writers: first come, first served.
//!
//! Layer: engine. SQLite has one writer at a time, and those who wait ask again in growing intervals
//! (<https://www.sqlite.org/c3ref/busy_timeout.html>). Among many writers some are then never lucky before their time is up.
//! Writers of this process queue up here first; the lock of SQLite remains what decides.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionState};

use super::database::lock;
use super::error::{Kind, Result, SqliteError};
use super::held::has_temporary;
use super::plan::Plan;
use super::sql::Sql;

/// The writers of one database.
#[derive(Debug, Default)]
pub(crate) struct Writers {
    state: Mutex<State>,
    moved: Condvar,
}

#[derive(Debug, Default)]
struct State {
    busy: bool,
    waiting: VecDeque<u64>,
    last: u64,
}

/// Kind of work on a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) sql: Option<&'a Sql>,
    /// It may write to the database.
    writes: bool,
}

/// The turn of one writer, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Writers>);

impl<'a> Job<'a> {
    /// A statement that runs.
    pub(crate) fn of(plan: &'a Plan) -> Self {
        Self {
            sql: Some(&plan.sql),
            writes: !plan.readonly,
        }
    }

    /// A statement whose columns are looked up.
    pub(crate) fn describing(plan: &'a Plan) -> Self {
        Self {
            sql: Some(&plan.sql),
            writes: false,
        }
    }

    /// A bulk ingest.
    pub(crate) fn ingest() -> Self {
        Self {
            sql: None,
            writes: true,
        }
    }
}

impl Writers {
    /// Waits for the turn of a statement that writes; `None` for one that has the lock, or cannot get it by waiting.
    ///
    /// # Errors
    /// The turn did not come in time, in the words of SQLite.
    pub(crate) fn turn(self: &Arc<Self>, conn: &Connection, job: Job<'_>) -> Result<Option<Turn>> {
        // A write to temporary tables waits for no other writer, and SQLite does not report the tables of a statement.
        if !job.writes || has_temporary(conn)? {
            return Ok(None);
        }
        if has_lock(conn) {
            return Ok(None);
        }
        let state = conn.transaction_state(Some("main"))?;
        if state == TransactionState::Read && !conn.is_autocommit() {
            // With a snapshot, SQLite fails immediately if there is another writer.
            return Ok(self.wait(Duration::ZERO));
        }
        let limit: u32 = conn.query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
        match self.wait(Duration::from_millis(limit.into())) {
            None => Err(SqliteError::new(Kind::Busy, "database is locked")),
            turn => Ok(turn),
        }
    }

    /// Writers that wait.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.state).waiting.len()
    }

    /// Waits for its turn, for so long.
    fn wait(self: &Arc<Self>, limit: Duration) -> Option<Turn> {
        let deadline = Instant::now() + limit;
        let mut state = lock(&self.state);
        state.last += 1;
        let ticket = state.last;
        state.waiting.push_back(ticket);
        while state.busy || state.waiting.front() != Some(&ticket) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.waiting.retain(|other| *other != ticket);
                // The next writer may have waited for this one only.
                self.moved.notify_all();
                return None;
            }
            let waited = self.moved.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.waiting.pop_front();
        state.busy = true;
        Some(Turn(Arc::clone(self)))
    }
}

/// Whether the connection has the lock, so that it keeps its turn.
pub(crate) fn has_lock(conn: &Connection) -> bool {
    conn.transaction_state(Some("main")) == Ok(TransactionState::Write)
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.0.state).busy = false;
        self.0.moved.notify_all();
    }
}
