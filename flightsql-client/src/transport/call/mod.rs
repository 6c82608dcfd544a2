//! The state that RPCs send and responses update: deadline, headers, token, cookies.
//!
//! A [`CallState`] belongs to one connection. On many servers, its token and cookies are the session, so connections never
//! share them.

mod captured;
mod failure;
mod scope;
mod secrets;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::time::Duration;

use tokio::time::Instant;
use tonic::Request;
use tonic::metadata::MetadataMap;

use super::auth::{Credential, Held, Origin, Tokens};
use super::channel::Channel;
use super::cookies::Cookies;
use super::headers;
use super::method::Method;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::options::{ConnectOptions, Credentials, Transport, binary_value};
pub(crate) use captured::Capture;
pub(crate) use failure::{failure, is_unprocessed};
pub(crate) use scope::StatementScope;
pub(super) use secrets::Secrets;

/// The state that a connection shares with its tasks.
pub struct CallState {
    base: MetadataMap,
    carried: Mutex<Carried>,
    last_answer: Mutex<Instant>,
    broken: OnceLock<String>,
    /// Whether the outcome of a commit is unknown.
    is_in_doubt: AtomicBool,
    /// The tokens that the session shares with others.
    tokens: OnceLock<Arc<Tokens>>,
}

/// The values of the server that later requests carry.
#[derive(Default)]
struct Carried {
    credential: Credential,
    /// The shared token that `credential` is from; a rotated token has replaced it if they differ.
    held: Option<Arc<Held>>,
    cookies: Cookies,
    secrets: Secrets,
    /// The statements whose header values are secrets.
    statements: Vec<Weak<StatementScope>>,
}

impl CallState {
    pub(crate) fn new(options: &ConnectOptions) -> Result<Arc<Self>> {
        let mut carried = Carried::default();
        match &options.credentials {
            Credentials::Basic { password, .. } => carried.secrets.keep(password.expose()),
            Credentials::Bearer(token) => carried.secrets.keep(token.expose()),
            Credentials::Authorization(text) => {
                carried.secrets.keep(text.expose());
                carried.secrets.keep(credential(text.expose()));
            }
            Credentials::Anonymous
            | Credentials::Tokens(_)
            | Credentials::PasswordCommand { .. } => {}
        }
        for secret in options
            .token_server()
            .iter()
            .flat_map(|oauth| oauth.secrets())
        {
            carried.secrets.keep(secret.expose());
        }
        for secret in options.proxy_secrets() {
            carried.secrets.keep(secret.expose());
        }
        for (name, value) in &options.headers {
            if let Some(bytes) = binary_value(name, value.expose()) {
                carried.secrets.keep_bytes(&bytes);
            }
            carried.secrets.keep_header(value.expose());
            carried.secrets.keep_header(credential(value.expose()));
        }
        for (name, value) in &options.session {
            carried.secrets.keep_setting(name, value);
        }
        Ok(Arc::new(Self {
            base: headers::base(options)?,
            carried: Mutex::new(carried),
            last_answer: Mutex::new(Instant::now()),
            broken: OnceLock::new(),
            is_in_doubt: AtomicBool::new(false),
            tokens: OnceLock::new(),
        }))
    }

    /// Creates a request with the headers, token and cookies of the session.
    pub(crate) fn request<T>(
        &self,
        method: Method,
        message: T,
        limit: Option<Duration>,
    ) -> Request<T> {
        let mut request = Request::new(message);
        let metadata = request.metadata_mut();
        *metadata = self.base.clone();
        let carried = self.carried();
        if let Some(authorization) = &carried.credential.authorization {
            metadata.insert("authorization", authorization.clone());
        }
        if let Some(token) = &carried.credential.auth_token {
            metadata.insert_bin("auth-token-bin", token.clone());
        }
        if let Some(Ok(cookie)) = carried
            .cookies
            .header(method)
            .map(|text| headers::secret("cookie", &text))
        {
            metadata.insert("cookie", cookie);
        }
        drop(carried);
        if let Some(limit) = limit {
            request.set_timeout(limit.saturating_add(LATER));
        }
        request
    }

    /// Sends this token of a handshake's payload in the header `auth-token-bin`, or none.
    pub(crate) fn set_auth_token(&self, token: Option<&[u8]>) {
        let value = token.map(headers::secret_bytes);
        let mut carried = self.carried();
        if let Some(token) = token {
            carried.secrets.keep_bytes(token);
        }
        carried.credential.auth_token = value;
    }

    pub(crate) fn authorize(&self, text: &str) -> Result<()> {
        let value = headers::secret("authorization", text)?;
        let mut carried = self.carried();
        carried.secrets.keep_authorization(text);
        carried.credential.authorization = Some(value);
        Ok(())
    }

    /// Masks this secret in every later text.
    pub(crate) fn redact(&self, secret: &str) {
        self.carried().secrets.keep(secret);
    }

    /// Masks the value of a session option in every later text.
    pub(crate) fn redact_setting(&self, name: &str, value: &str) {
        self.carried().secrets.keep_setting(name, value);
    }

    /// Masks the tokens of an earlier session too.
    pub(crate) fn keep_tokens_of(&self, earlier: &Self) {
        let tokens: Vec<String> = earlier
            .carried()
            .secrets
            .tokens()
            .map(str::to_owned)
            .collect();
        let mut carried = self.carried();
        for token in tokens {
            carried.secrets.keep_token(&token);
        }
    }

    pub(crate) fn credential(&self) -> Credential {
        self.carried().credential.clone()
    }

    /// Uses the credential of another session.
    pub(crate) fn use_credential(&self, credential: Credential) {
        let mut carried = self.carried();
        if let Some(text) = &credential.authorization
            && let Ok(text) = text.to_str()
        {
            carried.secrets.keep_authorization(text);
        }
        if let Some(token) = &credential.auth_token
            && let Ok(token) = token.to_bytes()
        {
            carried.secrets.keep_bytes(&token);
        }
        carried.credential = credential;
    }

    /// Uses a token that other connections use too.
    pub(crate) fn adopt(&self, tokens: &Arc<Tokens>, held: &Arc<Held>) {
        // All logins of a session share the tokens of one options value.
        let _ = self.tokens.set(Arc::clone(tokens));
        self.use_credential(held.credential.clone());
        self.carried().held = Some(Arc::clone(held));
    }

    /// Returns `true` if the session shares its token and another one is available, or due. A token that the server issued in
    /// place of the token of a source may be the session on the server, and stays in use until the server refuses it.
    pub(crate) fn needs_token(&self) -> bool {
        let Some(tokens) = self.tokens.get() else {
            return false;
        };
        let carried = self.carried();
        let is_used = |held: &&Arc<Held>| {
            held.origin == Origin::Handshake || held.credential == carried.credential
        };
        let held = carried.held.as_ref().filter(is_used).cloned();
        drop(carried);
        held.is_some_and(|held| !tokens.is_current(&held))
    }

    /// Returns the time since the last response with the token of this session, in any connection that shares it.
    pub(crate) fn token_silence(&self) -> Duration {
        let held = self.carried().held.clone();
        held.map_or_else(|| self.silence(), |held| held.silence())
    }

    /// Removes a token that the server has removed, so that the next login gets a new one.
    pub(crate) fn discard_token(&self) {
        self.lose_token(true);
    }

    /// Removes the token of a lost session from the tokens that connections share, unless it was replaced already. `refused`
    /// means that the server no longer accepts it: other reasons end the token of a handshake only.
    fn lose_token(&self, refused: bool) {
        let held = self.carried().held.clone();
        if let (Some(tokens), Some(held)) = (self.tokens.get(), held)
            && (refused || held.origin == Origin::Handshake)
        {
            tokens.refused(&held);
        }
    }

    /// Masks the header values of this statement in every text while the statement or its cleanup runs.
    pub(crate) fn mask_headers_of(&self, statement: &Arc<StatementScope>) {
        let statements = &mut self.carried().statements;
        statements.retain(|known| known.strong_count() > 0);
        statements.push(Arc::downgrade(statement));
    }

    /// Returns `true` if the server opened a Flight session by cookie.
    pub(crate) fn has_server_session(&self) -> bool {
        self.carried().cookies.has_session()
    }

    /// Applies a rotated token and cookies of response headers or trailers.
    pub(crate) fn apply_response_metadata(&self, metadata: &MetadataMap, plaintext: bool) {
        if metadata.is_empty() {
            return;
        }
        for cookie in metadata.get_all("set-cookie") {
            if let Ok(text) = cookie.to_str() {
                self.carried().cookies.set(text, plaintext);
            }
        }
        let token = metadata
            .get("authorization")
            .and_then(|value| value.to_str().ok());
        if token.is_some_and(|token| token.len() > MAX_TOKEN) {
            log::debug!(
                "the server's new token was not adopted: it has more than {MAX_TOKEN} bytes"
            );
        } else if let Some(token) = token.and_then(bearer) {
            // Only a bearer token is a rotation; an echoed `Basic …` is not.
            match self.authorize(&format!("Bearer {token}")) {
                Ok(()) => self.share_rotated(),
                Err(error) => log::debug!("the server's new token was not adopted: {error}"),
            }
        }
    }

    /// Shares a rotated token under `login=shared`, since the server may no longer accept the old one. A token that the
    /// server issues for the token of a source stays with this session.
    fn share_rotated(&self) {
        let Some(tokens) = self.tokens.get() else {
            return;
        };
        let mut carried = self.carried();
        let shared = carried.held.clone();
        let shared = shared.filter(|held| held.origin == Origin::Handshake);
        if let Some(old) = shared.filter(|held| held.credential != carried.credential)
            && let Some(new) = tokens.rotated(&old, &carried.credential)
        {
            carried.held = Some(new);
        }
    }

    /// Records that the server responded on this channel.
    pub(crate) fn answered(&self, channel: &Channel) {
        *lock(&self.last_answer) = Instant::now();
        channel.state().probe.heard(std::time::Instant::now());
        if self.tokens.get().is_some()
            && let Some(held) = &self.carried().held
        {
            held.answered();
        }
    }

    /// Returns the time since the last response of the server.
    pub(crate) fn silence(&self) -> Duration {
        lock(&self.last_answer).elapsed()
    }

    /// Lets every later use of the connection fail with this reason, since its state on the server is unknown.
    pub(crate) fn mark_broken(&self, reason: impl Into<String>) {
        // The first reason is the cause; later ones are its consequences.
        let _ = self.broken.set(reason.into());
    }

    /// Lets every later use of the connection fail, since the outcome of a commit is unknown.
    pub(crate) fn mark_in_doubt(&self) {
        self.is_in_doubt.store(true, Ordering::Release);
        self.mark_broken("the server did not respond to a commit, so its outcome is unknown");
    }

    pub(crate) fn is_in_doubt(&self) -> bool {
        self.is_in_doubt.load(Ordering::Acquire)
    }

    pub(crate) fn broken(&self) -> Option<&str> {
        self.broken.get().map(String::as_str)
    }

    /// Returns the error without secrets, which servers may repeat in names and locations.
    pub(crate) fn masked(&self, error: Error) -> Error {
        error.masked(&|text| self.mask(text))
    }

    /// Returns the text without secrets, which servers may repeat in error messages.
    pub fn mask(&self, text: &str) -> String {
        let carried = self.carried();
        let statements = carried.statements.iter().filter_map(Weak::upgrade);
        let statements: Vec<_> = statements.collect();
        let cookies = carried.cookies.values();
        let cookies = cookies.filter(|value| secrets::is_value(value));
        let headers = statements.iter().flat_map(|statement| statement.secrets());
        carried.secrets.mask(text, cookies.chain(headers))
    }

    fn carried(&self) -> MutexGuard<'_, Carried> {
        lock(&self.carried)
    }
}

flightsql_dialect::debug_fields!(CallState, |it| {
    cookies: it.carried().cookies,
    broken: it.broken,
});

/// The maximum size of a token; the longest in use have a few KiB. Every RPC sends it, and its masks need several times its size.
pub(super) const MAX_TOKEN: usize = 64 << 10;

/// The time by which the deadline of the server is later than the deadline of the driver, whose error names an option.
const LATER: Duration = Duration::from_secs(1);
/// Returns the part of an `authorization` after its scheme.
fn credential(text: &str) -> &str {
    text.split_once(' ')
        .map_or(text, |(_, credential)| credential)
}

/// Returns the token of a bearer authorization, whose scheme may have any case.
pub(crate) fn bearer(text: &str) -> Option<&str> {
    let (scheme, token) = text.trim().split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

pub(crate) fn is_plaintext(options: &ConnectOptions) -> bool {
    options.transport == Transport::Tcp
}
