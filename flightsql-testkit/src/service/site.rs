//! The site of a statement: any connection, or that of its session or transaction.
//!
//! Layer: service, over the engine's connections.

use std::sync::Arc;

use bytes::Bytes;
use rusqlite::Connection;
use tonic::Status;

use super::Inner;
use super::caller::Caller;
use crate::engine::{Cancel, Database, Job, Need, Result, Session, Sql, Transaction, Verb, Wanted};

/// The site of a statement.
#[derive(Debug, Clone)]
pub(crate) enum Site {
    Pool(Arc<Database>),
    Session(Arc<Session>),
    Transaction(Arc<Transaction>),
}

impl Inner {
    /// Returns the site of a statement of this caller.
    ///
    /// # Errors
    /// Returns an error if it needs a session and the client returns no cookies, if there are too many sessions, or if it
    /// ends a transaction that an action began.
    pub(crate) fn site(
        &self,
        caller: &Caller,
        transaction: Option<&Bytes>,
        sql: &Sql,
    ) -> Result<Site, Status> {
        if !self.config.transactions && matches!(sql.verb(), Verb::Transaction | Verb::Savepoint) {
            return Err(Status::unimplemented("this server has no transactions"));
        }
        let site = self.place(caller, transaction, sql.need(), || without_session(sql))?;
        // SQLite rejects a second BEGIN.
        if matches!(site, Site::Transaction(_))
            && sql.verb() == Verb::Transaction
            && !sql.is(0, "BEGIN")
        {
            return Err(Status::invalid_argument(
                "this transaction was begun with the action BeginTransaction: end it with EndTransaction, not with SQL",
            ));
        }
        Ok(site)
    }

    /// Returns the site of work with this need.
    pub(crate) fn place(
        &self,
        caller: &Caller,
        transaction: Option<&Bytes>,
        need: Need,
        without: impl FnOnce() -> String,
    ) -> Result<Site, Status> {
        let session = self.sessions.of(caller)?;
        // Go clients send an empty id for "none".
        if let Some(id) = transaction.filter(|id| !id.is_empty()) {
            return Ok(Site::Transaction(self.transactions.get(id)?));
        }
        let pool = || Ok(Site::Pool(Arc::clone(&self.database)));
        let session = match (session, need) {
            (Some(session), _) if session.conn.is_stateful() => session,
            (_, Need::Nothing) => return pool(),
            // Run it as for a client without sessions, because the transaction must not see it.
            (Some(session), Need::Changes) if session.conn.is_in_transaction() => return pool(),
            (Some(session), _) => session,
            (None, _) if caller.keeps_cookies() => self.sessions.open(caller)?,
            (None, Need::Changes) => {
                caller.offer();
                return pool();
            }
            (None, _) => {
                caller.offer();
                return Err(Status::failed_precondition(without()));
            }
        };
        self.sessions.connect(&session)?;
        Ok(Site::Session(Arc::clone(&session.conn)))
    }
}

impl Site {
    /// Runs a job, which may change the state of the connection. Blocks.
    pub(crate) fn run<T>(
        &self,
        job: Job<'_>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Transaction(transaction) => transaction.run(job, cancel, work),
            Self::Session(session) => session.run(job, cancel, work),
            Self::Pool(database) => database.run(job, cancel, work),
        }
    }

    /// Runs planning work, with the connection to prepare on and the one to read the catalog on. Blocks.
    pub(crate) fn plan<T>(
        &self,
        sql: Option<&Sql>,
        cancel: &Cancel,
        work: impl FnOnce(&Connection, &Connection) -> Result<T>,
    ) -> Result<T> {
        match self {
            Self::Transaction(transaction) => transaction.plan(sql, cancel, work),
            Self::Session(session) => session.plan(sql, cancel, work),
            Self::Pool(database) => database.plan(sql, cancel, work),
        }
    }

    /// Returns the connection for which other commands can wait while a statement uses it.
    pub(crate) fn held(&self) -> Option<Arc<dyn Wanted>> {
        match self {
            Self::Pool(_) => None,
            Self::Session(session) => Some(session.held()),
            Self::Transaction(transaction) => Some(transaction.held()),
        }
    }
}

/// Returns the error for a client without cookies, with a hint.
fn without_session(sql: &Sql) -> String {
    let (what, instead) = match sql.verb() {
        Verb::Transaction => (
            "a transaction by SQL",
            "use the actions BeginTransaction and EndTransaction",
        ),
        Verb::Savepoint => (
            "a savepoint by SQL",
            "use the actions BeginTransaction and BeginSavepoint",
        ),
        Verb::Temporary => (
            "a temporary object",
            "send BeginTransaction first: it lives as long as its transaction",
        ),
        Verb::Pragma => (
            "a setting",
            "send BeginTransaction first: it lives as long as its transaction",
        ),
        _ => (
            "last_insert_rowid(), changes() or total_changes()",
            "use a RETURNING clause",
        ),
    };
    format!(
        "{what} needs a session, and the call has no session cookie: {instead}, or let the client return cookies"
    )
}
