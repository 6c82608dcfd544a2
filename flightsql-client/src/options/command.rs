//! [`SecretCommand`]: a command line that prints a password or a token.

use super::check::Checked;
use super::error::OptionsError;
use super::secret::Secret;
#[cfg(feature = "profile")]
use super::settings::{Settings, TWO_PASSWORDS, TWO_TOKENS, once};
#[cfg(feature = "profile")]
use super::{Credentials, TokenSource};

/// A command line for the shell. `transport/auth/command` runs it.
///
/// The text is a secret, because a command line may contain one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SecretCommand(Secret);

impl SecretCommand {
    pub(super) fn new(text: &str) -> Self {
        Self(Secret::new(text))
    }

    pub(crate) fn text(&self) -> &str {
        self.0.expose()
    }

    /// Rejects a text of which the shell would run nothing.
    pub(super) fn check(&self, key: &str) -> Checked {
        match self.text().trim().is_empty() {
            true => Err(OptionsError::value(key, "must not be empty")),
            false => Ok(()),
        }
    }
}

/// The keys that other drivers may have, and that a URL of this driver must not contain.
const KEYS: [&str; 2] = ["password_command", "token_command"];

/// Returns the key of this name; `-` may replace `_`.
fn find(name: &str) -> Option<&'static str> {
    let name = name.replace('-', "_");
    KEYS.iter().copied().find(|key| *key == name)
}

/// Sets the command of this key, which a profile may contain. Returns `None` if the key is not one of a command.
#[cfg(feature = "profile")]
pub(super) fn set(settings: &mut Settings, name: &str, text: &str) -> Option<Checked> {
    let key = find(name)?;
    let command = SecretCommand::new(text);
    let set = match key {
        "password_command" => once(&mut settings.password_command, command, TWO_PASSWORDS),
        _ => {
            let token = Credentials::Tokens(TokenSource::Command(command));
            once(&mut settings.token, token, TWO_TOKENS)
        }
    };
    Some(set.map_err(|problem| OptionsError::value(key, problem)))
}

/// Returns the reason why a URL must not have this key, for a message after its name.
pub(super) fn refused(name: &str) -> Option<(&'static str, String)> {
    let key = find(name)?;
    let flag = key.replace('_', "-");
    Some((
        key,
        format!(
            "must not be in a URL, because URLs come from forms and files of other people; use the method `{key}` of the \
             options, `--{flag}` of the program `flightsql`, or a connection profile"
        ),
    ))
}
