//! The state that RPCs send and responses update: deadline, headers, token, cookies.
//!
//! A [`CallState`] belongs to one connection. On many servers, its token and cookies are the session, so connections never
//! share them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tonic::metadata::{AsciiMetadataValue, MetadataMap};
use tonic::{Request, Status};

use super::auth::SharedLogin;
use super::channel::{self, Channel};
use super::cookies::Cookies;
use super::headers;
use super::method::Method;
use crate::error::{Error, Result, ServerError, ServerStatus, StatusCode};
use crate::lock::lock;
use crate::options::{ConnectOptions, Credentials, RESERVED, Secret, Transport};

/// The state that a connection shares with its tasks.
pub struct CallState {
    base: MetadataMap,
    carried: Mutex<Carried>,
    last_answer: Mutex<Instant>,
    broken: OnceLock<String>,
    shared_login: OnceLock<Arc<SharedLogin>>,
}

/// The values of the server that later requests carry.
#[derive(Default)]
struct Carried {
    authorization: Option<AsciiMetadataValue>,
    cookies: Cookies,
    /// Secrets of the options, which no message may show.
    secrets: Vec<String>,
    /// The last tokens of the server, oldest first: no message may show them either.
    tokens: VecDeque<String>,
}

impl CallState {
    pub(crate) fn new(options: &ConnectOptions) -> Result<Arc<Self>> {
        let mut carried = Carried::default();
        if let Credentials::Basic { password, .. } = &options.credentials {
            carried.keep_secret(password.expose());
        }
        if let Credentials::Bearer(token) = &options.credentials {
            carried.keep_secret(token.expose());
        }
        for (_, value) in &options.headers {
            carried.keep_secret(value.expose());
            carried.keep_secret(credential(value.expose()));
        }
        Ok(Arc::new(Self {
            base: headers::base(options)?,
            carried: Mutex::new(carried),
            last_answer: Mutex::new(Instant::now()),
            broken: OnceLock::new(),
            shared_login: OnceLock::new(),
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
        if let Some(authorization) = &carried.authorization {
            metadata.insert("authorization", authorization.clone());
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

    pub(crate) fn authorize(&self, text: &str) -> Result<()> {
        let value = headers::secret("authorization", text)?;
        let mut carried = self.carried();
        carried.keep_token(credential(text));
        carried.authorization = Some(value);
        Ok(())
    }

    /// Masks the credential of this `authorization` in every later text.
    pub(crate) fn redact(&self, text: &str) {
        self.carried().keep_secret(credential(text));
    }

    pub(crate) fn authorization(&self) -> Option<Secret> {
        let carried = self.carried();
        let text = carried.authorization.as_ref()?.to_str().ok()?;
        Some(Secret::new(text.to_owned()))
    }

    /// Records that other connections use the token too.
    pub(crate) fn share_login(&self, login: &Arc<SharedLogin>) {
        // A session authenticates once.
        let _ = self.shared_login.set(Arc::clone(login));
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
        if let Some(token) = token.and_then(bearer) {
            // Only a bearer token is a rotation; an echoed `Basic …` is not.
            if let Err(error) = self.authorize(&format!("Bearer {token}")) {
                log::debug!("the server's new token was not adopted: {error}");
            }
        }
    }

    /// Records that the server responded on this channel.
    pub(crate) fn answered(&self, channel: &Channel) {
        let now = Instant::now();
        *lock(&self.last_answer) = now;
        channel.state().probe.heard(now);
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
        let mut masked = text.to_owned();
        let own = carried
            .secrets
            .iter()
            .chain(&carried.tokens)
            .map(String::as_str);
        let cookies = carried.cookies.values().filter(|value| value.len() >= 8);
        let mut secrets: Vec<&str> = own.chain(cookies).collect();
        // Longest first, so that a secret that contains another is masked completely.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            if masked.contains(secret) {
                masked = masked.replace(secret, "***");
            }
        }
        masked
    }

    fn carried(&self) -> MutexGuard<'_, Carried> {
        lock(&self.carried)
    }
}

flightsql_dialect::debug_fields!(CallState, |it| {
    cookies: it.carried().cookies,
    broken: it.broken,
});

impl Carried {
    fn keep_secret(&mut self, text: &str) {
        if text.len() >= SHORTEST_SECRET && !self.secrets.iter().any(|known| known == text) {
            self.secrets.extend(forms(text));
        }
    }

    fn keep_token(&mut self, token: &str) {
        if token.len() < SHORTEST_SECRET || self.tokens.iter().any(|known| known == token) {
            return;
        }
        self.tokens.extend(forms(token));
        while self.tokens.len() > MAX_TOKENS {
            self.tokens.pop_front();
        }
    }
}

/// Returns the text in each form in which a URL or `{:?}` writes it.
fn forms(text: &str) -> Vec<String> {
    let all = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let most = utf8_percent_encode(text, RESERVED).to_string();
    let mut forms = vec![text.to_owned(), text.escape_debug().to_string()];
    forms.extend([lower_hex(&all), lower_hex(&most), all, most]);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Returns a percent-encoded text with lower-case hexadecimal digits, as some servers write them.
fn lower_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        text + "%" + &digits.to_ascii_lowercase() + rest
    })
}

/// The time by which the deadline of the server is later than the deadline of the driver, whose error names an option.
const LATER: Duration = Duration::from_secs(1);
/// The minimum length of a masked secret. Masking each `a` would hide the text and reveal the secret.
const SHORTEST_SECRET: usize = 4;
/// The maximum number of kept tokens, in all forms. A server may replace its token in every response.
const MAX_TOKENS: usize = 128;

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

pub(crate) fn failure(
    operation: &'static str,
    status: &Status,
    session: &CallState,
    channel: &Channel,
    options: &ConnectOptions,
) -> Error {
    session.apply_response_metadata(status.metadata(), is_plaintext(options));
    // The status of a server has no local cause.
    let wire_error = std::error::Error::source(status).is_some();
    let reset = stream_reset(status).filter(|_| channel.is_open());
    if reset.is_some_and(h2::Error::is_library) {
        session.answered(channel);
        let text = format!(
            "the server's response is malformed, or its headers are larger than {} bytes; raise `max_header_size`",
            options.limits.header_room()
        );
        return Error::protocol(operation, text);
    }
    if (wire_error && reset.is_none())
        || (!channel.is_open() && status.code() == tonic::Code::Unavailable)
    {
        let source = Some(Box::new(status.clone()) as _);
        let error = channel::lost(options, channel.state(), source, |text| session.mask(text));
        session.mark_broken(error.to_string());
        return error;
    }
    if status.code() == tonic::Code::OutOfRange
        && status.message().contains("message length too large")
    {
        return Error::protocol(
            operation,
            format!("{}; raise `max_message_size`", status.message()),
        );
    }
    session.answered(channel);
    let message = match reset.and_then(h2::Error::reason) {
        Some(reason) => format!("the server reset the HTTP/2 stream: {reason:?}"),
        None => session.mask(status.message()),
    };
    let error = Error::from_server(ServerError::new(
        operation,
        ServerStatus {
            code: StatusCode::from_number(i32::from(status.code())),
            message,
            details: status.details().to_vec().into(),
        },
        &*options.dialect,
    ));
    if error.server().is_some_and(ServerError::is_session_lost) {
        session.mark_broken(error.to_string());
        if let Some(login) = session.shared_login.get() {
            login.forget();
        }
    }
    error
}

/// Returns `true` if the server has not processed the RPC: its stream is above the last one of a GOAWAY, or was refused. A broken
/// socket proves nothing.
pub(crate) fn is_unprocessed(status: &Status) -> bool {
    http2_error(status).is_some_and(|error| {
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        error.is_remote() && (error.is_go_away() || is_refused)
    })
}

/// The reset of one stream, which leaves the connection alone.
fn stream_reset(status: &Status) -> Option<&h2::Error> {
    http2_error(status).filter(|error| error.is_reset())
}

fn http2_error(status: &Status) -> Option<&h2::Error> {
    let mut cause = std::error::Error::source(status);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<h2::Error>() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

pub(crate) fn is_plaintext(options: &ConnectOptions) -> bool {
    options.transport == Transport::Tcp
}
