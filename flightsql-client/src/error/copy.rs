//! Copies of an error, for several callers that waited for one call.

use std::error::Error as StdError;
use std::sync::Arc;

use super::mask::Masked;
use super::{BoxError, Error, Kind};

/// A source that copies of an error share.
type Shared = Arc<dyn StdError + Send + Sync>;

impl Error {
    /// Returns a copy of the error. A source that is not shared becomes its texts.
    pub(crate) fn copy(&self) -> Self {
        let kind = match self.kind() {
            Kind::Server(error) => Kind::Server(error.clone()),
            Kind::Io {
                kind,
                message,
                source,
            } => Kind::Io {
                kind: *kind,
                message: message.clone(),
                source: source.as_ref().map(copied),
            },
            Kind::Tls {
                cause,
                message,
                source,
            } => Kind::Tls {
                cause: *cause,
                message: message.clone(),
                source: source.as_ref().map(copied),
            },
            Kind::Timeout {
                operation,
                option,
                limit,
            } => Kind::Timeout {
                operation,
                option,
                limit: *limit,
            },
            Kind::Protocol { operation, message } => Kind::Protocol {
                operation,
                message: message.clone(),
            },
            Kind::Unsupported(text) => Kind::Unsupported(text.clone()),
            Kind::Argument(text) => Kind::Argument(text.clone()),
            Kind::Configuration(text) => Kind::Configuration(text.clone()),
            Kind::SessionOptions(error) => Kind::SessionOptions(error.clone()),
            Kind::Encode(source) => Kind::Encode(copied(source)),
            Kind::ColumnDecode { column, source } => Kind::ColumnDecode {
                column: column.clone(),
                source: copied(source),
            },
            Kind::RowNotFound => Kind::RowNotFound,
            Kind::Source(source) => Kind::Source(copied(source)),
        };
        kind.into()
    }
}

fn copied(source: &BoxError) -> BoxError {
    match source.downcast_ref::<Shared>() {
        Some(shared) => Box::new(Arc::clone(shared)),
        None => Box::new(Masked::of(&**source, &str::to_owned)),
    }
}
