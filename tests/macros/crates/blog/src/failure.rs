//! The failures of a request, and their status.

use std::fmt;

#[derive(Debug)]
pub(crate) enum Failure {
    NotFound,
    Invalid(&'static str),
    Conflict,
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            _ if matches!(error, sqlx::Error::RowNotFound) => Self::NotFound,
            Some(refused) if refused.is_unique_violation() => Self::Conflict,
            Some(refused) if refused.is_foreign_key_violation() => Self::Invalid("author"),
            Some(refused) if refused.is_check_violation() => Self::Invalid("title"),
            _ => Self::Database(error),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("404"),
            Self::Invalid(name) => write!(f, "400 {name}"),
            Self::Conflict => f.write_str("409"),
            Self::Database(error) => write!(f, "500 {error}"),
        }
    }
}
