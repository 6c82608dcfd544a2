//! Session cookies: the first reply sets one, and later calls must return it.
//!
//! Job: detect a client that loses its cookie. Layer: harness, part of [`super`].
//! Spec: RFC 6265; the Flight clients' cookie middleware.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Mutex,
};

use tonic::{Status, metadata::MetadataMap};

use super::tokens::fresh;
use crate::engine::lock;

const NAME: &str = "session";

#[derive(Default)]
pub(super) struct Cookies {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashSet<String>,
    /// Sessions by the token of their first call.
    of_token: HashMap<String, String>,
    begun: usize,
}

impl Cookies {
    /// Returns the `set-cookie` value for a call without a session, or `None` if its cookie is valid.
    ///
    /// An unknown cookie is an error, as is a missing cookie if the token already has a session.
    pub(super) fn check(
        &self,
        request: &MetadataMap,
        token: Option<&str>,
    ) -> Result<Option<String>, Status> {
        let mut state = lock(&self.state);
        if let Some(given) = given(request) {
            if !state.sessions.contains(&given) {
                return Err(Status::unauthenticated("the session cookie is not known"));
            }
            if let Some(token) = token {
                state.of_token.insert(token.to_owned(), given);
            }
            return Ok(None);
        }
        if token.is_some_and(|token| state.of_token.contains_key(token)) {
            return Err(Status::unauthenticated(
                "the session cookie is missing: send back the cookie of the first reply",
            ));
        }
        let session = fresh(NAME);
        state.sessions.insert(session.clone());
        state.begun += 1;
        if let Some(token) = token {
            state.of_token.insert(token.to_owned(), session.clone());
        }
        Ok(Some(format!("{NAME}={session}; Path=/")))
    }

    /// Moves the session of a replaced token to its successor.
    pub(super) fn hand_over(&self, old: &str, new: &str) {
        let mut state = lock(&self.state);
        if let Some(session) = state.of_token.remove(old) {
            state.of_token.insert(new.to_owned(), session);
        }
    }

    pub(super) fn begun(&self) -> usize {
        lock(&self.state).begun
    }

    pub(super) fn reset(&self) {
        let mut state = lock(&self.state);
        state.sessions.clear();
        state.of_token.clear();
    }
}

impl fmt::Debug for Cookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookies")
            .field("sessions", &lock(&self.state).sessions.len())
            .finish()
    }
}

/// Returns the session in the `cookie` headers, of which there may be several.
fn given(request: &MetadataMap) -> Option<String> {
    request
        .get_all("cookie")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value.to_owned())
}
