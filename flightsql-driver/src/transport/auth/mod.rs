//! Logging in (layer 2): what proves who we are, before the first statement.

mod basic;
mod handshake;

use super::call::Session;
use super::channel::Channel;
use crate::error::Result;
use crate::options::{AuthMode, Credentials, FlightSqlConnectOptions};

/// Puts the credentials of the options on the session, through a `Handshake` where that is how the server
/// takes a user and a password.
///
/// # Errors
/// The server's refusal, naming the user and never the password.
pub(crate) async fn login(
    options: &FlightSqlConnectOptions,
    channel: &Channel,
    session: &Session,
) -> Result<()> {
    match &options.credentials {
        Credentials::Anonymous => Ok(()),
        Credentials::Bearer(token) => session.authorize(&format!("Bearer {}", token.expose())),
        Credentials::Basic { user, password } => {
            let header = basic::header(user, password);
            match options.auth {
                AuthMode::Basic => session.authorize(header.expose()),
                AuthMode::Handshake => {
                    handshake::run(options, channel, session, &header, user).await
                }
            }
        }
    }
}
