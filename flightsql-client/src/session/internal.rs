//! Statements that the driver runs for itself.

use super::Session;
use super::cleanup::{Cleanup, run_detached};
use super::execute::run_text;
use crate::error::Result;

impl Session {
    #[doc(hidden)]
    /// Runs one update to its end whatever happens to this future: when that is dropped, the server may still be at it, and
    /// the statement that takes the update back would come too early. `undo` is handed in once the update is done and nobody
    /// waits for it.
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
        let (context, transaction) = (self.context.clone(), self.transaction.id());
        Cleanup::urgent("run a statement", async move {
            run_text(&context, &sql, transaction).await
        })
    }
}
