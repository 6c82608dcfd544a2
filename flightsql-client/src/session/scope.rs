//! [`Scoped`]: a session whose RPCs carry the options of one statement.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use super::execute::Outcome;
use super::watch::started;
use super::{PreparedStatement, Session};
use crate::bind::Parameters;
use crate::error::Result;
use crate::options::StatementOptions;
use crate::sql::ParsedStatement;
use crate::transport::call::StatementScope;

/// A session while it starts one statement. The scope ends when this value is dropped, also if the future that contains it
/// is dropped; the result and the cleanup of the statement keep it.
pub(crate) struct Scoped<'s>(&'s mut Session);

impl Deref for Scoped<'_> {
    type Target = Session;

    fn deref(&self) -> &Session {
        self.0
    }
}

impl DerefMut for Scoped<'_> {
    fn deref_mut(&mut self) -> &mut Session {
        self.0
    }
}

impl Drop for Scoped<'_> {
    fn drop(&mut self) {
        if self.0.context.rpc.statement().is_some() {
            self.0.context.rpc = self.0.context.rpc.of_statement(None);
        }
    }
}

impl Scoped<'_> {
    /// Runs a step within the limit of the complete statement, if it has one.
    pub(crate) async fn within<T>(
        limit: Option<&Arc<StatementScope>>,
        step: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        match limit.and_then(|scope| scope.budget()) {
            Some(budget) => budget.within("statement", step).await,
            None => step.await,
        }
    }
}

impl Session {
    /// Starts a statement with these options.
    pub(crate) fn scoped(&mut self, options: Option<&Arc<StatementOptions>>) -> Result<Scoped<'_>> {
        let scope = options.map(StatementScope::start).transpose()?;
        Ok(self.scoped_by(scope))
    }

    /// Continues with the scope of a statement that has started.
    pub(crate) fn scoped_by(&mut self, scope: Option<Arc<StatementScope>>) -> Scoped<'_> {
        if let Some(scope) = &scope {
            self.rpc().session().mask_headers_of(scope);
            self.context.rpc = self.context.rpc.of_statement(Some(Arc::clone(scope)));
        }
        // Errors of a statement are masked after it has ended.
        self.last_scope = scope;
        Scoped(self)
    }

    #[doc(hidden)]
    /// Runs a statement with its options; see [`run`](Self::run).
    pub async fn run_with(
        &mut self,
        options: Option<&Arc<StatementOptions>>,
        statement: &ParsedStatement,
        parameters: Option<Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        if options.is_none() {
            self.last_scope = None;
            return self.run(statement, parameters, persistent).await;
        }
        // Boxed, so that the future of a statement without options does not contain this one.
        Box::pin(async {
            // The limit of the complete statement ends the operation, so it is inside.
            let watch = self.watch_statement(statement, parameters.as_ref());
            let run = async {
                let mut scoped = self.scoped(options)?;
                let scope = scoped.last_scope.clone();
                let run = scoped.run_unwatched(statement, parameters, persistent);
                Scoped::within(scope.as_ref(), run).await
            };
            started(watch, run).await
        })
        .await
    }

    /// Runs the caller's prepared statement with its options.
    pub(super) async fn run_own_with(
        &mut self,
        options: Option<&Arc<StatementOptions>>,
        own: &PreparedStatement,
        parameters: Option<Parameters>,
        persistent: bool,
    ) -> Result<Outcome> {
        let watch = self.watch_statement(own.written(), parameters.as_ref());
        if options.is_none() {
            self.last_scope = None;
            let run = self.run_own(own, parameters, persistent);
            return match watch.is_on() {
                true => Box::pin(started(watch, run)).await,
                false => run.await,
            };
        }
        Box::pin(async {
            let run = async {
                let mut scoped = self.scoped(options)?;
                let scope = scoped.last_scope.clone();
                let run = scoped.run_own(own, parameters, persistent);
                Scoped::within(scope.as_ref(), run).await
            };
            started(watch, run).await
        })
        .await
    }
}
