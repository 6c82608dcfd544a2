//! What a server answered instead of a result (layer 0).

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;
use sqlx_core::error::{DatabaseError, ErrorKind};

use super::StatusCode;
use crate::dialect::{Dialect, ErrorFacts};

/// A status as it came over the wire, before a dialect has read its text.
#[derive(Debug)]
pub(crate) struct ServerStatus {
    pub(crate) code: StatusCode,
    pub(crate) message: String,
    pub(crate) details: Bytes,
}

/// An error that the server answered, with every field it sent; or what the driver refuses because it knows that the
/// server cannot do it, as if the server had answered [`StatusCode::Unimplemented`].
///
/// It is what [`sqlx_core::Error::Database`] holds for this driver: get it back with
/// `downcast_ref` of [`DatabaseError`].
///
/// ```
/// use flightsql_driver::{FlightSqlDatabaseError, StatusCode};
///
/// fn is_bad_sql(error: &sqlx_core::Error) -> bool {
///     error
///         .as_database_error()
///         .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
///         .is_some_and(|error| error.status() == StatusCode::InvalidArgument)
/// }
/// ```
pub struct FlightSqlDatabaseError {
    status: StatusCode,
    message: String,
    details: Bytes,
    operation: &'static str,
    endpoint: Option<usize>,
    facts: ErrorFacts,
    hint: Option<Cow<'static, str>>,
}

impl FlightSqlDatabaseError {
    /// An empty message falls back to the code's name, so that no error is silent.
    pub(crate) fn new(
        operation: &'static str,
        status: ServerStatus,
        dialect: &dyn Dialect,
    ) -> Self {
        let message = if status.message.trim().is_empty() {
            status.code.name().to_owned()
        } else {
            status.message
        };
        let facts = dialect.parse_error(status.code.name(), &message);
        Self {
            status: status.code,
            message,
            details: status.details,
            operation,
            endpoint: None,
            facts,
            hint: None,
        }
    }

    /// What the driver refuses because it knows that the server, the dialect or this build cannot do it.
    pub(crate) fn unsupported(message: String) -> Self {
        Self {
            status: StatusCode::Unimplemented,
            message,
            details: Bytes::new(),
            operation: "",
            endpoint: None,
            facts: ErrorFacts::default(),
            hint: None,
        }
    }

    /// Words before the server's own; what was said before stands behind.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(match self.hint {
            Some(inner) => format!("{}: {inner}", hint.into()).into(),
            None => hint.into(),
        });
        self
    }

    /// The same with each of its texts masked.
    pub(super) fn masked(mut self, mask: &dyn Fn(&str) -> String) -> Self {
        self.message = mask(&self.message);
        self.hint = self.hint.map(|hint| mask(&hint).into());
        let facts = &mut self.facts;
        for text in [&mut facts.sqlstate, &mut facts.constraint, &mut facts.table] {
            *text = text.take().map(|text| mask(&text));
        }
        self
    }

    pub(crate) fn at_endpoint(mut self, endpoint: usize) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The gRPC status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The undecoded `grpc-status-details-bin` of the answer (a `google.rpc.Status` message), empty when
    /// the server sent none.
    #[must_use]
    pub fn details(&self) -> &[u8] {
        &self.details
    }

    /// The call that failed, such as `GetFlightInfo(CommandStatementQuery)`; empty when the driver refused before it asked.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    /// Which endpoint of the result failed, counted from 0; `None` outside of reading a result.
    #[must_use]
    pub fn endpoint(&self) -> Option<usize> {
        self.endpoint
    }

    /// The SQLSTATE, where the dialect finds one. No known Flight SQL server sends one of its own.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.facts.sqlstate.as_deref()
    }

    /// The same *read* may succeed later. The driver itself retries no write.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.facts.retryable || self.status.is_transient()
    }

    /// The server's own text.
    pub(crate) fn text(&self) -> &str {
        &self.message
    }

    pub(crate) fn is_constraint_violation(&self) -> bool {
        !matches!(self.facts.kind, ErrorKind::Other)
    }

    pub(crate) fn is_session_lost(&self) -> bool {
        self.facts.session_lost || self.status == StatusCode::Unauthenticated
    }

    /// What was asked for is not there, and nothing was done: the server answered `UNIMPLEMENTED` (or what servers
    /// built on arrow-rs or pyarrow send for an action they do not know), or the driver knew and did not ask.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        match self.status {
            StatusCode::Unimplemented => true,
            StatusCode::InvalidArgument => [
                "do_action: The defined request is invalid",
                "do_action: unsupported action",
            ]
            .iter()
            .any(|text| self.message.starts_with(text)),
            StatusCode::Unknown => self.message.starts_with("Unsupported action"),
            _ => false,
        }
    }
}

impl fmt::Debug for FlightSqlDatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlightSqlDatabaseError")
            .field("status", &self.status)
            .field("message", &self.message)
            .field("operation", &self.operation)
            .field("endpoint", &self.endpoint)
            .field("details_len", &self.details.len())
            .field("facts", &self.facts)
            .finish()
    }
}

impl fmt::Display for FlightSqlDatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(hint) = &self.hint {
            write!(f, "{hint}: ")?;
        }
        f.write_str(&self.message)?;
        if self.operation.is_empty() {
            return Ok(());
        }
        if self.message != self.status.name() {
            write!(f, " ({} from {})", self.status, self.operation)?;
        } else {
            write!(f, " (from {})", self.operation)?;
        }
        match self.endpoint {
            Some(endpoint) => write!(f, ", endpoint {endpoint}"),
            None => Ok(()),
        }
    }
}

impl StdError for FlightSqlDatabaseError {}

impl DatabaseError for FlightSqlDatabaseError {
    fn message(&self) -> &str {
        &self.message
    }

    /// The SQLSTATE where one is known, else the gRPC code's name.
    fn code(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(
            self.facts
                .sqlstate
                .as_deref()
                .unwrap_or_else(|| self.status.name()),
        ))
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn is_transient_in_connect_phase(&self) -> bool {
        self.status == StatusCode::Unavailable
    }

    fn constraint(&self) -> Option<&str> {
        self.facts.constraint.as_deref()
    }

    fn table(&self) -> Option<&str> {
        self.facts.table.as_deref()
    }

    fn kind(&self) -> ErrorKind {
        match &self.facts.kind {
            ErrorKind::UniqueViolation => ErrorKind::UniqueViolation,
            ErrorKind::ForeignKeyViolation => ErrorKind::ForeignKeyViolation,
            ErrorKind::NotNullViolation => ErrorKind::NotNullViolation,
            ErrorKind::CheckViolation => ErrorKind::CheckViolation,
            ErrorKind::ExclusionViolation => ErrorKind::ExclusionViolation,
            _ => ErrorKind::Other,
        }
    }
}
