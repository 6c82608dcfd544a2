//! Values and a dialect to what is sent: a record batch of parameters, or literals in the text of a statement.
//!
//! The type of a parameter is decided when the statement is prepared. Until then a value keeps its own type.

mod batch;
mod encode;
mod literal;
mod parameters;
mod union;

use std::error::Error as StdError;
use std::fmt;

pub use self::batch::{BindTarget, in_bind_forms, unique_columns, wrong_number};
pub use self::literal::Literals;
pub use self::parameters::Parameters;

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
    fn encode(error: impl Into<BoxError>) -> Self {
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
