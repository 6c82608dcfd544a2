//! The error type of the engine: the message of SQLite and the kind of failure.
//!
//! Layer: engine, imports nothing of the crate. Result codes: <https://www.sqlite.org/rescode.html>.

use std::fmt;

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// A failure of the SQLite engine or of a request that cannot be honored.
///
/// `Display` prints the message of SQLite, for example `UNIQUE constraint failed: t.a`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteError {
    kind: Kind,
    message: String,
}

/// The kind of a failure. The service maps it to a gRPC code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The request or the SQL is wrong.
    Invalid,
    /// A handle, transaction or object does not exist.
    NotFound,
    /// A unique key or an object already exists.
    Exists,
    /// Another constraint failed, or the state does not permit the request.
    Precondition,
    /// A value does not fit its type.
    OutOfRange,
    /// Another transaction holds a lock; the work may succeed later.
    Busy,
    /// The client disconnected or cancelled.
    Cancelled,
    /// A limit of the server was reached.
    Exhausted,
    /// The database is read only.
    ReadOnly,
    /// The configuration disables this feature.
    Unsupported,
    /// The stored data does not fit the reported type.
    Data,
    /// Anything else.
    Internal,
}

pub(crate) type Result<T, E = SqliteError> = std::result::Result<T, E>;

impl SqliteError {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
        }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    pub(crate) fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the message, unchanged if it is from SQLite.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for SqliteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SqliteError {}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(code, message) => {
                let message = message.unwrap_or_else(|| code.to_string());
                // SQLite has one message for a temporary lock and for a snapshot that is too old to write.
                let message = match code.extended_code {
                    ffi::SQLITE_BUSY_SNAPSHOT => format!("{message} (SQLITE_BUSY_SNAPSHOT, 517)"),
                    _ => message,
                };
                Self::new(kind_of(code, &message), message)
            }
            rusqlite::Error::SqlInputError { error, msg, .. } => {
                Self::new(kind_of(error, &msg), msg)
            }
            rusqlite::Error::MultipleStatement => Self::invalid(
                "the text holds more than one statement: send each statement in a request of its own",
            ),
            rusqlite::Error::NulError(_) => Self::invalid("the text holds a NUL character"),
            rusqlite::Error::InvalidPath(_) | rusqlite::Error::InvalidParameterName(_) => {
                Self::invalid(error.to_string())
            }
            other => Self::internal(other.to_string()),
        }
    }
}

impl From<arrow_schema::ArrowError> for SqliteError {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::internal(error.to_string())
    }
}

fn kind_of(code: ffi::Error, message: &str) -> Kind {
    match code.code {
        ErrorCode::ConstraintViolation => match code.extended_code {
            ffi::SQLITE_CONSTRAINT_UNIQUE
            | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
            | ffi::SQLITE_CONSTRAINT_ROWID => Kind::Exists,
            _ => Kind::Precondition,
        },
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::SchemaChanged => {
            Kind::Busy
        }
        ErrorCode::OperationInterrupted | ErrorCode::OperationAborted => Kind::Cancelled,
        ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::AuthorizationForStatementDenied => Kind::ReadOnly,
        ErrorCode::OutOfMemory | ErrorCode::DiskFull | ErrorCode::TooBig => Kind::Exhausted,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Kind::Data,
        ErrorCode::TypeMismatch | ErrorCode::ParameterOutOfRange => Kind::Invalid,
        // SQLITE_ERROR covers invalid SQL, unknown names, and run-time errors of functions.
        ErrorCode::Unknown if message.ends_with("already exists") => Kind::Exists,
        ErrorCode::Unknown if message == "integer overflow" => Kind::OutOfRange,
        ErrorCode::Unknown => Kind::Invalid,
        _ => Kind::Internal,
    }
}
