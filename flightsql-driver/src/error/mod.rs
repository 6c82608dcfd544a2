//! Errors inside the driver, and their way out as [`sqlx_core::Error`] (layer 0).
//!
//! Inside, an error says *who* failed: the server answered with a status, the wire broke, the peer
//! misbehaved, a limit of ours was hit, or the caller asked for something impossible. SQLx's error is
//! made from it at the edge, in one place.

mod classify;
mod database;
mod mask;
#[cfg(test)]
mod tests;

pub use classify::StatusCode;
pub use database::FlightSqlDatabaseError;
pub(crate) use database::ServerStatus;
pub(crate) use mask::masked;

use std::time::Duration;
use std::{fmt, io};

use sqlx_core::error::BoxDynError;

/// What layers 2 to 4 return.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// One failure, boxed so that a `Result` stays small on the hot path.
#[derive(Debug)]
pub(crate) struct Error(Box<Kind>);

/// Who failed.
#[derive(Debug)]
pub(crate) enum Kind {
    /// The server answered with a gRPC status.
    Server(FlightSqlDatabaseError),
    /// The wire broke, or could not be made. The text says what to do.
    Wire {
        kind: io::ErrorKind,
        message: String,
        source: Option<BoxDynError>,
    },
    /// TLS could not be established. The text says what to do.
    Tls {
        message: String,
        source: Option<BoxDynError>,
    },
    /// One of our own deadlines passed.
    Timeout {
        operation: &'static str,
        option: &'static str,
        limit: Duration,
    },
    /// The peer sent what the protocol forbids, or what passes one of our limits.
    Peer {
        operation: &'static str,
        message: String,
    },
    /// The server, the dialect or this build cannot do what was asked.
    Unsupported(String),
    /// The caller's input is wrong.
    Argument(String),
    /// The options do not work out.
    Configuration(String),
    /// Already an SQLx error.
    Sqlx(sqlx_core::Error),
}

impl Error {
    pub(crate) fn server(error: FlightSqlDatabaseError) -> Self {
        Self(Box::new(Kind::Server(error)))
    }

    pub(crate) fn wire(
        kind: io::ErrorKind,
        message: impl Into<String>,
        source: Option<BoxDynError>,
    ) -> Self {
        Self(Box::new(Kind::Wire {
            kind,
            message: message.into(),
            source,
        }))
    }

    pub(crate) fn tls(message: impl Into<String>, source: Option<BoxDynError>) -> Self {
        Self(Box::new(Kind::Tls {
            message: message.into(),
            source,
        }))
    }

    pub(crate) fn timeout(operation: &'static str, option: &'static str, limit: Duration) -> Self {
        Self(Box::new(Kind::Timeout {
            operation,
            option,
            limit,
        }))
    }

    pub(crate) fn peer(operation: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Peer {
            operation,
            message: message.into(),
        }))
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Unsupported(message.into())))
    }

    pub(crate) fn argument(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Argument(message.into())))
    }

    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        Self(Box::new(Kind::Configuration(message.into())))
    }

    /// The server's own answer, when that is what failed.
    pub(crate) fn as_server(&self) -> Option<&FlightSqlDatabaseError> {
        match &*self.0 {
            Kind::Server(error) => Some(error),
            _ => None,
        }
    }

    /// Says what to do before the server's own words.
    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        match *self.0 {
            Kind::Server(error) => Self::server(error.with_hint(hint)),
            _ => self,
        }
    }

    /// Says where in a text of several statements it happened, whatever it was.
    pub(crate) fn at_statement(self, place: &str) -> Self {
        let kind = match *self.0 {
            Kind::Server(error) => Kind::Server(error.with_hint(place.to_owned())),
            Kind::Wire {
                kind,
                message,
                source,
            } => Kind::Wire {
                kind,
                message: format!("{place}: {message}"),
                source,
            },
            Kind::Peer { operation, message } => Kind::Peer {
                operation,
                message: format!("{place}: {message}"),
            },
            Kind::Unsupported(message) => Kind::Unsupported(format!("{place}: {message}")),
            Kind::Argument(message) => Kind::Argument(format!("{place}: {message}")),
            Kind::Timeout { .. } => Kind::Wire {
                kind: io::ErrorKind::TimedOut,
                message: format!("{place}: {self}"),
                source: None,
            },
            other @ (Kind::Tls { .. } | Kind::Configuration(_) | Kind::Sqlx(_)) => other,
        };
        Self(Box::new(kind))
    }

    /// Says which endpoint of a result failed.
    pub(crate) fn at_endpoint(self, endpoint: usize) -> Self {
        match *self.0 {
            Kind::Server(error) => Self::server(error.at_endpoint(endpoint)),
            _ => self,
        }
    }

    /// The server does not implement the call, by its own word or the dialect's: nothing was executed.
    pub(crate) fn is_unimplemented(&self) -> bool {
        if matches!(*self.0, Kind::Unsupported(_)) {
            return true;
        }
        self.as_server()
            .is_some_and(FlightSqlDatabaseError::is_unsupported)
    }
}

/// Whether an error says that the server cannot do what was asked, so that nothing was done: what
/// [`FlightSqlDatabaseError::is_unsupported`] says of the error inside.
///
/// ```
/// # async fn example(connection: &mut flightsql_driver::FlightSqlConnection) -> Result<(), sqlx_core::Error> {
/// let key = match connection.catalog().primary_key("flights").await {
///     Err(error) if flightsql_driver::is_unsupported(&error) => None,
///     key => key?,
/// };
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn is_unsupported(error: &sqlx_core::Error) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
        .is_some_and(FlightSqlDatabaseError::is_unsupported)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Kind::Server(error) => error.fmt(f),
            Kind::Wire { message, .. }
            | Kind::Tls { message, .. }
            | Kind::Unsupported(message)
            | Kind::Argument(message)
            | Kind::Configuration(message) => f.write_str(message),
            Kind::Timeout {
                operation,
                option,
                limit,
            } => write!(
                f,
                "{operation} was not answered within {limit:?}; raise `{option}` if the server needs longer"
            ),
            Kind::Peer { operation, message } => write!(f, "{operation}: {message}"),
            Kind::Sqlx(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &*self.0 {
            Kind::Wire { source, .. } | Kind::Tls { source, .. } => {
                source.as_deref().map(|source| source as _)
            }
            Kind::Sqlx(error) => std::error::Error::source(error),
            _ => None,
        }
    }
}

impl From<sqlx_core::Error> for Error {
    fn from(error: sqlx_core::Error) -> Self {
        Self(Box::new(Kind::Sqlx(error)))
    }
}

impl From<Error> for sqlx_core::Error {
    fn from(error: Error) -> Self {
        let io_kind = match &*error.0 {
            Kind::Wire { kind, .. } => Some(*kind),
            Kind::Timeout { .. } => Some(io::ErrorKind::TimedOut),
            _ => None,
        };
        if let Some(kind) = io_kind {
            return Self::Io(io::Error::new(kind, error));
        }
        match *error.0 {
            Kind::Server(error) => Self::Database(Box::new(error)),
            Kind::Sqlx(error) => error,
            Kind::Tls { .. } => Self::Tls(Box::new(error)),
            Kind::Configuration(_) => Self::Configuration(Box::new(error)),
            Kind::Unsupported(message) => {
                Self::Database(Box::new(FlightSqlDatabaseError::unsupported(message)))
            }
            Kind::Argument(message) => Self::InvalidArgument(message),
            _ => Self::Protocol(error.to_string()),
        }
    }
}
