//! The database file and its connections.
//!
//! Layer: engine. WAL mode lets readers and one writer work at the same time (<https://www.sqlite.org/wal.html>).

use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::{Connection, OpenFlags};

use super::cancel::Cancel;
use super::error::{Result, SqliteError};
use super::held::has_temporary;
use super::sql::{NUMBERS, Sql, Verb};
use super::writers::{Job, Writers};

/// The time that a writer waits for another one before "database is locked".
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum number of idle connections.
const IDLE: usize = 16;

/// A database and a pool of connections to it.
#[derive(Debug)]
pub(crate) struct Database {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    writers: Arc<Writers>,
    private: Option<PrivateDir>,
}

/// A borrowed connection, which returns to the pool on drop.
#[derive(Debug)]
pub(crate) struct Lease {
    database: Arc<Database>,
    conn: Option<Connection>,
    /// Whether the connection is closed instead of returned.
    spent: bool,
}

impl Database {
    /// Opens the file at `path`, or a new private database that is deleted when this value is dropped.
    pub(crate) fn open(path: Option<PathBuf>) -> Result<Self> {
        let private = if path.is_none() {
            Some(PrivateDir::create()?)
        } else {
            None
        };
        let path = match (path, &private) {
            (Some(path), _) => path,
            (None, Some(dir)) => dir.0.join("db.sqlite"),
            (None, None) => return Err(SqliteError::internal("no database path")),
        };
        let database = Self {
            path,
            idle: Mutex::default(),
            writers: Arc::default(),
            private,
        };
        let conn = database.connect_shared()?;
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        lock(&database.idle).push(conn);
        Ok(database)
    }

    /// Opens a separate connection, for a transaction.
    pub(crate) fn connect(&self) -> Result<Connection> {
        // Without SQLITE_OPEN_URI, a path is never a URI.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let conn = Connection::open_with_flags(&self.path, flags)?;
        conn.busy_timeout(BUSY_TIMEOUT)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        // A private database is deleted with the service, so it needs no protection from a power cut.
        conn.pragma_update(
            None,
            "synchronous",
            if self.private.is_some() {
                "OFF"
            } else {
                "NORMAL"
            },
        )?;
        Ok(conn)
    }

    /// A connection of the pool, whose SQLite counters belong to other clients.
    fn connect_shared(&self) -> Result<Connection> {
        let conn = self.connect()?;
        for name in NUMBERS {
            let refused = move |_: &Context<'_>| -> rusqlite::Result<i64> {
                let error = format!(
                    "`{name}()` in a view, trigger or default needs a session; call it in the statement itself, or use \
                     `NEW` in a trigger"
                );
                Err(rusqlite::Error::UserFunctionError(error.into()))
            };
            let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_INNOCUOUS;
            conn.create_scalar_function(name, 0, flags, refused)?;
        }
        Ok(conn)
    }

    /// The queue of writers.
    pub(crate) fn writers(&self) -> &Arc<Writers> {
        &self.writers
    }

    /// Runs a job on any connection. Blocks.
    pub(crate) fn run<T>(
        self: &Arc<Self>,
        job: Job<'_>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        let mut lease = self.lease()?;
        let conn = lease.conn()?;
        let turn = self.writers.turn(conn, job)?;
        let result = cancel.watch(conn, || work(conn));
        drop(turn);
        let changed = match job.sql.map(Sql::verb) {
            Some(Verb::Select | Verb::Values | Verb::Change) => false,
            // It may have a setting that a new connection lacks.
            Some(Verb::Pragma) => true,
            _ => has_temporary(conn).unwrap_or(true),
        };
        if changed {
            lease.discard();
        }
        result
    }

    /// Runs planning work for a statement on any connection. Blocks.
    pub(crate) fn plan<T>(
        self: &Arc<Self>,
        sql: Option<&Sql>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection, &Connection) -> Result<T>,
    ) -> Result<T> {
        let lease = self.lease_for(sql)?;
        let conn = lease.conn()?;
        cancel.watch(conn, || work(conn, conn))
    }

    /// Returns a connection to prepare a statement on. For a `PRAGMA`, the connection is closed afterwards, because SQLite
    /// applies some settings when it prepares them (<https://www.sqlite.org/pragma.html>).
    pub(crate) fn lease_for(self: &Arc<Self>, sql: Option<&Sql>) -> Result<Lease> {
        let mut lease = self.lease()?;
        lease.spent = sql.is_some_and(|sql| sql.verb() == Verb::Pragma);
        Ok(lease)
    }

    /// Returns an idle connection, or opens one.
    pub(crate) fn lease(self: &Arc<Self>) -> Result<Lease> {
        let idle = lock(&self.idle).pop();
        let conn = match idle {
            Some(conn) => conn,
            None => self.connect_shared()?,
        };
        Ok(Lease {
            database: Arc::clone(self),
            conn: Some(conn),
            spent: false,
        })
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Close the connections first, so that the files can be deleted.
        lock(&self.idle).clear();
    }
}

impl Lease {
    /// Closes the connection instead of returning it, because its state has changed.
    pub(crate) fn discard(&mut self) {
        self.spent = true;
    }

    /// Returns the connection.
    pub(crate) fn conn(&self) -> Result<&Connection> {
        self.conn
            .as_ref()
            .ok_or_else(|| SqliteError::internal("the connection was closed"))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take()
            && !self.spent
            && conn.is_autocommit()
        {
            let mut idle = lock(&self.database.idle);
            if idle.len() < IDLE {
                idle.push(conn);
            }
        }
    }
}

/// A directory that is removed when dropped.
#[derive(Debug)]
struct PrivateDir(PathBuf);

impl PrivateDir {
    fn create() -> Result<Self> {
        let name = format!("flightsql-{}-{:032x}", std::process::id(), random());
        let path = std::env::temp_dir().join(name);
        create_private(&path).map_err(|error| {
            SqliteError::internal(format!(
                "cannot create a directory for the private database: {error}"
            ))
        })?;
        Ok(Self(path))
    }
}

impl Deref for PrivateDir {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateDir {
    fn drop(&mut self) {
        // Best effort: a remaining file in the temporary directory is harmless.
        drop(fs::remove_dir_all(&self.0));
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir(path)
}

/// Returns an unguessable number, from the random keys of the hash maps of the standard library.
pub(crate) fn random() -> u128 {
    let half = || u128::from(RandomState::new().build_hasher().finish());
    let clock = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |time| time.as_nanos());
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u128(clock);
    (half() << 64 | u128::from(hasher.finish())) ^ (half() << 32)
}

/// Locks a mutex and ignores poisoning, because the data is valid after a panic.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
