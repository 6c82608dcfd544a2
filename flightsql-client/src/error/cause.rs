//! The causes of an [`Error`], as methods.

use super::{Error, Kind, ServerError};

impl Error {
    /// Returns the error response of the server, if the server responded with one.
    #[must_use]
    pub fn server(&self) -> Option<&ServerError> {
        match self.kind() {
            Kind::Server(error) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the server, the dialect or this build does not support the operation, so that nothing was executed.
    #[must_use]
    pub fn is_unsupported(&self) -> bool {
        match self.kind() {
            Kind::Unsupported(_) => true,
            Kind::Server(error) => error.is_unsupported(),
            _ => false,
        }
    }

    /// Returns `true` if the connection to the server failed, or could not be established.
    #[must_use]
    pub fn is_io(&self) -> bool {
        matches!(self.kind(), Kind::Io { .. })
    }

    /// Returns `true` if a timeout of the options expired.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        matches!(self.kind(), Kind::Timeout { .. })
    }

    /// Returns `true` if TLS could not be established.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        matches!(self.kind(), Kind::Tls { .. })
    }

    /// Returns `true` if the server violated the protocol, or exceeded a limit of the options.
    #[must_use]
    pub fn is_protocol(&self) -> bool {
        matches!(self.kind(), Kind::Protocol { .. })
    }

    /// Returns `true` if the options are invalid.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        matches!(self.kind(), Kind::Configuration(_))
    }

    /// Returns `true` if an argument is invalid: a statement, the number of its values, or a value that does not fit its
    /// parameter.
    #[must_use]
    pub fn is_argument(&self) -> bool {
        matches!(self.kind(), Kind::Argument(_) | Kind::Encode(_))
    }

    /// Returns `true` if a value in a result cannot be read.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.kind(), Kind::ColumnDecode { .. })
    }

    /// Returns `true` if the requested table does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self.kind(), Kind::RowNotFound)
    }
}
