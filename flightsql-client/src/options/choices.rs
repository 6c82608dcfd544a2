//! The small choices among the options.
//!
//! Each is one row of the key table.

use std::path::PathBuf;

use super::secret::Secret;

/// What carries HTTP/2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TLS over TCP.
    Tls,
    /// Plaintext TCP, said out loud by the URL or the builder.
    Tcp,
    /// Plaintext over a Unix socket.
    Unix(PathBuf),
}

/// What to do with placeholders in SQL written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Placeholders {
    /// The text goes to the server as it is. The default.
    #[default]
    AsWritten,
    /// Each `?` becomes the dialect's placeholder.
    Rewrite,
}

/// The precision of bound dates and times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum DatetimePrecision {
    /// A value that is more precise than the parameter's unit is an error. The default.
    #[default]
    Exact,
    /// Timestamps and times of day are truncated to the parameter's unit, as SQLx's own drivers truncate the nanoseconds
    /// of `Utc::now()`.
    Truncate,
}

/// How bound values reach the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Binds {
    /// As Arrow data beside the statement; the server puts them in their places. The default.
    #[default]
    Server,
    /// Written into the text of the statement, in the syntax that the dialect declares, for engines that take no
    /// bound parameters. Only values are written this way, at the placeholders that the lexer finds; a value that the
    /// syntax cannot hold exactly is an error. The dialect must be the engine's own. What the server logs, and its
    /// errors, may then show values.
    Literal,
}

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
