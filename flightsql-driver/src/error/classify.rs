//! gRPC status codes as our own type, and what each means for a caller (layer 0).
//!
//! Codes: <https://grpc.io/docs/guides/status-codes/>.

use std::fmt;

/// A gRPC status code, as the server sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusCode {
    /// The call was cancelled.
    Cancelled,
    /// The server could not say what went wrong.
    Unknown,
    /// The request is wrong, most often the SQL.
    InvalidArgument,
    /// The server's own deadline, or the one the client announced, passed.
    DeadlineExceeded,
    /// Something named in the request does not exist.
    NotFound,
    /// Something the request wants to create exists.
    AlreadyExists,
    /// The login is good, but not for this.
    PermissionDenied,
    /// A quota or a size limit of the server was hit.
    ResourceExhausted,
    /// The server's state forbids the call.
    FailedPrecondition,
    /// The call lost against a concurrent one.
    Aborted,
    /// A value is out of range.
    OutOfRange,
    /// The server does not have this call.
    Unimplemented,
    /// The server failed inside; many servers send every SQL error so.
    Internal,
    /// The server cannot take the call now.
    Unavailable,
    /// Data was lost or corrupted.
    DataLoss,
    /// No login, or one the server does not accept.
    Unauthenticated,
}

impl StatusCode {
    /// The code's name as gRPC spells it, such as `INVALID_ARGUMENT`.
    ///
    /// ```
    /// assert_eq!(flightsql_driver::StatusCode::NotFound.name(), "NOT_FOUND");
    /// ```
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "CANCELLED",
            Self::Unknown => "UNKNOWN",
            Self::InvalidArgument => "INVALID_ARGUMENT",
            Self::DeadlineExceeded => "DEADLINE_EXCEEDED",
            Self::NotFound => "NOT_FOUND",
            Self::AlreadyExists => "ALREADY_EXISTS",
            Self::PermissionDenied => "PERMISSION_DENIED",
            Self::ResourceExhausted => "RESOURCE_EXHAUSTED",
            Self::FailedPrecondition => "FAILED_PRECONDITION",
            Self::Aborted => "ABORTED",
            Self::OutOfRange => "OUT_OF_RANGE",
            Self::Unimplemented => "UNIMPLEMENTED",
            Self::Internal => "INTERNAL",
            Self::Unavailable => "UNAVAILABLE",
            Self::DataLoss => "DATA_LOSS",
            Self::Unauthenticated => "UNAUTHENTICATED",
        }
    }

    /// The code with this number of the gRPC specification; an unknown number is [`Unknown`](Self::Unknown),
    /// as the specification asks.
    #[must_use]
    pub(crate) fn from_number(number: i32) -> Self {
        match number {
            1 => Self::Cancelled,
            3 => Self::InvalidArgument,
            4 => Self::DeadlineExceeded,
            5 => Self::NotFound,
            6 => Self::AlreadyExists,
            7 => Self::PermissionDenied,
            8 => Self::ResourceExhausted,
            9 => Self::FailedPrecondition,
            10 => Self::Aborted,
            11 => Self::OutOfRange,
            12 => Self::Unimplemented,
            13 => Self::Internal,
            14 => Self::Unavailable,
            15 => Self::DataLoss,
            16 => Self::Unauthenticated,
            _ => Self::Unknown,
        }
    }

    /// A caller may try the same *read* again later. Writes are never retried by the driver.
    pub(crate) fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Unavailable | Self::Aborted | Self::ResourceExhausted
        )
    }
}

impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
