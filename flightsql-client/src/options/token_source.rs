//! [`TokenSource`]: the places that tokens come from, other than the options themselves.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::TokenProvider;

/// The source of the tokens of one options value. `transport/auth/source` reads it.
#[derive(Clone)]
pub(crate) enum TokenSource {
    /// A file, which is read when a connection authenticates, and again while connections are used.
    File(PathBuf),
    /// Code of the user.
    Provider(Arc<dyn TokenProvider>),
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Provider(_) => f.write_str("Provider(..)"),
        }
    }
}

/// Compares providers by their address, since each is a source of its own.
impl PartialEq for TokenSource {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(a), Self::File(b)) => a == b,
            (Self::Provider(a), Self::Provider(b)) => {
                std::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b))
            }
            (Self::File(_) | Self::Provider(_), _) => false,
        }
    }
}

impl Eq for TokenSource {}
