//! [`TokenSource`]: the places that tokens come from, other than the options themselves.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::check::Checked;
use super::{OAuth, SecretCommand, TlsOptions, TokenProvider};

/// The source of the tokens of one options value. `transport/auth/source` reads it.
#[derive(Clone)]
pub(crate) enum TokenSource {
    /// A file, which is read when a connection authenticates, and again while connections are used.
    File(PathBuf),
    /// Code of the user.
    Provider(Arc<dyn TokenProvider>),
    /// A command that prints a token.
    Command(SecretCommand),
    /// A token server.
    OAuth(Arc<OAuth>),
}

impl TokenSource {
    /// Returns the option, with the token server if there is one.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::File(_) => "token_file".to_owned(),
            Self::Provider(_) => "token provider".to_owned(),
            Self::Command(_) => "token_command".to_owned(),
            Self::OAuth(oauth) => match &oauth.token_uri {
                Some(uri) => format!("token server {}", super::oauth::shown(uri)),
                None => "token server".to_owned(),
            },
        }
    }

    pub(super) fn check(&self, tls: &TlsOptions) -> Checked {
        match self {
            Self::File(_) | Self::Provider(_) => Ok(()),
            Self::Command(command) => command.check("token_command"),
            Self::OAuth(oauth) => oauth.check(tls),
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => f.debug_tuple("File").field(path).finish(),
            Self::Provider(_) => f.write_str("Provider(..)"),
            Self::Command(_) => f.write_str("Command(..)"),
            Self::OAuth(oauth) => oauth.fmt(f),
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
            (Self::Command(a), Self::Command(b)) => a == b,
            (Self::OAuth(a), Self::OAuth(b)) => a == b,
            (Self::File(_) | Self::Provider(_) | Self::Command(_) | Self::OAuth(_), _) => false,
        }
    }
}

impl Eq for TokenSource {}
