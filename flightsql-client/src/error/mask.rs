//! Errors without the client's secrets, even if the server repeats them.
//!
//! A server chooses the names of columns, tables, locations and session options, and errors contain these names. An error
//! is therefore masked once, where it leaves the connection, and not at each place that puts a name into a text.

use std::error::Error as StdError;
use std::fmt;

use super::{BoxError, Error, Kind};

/// Returns a text without secrets.
pub type Mask<'a> = &'a dyn Fn(&str) -> String;

impl Error {
    /// Masks each text of the error and of its sources. An error without a secret is returned unchanged.
    pub(crate) fn masked(mut self, mask: Mask<'_>) -> Self {
        if !shows(&self, mask) {
            return self;
        }
        let (text, source) = match &mut *self.0 {
            Kind::Server(error) => {
                error.mask(mask);
                return self;
            }
            Kind::SessionOptions(error) => {
                error.mask(mask);
                return self;
            }
            Kind::Io {
                message, source, ..
            }
            | Kind::Tls {
                message, source, ..
            } => (Some(message), source.as_mut()),
            Kind::Protocol { message: text, .. }
            | Kind::Unsupported(text)
            | Kind::Argument(text)
            | Kind::Configuration(text) => (Some(text), None),
            Kind::Encode(source) | Kind::Source(source) => (None, Some(source)),
            Kind::ColumnDecode { column, source } => (Some(column), Some(source)),
            Kind::Timeout { .. } | Kind::RowNotFound => (None, None),
        };
        if let Some(text) = text {
            *text = mask(text);
        }
        if let Some(source) = source {
            *source = Box::new(Masked::of(&**source, mask));
        }
        self
    }
}

/// Returns `true` if a text of the error or of one of its sources contains a secret.
pub fn shows(error: &(dyn StdError + 'static), mask: Mask<'_>) -> bool {
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

/// Returns the masked texts of an error and of its sources as an error.
pub fn boxed(error: BoxError, mask: Mask<'_>) -> BoxError {
    Box::new(Masked::of(&*error, mask))
}

pub(super) struct Masked {
    text: String,
    source: Option<Box<Self>>,
}

impl Masked {
    pub(super) fn of(error: &(dyn StdError + 'static), mask: Mask<'_>) -> Self {
        Self {
            text: mask(&error.to_string()),
            source: error
                .source()
                .map(|source| Box::new(Self::of(source, mask))),
        }
    }
}

impl fmt::Display for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Masked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl StdError for Masked {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
