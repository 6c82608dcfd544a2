//! [`TokenProvider`]: where tokens come from that do not last as long as the program.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;

use super::Secret;
use crate::error::BoxError;

/// A source of tokens: a file, an identity service, a vault.
///
/// All connections of one options value share a provider and its latest token. The client calls the provider when the first
/// connection authenticates, ahead of the expiry, and after the server has answered `UNAUTHENTICATED`. Connections that need a
/// token at the same time wait for one call.
///
/// The client refreshes a token in the last tenth of its life, and at most 30 s before the end. Statements use the old token
/// until the next one arrives. If the provider fails meanwhile, the client logs the error at debug level and calls the provider
/// again later.
///
/// ```
/// use flightsql_client::{BoxError, ConnectOptions, Token, TokenProvider};
/// use std::time::Duration;
///
/// struct Vault;
///
/// #[async_trait::async_trait]
/// impl TokenProvider for Vault {
///     async fn token(&self) -> Result<Token, BoxError> {
///         // Such as a request to the vault.
///         Ok(Token::bearer("secret").expires_in(Duration::from_secs(300)))
///     }
/// }
///
/// let options = ConnectOptions::new().token_provider(Vault);
/// ```
///
/// # Errors
/// The client returns an error whose source is the provider's error, without the tokens that it knows. It is an error too if
/// the provider panics, needs longer than `connect_timeout`, or returns a token that has expired, is longer than 64 KiB, or is
/// not printable ASCII.
/// A failure is returned to further connections for one second.
#[async_trait]
pub trait TokenProvider: Send + Sync + 'static {
    /// Returns a new token. The future may be dropped at any `await`.
    async fn token(&self) -> Result<Token, BoxError>;
}

/// A token with its expiry. `Debug` does not print the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The complete value of the header `authorization`.
    pub(crate) authorization: Secret,
    pub(crate) expires: Option<SystemTime>,
}

impl Token {
    /// Creates a bearer token: the header `authorization: Bearer TOKEN`.
    pub fn bearer(token: impl AsRef<str>) -> Self {
        Self::authorization(format!("Bearer {}", token.as_ref()))
    }

    /// Creates a token from the complete value of the header `authorization`, such as `Basic …`.
    pub fn authorization(text: impl Into<String>) -> Self {
        Self {
            authorization: Secret::new(text),
            expires: None,
        }
    }

    /// Sets the time after which the server no longer accepts the token. Without it, a token lasts until the server refuses
    /// it.
    #[must_use]
    pub fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires = Some(time);
        self
    }

    /// Sets the expiry as a duration from now.
    #[must_use]
    pub fn expires_in(self, life: Duration) -> Self {
        match SystemTime::now().checked_add(life) {
            Some(time) => self.expires_at(time),
            None => self,
        }
    }
}
