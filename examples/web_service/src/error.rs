//! Responses to failed requests: a status and one JSON sentence. The error of the database is only logged.

use std::io;

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use flightsql::{Error, FlightSqlDatabaseError, StatusCode as Grpc};
use serde_json::json;
use tracing::{error, warn};

/// Reason for a failed request.
#[derive(Debug)]
pub enum ApiError {
    /// Invalid parameters, with the reason.
    BadRequest(String),
    /// Not found.
    NotFound,
    /// No connection: all are in use, or the server is unreachable.
    NoConnection(Error),
    /// A statement failed.
    Statement(Error),
    /// A result could not be written.
    Output(arrow_schema::ArrowError),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Statement(error)
    }
}

impl From<arrow_schema::ArrowError> for ApiError {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self::Output(error)
    }
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoConnection(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Statement(error) => statement_status(error),
            Self::Output(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    pub(crate) fn log(&self) {
        match self {
            Self::BadRequest(_) | Self::NotFound => {}
            Self::NoConnection(error) => warn!(%error, "no connection"),
            Self::Statement(error) => error!(%error, "statement failed"),
            Self::Output(error) => error!(%error, "failed to write result"),
        }
    }
}

fn statement_status(error: &Error) -> StatusCode {
    match error {
        Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
        Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed => StatusCode::SERVICE_UNAVAILABLE,
        Error::Database(error) => match error
            .try_downcast_ref::<FlightSqlDatabaseError>()
            .map(|error| error.status())
        {
            Some(Grpc::DeadlineExceeded) => StatusCode::GATEWAY_TIMEOUT,
            Some(Grpc::Unavailable) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        },
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.log();
        let status = self.status();
        let message = match self {
            Self::BadRequest(message) => message,
            _ => match status {
                StatusCode::NOT_FOUND => "not found",
                StatusCode::SERVICE_UNAVAILABLE => "the database cannot be reached now",
                StatusCode::GATEWAY_TIMEOUT => "the database did not reply in time",
                _ => "the request failed",
            }
            .to_owned(),
        };
        let mut response = (status, Json(json!({ "error": message }))).into_response();
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let second = header::HeaderValue::from_static("1");
            response.headers_mut().insert(header::RETRY_AFTER, second);
        }
        response
    }
}
