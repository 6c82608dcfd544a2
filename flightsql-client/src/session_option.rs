//! Session options at run time: their values, and the error for those that a server rejected.
//!
//! Messages: `SessionOptionValue` and `SetSessionOptionsResult` in
//! [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).

use std::fmt;

/// The value of a session option.
///
/// `Debug` prints only the type, since a value may be secret.
///
/// ```
/// use flightsql_client::SessionOptionValue;
///
/// assert_eq!(SessionOptionValue::from("UTC").as_text(), Some("UTC"));
/// assert_eq!(SessionOptionValue::from(4).as_int64(), Some(4));
/// let list = SessionOptionValue::from(["a", "b"]);
/// assert_eq!(list.as_text_list().map(<[_]>::len), Some(2));
/// assert_eq!(format!("{list:?}"), "TextList");
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub enum SessionOptionValue {
    /// A string.
    Text(String),
    /// A boolean.
    Bool(bool),
    /// An integer of 64 bits.
    Int64(i64),
    /// A floating-point number of 64 bits.
    Float64(f64),
    /// A list of strings.
    TextList(Vec<String>),
}

impl SessionOptionValue {
    /// Returns the string; `None` for a value of another type.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the boolean; `None` for a value of another type.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the integer; `None` for a value of another type.
    #[must_use]
    pub fn as_int64(&self) -> Option<i64> {
        match self {
            Self::Int64(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the floating-point number; `None` for a value of another type.
    #[must_use]
    pub fn as_float64(&self) -> Option<f64> {
        match self {
            Self::Float64(value) => Some(*value),
            _ => None,
        }
    }

    /// Returns the list of strings; `None` for a value of another type.
    #[must_use]
    pub fn as_text_list(&self) -> Option<&[String]> {
        match self {
            Self::TextList(list) => Some(list),
            _ => None,
        }
    }
}

impl fmt::Debug for SessionOptionValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Bool(_) => "Bool",
            Self::Int64(_) => "Int64",
            Self::Float64(_) => "Float64",
            Self::TextList(_) => "TextList",
        })
    }
}

/// Converts Rust values into values of options.
macro_rules! values {
    ($($from:ty: $value:ident => $variant:ident($into:expr),)*) => {$(
        impl From<$from> for SessionOptionValue {
            fn from($value: $from) -> Self {
                Self::$variant($into)
            }
        }
    )*};
}

values! {
    &str: value => Text(value.to_owned()),
    String: value => Text(value),
    &String: value => Text(value.clone()),
    bool: value => Bool(value),
    i64: value => Int64(value),
    i32: value => Int64(value.into()),
    f64: value => Float64(value),
    Vec<String>: value => TextList(value),
    &[String]: value => TextList(value.to_vec()),
    &[&str]: value => TextList(value.iter().map(|text| (*text).to_owned()).collect()),
}

impl<const N: usize> From<[&str; N]> for SessionOptionValue {
    fn from(value: [&str; N]) -> Self {
        Self::from(&value[..])
    }
}

/// The reason for which a server rejected a session option.
///
/// Corresponds to `SetSessionOptionsResult.ErrorValue` in
/// [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionOptionProblem {
    /// The server does not know an option of this name.
    InvalidName,
    /// The server does not accept the value, or its type.
    InvalidValue,
    /// The server cannot set the option now, or gives no reason.
    Error,
}

/// The session options that a server rejected, with the reason for each. The server has set the other options of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionOptionsError {
    rejected: Vec<(String, SessionOptionProblem)>,
    /// The names that the client sent, which are not secret even if they equal a value.
    sent: Vec<String>,
}

impl SessionOptionsError {
    pub(crate) fn new(
        rejected: impl IntoIterator<Item = (String, SessionOptionProblem)>,
        sent: &[String],
    ) -> Self {
        Self {
            rejected: rejected.into_iter().collect(),
            sent: sent.to_vec(),
        }
    }

    /// Returns the name of each rejected option, with the reason.
    pub fn rejected(&self) -> impl Iterator<Item = (&str, SessionOptionProblem)> {
        let rejected = self.rejected.iter();
        rejected.map(|(name, problem)| (name.as_str(), *problem))
    }

    /// Replaces each name of the server by its masked text.
    pub(crate) fn mask(&mut self, mask: &dyn Fn(&str) -> String) {
        let sent = &self.sent;
        for (name, _) in &mut self.rejected {
            if !sent.contains(name) {
                *name = mask(name);
            }
        }
    }
}

impl fmt::Display for SessionOptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server rejected these session options: ")?;
        for (index, (name, problem)) in self.rejected().enumerate() {
            let why = match problem {
                SessionOptionProblem::InvalidName => "unknown name",
                SessionOptionProblem::InvalidValue => "invalid value",
                SessionOptionProblem::Error => "refused",
            };
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}`{name}` ({why})")?;
        }
        Ok(())
    }
}

impl std::error::Error for SessionOptionsError {}
