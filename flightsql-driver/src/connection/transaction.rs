//! SQLx's [`TransactionManager`].

use sqlx_core::sql_str::SqlStr;
use sqlx_core::transaction::TransactionManager;

use super::FlightSqlConnection;
use crate::error::{SqlxResult, to_sqlx};
use crate::marker::FlightSql;
use crate::session::transaction::End;

/// Begins and ends transactions of a [`FlightSqlConnection`].
#[derive(Debug)]
pub struct FlightSqlTransactionManager;

impl TransactionManager for FlightSqlTransactionManager {
    type Database = FlightSql;

    /// Begins a transaction, or sets a savepoint inside one.
    ///
    /// # Errors
    /// Returns an error before any SQL is sent if the server supports no transactions (or no savepoints for a nested call),
    /// for a `statement`, which Flight SQL has no field for, and while a transaction is open that a statement such as `BEGIN`
    /// began.
    ///
    /// # Cancel safety
    /// This method is cancel safe. If the future is dropped, the driver rolls back an id that arrives later.
    async fn begin(conn: &mut FlightSqlConnection, statement: Option<SqlStr>) -> SqlxResult<()> {
        match (statement, conn.session.depth()) {
            (None, _) => {
                let begun = conn.session.begin_level().await;
                begun.map_err(|error| conn.shown(to_sqlx(error)))
            }
            (Some(_), 0) => Err(sqlx_core::Error::InvalidArgument(
                "Flight SQL begins a transaction by a call and not by SQL text, so `begin_with` \
                 has nothing to send; use `begin`"
                    .to_owned(),
            )),
            (Some(_), _) => {
                // The caller's drop removes this level.
                conn.session.reserve_level();
                Err(sqlx_core::Error::InvalidSavePointStatement)
            }
        }
    }

    /// Commits the innermost level. If the server rejects the commit, the level stays open, and dropping the `Transaction`
    /// rolls it back.
    ///
    /// If the future is dropped or the commit times out, the outcome is unknown and the connection is broken.
    async fn commit(conn: &mut FlightSqlConnection) -> SqlxResult<()> {
        let ended = conn.session.end_level(End::Commit).await;
        ended.map_err(|error| conn.shown(to_sqlx(error)))
    }

    /// Rolls back the innermost level. If the future is dropped, the rollback continues in the background.
    async fn rollback(conn: &mut FlightSqlConnection) -> SqlxResult<()> {
        let ended = conn.session.end_level(End::Rollback).await;
        ended.map_err(|error| conn.shown(to_sqlx(error)))
    }

    fn start_rollback(conn: &mut FlightSqlConnection) {
        conn.session.abandon_level();
    }

    /// Returns the number of open transactions and savepoints, by calls and by statements such as `BEGIN`.
    fn get_transaction_depth(conn: &FlightSqlConnection) -> usize {
        conn.session.transaction_depth()
    }
}
