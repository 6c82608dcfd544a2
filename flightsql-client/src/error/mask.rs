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
    pub(crate) fn masked(self, mask: Mask<'_>) -> Self {
        if !shows(&self, mask) {
            return self;
        }
        let boxed = |source| boxed(source, mask);
        let kind = match self.into_kind() {
            Kind::Server(error) => Kind::Server(error.masked(mask)),
            Kind::Io {
                kind,
                message,
                source,
            } => Kind::Io {
                kind,
                message: mask(&message),
                source: source.map(boxed),
            },
            Kind::Tls {
                cause,
                message,
                source,
            } => Kind::Tls {
                cause,
                message: mask(&message),
                source: source.map(boxed),
            },
            Kind::Protocol { operation, message } => Kind::Protocol {
                operation,
                message: mask(&message),
            },
            Kind::Unsupported(message) => Kind::Unsupported(mask(&message)),
            Kind::Argument(message) => Kind::Argument(mask(&message)),
            Kind::Configuration(message) => Kind::Configuration(mask(&message)),
            Kind::Encode(source) => Kind::Encode(boxed(source)),
            Kind::ColumnDecode { column, source } => Kind::ColumnDecode {
                column: mask(&column),
                source: boxed(source),
            },
            Kind::Source(error) => Kind::Source(boxed(error)),
            other @ (Kind::Timeout { .. } | Kind::RowNotFound) => other,
        };
        kind.into()
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

/// The texts of an error and of its sources.
struct Masked {
    text: String,
    source: Option<Box<Self>>,
}

impl Masked {
    fn of(error: &(dyn StdError + 'static), mask: Mask<'_>) -> Self {
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
