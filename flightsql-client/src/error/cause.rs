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
}

/// Declares questions about the kind of an error.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident: $kind:pat,)*) => {
        impl Error {$(
            $(#[$doc])*
            #[must_use]
            pub fn $name(&self) -> bool {
                matches!(self.kind(), $kind)
            }
        )*}
    };
}

kinds! {
    /// Returns `true` if the connection to the server failed, or could not be established.
    is_io: Kind::Io { .. },
    /// Returns `true` if a timeout of the options expired.
    is_timeout: Kind::Timeout { .. },
    /// Returns `true` if TLS could not be established.
    is_tls: Kind::Tls { .. },
    /// Returns `true` if the server violated the protocol, or exceeded a limit of the options.
    is_protocol: Kind::Protocol { .. },
    /// Returns `true` if the options are invalid.
    is_configuration: Kind::Configuration(_),
    /// Returns `true` if an argument is invalid: a statement, the number of its values, or a value that does not fit its
    /// parameter.
    is_argument: Kind::Argument(_) | Kind::Encode(_),
    /// Returns `true` if a value in a result cannot be read.
    is_decode: Kind::ColumnDecode { .. },
    /// Returns `true` if the requested table does not exist.
    is_not_found: Kind::RowNotFound,
}
