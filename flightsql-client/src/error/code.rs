//! gRPC status codes, and what each means for a caller.
//!
//! Codes: <https://grpc.io/docs/guides/status-codes/>.

use std::fmt;

/// A gRPC status code, as the server sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatusCode {
    /// The RPC was cancelled.
    Cancelled,
    /// The server does not report the cause.
    Unknown,
    /// The request is invalid, most often its SQL.
    InvalidArgument,
    /// The server's own deadline passed, or the one that the client sent.
    DeadlineExceeded,
    /// An object named in the request does not exist.
    NotFound,
    /// The object to create exists already.
    AlreadyExists,
    /// The authenticated user may not perform the operation.
    PermissionDenied,
    /// A quota or a size limit of the server was exceeded.
    ResourceExhausted,
    /// The state of the server forbids the operation.
    FailedPrecondition,
    /// The operation conflicted with a concurrent one.
    Aborted,
    /// A value is out of range.
    OutOfRange,
    /// The server does not support the operation.
    Unimplemented,
    /// The server failed internally; many servers report every SQL error with this code.
    Internal,
    /// The server cannot accept the RPC at this time.
    Unavailable,
    /// Data was lost or corrupted.
    DataLoss,
    /// The credentials are missing or not accepted.
    Unauthenticated,
}

impl StatusCode {
    /// Returns the name of the code as in gRPC, such as `INVALID_ARGUMENT`.
    ///
    /// ```
    /// assert_eq!(flightsql_client::StatusCode::NotFound.name(), "NOT_FOUND");
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

    /// Returns the code with this number of the gRPC specification; an unknown number is [`Unknown`](Self::Unknown), as
    /// the specification requires.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
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

    /// Returns `true` if a caller may repeat the same *read* later. The driver itself retries no write.
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
