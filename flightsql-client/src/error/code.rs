//! gRPC status codes, and what each means for a caller. Codes: <https://grpc.io/docs/guides/status-codes/>.

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

/// The codes with their names, in the order of their numbers and of the variants. The first has the number 1.
const CODES: [(StatusCode, &str); 16] = [
    (StatusCode::Cancelled, "CANCELLED"),
    (StatusCode::Unknown, "UNKNOWN"),
    (StatusCode::InvalidArgument, "INVALID_ARGUMENT"),
    (StatusCode::DeadlineExceeded, "DEADLINE_EXCEEDED"),
    (StatusCode::NotFound, "NOT_FOUND"),
    (StatusCode::AlreadyExists, "ALREADY_EXISTS"),
    (StatusCode::PermissionDenied, "PERMISSION_DENIED"),
    (StatusCode::ResourceExhausted, "RESOURCE_EXHAUSTED"),
    (StatusCode::FailedPrecondition, "FAILED_PRECONDITION"),
    (StatusCode::Aborted, "ABORTED"),
    (StatusCode::OutOfRange, "OUT_OF_RANGE"),
    (StatusCode::Unimplemented, "UNIMPLEMENTED"),
    (StatusCode::Internal, "INTERNAL"),
    (StatusCode::Unavailable, "UNAVAILABLE"),
    (StatusCode::DataLoss, "DATA_LOSS"),
    (StatusCode::Unauthenticated, "UNAUTHENTICATED"),
];

impl StatusCode {
    /// Returns the name of the code as in gRPC, such as `INVALID_ARGUMENT`.
    #[must_use]
    pub fn name(self) -> &'static str {
        CODES[self as usize].1
    }

    /// Returns the code with this number of the gRPC specification; an unknown number is [`Unknown`](Self::Unknown), as
    /// the specification requires.
    #[must_use]
    pub fn from_number(number: i32) -> Self {
        let place = usize::try_from(number)
            .ok()
            .and_then(|number| number.checked_sub(1));
        let known = place.and_then(|place| CODES.get(place));
        known.map_or(Self::Unknown, |(code, _)| *code)
    }

    /// Returns `true` if a caller may repeat the same *read* later.
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
