//! The small choices among the options, each in one row of the key table, and the levels of the statement log.

use std::path::PathBuf;
use std::time::Duration;

use log::LevelFilter;

use super::command::SecretCommand;
use super::secret::Secret;
use super::token_source::TokenSource;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Transport {
    /// TLS over TCP.
    Tls,
    /// Plaintext TCP, which the URL or the builder requests explicitly.
    Tcp,
    /// Plaintext over a Unix socket.
    Unix(PathBuf),
}

/// The handling of placeholders in SQL written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Placeholders {
    /// The text is sent unchanged. The default.
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

/// The form in which bound values are sent to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Binds {
    /// Server-side binding: values are sent as Arrow data next to the statement. The default.
    #[default]
    Server,
    /// Client-side binding: values are written into the SQL as literals in the syntax of the dialect, for engines without
    /// bound parameters.
    ///
    /// Values replace only the placeholders that the lexer finds. A value without an exact literal is an error. The dialect
    /// must match the engine. Logs and errors of the server may contain the values.
    Literal,
}

/// The credentials; the last setter wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// Sends no `authorization` header.
    Anonymous,
    /// User and password, used as [`AuthMode`](crate::dialect::AuthMode) states.
    Basic { user: String, password: Secret },
    /// A user, and a command that prints the password at each authentication.
    PasswordCommand {
        user: String,
        command: SecretCommand,
    },
    /// A token sent as `authorization: Bearer …`.
    Bearer(Secret),
    /// The complete value of the header `authorization`.
    Authorization(Secret),
    /// Tokens of a source, which the client asks again when a token expires or is refused.
    Tokens(TokenSource),
}

impl Credentials {
    /// Returns the user, empty if there is none.
    pub(super) fn user(&self) -> String {
        match self {
            Self::Basic { user, .. } | Self::PasswordCommand { user, .. } => user.clone(),
            _ => String::new(),
        }
    }
}

/// The connections that use the token of an authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Login {
    /// Each connection authenticates: on many servers, the token is the session. The default.
    #[default]
    PerConnection,
    /// All connections of a pool to one host use one token, for servers whose tokens have no state.
    Shared,
}

/// The levels of the log of statements. The defaults are those of SQLx.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLog {
    pub statements_level: LevelFilter,
    pub slow_statements_level: LevelFilter,
    pub slow_statements_duration: Duration,
}

impl Default for StatementLog {
    fn default() -> Self {
        Self {
            statements_level: LevelFilter::Debug,
            slow_statements_level: LevelFilter::Warn,
            slow_statements_duration: Duration::from_secs(1),
        }
    }
}
