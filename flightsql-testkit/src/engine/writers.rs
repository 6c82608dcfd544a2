//! The queue of writers, in order of arrival.
//!
//! Layer: engine. SQLite has one writer at a time, and waiting writers retry in growing intervals
//! (<https://www.sqlite.org/c3ref/busy_timeout.html>). With many writers, some reach their timeout without a turn. Writers
//! of this process therefore wait in this queue first. The lock of SQLite still decides.

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

/// The kind of work on a connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job<'a> {
    pub(crate) sql: Option<&'a Sql>,
    /// Returns `true` if the work may write to the database.
    writes: bool,
}

/// The turn of one writer, which ends on drop.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Writers>);

impl<'a> Job<'a> {
    /// Running a statement.
    pub(crate) fn of(plan: &'a Plan) -> Self {
        Self {
            sql: Some(&plan.sql),
            writes: !plan.readonly,
        }
    }

    /// Planning a statement.
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
    /// Waits for the turn of a writing statement. Returns `None` if it has the lock, or cannot get the lock by waiting.
    ///
    /// # Errors
    /// Returns the error of SQLite if the turn does not come in time.
    pub(crate) fn turn(self: &Arc<Self>, conn: &Connection, job: Job<'_>) -> Result<Option<Turn>> {
        // SQLite does not report the tables of a statement, and a write to temporary tables needs no turn.
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

    /// Returns the number of waiting writers.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.state).waiting.len()
    }

    /// Waits for the turn, up to a limit.
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
                // Wake the next writer, which may wait only for this one.
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

/// Returns `true` if the connection has the lock and therefore keeps its turn.
pub(crate) fn has_lock(conn: &Connection) -> bool {
    conn.transaction_state(Some("main")) == Ok(TransactionState::Write)
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock(&self.0.state).busy = false;
        self.0.moved.notify_all();
    }
}
