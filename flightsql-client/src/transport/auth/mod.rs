//! Logging in: what proves who we are, before the first statement.

mod basic;
mod handshake;
pub(crate) mod shared;

use std::sync::Arc;

use super::call::CallState;
use super::channel::Channel;
use crate::dialect::AuthMode;
use crate::error::Result;
use crate::options::{ConnectOptions, Credentials, Login};
use shared::SharedLogin;

/// Puts the credentials of the options on the session, through a `Handshake` where that is how the server
/// takes a user and a password.
///
/// # Errors
/// The server's refusal, naming the user and never the password.
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
            let header = basic::header(user, password);
            session.redact(header.expose());
            match options.auth_mode() {
                AuthMode::Basic => session.authorize(header.expose()),
                AuthMode::Handshake if options.login == Login::Shared => {
                    session.share_login(shared);
                    // Held over the login, so that many connections opened at once log in once.
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
