//! [`OptionsError`]: the reason why a URL or a builder was rejected.
//!
//! Users of SQLx receive it as `Error::Configuration`. It names keys, never values.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

use crate::dialect::FileError;
use crate::error::Error;

/// Invalid options, with a hint. Contains the scheme of the URL, the names of keys and the path of a dialect file, and nothing
/// else of the URL or the values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionsError {
    /// The text is not a URL.
    Url(url::ParseError),
    /// The scheme is not one of this driver.
    Scheme(String),
    /// A part of the URL outside the query is malformed.
    Malformed(&'static str),
    /// The name of the option is unknown.
    UnknownKey {
        /// The name as specified.
        key: String,
        /// The known name that is most similar.
        nearest: Option<String>,
    },
    /// An option was specified more than once.
    Repeated(String),
    /// The value of an option is invalid.
    Value {
        /// The name of the option.
        key: String,
        /// The problem, for a message after the name.
        problem: Cow<'static, str>,
    },
    /// [`LockedOptions`](super::LockedOptions) reject this part of a URL.
    Locked {
        /// The name of the option; `scheme` or `host` for these parts of the URL.
        key: String,
    },
    /// Two options contradict each other, or one needs another.
    Conflict(Cow<'static, str>),
    /// A connection profile cannot be used.
    Profile {
        /// The file of the profile.
        file: PathBuf,
        /// The problem, which names the key or variable if it belongs to one.
        problem: Box<OptionsError>,
    },
}

impl OptionsError {
    pub(crate) fn value(key: &str, problem: impl Into<Cow<'static, str>>) -> Self {
        OptionsError::Value {
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    pub(super) fn locked(key: &str) -> Self {
        OptionsError::Locked {
            key: key.to_owned(),
        }
    }

    /// Replaces the name of an option by the name under which it was specified.
    pub(super) fn renamed(self, name: impl Fn(&str) -> Option<String>) -> Self {
        match self {
            Self::Value { key, problem } => Self::Value {
                key: name(&key).unwrap_or(key),
                problem,
            },
            other => other,
        }
    }

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
                "the scheme {scheme:?} is unknown; use `flightsql://` for TLS, `flightsql+tcp://` \
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
            Self::Repeated(key) => {
                write!(f, "`{key}` is specified more than once; keep one of them")
            }
            Self::Value { key, problem } => write!(f, "`{key}` {problem}"),
            Self::Locked { key } => match key.as_str() {
                "scheme" => f.write_str(
                    "the scheme of the URL is locked, because its transport is less secure than the one that the program \
                     sets; use `flightsql://`",
                ),
                "host" => f.write_str(
                    "the server of the URL is locked, because the program sets another one, or credentials that must not \
                     be sent to another one; use the host and the port that the program sets",
                ),
                key => write!(
                    f,
                    "`{key}` is locked, so only the program may set it; remove it from the URL"
                ),
            },
            Self::Conflict(problem) => f.write_str(problem),
            Self::Profile { file, problem } => write!(f, "profile {}: {problem}", file.display()),
        }
    }
}

// No `source`: the message contains the cause.
impl std::error::Error for OptionsError {}

impl From<OptionsError> for Error {
    fn from(error: OptionsError) -> Self {
        Self::configuration(error.to_string())
    }
}
