//! [`Tokens`]: the latest token of one options value, which its connections share.
//!
//! A request for a token runs in its own task, so that it finishes for all waiting connections even if the connection that
//! started it is gone. There is one request at a time.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_core::future::BoxFuture;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use tokio::time::Instant;
use tonic::metadata::{AsciiMetadataValue, BinaryMetadataValue};
use tracing::Instrument as _;

use super::super::call::Secrets;
use super::super::deadline::within;
use crate::error::{Error, Result};
use crate::lock::lock;

#[cfg(test)]
mod tests;

/// The headers that authenticate RPCs. Their values are marked as sensitive.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Credential {
    pub(crate) authorization: Option<AsciiMetadataValue>,
    /// The header `auth-token-bin` of Flight's own handshake.
    pub(crate) auth_token: Option<BinaryMetadataValue>,
}

/// The origin of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A `Handshake` under `login=shared`: the token is the session on the server.
    Handshake,
    /// A [`TokenSource`](crate::options::TokenSource).
    Source,
}

/// A token in use.
pub(crate) struct Held {
    pub(crate) credential: Credential,
    pub(crate) origin: Origin,
    /// The time from which a new token is requested while this one is still valid.
    pub(crate) refresh: Option<Instant>,
    pub(crate) expires: Option<Instant>,
    /// Whether a connection waits for the refresh, because it is fast, such as the read of a file.
    pub(crate) waits: bool,
    /// The time of the last response to an RPC with this token, in any connection.
    answered: Mutex<Instant>,
}

impl Held {
    /// Records a response to an RPC with this token.
    pub(crate) fn answered(&self) {
        *lock(&self.answered) = Instant::now();
    }

    /// Returns the time since the last response to an RPC with this token, in any connection.
    pub(crate) fn silence(&self) -> Duration {
        lock(&self.answered).elapsed()
    }

    /// Creates a token that lasts until the server refuses it.
    pub(crate) fn new(origin: Origin, credential: Credential) -> Self {
        Self {
            credential,
            origin,
            refresh: None,
            expires: None,
            waits: false,
            answered: Mutex::new(Instant::now()),
        }
    }

    fn is_valid(&self, now: Instant) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

/// The future of a request for a token.
pub(crate) type Fetch = BoxFuture<'static, Result<Held>>;

/// The result of a request, for all connections that wait for it.
type Outcome = std::result::Result<Arc<Held>, Arc<Error>>;

/// The time for which a failure is returned to new callers without another request. A pool that opens connections one after
/// another then does not ask a failing provider once per connection.
const FAILURE_LIFE: Duration = Duration::from_secs(1);

/// The minimum time between two attempts to refresh a token that is still valid.
const MIN_BACKOFF: Duration = Duration::from_millis(100);

/// The latest token of one options value, and the request for the next one.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<State>);

#[derive(Default)]
struct State {
    held: Option<Arc<Held>>,
    /// The time of the next refresh of `held`.
    due: Option<Instant>,
    request: Option<Request>,
    failure: Option<(Instant, Arc<Error>)>,
    /// The latest tokens, which the text of a provider's error may repeat.
    secrets: Secrets,
}

/// A request that runs.
struct Request {
    outcome: watch::Receiver<Option<Outcome>>,
    /// The time after which callers stop waiting, even if its runtime never runs it again; `None` for no limit.
    end: Option<Instant>,
}

impl Request {
    fn is_running(&self, now: Instant) -> bool {
        // A closed channel is a task that was dropped with its runtime.
        self.outcome.has_changed().is_ok() && self.end.is_none_or(|end| now < end)
    }
}

/// The next step of a caller that needs a token.
enum Step {
    Use(Arc<Held>),
    Fail(Arc<Error>),
    Wait(watch::Receiver<Option<Outcome>>),
}

impl Tokens {
    /// Returns the current token. Requests one if there is none, or if the token is due for a refresh. A token that is still
    /// valid is returned at once, unless its refresh is fast. `limit` bounds the request. Cancel-safe: the request finishes
    /// for the other callers.
    pub(crate) async fn current(
        self: &Arc<Self>,
        origin: Origin,
        limit: Duration,
        fetch: impl Fn() -> Fetch,
    ) -> Result<Arc<Held>> {
        loop {
            let mut outcome = match self.step(origin, limit, &fetch) {
                Step::Use(held) => return Ok(held),
                Step::Fail(error) => return Err(error.copy()),
                Step::Wait(outcome) => outcome,
            };
            let ended = outcome.wait_for(Option::is_some).await;
            match ended.ok().and_then(|outcome| outcome.clone()) {
                Some(Ok(held)) => return Ok(held),
                Some(Err(error)) => return Err(error.copy()),
                // The request was dropped with its runtime. A runtime that is shutting down drops each new task at once;
                // this await lets it drop the waiting task too.
                None => tokio::task::yield_now().await,
            }
        }
    }

    fn step(self: &Arc<Self>, origin: Origin, limit: Duration, fetch: &impl Fn() -> Fetch) -> Step {
        let now = Instant::now();
        let mut state = lock(&self.0);
        let running = state.request.as_ref().filter(|it| it.is_running(now));
        let running = running.map(|request| request.outcome.clone());
        let valid = state.held.clone().filter(|held| held.is_valid(now));
        match (valid, running) {
            (Some(held), Some(_)) => Step::Use(held),
            (Some(held), None) if state.due.is_none_or(|due| now < due) => Step::Use(held),
            (Some(held), None) => {
                let outcome = self.start(&mut state, (origin, now, limit), fetch());
                match held.waits {
                    true => Step::Wait(outcome),
                    false => Step::Use(held),
                }
            }
            (None, Some(outcome)) => Step::Wait(outcome),
            (None, None) => match &state.failure {
                Some((end, error)) if now < *end => Step::Fail(Arc::clone(error)),
                _ => Step::Wait(self.start(&mut state, (origin, now, limit), fetch())),
            },
        }
    }

    fn start(
        self: &Arc<Self>,
        state: &mut State,
        (origin, now, limit): (Origin, Instant, Duration),
        fetch: Fetch,
    ) -> watch::Receiver<Option<Outcome>> {
        let (sender, outcome) = watch::channel(None);
        let end = Some(limit).filter(|limit| !limit.is_zero());
        state.request = Some(Request {
            outcome: outcome.clone(),
            end: end.and_then(|limit| now.checked_add(limit)),
        });
        let tokens = Arc::clone(self);
        let run = async move {
            let fetched = within(fetch, REQUEST, "connect_timeout", limit);
            let fetched = AssertUnwindSafe(fetched).catch_unwind().await;
            let fetched = fetched.unwrap_or_else(|_| Err(panicked()));
            let outcome = tokens.finish(origin, fetched);
            sender.send_replace(Some(outcome));
        };
        tokio::spawn(run.in_current_span());
        outcome
    }

    fn finish(&self, origin: Origin, fetched: Result<Held>) -> Outcome {
        let now = Instant::now();
        let mut state = lock(&self.0);
        state.request = None;
        let held = match fetched {
            Ok(held) => state.adopt(held),
            Err(error) => {
                let mask = |text: &str| state.secrets.mask(text, std::iter::empty());
                let error = error.masked(&mask);
                return state.fail(origin, now, error);
            }
        };
        Ok(held)
    }

    /// Returns `true` if this token is the latest one and not due for a refresh.
    pub(crate) fn is_current(&self, held: &Arc<Held>) -> bool {
        let now = Instant::now();
        let state = lock(&self.0);
        let is_latest = |latest: &Arc<Held>| Arc::ptr_eq(latest, held);
        state.held.as_ref().is_some_and(is_latest)
            && held.is_valid(now)
            && state.due.is_none_or(|due| now < due)
    }

    /// Removes a token that the server no longer accepts, if it is the latest one: connections that report the same token
    /// cause one request for a new one.
    pub(crate) fn refused(&self, held: &Arc<Held>) {
        let mut state = lock(&self.0);
        if state.held.as_ref().is_some_and(|it| Arc::ptr_eq(it, held)) {
            state.held = None;
            state.due = None;
        }
    }

    /// Replaces a token by the one that the server returned for it, if it is the latest one.
    pub(crate) fn rotated(&self, old: &Arc<Held>, credential: &Credential) -> Option<Arc<Held>> {
        let mut state = lock(&self.0);
        let is_latest = |latest: &Arc<Held>| Arc::ptr_eq(latest, old);
        if !state.held.as_ref().is_some_and(is_latest) {
            return None;
        }
        Some(state.adopt(Held::new(old.origin, credential.clone())))
    }
}

impl State {
    /// Stores a new token. An equal one keeps the old value, so that connections do not adopt it again.
    fn adopt(&mut self, new: Held) -> Arc<Held> {
        self.failure = None;
        self.due = new.refresh;
        if let Some(text) = &new.credential.authorization
            && let Ok(text) = text.to_str()
        {
            self.secrets.keep_authorization(text);
        }
        if let Some(old) = &self.held
            && old.credential == new.credential
            && old.expires == new.expires
        {
            return Arc::clone(old);
        }
        let new = Arc::new(new);
        self.held = Some(Arc::clone(&new));
        new
    }

    /// Records a failure. A token that is still valid stays in use.
    fn fail(&mut self, origin: Origin, now: Instant, error: Error) -> Outcome {
        if let Some(held) = self.held.clone().filter(|held| held.is_valid(now)) {
            log::debug!("failed to refresh the token, which is still valid: {error}");
            let left = held.expires.map(|end| end.saturating_duration_since(now));
            // Attempts become more frequent towards the end of the token.
            let pause = left.map_or(FAILURE_LIFE, |left| left / 4).max(MIN_BACKOFF);
            self.due = now.checked_add(pause);
            return Ok(held);
        }
        self.held = None;
        let error = Arc::new(error);
        // A handshake is an RPC on one channel, and may succeed on another channel immediately.
        if origin == Origin::Source {
            let end = now.checked_add(FAILURE_LIFE);
            self.failure = end.map(|end| (end, Arc::clone(&error)));
        }
        Err(error)
    }
}

/// The name of a request in errors.
pub(super) const REQUEST: &str = "the request for a token";

fn panicked() -> Error {
    Error::io(
        std::io::ErrorKind::Other,
        "the token provider panicked; return an error from it instead",
        None,
    )
}

// Prints no token.
impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = lock(&self.0);
        f.debug_struct("Tokens")
            .field("has_token", &state.held.is_some())
            .field("is_requesting", &state.request.is_some())
            .finish()
    }
}
