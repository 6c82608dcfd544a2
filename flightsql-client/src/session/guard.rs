//! [`Transaction`]: a level of a transaction that is rolled back when it is dropped.

use std::ops::{Deref, DerefMut};

use super::Session;
use super::transaction::End;
use crate::error::{Error, Result};

/// An open transaction, or a savepoint inside one; created by [`Session::begin`]. It dereferences to its session.
///
/// Dropping it rolls back in the background, and the next statement of the session waits for that.
///
/// ```
/// # use flightsql_testkit::TestServer;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let server = TestServer::sqlite().await?;
/// # let mut session = flightsql_client::connect(&server.url()).await?;
/// session.execute("CREATE TABLE t (n BIGINT)").await?;
/// let mut transaction = session.begin().await?;
/// transaction.execute("INSERT INTO t VALUES (1)").await?;
/// let mut savepoint = transaction.begin().await?;
/// savepoint.execute("INSERT INTO t VALUES (2)").await?;
/// savepoint.rollback().await?;
/// transaction.commit().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "dropping a transaction rolls it back"]
pub struct Transaction<'s> {
    session: &'s mut Session,
    /// The number of open levels with this one.
    depth: usize,
}

impl<'s> Transaction<'s> {
    pub(super) async fn begin_in(session: &'s mut Session) -> Result<Self> {
        let depth = session.depth() + 1;
        // Created before the level exists: a failed or dropped `begin` of a savepoint leaves an entry to remove.
        let transaction = Self { session, depth };
        let begun = transaction.session.begin_level().await;
        match begun {
            Ok(()) => Ok(transaction),
            Err(error) => Err(transaction.masked(error)),
        }
    }

    /// Commits the transaction, or releases the savepoint.
    ///
    /// # Errors
    /// Returns an error if the server refuses the commit; the transaction is then rolled back.
    ///
    /// # Cancel safety
    /// This method is not cancel safe. If the future is dropped before the server has responded, the outcome of the
    /// commit is unknown, and the session is broken. The same is true after a timeout and after a lost connection.
    pub async fn commit(self) -> Result<()> {
        self.end(End::Commit).await
    }

    /// Rolls back the transaction, or what happened since the savepoint.
    ///
    /// # Errors
    /// Returns an error if the server reports that the rollback failed. The client then rolls back once more in the background.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the rollback continues in the background.
    pub async fn rollback(self) -> Result<()> {
        self.end(End::Rollback).await
    }

    async fn end(self, end: End) -> Result<()> {
        // A level inside this one, whose guard was forgotten, must not end instead.
        while self.session.depth() > self.depth {
            self.session.abandon_level();
        }
        if self.session.depth() < self.depth {
            return Err(Error::argument("the transaction is no longer open"));
        }
        let ended = self.session.end_level(end).await;
        ended.map_err(|error| self.masked(error))
    }
}

impl Deref for Transaction<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.session
    }
}

impl DerefMut for Transaction<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.session
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        // A level that ended is gone; one whose end failed is rolled back here.
        while self.session.depth() >= self.depth {
            self.session.abandon_level();
        }
    }
}
