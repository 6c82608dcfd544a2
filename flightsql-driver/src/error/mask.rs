//! An error without the client's secrets, wherever the server repeated them (layer 0).
//!
//! A server chooses the names of columns, tables, locations and session options, and errors show them. So an error is
//! masked once, where it leaves the connection, and not at each place that puts a name into a text.

use std::error::Error as StdError;
use std::{fmt, io};

use sqlx_core::Error as SqlxError;
use sqlx_core::error::BoxDynError;

use super::FlightSqlDatabaseError;

/// Returns the error with `mask` applied to each of its texts, those of its sources included. An error that shows no
/// secret is returned as it is.
pub(crate) fn masked(error: SqlxError, mask: &dyn Fn(&str) -> String) -> SqlxError {
    if !shows(&error, mask) {
        return error;
    }
    match error {
        SqlxError::Database(error) => {
            SqlxError::Database(match error.try_downcast::<FlightSqlDatabaseError>() {
                Ok(error) => Box::new(error.masked(mask)),
                Err(error) => error,
            })
        }
        SqlxError::Io(error) => {
            SqlxError::Io(io::Error::new(error.kind(), Shown::of(&error, mask)))
        }
        SqlxError::Tls(error) => SqlxError::Tls(boxed(error, mask)),
        SqlxError::Configuration(error) => SqlxError::Configuration(boxed(error, mask)),
        SqlxError::Encode(error) => SqlxError::Encode(boxed(error, mask)),
        SqlxError::Decode(error) => SqlxError::Decode(boxed(error, mask)),
        SqlxError::ColumnDecode { index, source } => SqlxError::ColumnDecode {
            index: mask(&index),
            source: boxed(source, mask),
        },
        SqlxError::ColumnNotFound(name) => SqlxError::ColumnNotFound(mask(&name)),
        SqlxError::Protocol(text) => SqlxError::Protocol(mask(&text)),
        SqlxError::InvalidArgument(text) => SqlxError::InvalidArgument(mask(&text)),
        other => other,
    }
}

/// Returns `true` if a text of the error or of one of its sources has a secret in it.
fn shows(error: &(dyn StdError + 'static), mask: &dyn Fn(&str) -> String) -> bool {
    let has_secret = |text: String| mask(&text) != text;
    let mut next = Some(error);
    while let Some(error) = next {
        if has_secret(error.to_string()) || has_secret(format!("{error:?}")) {
            return true;
        }
        next = error.source();
    }
    false
}

fn boxed(error: BoxDynError, mask: &dyn Fn(&str) -> String) -> BoxDynError {
    Box::new(Shown::of(&*error, mask))
}

/// The texts of an error and of its sources, which are all that is left of it.
struct Shown {
    text: String,
    source: Option<Box<Self>>,
}

impl Shown {
    fn of(error: &(dyn StdError + 'static), mask: &dyn Fn(&str) -> String) -> Self {
        Self {
            text: mask(&error.to_string()),
            source: error
                .source()
                .map(|source| Box::new(Self::of(source, mask))),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl StdError for Shown {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
