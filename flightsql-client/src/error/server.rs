//! The error response of a server: gRPC code, message and details, and what a dialect reads in the message.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use bytes::Bytes;

use super::StatusCode;
use super::details::{self, ErrorDetail};
use super::mask::Mask;
use crate::dialect::{Dialect, ErrorDetails, Violation};
use crate::response_headers::ResponseHeaders;

/// A status as it arrived, before a dialect has read its text.
#[derive(Debug)]
pub struct ServerStatus {
    pub code: StatusCode,
    pub message: String,
    pub details: Bytes,
}

/// An error response of the server with every field it sent, or the refusal of an operation that the server is known not
/// to support: the driver then reports [`StatusCode::Unimplemented`] without sending anything.
#[derive(Clone)]
pub struct ServerError {
    status: StatusCode,
    message: String,
    details: Bytes,
    error_details: Vec<ErrorDetail>,
    response_headers: ResponseHeaders,
    operation: &'static str,
    endpoint: Option<usize>,
    origin: Option<String>,
    /// Boxed, because every error has the size of the largest kind.
    parsed: Box<ErrorDetails>,
    hint: Option<Cow<'static, str>>,
}

/// Texts for an action that a server does not know, in lower case. pyarrow, Arrow's C++ and Go servers each have their own.
const UNKNOWN_ACTION: [&str; 8] = [
    "unsupported action",
    "unknown action",
    "unrecognized action",
    "no such action",
    "invalid action type",
    "action not supported",
    "action is not supported",
    "action not implemented",
];

/// The message without the detail that Arrow's C++ and Python servers append to each one.
fn without_detail(message: &str) -> &str {
    const DETAILS: [&str; 7] = [
        "Cancelled",
        "Failed",
        "Internal",
        "TimedOut",
        "Unauthenticated",
        "Unauthorized",
        "Unavailable",
    ];
    match message.rsplit_once(". Detail: ") {
        Some((text, detail)) if DETAILS.contains(&detail.trim_end()) => text,
        _ => message,
    }
}

impl ServerError {
    #[doc(hidden)]
    /// Reads a status with a dialect. An empty message becomes the name of the code, so that no error is silent.
    pub fn new(operation: &'static str, status: ServerStatus, dialect: &dyn Dialect) -> Self {
        let message = match without_detail(&status.message) {
            text if text.trim().is_empty() => status.code.name().to_owned(),
            text => text.to_owned(),
        };
        let parsed = dialect.parse_error(status.code.name(), &message);
        Self {
            status: status.code,
            message,
            error_details: details::parse(&status.details),
            details: status.details,
            response_headers: ResponseHeaders::default(),
            operation,
            endpoint: None,
            origin: None,
            parsed: Box::new(parsed),
            hint: None,
        }
    }

    #[doc(hidden)]
    /// Creates the error of an operation that the server, the dialect or this build does not support.
    pub fn unsupported(message: String) -> Self {
        Self {
            status: StatusCode::Unimplemented,
            message,
            details: Bytes::new(),
            error_details: Vec::new(),
            response_headers: ResponseHeaders::default(),
            operation: "",
            endpoint: None,
            origin: None,
            parsed: Box::default(),
            hint: None,
        }
    }

    /// Puts a hint before the server's message, and before the hints it has.
    pub(crate) fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(match self.hint {
            Some(inner) => format!("{}: {inner}", hint.into()).into(),
            None => hint.into(),
        });
        self
    }

    #[doc(hidden)]
    #[must_use]
    pub fn masked(mut self, mask: Mask<'_>) -> Self {
        self.mask(mask);
        self
    }

    pub(super) fn mask(&mut self, mask: Mask<'_>) {
        self.message = mask(&self.message);
        self.hint = self.hint.take().map(|hint| mask(&hint).into());
        let parsed = &mut *self.parsed;
        for text in [
            &mut parsed.sqlstate,
            &mut parsed.constraint,
            &mut parsed.table,
        ] {
            *text = text.take().map(|text| mask(&text));
        }
        for detail in &mut self.error_details {
            detail.mask(mask);
        }
    }

    /// Masks the details, which are not part of the message. `bytes` overwrites secrets in what is not decoded.
    pub(crate) fn mask_details(&mut self, text: Mask<'_>, bytes: &dyn Fn(&mut Bytes)) {
        bytes(&mut self.details);
        for detail in &mut self.error_details {
            detail.mask(text);
            detail.mask_bytes(bytes);
        }
    }

    /// Sets the response headers that the client keeps, in place of all others.
    pub(crate) fn set_response_headers(&mut self, headers: ResponseHeaders) {
        self.response_headers = headers;
    }

    pub(crate) fn at_endpoint(mut self, endpoint: usize) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    pub(crate) fn at_origin(mut self, origin: &str) -> Self {
        self.origin = Some(origin.to_owned());
        self
    }

    /// Returns `true` if the same *read* may succeed later. A write may have happened, and the client retries none.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        self.parsed.retryable || self.status.is_transient()
    }

    /// Returns the delay that the server asks for before the next attempt, from `google.rpc.RetryInfo` in
    /// [`details`](Self::details).
    #[must_use]
    pub fn retry_delay(&self) -> Option<std::time::Duration> {
        details::retry_delay(&self.error_details)
    }

    /// Returns `true` if the dialect knows the failure as temporary.
    pub(crate) fn is_named_retryable(&self) -> bool {
        self.parsed.retryable
    }

    pub(crate) fn is_session_lost(&self) -> bool {
        // Another server does not know the session.
        self.origin.is_none()
            && (self.parsed.session_lost || self.status == StatusCode::Unauthenticated)
    }

    /// Returns `true` if the server does not support the operation, so that nothing was executed: the server responded
    /// with `UNIMPLEMENTED` (or with the error that servers built on arrow-rs or pyarrow send for unknown actions), or
    /// the driver did not send the request.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        match self.status {
            StatusCode::Unimplemented => true,
            StatusCode::InvalidArgument
                if self
                    .message
                    .starts_with("do_action: The defined request is invalid") =>
            {
                true
            }
            StatusCode::InvalidArgument
            | StatusCode::Unknown
            | StatusCode::NotFound
            | StatusCode::Internal => {
                let message = self.message.to_ascii_lowercase();
                self.operation.starts_with("DoAction")
                    && UNKNOWN_ACTION.iter().any(|text| message.contains(text))
            }
            _ => false,
        }
    }
}

macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident -> $type:ty = |$error:ident| $value:expr;)*) => {
        impl ServerError {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> $type {
                let $error = self;
                $value
            }
        )*}
    };
}

getters! {
    /// Returns the gRPC status code.
    status -> StatusCode = |error| error.status;
    /// Returns the server's message, or the name of the code if the server sent none.
    message -> &str = |error| &error.message;
    /// Returns the undecoded `grpc-status-details-bin` of the response (a `google.rpc.Status` message); empty if the
    /// server sent none. Secrets of the connection in it are overwritten with `*`.
    details -> &[u8] = |error| &error.details;
    /// Returns the decoded details of the response, in the order of the server. They are empty if the server sent none, if
    /// [`details`](Self::details) is malformed, or if there are more than 64 KiB or 256 of them.
    error_details -> &[ErrorDetail] = |error| &error.error_details;
    /// Returns the response headers and trailers that the client keeps, of all RPCs of the statement until the error.
    response_headers -> &ResponseHeaders = |error| &error.response_headers;
    /// Returns the RPC that failed, such as `GetFlightInfo(CommandStatementQuery)`; empty if the driver sent nothing.
    operation -> &'static str = |error| error.operation;
    /// Returns the endpoint of the result that failed, counted from 0; `None` outside of reading a result.
    endpoint -> Option<usize> = |error| error.endpoint;
    /// Returns `host:port` of the server that responded, if an endpoint of the result is on another server; `None` for the
    /// server of the connection.
    origin -> Option<&str> = |error| error.origin.as_deref();
    /// Returns the SQLSTATE, if the dialect finds one in the message. No known Flight SQL server sends one separately.
    sqlstate -> Option<&str> = |error| error.parsed.sqlstate.as_deref();
    /// Returns the kind of the violated constraint, if the error is a constraint violation.
    violation -> Option<Violation> = |error| error.parsed.violation;
    /// Returns the name of the violated constraint, if the message contains it. SQLite and DuckDB list columns instead of a
    /// name: the constraint of `UNIQUE constraint failed: users.name` is `users.name`.
    constraint -> Option<&str> = |error| error.parsed.constraint.as_deref();
    /// Returns the table of the violated constraint, if the message contains it.
    table -> Option<&str> = |error| error.parsed.table.as_deref();
}

impl fmt::Debug for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerError")
            .field("status", &self.status)
            .field("message", &self.message)
            .field("operation", &self.operation)
            .field("endpoint", &self.endpoint)
            .field("origin", &self.origin)
            .field("details_len", &self.details.len())
            .field("response_headers", &self.response_headers)
            .field("parsed", &self.parsed)
            .finish()
    }
}

impl fmt::Display for ServerError {
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
        if let Some(endpoint) = self.endpoint {
            write!(f, ", endpoint {endpoint}")?;
        }
        match &self.origin {
            Some(origin) => write!(f, " at {origin}"),
            None => Ok(()),
        }
    }
}

impl StdError for ServerError {}
