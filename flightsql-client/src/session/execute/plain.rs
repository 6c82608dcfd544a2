//! Statements without values: one RPC for an update, two for a query. Some are statements of the driver itself.

use std::sync::Arc;

use prost::bytes::Bytes;

use super::Outcome;
use super::count::reported;
use super::endpoints::EndpointStream;
use super::route::{self, Plan};
use crate::dialect::Feature;
use crate::error::Result;
use crate::protocol::{query, update};
use crate::session::cleanup::{Cleanup, Turn, run_detached};
use crate::session::{Context, Session};
use crate::sql::ParsedStatement;

impl Session {
    pub(crate) async fn run_plain(&mut self, statement: &ParsedStatement) -> Result<Outcome> {
        if statement.arity() > 0 {
            // A token that looks like a placeholder may be an operator, so the server decides.
            return self.run_unbound(statement).await;
        }
        match route::by_text(statement.class(), self.dialect()) {
            Plan::Update if self.has_updates() => self.plain_update(statement).await,
            Plan::Prepare if self.has_prepare() => self.run_unbound(statement).await,
            _ => self.plain_query(statement).await,
        }
    }

    fn has_updates(&self) -> bool {
        self.capabilities.updates && self.dialect().supports(Feature::Updates)
    }

    fn has_prepare(&self) -> bool {
        self.capabilities.prepare && self.dialect().supports(Feature::Prepare)
    }

    pub(super) async fn plain_query(&mut self, statement: &ParsedStatement) -> Result<Outcome> {
        let transaction = self.transaction.id();
        run_query(&self.context, statement, transaction).await
    }

    async fn plain_update(&mut self, statement: &ParsedStatement) -> Result<Outcome> {
        let transaction = self.transaction.id();
        let outcome = run_update(&self.context, statement, transaction).await?;
        if matches!(outcome, Outcome::Rows(_)) {
            // Some servers reject single statements in this way; only a statement that runs as a query shows it for all.
            self.capabilities.updates = false;
        }
        Ok(outcome)
    }

    #[doc(hidden)]
    /// Runs an update to its end, even if this future is dropped: otherwise `undo` could run before the server has finished. If
    /// the caller is gone, `undo` is queued after the update.
    pub async fn run_to_the_end(&mut self, sql: String, undo: String) -> Result<()> {
        self.ready().await?;
        // Afterwards, because a session that is opened again loses its jobs.
        let undo = self.statement_cleanup(undo);
        let (context, transaction) = (self.context.clone(), self.transaction.id());
        let cleanup = self.cleanup().clone();
        run_detached(
            async move { run_text(&context, &sql, transaction).await },
            move |()| cleanup.push(undo),
        )
        .await
    }

    #[doc(hidden)]
    /// The job that runs `sql` in the transaction that is open now.
    pub fn statement_cleanup(&self, sql: String) -> Cleanup {
        let (rpc, cancellation) = (self.rpc().clone(), self.context.cancellation.clone());
        // The queue holds the job: a job that held the queue would keep both forever.
        let (queue, transaction) = (Arc::downgrade(self.cleanup()), self.transaction.id());
        Cleanup::new("run a statement", Turn::Urgent, async move {
            let cleanup = queue.upgrade().ok_or_else(|| rpc.lost())?;
            let context = Context {
                rpc,
                cleanup,
                cancellation,
            };
            run_text(&context, &sql, transaction).await
        })
    }
}

async fn run_query(
    context: &Context,
    statement: &ParsedStatement,
    transaction: Option<Bytes>,
) -> Result<Outcome> {
    let info = query::info(&context.rpc, statement.text(), transaction).await?;
    let rows = EndpointStream::of_statement(context, info, statement)?;
    Ok(Outcome::Rows(Box::new(rows)))
}

/// Runs an update, and as a query on a server that does not support updates.
async fn run_update(
    context: &Context,
    statement: &ParsedStatement,
    transaction: Option<Bytes>,
) -> Result<Outcome> {
    match update::run(&context.rpc, statement.text(), transaction.clone()).await {
        Ok(count) => Ok(Outcome::Done(reported(count))),
        // Nothing ran, so the statement does not run twice.
        Err(error) if error.is_unsupported() => run_query(context, statement, transaction).await,
        Err(error) => Err(error),
    }
}

/// Runs a statement of the driver itself to its end, also after the session is gone.
async fn run_text(context: &Context, sql: &str, transaction: Option<Bytes>) -> Result<()> {
    let dialect = &*context.rpc.options().dialect;
    let statement = dialect.parse(sql)?;
    let outcome = match route::by_text(statement.class(), dialect) {
        Plan::Update if dialect.supports(Feature::Updates) => {
            run_update(context, &statement, transaction).await?
        }
        _ => run_query(context, &statement, transaction).await?,
    };
    outcome.drain().await.map(drop)
}
