//! Engine errors as gRPC statuses, and small helpers of every handler.
//!
//! Layer: service. Codes: <https://arrow.apache.org/docs/format/Flight.html#error-handling>. The message stays as SQLite wrote it.

use arrow_flight::error::FlightError;
use arrow_flight::{IpcMessage, SchemaAsIpc};
use arrow_ipc::writer::IpcWriteOptions;
use arrow_schema::{ArrowError, Schema};
use bytes::Bytes;
use tonic::{Code, Status};

use crate::engine::{Cancel, Kind, Result as EngineResult, SqliteError};

impl From<SqliteError> for Status {
    fn from(error: SqliteError) -> Self {
        Self::new(code(error.kind()), error.message())
    }
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::Invalid => Code::InvalidArgument,
        Kind::NotFound => Code::NotFound,
        Kind::Exists => Code::AlreadyExists,
        Kind::Precondition => Code::FailedPrecondition,
        Kind::OutOfRange => Code::OutOfRange,
        Kind::Busy => Code::Aborted,
        Kind::Cancelled => Code::Cancelled,
        Kind::Exhausted => Code::ResourceExhausted,
        Kind::ReadOnly => Code::PermissionDenied,
        Kind::Unsupported => Code::Unimplemented,
        Kind::Data => Code::DataLoss,
        Kind::Internal => Code::Internal,
    }
}

/// Runs engine work off the async threads. When the caller goes away, `cancel` is set.
pub(crate) async fn blocking<T: Send + 'static>(
    cancel: &Cancel,
    work: impl FnOnce() -> EngineResult<T> + Send + 'static,
) -> Result<T, Status> {
    let guard = cancel.on_drop();
    let done = tokio::task::spawn_blocking(work).await;
    guard.disarm();
    done.map_err(|_| Status::internal("the statement's thread ended unexpectedly"))?
        .map_err(Status::from)
}

/// An encapsulated IPC schema message, as FlightInfo and SchemaResult hold it.
pub(crate) fn schema_bytes(schema: &Schema) -> Result<Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, ArrowError> = SchemaAsIpc::new(schema, &options).try_into();
    Ok(message
        .map_err(|error| Status::internal(error.to_string()))?
        .0)
}

/// Error for a request that cannot be decoded.
pub(crate) fn malformed(what: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("the request cannot be decoded: {what}"))
}

/// A status inside an Arrow stream, unchanged.
pub(crate) fn flight_error(status: impl Into<Status>) -> FlightError {
    FlightError::Tonic(Box::new(status.into()))
}
