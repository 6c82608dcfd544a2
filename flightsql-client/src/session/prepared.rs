//! Prepared statements: created, cached, closed.

use std::sync::{Arc, Mutex};

use prost::bytes::Bytes;

use super::cache::Scope;
use super::cleanup::{CleanupQueue, run_detached};
use super::{Session, close_prepared};
use crate::bind::wrong_number;
use crate::dialect::{CountedBy, Feature};
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::protocol::prepared::{self, Prepared};
use crate::protocol::rpc::Rpc;
use crate::sql::ParsedStatement;

/// Closes a prepared statement when its last user is gone.
pub(crate) struct CloseOnDrop {
    rpc: Rpc,
    cleanup: Arc<CleanupQueue>,
    handle: Mutex<Bytes>,
}

impl CloseOnDrop {
    pub(crate) fn replace(&self, handle: Bytes) {
        *lock(&self.handle) = handle;
    }

    pub(super) fn handle(&self) -> Bytes {
        lock(&self.handle).clone()
    }

    pub(super) fn is_of(&self, session: &Session) -> bool {
        Arc::ptr_eq(&self.cleanup, session.cleanup())
    }
}

impl Drop for CloseOnDrop {
    fn drop(&mut self) {
        let handle = self.handle();
        self.cleanup.push(close_prepared(&self.rpc, handle));
    }
}

// Omits the handle, which may contain values.
flightsql_dialect::debug_fields!(CloseOnDrop);

#[derive(Debug)]
pub(crate) struct ReadyStatement {
    pub(crate) prepared: Prepared,
    /// Closes a statement that is not cached.
    pub(crate) close: Option<Arc<CloseOnDrop>>,
    /// Whether it was prepared by an earlier call.
    pub(crate) is_cached: bool,
    pub(crate) failures: u8,
}

impl Session {
    /// Returns the prepared statement, from the cache or new. A statement that is not `persistent` has a guard that closes it.
    /// This method is cancel safe: a handle that arrives after the future was dropped is closed.
    pub(crate) async fn prepared(
        &mut self,
        statement: &ParsedStatement,
        persistent: bool,
    ) -> Result<ReadyStatement> {
        let (scope, sql) = (self.scope(), statement.text());
        if let Some((cached, failures)) = self.statements.get(scope, sql) {
            return Ok(ReadyStatement {
                prepared: cached.clone(),
                close: None,
                is_cached: true,
                failures,
            });
        }
        let prepared = self.newly_prepared(statement).await?;
        let is_kept = persistent && self.statements.is_enabled();
        let close = (!is_kept).then(|| self.close_on_drop(&prepared));
        let mut failures = 0;
        if is_kept {
            failures = self.statements.failures(scope, sql);
            if let Some(out) = self.statements.insert(scope, sql, prepared.clone()) {
                self.close_handle(out);
            }
        }
        Ok(ReadyStatement {
            prepared,
            close,
            is_cached: false,
            failures,
        })
    }

    pub(crate) async fn newly_prepared(&mut self, statement: &ParsedStatement) -> Result<Prepared> {
        if !self.dialect().supports(Feature::Prepare) {
            return Err(Error::unsupported(Feature::Prepare.missing()));
        }
        let (context, text) = (self.context.clone(), statement.shared_text());
        let (rpc, transaction) = (context.rpc.clone(), self.transaction.id());
        // A number such as `$1000000` does not prove so many parameters.
        let placeholders = statement.arity().min(text.len());
        run_detached(
            async move { prepared::create(&rpc, &text, placeholders, transaction).await },
            move |unclaimed: Prepared| {
                let close = close_prepared(&context.rpc, unclaimed.handle);
                context.cleanup.push(close);
            },
        )
        .await
    }

    pub(super) fn close_on_drop(&self, prepared: &Prepared) -> Arc<CloseOnDrop> {
        Arc::new(CloseOnDrop {
            rpc: self.rpc().clone(),
            cleanup: Arc::clone(self.cleanup()),
            handle: Mutex::new(prepared.handle.clone()),
        })
    }

    pub(crate) fn scope(&self) -> Scope {
        match self.is_in_transaction() {
            false => Scope::Autocommit,
            true => Scope::Transaction,
        }
    }

    /// Compares the number of bound values with the placeholders, unless the server reports the parameters or counts them.
    pub(super) fn check_arity(
        &self,
        statement: &ParsedStatement,
        prepared: &Prepared,
        bound: usize,
    ) -> Result<()> {
        if prepared
            .parameters
            .as_ref()
            .is_some_and(|schema| !schema.fields().is_empty())
        {
            // The batch of arguments is built from these fields and checks their number.
            return Ok(());
        }
        let profile = self.dialect().profile();
        if profile.parameters.counted_by == CountedBy::Server {
            return Ok(());
        }
        let counted = statement.arity();
        if counted == bound {
            return Ok(());
        }
        Err(Error::argument(wrong_number(counted, bound)))
    }
}
