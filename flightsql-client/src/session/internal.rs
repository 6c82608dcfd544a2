//! Statements that the driver runs for itself.

use std::sync::Arc;

use super::cleanup::{Cleanup, Turn, run_detached};
use super::execute::run_text;
use super::{Context, Session};
use crate::error::Result;

impl Session {
    #[doc(hidden)]
    /// Runs an update to its end, even if this future is dropped: otherwise `undo` could run before the server has finished. If
    /// the caller is gone, `undo` is queued after the update.
    pub async fn run_to_the_end(&mut self, sql: String, undo: Cleanup) -> Result<()> {
        self.ready().await?;
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
