//! Errors of SQLx: [`FlightSqlDatabaseError`], and the conversion of every error to [`sqlx_core::Error`].

use std::borrow::Cow;
use std::error::Error as StdError;
use std::ops::Deref;
use std::{fmt, io};

use sqlx_core::Error as SqlxError;
use sqlx_core::error::{DatabaseError, ErrorKind};

use flightsql_client::error::mask::{Mask, boxed, shows};
use flightsql_client::error::{BoxError, Kind, is_lost_connection};
use flightsql_client::{ServerError, StatusCode};

use crate::dialect::Violation;

#[cfg(test)]
mod tests;

/// The [`ServerError`] of a [`sqlx_core::Error::Database`]; `downcast_ref` of [`DatabaseError`] returns it.
///
/// ```
/// use flightsql_driver::{FlightSqlDatabaseError, StatusCode};
///
/// fn is_bad_sql(error: &sqlx_core::Error) -> bool {
///     error
///         .as_database_error()
///         .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
///         .is_some_and(|error| error.status() == StatusCode::InvalidArgument)
/// }
/// ```
#[derive(Debug)]
pub struct FlightSqlDatabaseError(ServerError);

impl Deref for FlightSqlDatabaseError {
    type Target = ServerError;

    fn deref(&self) -> &ServerError {
        &self.0
    }
}

impl fmt::Display for FlightSqlDatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl StdError for FlightSqlDatabaseError {}

impl DatabaseError for FlightSqlDatabaseError {
    fn message(&self) -> &str {
        self.0.message()
    }

    /// Returns the SQLSTATE if one is known, otherwise the name of the gRPC code.
    fn code(&self) -> Option<Cow<'_, str>> {
        let name = self.0.status().name();
        Some(Cow::Borrowed(self.0.sqlstate().unwrap_or(name)))
    }

    fn as_error(&self) -> &(dyn StdError + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn StdError + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn StdError + Send + Sync + 'static> {
        self
    }

    fn is_transient_in_connect_phase(&self) -> bool {
        self.0.status() == StatusCode::Unavailable
    }

    fn constraint(&self) -> Option<&str> {
        self.0.constraint()
    }

    fn table(&self) -> Option<&str> {
        self.0.table()
    }

    fn kind(&self) -> ErrorKind {
        match self.0.violation() {
            Some(Violation::Unique) => ErrorKind::UniqueViolation,
            Some(Violation::ForeignKey) => ErrorKind::ForeignKeyViolation,
            Some(Violation::NotNull) => ErrorKind::NotNullViolation,
            Some(Violation::Check) => ErrorKind::CheckViolation,
            Some(Violation::Exclusion) => ErrorKind::ExclusionViolation,
            _ => ErrorKind::Other,
        }
    }
}

/// Returns [`ServerError::is_unsupported`] of the error: `true` if the server does not support the operation, so that nothing
/// was executed.
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
pub fn is_unsupported(error: &SqlxError) -> bool {
    error
        .as_database_error()
        .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
        .is_some_and(|error| error.is_unsupported())
}

/// Returns `true` if the same *read* may succeed later: the connection was lost or could not be established, or
/// [`ServerError::is_retryable`] is true. A write may have happened.
///
/// The driver itself repeats a read that has returned no row yet; see
/// [`retries`](crate::FlightSqlConnectOptions::retries).
///
/// ```
/// # async fn example(pool: &sqlx_core::pool::Pool<flightsql_driver::FlightSql>) -> Result<(), sqlx_core::Error> {
/// # use sqlx_core::query_scalar::query_scalar;
/// let count: Option<i64> = match query_scalar("SELECT COUNT(*) FROM flights").fetch_one(pool).await {
///     Err(error) if flightsql_driver::is_retryable(&error) => None,
///     count => Some(count?),
/// };
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn is_retryable(error: &SqlxError) -> bool {
    match error {
        SqlxError::Io(error) => is_lost_connection(error.kind()),
        other => other
            .as_database_error()
            .and_then(|error| error.try_downcast_ref::<FlightSqlDatabaseError>())
            .is_some_and(|error| error.is_retryable()),
    }
}

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;
pub(crate) type SqlxResult<T> = Result<T, SqlxError>;

/// An error on its way out of the driver.
#[derive(Debug)]
pub(crate) enum Error {
    Client(flightsql_client::Error),
    Sqlx(SqlxError),
}

impl Error {
    #[cfg(feature = "migrate")]
    pub(crate) fn configuration(message: impl Into<String>) -> Self {
        flightsql_client::Error::configuration(message).into()
    }

    pub(crate) fn encode(source: impl Into<BoxError>) -> Self {
        flightsql_client::Error::encode(source).into()
    }

    #[cfg(feature = "migrate")]
    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        flightsql_client::Error::unsupported(message).into()
    }

    /// Adds the position in a text of several statements to the message.
    #[cfg(feature = "migrate")]
    pub(crate) fn context(self, place: &str) -> Self {
        match self {
            Self::Client(error) => Self::Client(error.context(place)),
            Self::Sqlx(error) => Self::Sqlx(error),
        }
    }
}

impl From<flightsql_client::Error> for Error {
    fn from(error: flightsql_client::Error) -> Self {
        Self::Client(error)
    }
}

impl From<SqlxError> for Error {
    fn from(error: SqlxError) -> Self {
        Self::Sqlx(error)
    }
}

impl From<Error> for SqlxError {
    fn from(error: Error) -> Self {
        match error {
            Error::Client(error) => to_sqlx(error),
            Error::Sqlx(error) => error,
        }
    }
}

/// Returns the error of SQLx for an error of the client.
pub(crate) fn to_sqlx(error: flightsql_client::Error) -> SqlxError {
    match error.kind() {
        Kind::Io { kind, .. } => {
            let kind = *kind;
            return SqlxError::Io(io::Error::new(kind, error));
        }
        Kind::Timeout { .. } => {
            return SqlxError::Io(io::Error::new(io::ErrorKind::TimedOut, error));
        }
        Kind::Tls { .. } => return SqlxError::Tls(Box::new(error)),
        Kind::Configuration(_) => return SqlxError::Configuration(Box::new(error)),
        _ => {}
    }
    match error.into_kind() {
        Kind::Server(error) => database(error),
        Kind::SessionOptions(error) => SqlxError::Configuration(Box::new(error)),
        Kind::Unsupported(message) => database(ServerError::unsupported(message)),
        Kind::Argument(message) => SqlxError::InvalidArgument(message),
        Kind::Encode(source) => SqlxError::Encode(source),
        Kind::ColumnDecode { column, source } => SqlxError::ColumnDecode {
            index: column,
            source,
        },
        Kind::RowNotFound => SqlxError::RowNotFound,
        Kind::Source(error) => match error.downcast::<SqlxError>() {
            Ok(error) => *error,
            Err(error) => SqlxError::Encode(error),
        },
        other => SqlxError::Protocol(flightsql_client::Error::from(other).to_string()),
    }
}

fn database(error: ServerError) -> SqlxError {
    SqlxError::Database(Box::new(FlightSqlDatabaseError(error)))
}

/// Masks each text of the error and of its sources. An error without a secret is returned unchanged.
pub(crate) fn masked(error: impl Into<SqlxError>, mask: Mask<'_>) -> SqlxError {
    let error = error.into();
    if !shows(&error, mask) {
        return error;
    }
    let boxed = |source| boxed(source, mask);
    match error {
        SqlxError::Database(error) => match error.try_downcast::<FlightSqlDatabaseError>() {
            Ok(error) => database(error.0.masked(mask)),
            Err(error) => SqlxError::Database(error),
        },
        SqlxError::Io(error) => SqlxError::Io(io::Error::new(error.kind(), boxed(Box::new(error)))),
        SqlxError::Tls(error) => SqlxError::Tls(boxed(error)),
        SqlxError::Configuration(error) => SqlxError::Configuration(boxed(error)),
        SqlxError::Encode(error) => SqlxError::Encode(boxed(error)),
        SqlxError::Decode(error) => SqlxError::Decode(boxed(error)),
        SqlxError::ColumnDecode { index, source } => SqlxError::ColumnDecode {
            index: mask(&index),
            source: boxed(source),
        },
        SqlxError::ColumnNotFound(name) => SqlxError::ColumnNotFound(mask(&name)),
        SqlxError::Protocol(text) => SqlxError::Protocol(mask(&text)),
        SqlxError::InvalidArgument(text) => SqlxError::InvalidArgument(mask(&text)),
        other => other,
    }
}
