//! A flag that stops a running statement.
//!
//! Layer: engine. SQLite calls a progress handler every few thousand steps
//! (<https://www.sqlite.org/c3ref/progress_handler.html>), so the flag stops exactly one statement, and not the next one on
//! the same connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::Connection;
use tokio::sync::Notify;

use super::error::{Kind, Result, SqliteError};

/// Virtual-machine steps between two checks of the flag, which take well under a millisecond.
const STEPS: i32 = 2_000;

/// A flag that stops a statement. Clones share the flag.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancel(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    set: AtomicBool,
    changed: Notify,
}

/// Cancels on drop unless disarmed, for work whose client may disconnect.
#[derive(Debug)]
pub(crate) struct CancelOnDrop(Option<Cancel>);

impl Cancel {
    pub(crate) fn cancel(&self) {
        self.0.set.store(true, Ordering::SeqCst);
        self.0.changed.notify_waiters();
        self.0.changed.notify_one();
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.set.load(Ordering::SeqCst)
    }

    /// Resolves when cancelled.
    pub(crate) async fn cancelled(&self) {
        while !self.is_cancelled() {
            self.0.changed.notified().await;
        }
    }

    pub(crate) fn on_drop(&self) -> CancelOnDrop {
        CancelOnDrop(Some(self.clone()))
    }

    /// Runs SQLite work that stops when cancelled.
    pub(crate) fn watch<T>(
        &self,
        conn: &Connection,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let flag = self.clone();
        conn.progress_handler(STEPS, Some(move || flag.is_cancelled()))?;
        let result = if self.is_cancelled() {
            Err(cancelled())
        } else {
            work()
        };
        conn.progress_handler(0, None::<fn() -> bool>)?;
        match result {
            Err(error) if error.kind() == Kind::Cancelled => Err(cancelled()),
            other => other,
        }
    }
}

impl CancelOnDrop {
    pub(crate) fn disarm(mut self) {
        self.0 = None;
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if let Some(cancel) = self.0.take() {
            cancel.cancel();
        }
    }
}

/// Returns the error of cancelled work.
pub(crate) fn cancelled() -> SqliteError {
    SqliteError::new(Kind::Cancelled, "the statement was cancelled")
}
