//! The part of [`Rpc`] that belongs to one statement: its headers, and its limits in place of those of the options.

use std::sync::Arc;
use std::time::Duration;

use tonic::Request;

use super::{Operation, Rpc, TimeoutClass};
use crate::error::{Error, Kind};
use crate::transport::call::StatementScope;
use crate::transport::deadline::Budget;

impl Rpc {
    /// Returns the RPCs of a statement with this scope, or without one.
    pub(crate) fn of_statement(&self, scope: Option<Arc<StatementScope>>) -> Self {
        Self(Arc::clone(&self.0), scope, self.2.clone())
    }

    /// Returns the scope of the statement that the RPCs belong to.
    pub(crate) fn statement(&self) -> Option<&Arc<StatementScope>> {
        self.1.as_ref()
    }

    pub(super) fn with_headers<T>(&self, mut request: Request<T>) -> Request<T> {
        if let Some(scope) = &self.1 {
            scope.apply(request.metadata_mut());
        }
        request
    }

    /// Returns the limit of an RPC and the option that sets it. Cleanup has its own time, because a statement whose time is
    /// over must still be cancelled.
    pub(super) fn limit_of_statement(
        &self,
        class: TimeoutClass,
        option: &'static str,
        limit: Option<Duration>,
    ) -> (&'static str, Option<Duration>) {
        let Some(scope) = &self.1 else {
            return (option, limit);
        };
        let own = &scope.options().timeouts;
        let own = match class {
            TimeoutClass::Close => return (option, limit),
            TimeoutClass::Query => own.query,
            TimeoutClass::Update | TimeoutClass::Ingest => own.update,
            TimeoutClass::Metadata => None,
        };
        scope.earlier(option, scope.limit(own, limit))
    }

    /// Returns the limit of reading a result that begins now.
    pub(crate) fn fetch_budget(&self) -> Option<Budget> {
        let fetch = self.0.options.timeouts.fetch;
        let Some(scope) = &self.1 else {
            return fetch.map(|limit| Budget::new("fetch_timeout", limit));
        };
        let fetch = scope.limit(scope.options().timeouts.fetch, fetch);
        let fetch = fetch.map(|limit| Budget::new("fetch_timeout", limit));
        earlier(fetch, scope.budget())
    }

    /// Returns the limit of the memory that a result uses.
    pub(crate) fn max_query_memory(&self) -> Option<u64> {
        let own = self
            .1
            .as_ref()
            .and_then(|scope| scope.options().max_query_memory);
        own.unwrap_or(self.0.options.limits.max_query_memory)
    }

    /// Returns the limit of a catalog query that begins now.
    pub(crate) fn metadata_budget(&self) -> Option<Budget> {
        let metadata = self.0.options.timeouts.metadata;
        let limit = match &self.1 {
            None => metadata,
            Some(scope) => scope.limit(None, metadata),
        };
        let metadata = limit.map(|limit| Budget::new("metadata_timeout", limit));
        earlier(metadata, self.1.as_ref().and_then(|scope| scope.budget()))
    }

    /// Names the limit of the complete statement in the error of an RPC that had only the rest of it.
    pub(super) fn named(&self, operation: Operation, error: Error) -> Error {
        let Some(scope) = &self.1 else {
            return error;
        };
        let is_total = matches!(error.kind(), Kind::Timeout { option, .. }
            if scope.budget().is_some_and(|budget| budget.option() == *option));
        match scope.exceeded(operation.name) {
            Some(exceeded) if is_total => exceeded,
            _ => error,
        }
    }
}

/// Returns the limit that ends first.
fn earlier(a: Option<Budget>, b: Option<Budget>) -> Option<Budget> {
    let end = |budget: &Budget| budget.end();
    match (a, b) {
        (Some(a), Some(b)) => match (end(&a), end(&b)) {
            (Some(first), Some(second)) if second < first => Some(b),
            (None, _) => Some(b),
            _ => Some(a),
        },
        (a, b) => a.or(b),
    }
}
