//! [`Error`]: the one error of the client, with its cause.
//!
//! The cause is the server, the connection, a protocol violation, a limit of the options, or the caller.

mod code;
mod copy;
mod details;
pub mod mask;
mod server;
pub use code::StatusCode;
pub use details::{ErrorDetail, FieldViolation, HelpLink, PreconditionViolation, QuotaViolation};
pub use server::ServerError;
pub use server::ServerStatus;

use std::time::Duration;
use std::{fmt, io};

use crate::bind::BindError;
use crate::session_option::SessionOptionsError;

/// An error of any type.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
/// The result of the client's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure of the client, of the server, or of the network between them.
///
/// Its texts contain no secrets. The `is_*` methods distinguish the causes, and
/// [`server`](Self::server) returns the response of the server with its code.
///
/// ```
/// use flightsql_client::{Error, StatusCode};
///
/// fn is_bad_sql(error: &Error) -> bool {
///     error
///         .server()
///         .is_some_and(|error| error.status() == StatusCode::InvalidArgument)
/// }
/// ```
// Boxed, so that a `Result` stays small on the hot path.
#[derive(Debug)]
pub struct Error(Box<Kind>);

/// The kind of an error: the party that failed.
#[derive(Debug)]
pub enum Kind {
    Server(ServerError),
    /// The connection to the server failed, or could not be established. The text contains a hint.
    Io {
        kind: io::ErrorKind,
        message: String,
        source: Option<BoxError>,
    },
    /// TLS could not be established. The text contains a hint.
    Tls {
        cause: TlsCause,
        message: String,
        source: Option<BoxError>,
    },
    Timeout {
        operation: &'static str,
        option: &'static str,
        limit: Duration,
    },
    /// The server violated the protocol, or exceeded a limit of the options.
    Protocol {
        operation: &'static str,
        message: String,
    },
    Unsupported(String),
    /// The caller's input is invalid.
    Argument(String),
    Configuration(String),
    /// The server rejected session options.
    SessionOptions(SessionOptionsError),
    /// A bound value cannot be sent.
    Encode(BoxError),
    /// A value of a column cannot be read.
    ColumnDecode {
        column: String,
        source: BoxError,
    },
    /// The one row, or the table, that was looked for does not exist.
    RowNotFound,
    /// An error of the caller's own code, such as a stream of batches.
    Source(BoxError),
}

/// The reason for a failed TLS connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsCause {
    /// The server does not speak TLS.
    NotTls,
    /// The server's certificate is from an authority that this machine does not trust.
    UnknownIssuer,
    /// The server's certificate is for another host name.
    WrongName,
    /// The server's certificate has expired.
    Expired,
    /// The server refused the handshake, for example because it expects a client certificate.
    Refused,
    /// Any other reason.
    Other,
}

impl Error {
    /// Returns the reason for a failed TLS connection; `None` for any other error.
    #[must_use]
    pub fn tls_cause(&self) -> Option<TlsCause> {
        match self.kind() {
            Kind::Tls { cause, .. } => Some(*cause),
            _ => None,
        }
    }

    #[doc(hidden)]
    pub fn kind(&self) -> &Kind {
        &self.0
    }

    #[doc(hidden)]
    pub fn into_kind(self) -> Kind {
        *self.0
    }

    /// Puts a hint before the server's own message.
    pub(crate) fn with_hint(self, hint: &'static str) -> Self {
        self.map_server(|error| error.with_hint(hint))
    }

    #[doc(hidden)]
    /// Adds the endpoint of a result that failed.
    pub fn at_endpoint(self, endpoint: usize) -> Self {
        self.map_server(|error| error.at_endpoint(endpoint))
    }

    /// Adds `host:port` of the other server that a result was read from.
    pub(crate) fn at_origin(mut self, origin: &str) -> Self {
        match &mut *self.0 {
            Kind::Protocol { message, .. } => {
                *message = format!("{message} (from {origin})");
                self
            }
            _ => self.map_server(|error| error.at_origin(origin)),
        }
    }

    pub(crate) fn map_server(self, change: impl FnOnce(ServerError) -> ServerError) -> Self {
        match *self.0 {
            Kind::Server(error) => Self::from_server(change(error)),
            _ => self,
        }
    }

    #[doc(hidden)]
    /// Puts the place in a text of several statements before the message.
    pub fn context(mut self, place: &str) -> Self {
        match &mut *self.0 {
            Kind::Server(_) => return self.map_server(|error| error.with_hint(place.to_owned())),
            Kind::Io { message, .. }
            | Kind::Tls { message, .. }
            | Kind::Protocol { message, .. }
            | Kind::Unsupported(message)
            | Kind::Argument(message) => *message = format!("{place}: {message}"),
            Kind::Timeout { .. } => {
                return Self::io(io::ErrorKind::TimedOut, format!("{place}: {self}"), None);
            }
            _ => {}
        }
        self
    }
}

/// Declares constructors for the crates of this workspace.
macro_rules! constructors {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $type:ty),*) => $kind:expr;)*) => {
        impl Error {$(
            #[doc(hidden)]
            $(#[$doc])*
            pub fn $name($($argument: $type),*) -> Self {
                $kind.into()
            }
        )*}
    };
}

constructors! {
    from_server(error: ServerError) => Kind::Server(error);
    io(kind: io::ErrorKind, message: impl Into<String>, source: Option<BoxError>) =>
        Kind::Io { kind, message: message.into(), source };
    tls(cause: TlsCause, message: impl Into<String>, source: Option<BoxError>) =>
        Kind::Tls { cause, message: message.into(), source };
    timeout(operation: &'static str, option: &'static str, limit: Duration) =>
        Kind::Timeout { operation, option, limit };
    protocol(operation: &'static str, message: impl Into<String>) =>
        Kind::Protocol { operation, message: message.into() };
    unsupported(message: impl Into<String>) => Kind::Unsupported(message.into());
    argument(message: impl Into<String>) => Kind::Argument(message.into());
    configuration(message: impl Into<String>) => Kind::Configuration(message.into());
    encode(source: impl Into<BoxError>) => Kind::Encode(source.into());
    column_decode(column: impl Into<String>, source: impl Into<BoxError>) =>
        Kind::ColumnDecode { column: column.into(), source: source.into() };
    row_not_found() => Kind::RowNotFound;
    /// Wraps an error of the caller's own code.
    from_source(error: impl Into<BoxError>) => Kind::Source(error.into());
}

impl From<Kind> for Error {
    fn from(kind: Kind) -> Self {
        Self(Box::new(kind))
    }
}

impl From<SessionOptionsError> for Error {
    fn from(error: SessionOptionsError) -> Self {
        Kind::SessionOptions(error).into()
    }
}

impl From<BindError> for Error {
    fn from(error: BindError) -> Self {
        match error {
            BindError::Argument(message) => Self::argument(message),
            BindError::Encode(source) => Self::encode(source),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Server(error) => error.fmt(f),
            Kind::Io { message, .. }
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
            Kind::Protocol { operation, message } => write!(f, "{operation}: {message}"),
            Kind::Encode(source) => write!(f, "error occurred while encoding a value: {source}"),
            Kind::ColumnDecode { column, source } => {
                write!(f, "error occurred while decoding column {column}: {source}")
            }
            Kind::SessionOptions(error) => error.fmt(f),
            Kind::RowNotFound => {
                f.write_str("no rows returned by a query that expected to return at least one row")
            }
            Kind::Source(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            Kind::Io { source, .. } | Kind::Tls { source, .. } => {
                source.as_deref().map(|source| source as _)
            }
            Kind::Encode(source) | Kind::ColumnDecode { source, .. } => Some(&**source),
            Kind::Source(error) => error.source(),
            _ => None,
        }
    }
}

impl Error {
    /// Returns the error response of the server, if the server responded with one.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self.kind() {
            Kind::Server(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the session options that the server rejected, if that is the error.
    #[must_use]
    pub fn session_options(&self) -> Option<&SessionOptionsError> {
        match self.kind() {
            Kind::SessionOptions(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the server, the dialect or this build does not support the operation, so that nothing was executed.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        match self.kind() {
            Kind::Unsupported(_) => true,
            Kind::Server(error) => error.is_unsupported(),
            _ => false,
        }
    }
}

impl Error {
    /// Returns `true` if the same *read* may succeed later: the connection was lost or could not be established, or
    /// [`ServerError::is_retryable`] is true. A write may have happened.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            Kind::Io { kind, .. } => is_lost_connection(*kind),
            Kind::Server(error) => error.is_retryable(),
            _ => false,
        }
    }
}

#[doc(hidden)]
/// Returns `true` for the errors of a connection to a server that was lost, or does not answer yet.
#[must_use]
pub fn is_lost_connection(kind: io::ErrorKind) -> bool {
    use io::ErrorKind as Io;
    matches!(
        kind,
        Io::ConnectionRefused
            | Io::ConnectionReset
            | Io::ConnectionAborted
            | Io::NotConnected
            | Io::BrokenPipe
            | Io::UnexpectedEof
            | Io::TimedOut
            | Io::HostUnreachable
            | Io::NetworkUnreachable
            // The path of a Unix socket.
            | Io::NotFound
    )
}

/// Declares questions about the kind of an error.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $kind:pat,)*) => {
        impl Error {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> bool {
                matches!(self.kind(), $kind)
            }
        )*}
    };
}

kinds! {
    /// Returns `true` if the connection to the server failed, or could not be established.
    is_io: Kind::Io { .. },
    /// Returns `true` if a timeout of the options expired.
    is_timeout: Kind::Timeout { .. },
    /// Returns `true` if TLS could not be established.
    is_tls: Kind::Tls { .. },
    /// Returns `true` if the server violated the protocol, or exceeded a limit of the options.
    is_protocol: Kind::Protocol { .. },
    /// Returns `true` if the options are invalid, or if the server rejected session options.
    is_configuration: Kind::Configuration(_) | Kind::SessionOptions(_),
    /// Returns `true` if an argument is invalid: a statement, the number of its values, or a value that does not fit its
    /// parameter.
    is_argument: Kind::Argument(_) | Kind::Encode(_),
    /// Returns `true` if a value in a result cannot be read.
    is_decode: Kind::ColumnDecode { .. },
    /// Returns `true` if the requested table does not exist.
    is_not_found: Kind::RowNotFound,
}

#[cfg(test)]
mod tests;
