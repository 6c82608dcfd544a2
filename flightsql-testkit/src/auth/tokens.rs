//! Bearer tokens: issued, replaced, revoked, expired.
//!
//! Job: track which tokens are valid. Layer: harness, part of [`super`].

use std::{collections::HashMap, fmt, sync::Mutex, time::Duration};

use tokio::time::Instant;
use tonic::Status;

use crate::engine::{lock, random};

/// The valid tokens.
pub(super) struct Tokens {
    valid: Mutex<HashMap<String, Entry>>,
}

#[derive(Clone, Copy, Default)]
struct Entry {
    /// Whether the token is replaced at its next use.
    replace: bool,
    end: Option<Instant>,
}

impl Tokens {
    pub(super) fn new(fixed: Option<String>) -> Self {
        let tokens = Self {
            valid: Mutex::default(),
        };
        tokens.reset(fixed);
        tokens
    }

    pub(super) fn issue(&self) -> String {
        let token = fresh("token");
        self.add(token.clone(), None);
        token
    }

    pub(super) fn add(&self, token: String, life: Option<Duration>) {
        let entry = Entry {
            replace: false,
            end: life.map(|life| Instant::now() + life),
        };
        lock(&self.valid).insert(token, entry);
    }

    /// Returns the successor of a token that was marked for replacement.
    pub(super) fn check(&self, token: &str) -> Result<Option<String>, Status> {
        let mut valid = lock(&self.valid);
        match valid.get(token) {
            None => Err(Status::unauthenticated(
                "the token is not valid: wrong, replaced or revoked",
            )),
            Some(entry) if entry.end.is_some_and(|end| end <= Instant::now()) => {
                Err(Status::unauthenticated("the token has expired"))
            }
            Some(Entry { replace: false, .. }) => Ok(None),
            Some(Entry { replace: true, .. }) => {
                let new = fresh("token");
                valid.remove(token);
                valid.insert(new.clone(), Entry::default());
                Ok(Some(new))
            }
        }
    }

    pub(super) fn rotate(&self) {
        lock(&self.valid)
            .values_mut()
            .for_each(|entry| entry.replace = true);
    }

    pub(super) fn revoke(&self) {
        lock(&self.valid).clear();
    }

    pub(super) fn valid(&self) -> Vec<String> {
        lock(&self.valid).keys().cloned().collect()
    }

    pub(super) fn reset(&self, fixed: Option<String>) {
        self.revoke();
        if let Some(token) = fixed {
            self.add(token, None);
        }
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("valid", &lock(&self.valid).len())
            .finish()
    }
}

/// Returns a name that no other server has used, so that a stale token is never valid by chance.
pub(super) fn fresh(what: &str) -> String {
    format!("{what}-{:032x}", random())
}
