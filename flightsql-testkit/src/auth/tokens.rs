//! Bearer tokens: issued, replaced, revoked.
//!
//! Job: track which tokens are valid. Layer: harness, part of [`super`].

use std::{collections::HashMap, fmt, sync::Mutex};

use tonic::Status;

use crate::engine::{lock, random};

/// The valid tokens. `true` marks a token to replace at its next use.
pub(super) struct Tokens {
    valid: Mutex<HashMap<String, bool>>,
}

impl Tokens {
    pub(super) fn new(fixed: Option<String>) -> Self {
        Self {
            valid: Mutex::new(fixed.into_iter().map(|token| (token, false)).collect()),
        }
    }

    pub(super) fn issue(&self) -> String {
        let token = fresh("token");
        lock(&self.valid).insert(token.clone(), false);
        token
    }

    /// Returns the successor of a token that was marked for replacement.
    pub(super) fn check(&self, token: &str) -> Result<Option<String>, Status> {
        let mut valid = lock(&self.valid);
        match valid.get(token) {
            None => Err(Status::unauthenticated(
                "the token is not valid: wrong, replaced or revoked",
            )),
            Some(false) => Ok(None),
            Some(true) => {
                let new = fresh("token");
                valid.remove(token);
                valid.insert(new.clone(), false);
                Ok(Some(new))
            }
        }
    }

    pub(super) fn rotate(&self) {
        lock(&self.valid)
            .values_mut()
            .for_each(|replace| *replace = true);
    }

    pub(super) fn revoke(&self) {
        lock(&self.valid).clear();
    }

    pub(super) fn valid(&self) -> Vec<String> {
        lock(&self.valid).keys().cloned().collect()
    }

    pub(super) fn reset(&self, fixed: Option<String>) {
        *lock(&self.valid) = fixed.into_iter().map(|token| (token, false)).collect();
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
