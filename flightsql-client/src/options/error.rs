//! [`OptionsError`]: why a URL or a builder was refused.
//!
//! It reaches users of SQLx as `Error::Configuration`. It names keys, never values.

use std::borrow::Cow;
use std::fmt;

use crate::dialect::FileError;
use crate::error::Error;

/// Options that cannot be used, and what to do. Holds no value of an option and no part of the URL
/// beyond its scheme and the names of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionsError {
    /// The text is not a URL.
    Url(url::ParseError),
    /// The scheme is not one of this driver.
    Scheme(String),
    /// Something outside the query has a wrong form.
    Malformed(&'static str),
    /// No option has this name.
    UnknownKey {
        /// The name as given.
        key: String,
        /// The known name that is most like it.
        nearest: Option<String>,
    },
    /// An option was given twice.
    Repeated(String),
    /// An option has a value it cannot have.
    Value {
        /// The name of the option.
        key: String,
        /// What is wrong, to be read behind the name.
        problem: Cow<'static, str>,
    },
    /// Two options contradict each other, or one needs another.
    Conflict(Cow<'static, str>),
}

impl OptionsError {
    pub(crate) fn value(key: &str, problem: impl Into<Cow<'static, str>>) -> Self {
        OptionsError::Value {
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    /// The error of a dialect file that cannot be used.
    pub(super) fn dialect_file(error: FileError) -> Self {
        Self::value("dialect_file", format!("cannot be used: {error}"))
    }
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(error) => write!(
                f,
                "not a URL: {error}; in user and password write `@`, `:`, `/`, `?`, `#` and `%` \
                 percent-encoded, such as `%40` for `@`"
            ),
            Self::Scheme(scheme) => write!(
                f,
                "the scheme {scheme:?} is not known: use `flightsql://` for TLS, `flightsql+tcp://` \
                 for plaintext, `flightsql+unix://` for a socket, with `DIALECT+` before it for one \
                 of the dialects {}",
                crate::dialect::names().join(", ")
            ),
            Self::Malformed(problem) => f.write_str(problem),
            Self::UnknownKey { key, nearest } => {
                write!(f, "unknown option {key:?}")?;
                if let Some(nearest) = nearest {
                    write!(f, ", did you mean `{nearest}`?")?;
                }
                write!(
                    f,
                    " (headers are written `header.NAME=…`, session options `session.NAME=…`)"
                )
            }
            Self::Repeated(key) => write!(f, "`{key}` is given twice"),
            Self::Value { key, problem } => write!(f, "`{key}` {problem}"),
            Self::Conflict(problem) => f.write_str(problem),
        }
    }
}

// No `source`: the text of the one that has a cause holds it already.
impl std::error::Error for OptionsError {}

impl From<OptionsError> for Error {
    fn from(error: OptionsError) -> Self {
        Self::configuration(error.to_string())
    }
}
