//! Authentication, before the first statement and when a token is renewed.

mod command;
mod handshake;
#[cfg(feature = "oauth")]
mod oauth;
mod source;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tokio::time::Instant;

use super::call::CallState;
use super::channel::Channel;
use super::deadline::within;
use crate::dialect::AuthMode;
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Credentials, Login, Secret};
pub(crate) use tokens::{Credential, Held, Origin, Tokens};

/// Authenticates a session with the credentials of the options, by a `Handshake` if the options or the dialect require it.
/// A second call authenticates again, with the latest token. Returns the error of the server. It may contain the user, and
/// never the password. This function is cancel safe.
pub(crate) async fn login(
    options: &Arc<ConnectOptions>,
    channel: &Channel,
    session: &Arc<CallState>,
    tokens: &Arc<Tokens>,
) -> Result<()> {
    match &options.credentials {
        Credentials::Anonymous => match options.dialect.profile().login.anonymous.as_deref() {
            Some(header) => session.authorize(header),
            None => Ok(()),
        },
        Credentials::Bearer(token) => session.authorize(&format!("Bearer {}", token.expose())),
        Credentials::Authorization(text) => session.authorize(text.expose()),
        Credentials::Tokens(source) => {
            let limit = options.timeouts.connect;
            let fetch = || source::fetch(options, source);
            let held = tokens.current(Origin::Source, limit, fetch).await?;
            session.adopt(tokens, &held);
            Ok(())
        }
        Credentials::Basic { .. } | Credentials::PasswordCommand { .. } => {
            match options.auth_mode() {
                AuthMode::Basic => {
                    let (_, header) = with_password(options, session).await?;
                    session.authorize(header.expose())
                }
                AuthMode::Handshake if options.login == Login::Shared => {
                    let held = shared_handshake(options, channel, session, tokens).await?;
                    session.adopt(tokens, &held);
                    Ok(())
                }
                _ => {
                    let (options, _) = with_password(options, session).await?;
                    handshake::run(&options, channel, session).await
                }
            }
        }
    }
}

/// Requests the token or password of the options once, and returns the name of its source and the remaining time of validity;
/// `None` if the options contain it themselves. This function is cancel safe.
pub(crate) async fn ask(
    options: &Arc<ConnectOptions>,
) -> Result<Option<(String, Option<Duration>)>> {
    let limit = options.timeouts.connect;
    match &options.credentials {
        Credentials::Tokens(source) => {
            let name = source.name();
            let asked = source::fetch(options, source);
            let held = within(asked, tokens::REQUEST, "connect_timeout", limit).await?;
            let life = held.expires.map(|end| end.duration_since(Instant::now()));
            Ok(Some((name, life)))
        }
        Credentials::PasswordCommand { command, .. } => {
            let asked = command::run("password_command", command);
            within(asked, step(options), "connect_timeout", limit).await?;
            Ok(Some(("password_command".to_owned(), None)))
        }
        _ => Ok(None),
    }
}

/// Returns the options with user and password, and the header that contains both. Runs the command that prints the password,
/// if there is one.
async fn with_password(
    options: &Arc<ConnectOptions>,
    session: &CallState,
) -> Result<(Arc<ConnectOptions>, Secret)> {
    let (user, password) = match &options.credentials {
        Credentials::Basic { user, password } => (user, password.clone()),
        Credentials::PasswordCommand { user, command } => {
            let password = command::run("password_command", command).await?;
            session.redact(password.expose());
            (user, password)
        }
        _ => return Err(Error::configuration("no user and password are specified")),
    };
    let header = basic(user, &password);
    session.redact(header.expose().trim_start_matches("Basic "));
    let mut resolved = Arc::clone(options);
    if let Credentials::PasswordCommand { .. } = &options.credentials {
        let user = user.clone();
        Arc::make_mut(&mut resolved).credentials = Credentials::Basic { user, password };
    }
    Ok((resolved, header))
}

/// Returns `true` if a second [`login`] may send another token than the first one.
pub(crate) fn can_renew(options: &ConnectOptions) -> bool {
    match &options.credentials {
        Credentials::Anonymous | Credentials::Bearer(_) | Credentials::Authorization(_) => false,
        Credentials::Tokens(_) | Credentials::PasswordCommand { .. } => true,
        Credentials::Basic { .. } => options.auth_mode() != AuthMode::Basic,
    }
}

/// Returns the name of [`login`] in the error of a deadline.
pub(crate) fn step(options: &ConnectOptions) -> &'static str {
    match &options.credentials {
        Credentials::Tokens(_) => tokens::REQUEST,
        Credentials::PasswordCommand { .. } => "the login with `password_command`",
        _ => handshake::OPERATION,
    }
}

/// Returns the token of one handshake for all connections.
async fn shared_handshake(
    options: &Arc<ConnectOptions>,
    channel: &Channel,
    session: &Arc<CallState>,
    tokens: &Arc<Tokens>,
) -> Result<Arc<Held>> {
    let limit = options.timeouts.connect;
    let fetch = || -> tokens::Fetch {
        let (options, channel) = (Arc::clone(options), channel.clone());
        let session = Arc::clone(session);
        Box::pin(async move {
            let (options, _) = with_password(&options, &session).await?;
            handshake::run(&options, &channel, &session).await?;
            Ok(Held::new(Origin::Handshake, session.credential()))
        })
    };
    match tokens.current(Origin::Handshake, limit, fetch).await {
        // The handshake may have run on the channel of another connection, which broke.
        Err(error)
            if error.server().is_none() && !error.is_configuration() && channel.is_open() =>
        {
            tokens.current(Origin::Handshake, limit, fetch).await
        }
        outcome => outcome,
    }
}

/// Returns `Basic BASE64(user:password)` ([RFC 7617](https://www.rfc-editor.org/rfc/rfc7617)).
fn basic(user: &str, password: &Secret) -> Secret {
    let pair = Secret::new(format!("{user}:{}", password.expose()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}
