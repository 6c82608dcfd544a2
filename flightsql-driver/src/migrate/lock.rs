//! The migration lock: one row with a unique key.
//!
//! Flight SQL has no advisory lock. The row of `_sqlx_migrations_lock` outlives its process. The error of a timeout therefore
//! names the owner, the time, and the statement that removes the lock.

use std::fmt;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use sqlx_core::executor::Executor as _;
use sqlx_core::migrate::MigrateError;
use sqlx_core::row::Row as _;
use sqlx_core::sql_str::AssertSqlSafe;
use sqlx_core::value::ValueRef as _;

use super::sql_of;
use crate::connection::FlightSqlConnection;
use crate::dialect::LOCK_TABLE;
use crate::error::{Error, FlightSqlDatabaseError, to_sqlx};
use crate::session::cleanup::{Cleanup, CleanupQueue};

/// The first pause before the next attempt; each pause is twice the previous one.
const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// The longest pause: a waiting migrator causes little load, and starts within a second.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Acquires the lock, and waits for it up to the limit of the dialect.
pub(super) async fn lock(connection: &mut FlightSqlConnection) -> Result<(), MigrateError> {
    let dialect = connection.dialect();
    let sql = sql_of(dialect)?;
    let create = sql.create_lock_table(dialect);
    let Some(wait) = sql.lock_wait else {
        log::warn!(
            "the dialect `{}` has no migration lock; another migrator can run at the same time",
            connection.dialect().name()
        );
        return Ok(());
    };
    // A lock of an earlier run is released first.
    let ready = connection.session.ready().await;
    ready.map_err(|error| failed(error.into()))?;
    let owner = owner();
    let deadline = Instant::now() + wait;
    let mut pause = FIRST_PAUSE;
    let mut table = Some(create);
    let mut guard = MigrationLockGuard::new(connection);
    loop {
        // Armed before the row is sent, so that a run that is dropped here leaves no lock.
        guard.arm(unlock_sql(&owner));
        let why = match take(guard.connection, &mut table, &owner).await {
            Ok(Taken::Yes) => {
                guard.keep();
                return Ok(());
            }
            Ok(Taken::No(holder)) => holder,
            Err(error) if is_passing(&error) => Holder::unknown(&error),
            Err(error) => {
                guard.release().await;
                return Err(error.into());
            }
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            guard.release().await;
            return Err(failed(Error::from(flightsql_client::Error::io(
                std::io::ErrorKind::TimedOut,
                why.message(wait),
                None,
            ))));
        }
        tokio::time::sleep(pause.min(left)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

pub(super) async fn unlock(connection: &mut FlightSqlConnection) -> Result<(), MigrateError> {
    let mut guard = MigrationLockGuard::new(connection);
    let Some(sql) = guard.unlock.clone() else {
        return Ok(());
    };
    // The guard stays armed until the statement succeeds, and runs it again after a drop or failure.
    let removed = (&mut *guard.connection).execute(AssertSqlSafe(sql)).await?;
    guard.disarm();
    if removed.known_rows_affected() == Some(0) {
        log::warn!(
            "migration lock in {LOCK_TABLE} was removed during the run; another migrator may have run at the same time"
        );
    }
    Ok(())
}

/// The lock while statements run. Dropping the guard releases the lock, and [`keep`](Self::keep) keeps it.
pub(super) struct MigrationLockGuard<'c> {
    connection: &'c mut FlightSqlConnection,
    unlock: Option<String>,
    cleanup: Option<Cleanup>,
    /// The queue of the session that `cleanup` belongs to. A session that is opened again has another one.
    queue: Weak<CleanupQueue>,
}

impl<'c> MigrationLockGuard<'c> {
    /// Takes the lock from the connection, if it has the lock.
    pub(super) fn new(connection: &'c mut FlightSqlConnection) -> Self {
        let cleanup = connection.session.on_next_use().take();
        let unlock = connection.unlock_migrations.take();
        Self {
            // A connection that was used otherwise has released the lock.
            unlock: unlock.filter(|_| cleanup.is_some()),
            cleanup,
            queue: Arc::downgrade(connection.session.cleanup()),
            connection,
        }
    }

    pub(super) fn connection(&mut self) -> &mut FlightSqlConnection {
        self.connection
    }

    /// Keeps the lock for the next step after a success, and releases it after a failure.
    pub(super) async fn end<T>(self, done: Result<T, MigrateError>) -> Result<T, MigrateError> {
        match &done {
            Ok(_) => self.keep(),
            Err(_) => self.release().await,
        }
        done
    }

    fn arm(&mut self, unlock: String) {
        let cleanup = self.connection.session.statement_cleanup(unlock.clone());
        (self.cleanup, self.unlock) = (Some(cleanup), Some(unlock));
        self.queue = Arc::downgrade(self.connection.session.cleanup());
    }

    /// Takes the job that releases the lock. The job of a session that was opened again since then has no effect any more.
    fn take_cleanup(&mut self) -> Option<Cleanup> {
        let cleanup = self.cleanup.take()?;
        let session = &self.connection.session;
        let is_current = Weak::as_ptr(&self.queue) == Arc::as_ptr(session.cleanup());
        match &self.unlock {
            Some(unlock) if !is_current => Some(session.statement_cleanup(unlock.clone())),
            _ => Some(cleanup),
        }
    }

    fn disarm(&mut self) {
        (self.cleanup, self.unlock) = (None, None);
    }

    /// Ends, and lets the connection keep the lock until any other use.
    fn keep(mut self) {
        *self.connection.session.on_next_use() = self.take_cleanup();
        self.connection.unlock_migrations = self.unlock.take();
    }

    /// Ends, and waits until the lock is released.
    pub(super) async fn release(mut self) {
        if let Some(cleanup) = self.take_cleanup() {
            let queue = self.connection.session.cleanup();
            queue.push(cleanup);
            queue.before_use().await;
        }
    }
}

impl Drop for MigrationLockGuard<'_> {
    fn drop(&mut self) {
        if let Some(cleanup) = self.take_cleanup() {
            self.connection.session.cleanup().push(cleanup);
        }
    }
}

#[derive(Debug)]
enum Taken {
    Yes,
    No(Holder),
}

impl Taken {
    fn by(holder: Holder, owner: &str) -> Self {
        match holder.owner == owner {
            true => Self::Yes,
            false => Self::No(holder),
        }
    }
}

#[derive(Debug)]
struct Holder {
    owner: String,
    since: String,
}

impl Holder {
    fn unknown(why: &dyn fmt::Display) -> Self {
        Self {
            owner: format!("another migrator ({why})"),
            since: "a moment ago".to_owned(),
        }
    }

    fn message(&self, wait: Duration) -> String {
        format!(
            "timed out after {wait:?} waiting for the migration lock held by {} since {}; if that process no longer exists, run \
             `DELETE FROM {LOCK_TABLE}` and migrate again",
            self.owner, self.since
        )
    }
}

/// Makes one attempt to acquire the lock. The first attempt creates `table`.
///
/// While the row exists, the attempt only reads: on an engine with one writer at a time, a write could make a statement of the
/// running migrator fail.
async fn take(
    connection: &mut FlightSqlConnection,
    table: &mut Option<String>,
    owner: &str,
) -> sqlx_core::Result<Taken> {
    if let Some(create) = table {
        connection.run_text(create).await?;
        *table = None;
    }
    if let Some(holder) = holder(connection).await? {
        return Ok(Taken::by(holder, owner));
    }
    let insert = format!("INSERT INTO {LOCK_TABLE} (id, owner) VALUES (1, '{owner}')");
    let undo = unlock_sql(owner);
    let Err(error) = connection.session.run_to_the_end(insert, undo).await else {
        return Ok(Taken::Yes);
    };
    if let Some(holder) = holder(connection).await? {
        // The row is our own: it was written, but the response was lost.
        return Ok(Taken::by(holder, owner));
    }
    let error = connection.shown(to_sqlx(error));
    // The lock was just released, or never acquired.
    match error.as_database_error() {
        Some(database) if database.is_unique_violation() => {
            Ok(Taken::No(Holder::unknown(&"which has just ended")))
        }
        _ => Err(error),
    }
}

async fn holder(connection: &mut FlightSqlConnection) -> sqlx_core::Result<Option<Holder>> {
    let select = format!("SELECT owner, since FROM {LOCK_TABLE} WHERE id = 1");
    let Some(row) = connection.fetch_optional(AssertSqlSafe(select)).await? else {
        return Ok(None);
    };
    let since = row.try_get_raw(1)?;
    Ok(Some(Holder {
        owner: row.try_get(0)?,
        since: match since.is_null() {
            true => "an unknown time".to_owned(),
            false => since.to_string(),
        },
    }))
}

fn unlock_sql(owner: &str) -> String {
    format!("DELETE FROM {LOCK_TABLE} WHERE id = 1 AND owner = '{owner}'")
}

/// Returns a name for this process that needs no escaping.
fn owner() -> String {
    let random = RandomState::new().build_hasher().finish();
    format!("process {} ({random:016x})", std::process::id())
}

/// Returns `true` if the server reports that the statement had no effect and can run again, as after a write conflict.
fn is_passing(error: &sqlx_core::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
        .is_some_and(|error| error.is_retryable())
}

fn failed(error: Error) -> MigrateError {
    MigrateError::Execute(error.into())
}
