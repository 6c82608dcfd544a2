//! [`StatementScope`]: the headers, deadlines and limits of one running statement.
//!
//! The RPCs of a statement carry its scope by a clone of their `Rpc`, and so do its result and its cleanup. The scope lives as
//! long as one of them, and its header values are masked for as long.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tonic::metadata::{AsciiMetadataKey, MetadataMap};

use super::super::deadline::Budget;
use super::super::headers;
use super::secrets::Secrets;
use crate::error::{Error, Result};
use crate::options::StatementOptions;

/// The option that limits a complete statement.
const TOTAL: &str = "timeout";

/// The options of one statement, from its start.
pub(crate) struct StatementScope {
    options: Arc<StatementOptions>,
    headers: MetadataMap,
    secrets: Secrets,
    budget: Option<Budget>,
}

impl StatementScope {
    /// Starts the time of a statement. Returns an argument error if an option is invalid.
    pub(crate) fn start(options: &Arc<StatementOptions>) -> Result<Arc<Self>> {
        if let Some(problem) = options.problem() {
            return Err(Error::argument(format!("statement option: {problem}")));
        }
        let mut headers = MetadataMap::with_capacity(options.headers.len());
        let mut secrets = Secrets::default();
        for (name, value) in &options.headers {
            let key = AsciiMetadataKey::from_bytes(name.as_bytes());
            let key = key.map_err(|_| Error::argument("a header of the statement is invalid"))?;
            headers.insert(key, headers::secret(name, value.expose())?);
            secrets.keep(value.expose());
            secrets.keep(super::credential(value.expose()));
        }
        let total = options.timeouts.total.flatten();
        Ok(Arc::new(Self {
            options: Arc::clone(options),
            headers,
            secrets,
            budget: total.map(|limit| Budget::new(TOTAL, limit)),
        }))
    }

    /// Writes the headers of the statement in place of those of the same names.
    pub(crate) fn apply(&self, metadata: &mut MetadataMap) {
        for header in self.headers.iter() {
            if let tonic::metadata::KeyAndValueRef::Ascii(name, value) = header {
                metadata.insert(name.clone(), value.clone());
            }
        }
    }

    pub(crate) fn options(&self) -> &StatementOptions {
        &self.options
    }

    pub(super) fn headers(&self) -> &MetadataMap {
        &self.headers
    }

    /// Returns the limit of the complete statement.
    pub(crate) fn budget(&self) -> Option<Budget> {
        self.budget
    }

    /// Returns a timeout of the statement, or of its connection. The limit of the complete statement replaces the timeouts of
    /// the connection.
    pub(crate) fn limit(
        &self,
        own: Option<Option<Duration>>,
        of_connection: Option<Duration>,
    ) -> Option<Duration> {
        match (own, self.options.timeouts.total) {
            (Some(own), _) => own,
            (None, Some(_)) => None,
            (None, None) => of_connection,
        }
    }

    /// Returns the earlier end of a limit that begins now and of the complete statement, with the option that sets it.
    pub(crate) fn earlier(
        &self,
        option: &'static str,
        limit: Option<Duration>,
    ) -> (&'static str, Option<Duration>) {
        let end = self.budget.and_then(|budget| budget.end());
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        match (limit, left) {
            (Some(limit), Some(left)) if limit <= left => (option, Some(limit)),
            // Zero would mean no limit.
            (_, Some(left)) => (TOTAL, Some(left.max(Duration::from_nanos(1)))),
            (limit, None) => (option, limit),
        }
    }

    /// Returns an error with the limit of the complete statement instead of the time that was left of it.
    pub(crate) fn exceeded(&self, operation: &'static str) -> Option<Error> {
        self.budget.map(|budget| budget.exceeded(operation))
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter()
    }
}

flightsql_dialect::debug_fields!(StatementScope, |it| { options: it.options });
