//! Who logs in, and how.
//!
//! Handshake and header forms:
//! <https://arrow.apache.org/docs/format/Flight.html#authentication>.

use super::secret::Secret;

/// One of three; the last setter wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// No authorization header at all.
    Anonymous,
    /// User and password, used as [`AuthMode`](crate::dialect::AuthMode) says.
    Basic { user: String, password: Secret },
    /// A token sent as `authorization: Bearer …`.
    Bearer(Secret),
}

/// Who uses the token that a login returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Login {
    /// Each connection logs in: on many servers the token is the session. The default.
    #[default]
    PerConnection,
    /// All connections of a pool use one token, for servers whose tokens hold no state.
    Shared,
}
