//! A complete Flight SQL service over SQLite.
//!
//! Layer: service, over the engine. `flight` is the entry, `query` the main path, and `config` the settings.
//! Protocol: <https://arrow.apache.org/docs/format/FlightSql.html>.

mod action;
mod caller;
mod cancel;
mod config;
mod flight;
mod ingest;
mod messages;
mod metadata;
mod options;
mod outcome;
mod prepared;
mod put;
mod query;
mod registry;
mod results;
mod session;
mod site;
mod status;
mod stream;
mod transaction;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow_flight::sql::Command;
use arrow_flight::{FlightDescriptor, FlightInfo};
use arrow_schema::Schema;
use tonic::Status;

use self::caller::Caller;
pub use self::config::{ParameterSchema, Placeholder, SqliteConfig};
use self::flight::unsupported;
use self::prepared::Prepared;
use self::registry::Registry;
use self::results::Results;
use self::session::Sessions;
use self::stream::{DataStream, of_batch};
pub use crate::engine::SqliteError;
use crate::engine::{Database, Transaction};

/// Maximum number of open prepared statements and of open transactions.
const MAX_PREPARED: usize = 100_000;
const MAX_TRANSACTIONS: usize = 10_000;

/// A Flight SQL service over one SQLite database. Clones share it, and dropping the last clone closes it.
///
/// Implements [`FlightService`](arrow_flight::flight_service_server::FlightService), so any tonic server can
/// serve it. It has no authentication.
///
/// # Sessions
///
/// The server has the connection state of SQLite for each client connection: `last_insert_rowid()`, `changes()`,
/// `total_changes()`, temporary tables, transactions by SQL, and settings by `PRAGMA`. The cookie `arrow_flight_session_id`
/// names the session. A statement that needs a session is an error for a client that does not return the cookie. A session
/// ends with `CloseSession`, or after 30 minutes without an RPC. The README lists the rules.
#[derive(Debug, Clone)]
pub struct SqliteService {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    config: SqliteConfig,
    database: Arc<Database>,
    transactions: Registry<Transaction>,
    prepared: Registry<Prepared>,
    results: Arc<Results>,
    sessions: Sessions,
}

impl SqliteService {
    /// Opens the database.
    ///
    /// # Errors
    /// Returns an error if the file cannot be opened or is not a SQLite database.
    pub fn new(config: SqliteConfig) -> Result<Self, SqliteError> {
        let database = Arc::new(Database::open(config.path.clone())?);
        let sessions = Sessions::new(&database);
        let inner = Inner {
            config,
            database,
            transactions: Registry::new("transaction", MAX_TRANSACTIONS),
            prepared: Registry::new("prepared statement", MAX_PREPARED),
            results: Arc::default(),
            sessions,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// Returns the number of open prepared statements.
    pub fn open_prepared(&self) -> usize {
        self.inner.prepared.len()
    }

    /// Removes all prepared statements, as servers do after a cleanup or restart.
    pub fn forget_prepared(&self) {
        self.inner.prepared.clear();
    }

    /// Returns the number of open transactions.
    pub fn open_transactions(&self) -> usize {
        self.inner.transactions.len()
    }

    /// Returns the number of open sessions.
    pub fn open_sessions(&self) -> usize {
        self.inner.sessions.len()
    }

    #[cfg(test)]
    fn sweep(&self, now: std::time::Instant) {
        self.inner.sessions.sweep(now);
    }

    /// Returns the number of unread results and open streams.
    pub fn open_cursors(&self) -> usize {
        self.inner.results.open()
    }

    /// Runs statements separated by `;` in the calling thread, to set up tables for a test.
    ///
    /// # Errors
    /// Returns the error of the first statement that fails. Earlier statements keep their effects.
    pub fn execute_batch(&self, sql: &str) -> Result<(), SqliteError> {
        // Use a separate connection, so that settings do not affect others.
        Ok(self.inner.database.connect()?.execute_batch(sql)?)
    }
}

impl Inner {
    async fn info(
        &self,
        caller: &Caller,
        command: Command,
        descriptor: FlightDescriptor,
    ) -> Result<FlightInfo, Status> {
        match command {
            Command::CommandStatementQuery(command) => {
                self.info_statement(caller, command, descriptor).await
            }
            Command::CommandPreparedStatementQuery(command) => {
                self.info_prepared(caller, &command.prepared_statement_handle, descriptor)
                    .await
            }
            other => match self.metadata_schema(&other)? {
                Some(schema) => self.info_metadata(other, &schema, descriptor),
                None => Err(unsupported("GetFlightInfo", &other)),
            },
        }
    }

    async fn schema(&self, caller: &Caller, command: Command) -> Result<Schema, Status> {
        match command {
            Command::CommandStatementQuery(command) => self.schema_statement(caller, command).await,
            Command::CommandPreparedStatementQuery(command) => {
                self.schema_prepared(caller, &command.prepared_statement_handle)
                    .await
            }
            other => match self.metadata_schema(&other)? {
                Some(schema) => Ok(schema.as_ref().clone()),
                None => Err(unsupported("GetSchema", &other)),
            },
        }
    }

    async fn read(&self, caller: &Caller, command: Command) -> Result<DataStream, Status> {
        match command {
            Command::TicketStatementQuery(ticket) => {
                self.read_ticket(&ticket.statement_handle).await
            }
            Command::CommandStatementQuery(command) => self.read_statement(caller, command).await,
            Command::CommandPreparedStatementQuery(command) => {
                self.read_prepared(caller, &command.prepared_statement_handle)
                    .await
            }
            other => {
                let refused = unsupported("DoGet", &other);
                self.metadata(other).await?.map(of_batch).ok_or(refused)
            }
        }
    }
}
