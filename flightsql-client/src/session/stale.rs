//! Cached statements that the server no longer runs: evicted, and prepared again if nothing can have run.
//!
//! A server forgets its handles when it restarts or cleans up, and a table that was altered leaves a handle with old types.
//! The text would otherwise fail on its connection forever.

use super::Session;
use super::cache::Scope;
use crate::error::{Error, ServerError, StatusCode};
use crate::sql::ParsedStatement;

/// The point that an execution had reached when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The driver refused the values, so nothing was sent.
    Values,
    /// A query, before its first rows.
    Query,
    /// A statement that changes something, with at most one row of values.
    Update,
    /// A change with more rows, some of which the server may have applied.
    Rows,
    /// A statement of which some runs had succeeded, or that cannot run with these arguments.
    Final,
}

#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) stage: Stage,
}

impl Failure {
    /// Returns a function that adds the stage to an error.
    pub(super) fn at(stage: Stage) -> impl Fn(Error) -> Self {
        move |error| Self { error, stage }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Session {
    /// Evicts a cached statement if its handle may be the cause of the failure. Returns `false` if it stays in the cache.
    pub(super) fn evict(&mut self, sql: &str, failure: &Failure) -> bool {
        let suspect = match failure.stage {
            Stage::Values => true,
            _ => is_suspect(&failure.error),
        };
        if !suspect {
            return false;
        }
        let scope = self.scope();
        let forgotten = self.names_the_handle(&failure.error);
        let Some(handle) = self.statements.evict(scope, sql, forgotten) else {
            return false;
        };
        self.close_handle(handle);
        true
    }

    /// Returns `true` if the statement may run a second time, since it cannot have changed anything.
    pub(super) fn may_run_again(&self, statement: &ParsedStatement, failure: &Failure) -> bool {
        match failure.stage {
            Stage::Values => true,
            Stage::Final => false,
            // A failed statement ends the transaction on many engines.
            _ if self.scope() == Scope::Transaction => false,
            Stage::Query => !statement.may_change(),
            Stage::Update => self.names_the_handle(&failure.error),
            Stage::Rows => self.has_stale_text(&failure.error),
        }
    }

    /// Returns `true` if the error reports an unknown handle.
    pub(super) fn names_the_handle(&self, error: &Error) -> bool {
        let is_unknown = |error: &ServerError| error.status() == StatusCode::NotFound;
        error.server().is_some_and(is_unknown) || self.has_stale_text(error)
    }

    fn has_stale_text(&self, error: &Error) -> bool {
        error.server().is_some_and(|error| {
            let errors = &self.dialect().profile().errors;
            errors.names_stale_handle(error.message())
        })
    }
}

/// Returns `true` if an unknown or outdated handle may be the cause. Servers report one with any of these codes.
fn is_suspect(error: &Error) -> bool {
    error.server().is_some_and(|error| {
        matches!(
            error.status(),
            StatusCode::NotFound
                | StatusCode::InvalidArgument
                | StatusCode::FailedPrecondition
                | StatusCode::Internal
                | StatusCode::Unknown
        ) && error.violation().is_none()
            && !error.is_retryable()
            && !error.is_unsupported()
    })
}
