//! Reads a [`TokenSource`]: one token, checked, with its times.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::super::call::MAX_TOKEN;
use super::super::headers;
use super::command;
use super::tokens::{Credential, Fetch, Held, Origin};
use crate::error::{BoxError, Error, Result};
use crate::options::{
    ConnectOptions, OAuth, SecretCommand, Token, TokenSource, is_value, read_token, token_problem,
};

/// The time for which a token that was read from a file is used without looking at the file again.
const FILE_CHECK: Duration = Duration::from_secs(1);

/// The longest time before its expiry at which a token is refreshed. A request for a token takes seconds at most.
const MAX_MARGIN: Duration = Duration::from_secs(30);

/// Requests a token. Errors contain no token.
pub(super) fn fetch(options: &Arc<ConnectOptions>, source: &TokenSource) -> Fetch {
    match source {
        TokenSource::File(path) => Box::pin(file(path.clone())),
        TokenSource::Provider(provider) => {
            let provider = Arc::clone(provider);
            Box::pin(async move {
                let token = provider.token().await.map_err(failed)?;
                held(&token, SystemTime::now())
            })
        }
        TokenSource::Command(command) => {
            let command = command.clone();
            Box::pin(async move { printed(&command).await })
        }
        TokenSource::OAuth(oauth) => {
            let (options, oauth) = (Arc::clone(options), Arc::clone(oauth));
            Box::pin(async move {
                let token = issued(&options, &oauth).await?;
                held(&token, SystemTime::now())
            })
        }
    }
}

async fn printed(command: &SecretCommand) -> Result<Held> {
    let option = "token_command";
    let token = command::run(option, command).await?;
    if let Some(problem) = token_problem(token.expose()) {
        let text = format!("`{option}` printed a token that cannot be sent: it {problem}");
        return Err(Error::configuration(text));
    }
    held(&Token::bearer(token.expose()), SystemTime::now())
}

/// Requests a token from the token server.
#[cfg(feature = "oauth")]
async fn issued(options: &ConnectOptions, oauth: &OAuth) -> Result<Token> {
    super::oauth::token(options, oauth).await
}

/// Returns an error, since this build contains no client for token servers.
#[cfg(not(feature = "oauth"))]
async fn issued(options: &ConnectOptions, oauth: &OAuth) -> Result<Token> {
    let missing = oauth.check(&options.tls);
    Err(missing.map_or_else(Error::from, |()| Error::configuration("there is no token")))
}

async fn file(path: PathBuf) -> Result<Held> {
    // The file may be on a slow network drive.
    let read = tokio::task::spawn_blocking(move || read_token(&path));
    let token = read
        .await
        .map_err(|_| Error::configuration("`token_file` was not read; the runtime stopped"))??;
    let mut held = held(&token, SystemTime::now())?;
    held.refresh = Instant::now().checked_add(FILE_CHECK);
    held.waits = true;
    Ok(held)
}

/// Returns a token with its times, if it is usable.
pub(super) fn held(token: &Token, now: SystemTime) -> Result<Held> {
    let text = token.authorization.expose();
    if text.len() > MAX_TOKEN {
        return Err(Error::configuration(format!(
            "the token is longer than {MAX_TOKEN} bytes; check the token provider"
        )));
    }
    let usable = !text.is_empty() && is_value(text);
    let authorization = Some(text)
        .filter(|_| usable)
        .and_then(|text| headers::secret("authorization", text).ok())
        .ok_or_else(|| {
            Error::configuration(
                "the token is empty or not printable ASCII; return it without white space at its ends",
            )
        })?;
    let mut held = Held::new(
        Origin::Source,
        Credential {
            authorization: Some(authorization),
            auth_token: None,
        },
    );
    if let Some(expires) = token.expires {
        let life = expires.duration_since(now).unwrap_or_default();
        if life.is_zero() {
            return Err(Error::configuration(
                "the token has expired already; check the token provider, and the clock of this machine",
            ));
        }
        let now = Instant::now();
        held.expires = now.checked_add(life);
        held.refresh = now.checked_add(life - (life / 10).min(MAX_MARGIN));
    }
    Ok(held)
}

/// Returns the error of a provider with its own error as the source. Callers that wait for one request share the source.
fn failed(error: BoxError) -> Error {
    let source: Arc<dyn std::error::Error + Send + Sync> = Arc::from(error);
    Error::io(
        std::io::ErrorKind::Other,
        "the token provider failed; check its service and its credentials",
        Some(Box::new(source)),
    )
}
