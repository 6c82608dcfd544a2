//! [`ValidationError`]: the reason for a rejected message.

use std::fmt;

use crate::protocol::memory::OverBudget;

/// The reason for a rejected message, boxed because it is rare.
#[derive(Debug)]
pub(crate) struct ValidationError(Box<Kind>);

#[derive(Debug)]
enum Kind {
    /// The message contradicts itself or the Arrow format.
    Broken(String),
    /// The message may be legal, but cannot be decoded correctly.
    Unsupported(String),
    /// The message asks for more than an option allows.
    Limit {
        what: &'static str,
        asked: u64,
        limit: u64,
        option: &'static str,
    },
    /// The result needs more memory than it may use.
    Memory(OverBudget),
}

impl From<OverBudget> for ValidationError {
    fn from(error: OverBudget) -> Self {
        Self(Box::new(Kind::Memory(error)))
    }
}

impl ValidationError {
    pub(super) fn broken(detail: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Broken(detail.to_string())))
    }

    pub(super) fn unsupported(detail: impl fmt::Display) -> Self {
        Self(Box::new(Kind::Unsupported(detail.to_string())))
    }

    /// Returns an error if `asked` is more than `limit`, the value of `option`.
    pub(super) fn limit(
        what: &'static str,
        asked: u64,
        limit: u64,
        option: &'static str,
    ) -> Result<(), Self> {
        if asked <= limit {
            return Ok(());
        }
        Err(Self(Box::new(Kind::Limit {
            what,
            asked,
            limit,
            option,
        })))
    }

    /// Adds the column, counted from 1, or the dictionary.
    pub(super) fn within(mut self, place: impl fmt::Display) -> Self {
        if let Kind::Broken(detail) | Kind::Unsupported(detail) = self.0.as_mut() {
            *detail = format!("{place}: {detail}");
        }
        self
    }

    /// The option to raise, if a limit was the reason.
    #[cfg(test)]
    pub(crate) fn option(&self) -> Option<&'static str> {
        match *self.0 {
            Kind::Limit { option, .. } => Some(option),
            Kind::Memory(_) => Some("max_query_memory"),
            Kind::Broken(_) | Kind::Unsupported(_) => None,
        }
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_ref() {
            Kind::Broken(detail) => {
                write!(f, "the server sent a malformed Arrow message: {detail}")
            }
            Kind::Unsupported(detail) => {
                write!(
                    f,
                    "the server sent Arrow data that cannot be read: {detail}"
                )
            }
            Kind::Memory(error) => error.fmt(f),
            Kind::Limit {
                what,
                asked,
                limit,
                option,
            } => write!(
                f,
                "the server sent {asked} {what}, more than the option {option}={limit} allows"
            ),
        }
    }
}

impl std::error::Error for ValidationError {}
