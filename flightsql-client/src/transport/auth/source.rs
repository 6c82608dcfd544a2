//! Reads a [`TokenSource`]: one token, checked, with its times.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::super::headers;
use super::tokens::{Credential, Fetch, Held, Origin};
use crate::error::{BoxError, Error, Result};
use crate::options::{ConnectOptions, Token, TokenSource, is_value, read_token};

/// The time for which a token that was read from a file is used without looking at the file again.
const FILE_CHECK: Duration = Duration::from_secs(1);

/// The longest time before its expiry at which a token is refreshed. A request for a token takes seconds at most.
const MAX_MARGIN: Duration = Duration::from_secs(30);

/// Requests a token. Errors contain no token.
pub(super) fn fetch(_: &Arc<ConnectOptions>, source: &TokenSource) -> Fetch {
    match source {
        TokenSource::File(path) => Box::pin(file(path.clone())),
        TokenSource::Provider(provider) => {
            let provider = Arc::clone(provider);
            Box::pin(async move {
                let token = provider.token().await.map_err(failed)?;
                held(&token, SystemTime::now())
            })
        }
    }
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
