//! Authentication, before the first statement.

mod handshake;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::sync::Mutex;

use super::call::CallState;
use super::channel::Channel;
use crate::dialect::AuthMode;
use crate::error::Result;
use crate::options::{ConnectOptions, Credentials, Login, Secret};

/// The token that all connections of one options value use under `login=shared`.
#[derive(Debug, Default)]
pub(crate) struct SharedLogin(Mutex<Option<Secret>>);

impl SharedLogin {
    /// Removes a token that the server no longer accepts: the next connection authenticates again.
    pub(crate) fn forget(&self) {
        // The lock is held only during an authentication, which returns a new token.
        if let Ok(mut token) = self.0.try_lock() {
            *token = None;
        }
    }
}

/// Authenticates a session with the credentials of the options, by a `Handshake` if the options or the dialect require it.
/// Returns the error of the server. It may contain the user, and never the password.
pub(crate) async fn login(
    options: &ConnectOptions,
    channel: &Channel,
    session: &CallState,
    shared: &Arc<SharedLogin>,
) -> Result<()> {
    match &options.credentials {
        Credentials::Anonymous => match options.dialect.profile().login.anonymous.as_deref() {
            Some(header) => session.authorize(header),
            None => Ok(()),
        },
        Credentials::Bearer(token) => session.authorize(&format!("Bearer {}", token.expose())),
        Credentials::Basic { user, password } => {
            let header = basic(user, password);
            session.redact(header.expose());
            match options.auth_mode() {
                AuthMode::Basic => session.authorize(header.expose()),
                AuthMode::Handshake if options.login == Login::Shared => {
                    session.share_login(shared);
                    // Locked during the authentication, so that many connections opened at once authenticate once.
                    let mut token = shared.0.lock().await;
                    match &*token {
                        Some(token) => session.authorize(token.expose()),
                        None => {
                            handshake::run(options, channel, session, &header, user).await?;
                            *token = session.authorization();
                            Ok(())
                        }
                    }
                }
                _ => handshake::run(options, channel, session, &header, user).await,
            }
        }
    }
}

/// Returns `true` if a second authentication can succeed after the server has refused the session. Other credentials are sent
/// with each RPC, so they would be refused again.
pub(crate) fn can_renew(options: &ConnectOptions) -> bool {
    matches!(options.credentials, Credentials::Basic { .. })
        && options.auth_mode() != AuthMode::Basic
}

/// Returns `Basic BASE64(user:password)` ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
fn basic(user: &str, password: &Secret) -> Secret {
    let pair = Secret::new(format!("{user}:{}", password.expose()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}
