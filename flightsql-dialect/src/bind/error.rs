//! The reason why values cannot be bound.

use std::error::Error as StdError;
use std::fmt;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The reason why values cannot be bound to a statement. It names parameters and types, never values.
#[derive(Debug)]
pub enum BindError {
    /// The values do not match the statement.
    Argument(String),
    /// A value cannot be sent as the parameter expects it.
    Encode(BoxError),
}

impl BindError {
    pub(super) fn encode(error: impl Into<BoxError>) -> Self {
        Self::Encode(error.into())
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument(message) => f.write_str(message),
            Self::Encode(source) => source.fmt(f),
        }
    }
}

impl StdError for BindError {}
