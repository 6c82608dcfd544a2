//! Statements that the driver runs for itself (layer 4), and what is held while several of them run.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use prost::bytes::Bytes;
use sqlx_core::sql_str::SqlStr;

use super::FlightSqlConnection;
use super::endpoints::ResultStream;
use super::orphan::adopt;
use super::pending::{Debt, Debts};
use super::rows::Work;
use crate::dialect::{Feature, Route};
use crate::error::Result;
use crate::protocol::rpc::Rpc;
use crate::protocol::{query, update};

impl FlightSqlConnection {
    /// Runs one statement as it is written, and reads whatever it gives. Cancel-safe, as any other statement.
    pub(crate) async fn run_text(&mut self, sql: SqlStr) -> Result<()> {
        let work = Work {
            sql,
            arguments: None,
            keep: false,
        };
        Box::pin(self.each_batch(work, |_| Ok(()))).await.map(drop)
    }

    /// Runs one update to its end whatever happens to this future: when that is dropped, the server may still be at it, and
    /// what takes the update back would come too early. `undo` is owed once it is done and nobody waits for it.
    pub(crate) async fn run_to_the_end(&mut self, sql: String, undo: Debt) -> Result<()> {
        self.ready().await?;
        let (rpc, transaction) = (self.inner.rpc.clone(), self.inner.levels.transaction());
        let debts = Arc::clone(&self.inner.debts);
        let owing = Arc::clone(&debts);
        adopt(
            async move { pay(&debts, &rpc, &sql, transaction).await },
            move |()| owing.owe(undo),
        )
        .await
    }

    /// `sql`, to be run later in the transaction that is open now.
    pub(crate) fn debt_of(&self, sql: String) -> Debt {
        Debt::Statement(sql, self.inner.levels.transaction())
    }
}

/// Runs a statement that is owed, in whichever way the server runs updates.
pub(super) async fn pay(
    debts: &Arc<Debts>,
    rpc: &Rpc,
    sql: &str,
    transaction: Option<Bytes>,
) -> Result<()> {
    let dialect = rpc.options().get_dialect();
    let as_update =
        dialect.route(dialect.class_of(sql)) == Route::Update && !dialect.lacks(Feature::Updates);
    if as_update {
        match update::run(rpc, sql, transaction.clone()).await {
            // Nothing ran.
            Err(error) if error.is_unimplemented() => {}
            done => return done.map(drop),
        }
    }
    let info = query::info(rpc, sql, transaction).await?;
    let mut result = ResultStream::of_statement(rpc, debts, info)?;
    // On some servers reading is what runs it.
    while result.next().await?.is_some() {}
    Ok(())
}

/// The connection while something lent is kept: it is given back when this is dropped, and stays lent by
/// [`keep`](Self::keep).
#[derive(Debug)]
pub(crate) struct Held<'c> {
    connection: &'c mut FlightSqlConnection,
    pub(crate) debt: Option<Debt>,
}

impl<'c> Held<'c> {
    pub(crate) fn new(connection: &'c mut FlightSqlConnection) -> Self {
        let debt = connection.inner.lent.take();
        Self { connection, debt }
    }

    /// The statement that gives it back, for the caller to run.
    pub(crate) fn statement(&self) -> Option<String> {
        match &self.debt {
            Some(Debt::Statement(sql, _)) => Some(sql.clone()),
            _ => None,
        }
    }

    /// Ends, and the thing stays lent until the connection is used for something else.
    pub(crate) fn keep(mut self) {
        self.connection.inner.lent = self.debt.take();
    }

    /// Ends, and waits until the thing is given back.
    pub(crate) async fn give_back(mut self) {
        if let Some(debt) = self.debt.take() {
            let debts = &self.connection.inner.debts;
            debts.owe(debt);
            debts.before_use().await;
        }
    }
}

impl Deref for Held<'_> {
    type Target = FlightSqlConnection;

    fn deref(&self) -> &FlightSqlConnection {
        self.connection
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut FlightSqlConnection {
        self.connection
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if let Some(debt) = self.debt.take() {
            self.connection.inner.debts.owe(debt);
        }
    }
}
