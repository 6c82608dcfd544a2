//! Engine errors as gRPC statuses, and shared helpers of the handlers.
//!
//! Layer: service. Codes: <https://arrow.apache.org/docs/format/Flight.html#error-handling>. The message of SQLite is
//! unchanged.

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

/// Runs engine work on a blocking thread. Sets `cancel` if the caller disconnects.
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

/// Encodes a schema as an encapsulated IPC message, as in FlightInfo and SchemaResult.
pub(crate) fn schema_bytes(schema: &Schema) -> Result<Bytes, Status> {
    let options = IpcWriteOptions::default();
    let message: Result<IpcMessage, ArrowError> = SchemaAsIpc::new(schema, &options).try_into();
    Ok(message
        .map_err(|error| Status::internal(error.to_string()))?
        .0)
}

/// Returns the error for a request that cannot be decoded.
pub(crate) fn malformed(what: impl std::fmt::Display) -> Status {
    Status::invalid_argument(format!("the request cannot be decoded: {what}"))
}

/// Wraps a status for an Arrow stream, unchanged.
pub(crate) fn flight_error(status: impl Into<Status>) -> FlightError {
    FlightError::Tonic(Box::new(status.into()))
}
