//! Tokens that a token server issued, with their expiry.
//!
//! Job: let a Flight SQL server accept the tokens of a [`TokenServer`](crate::TokenServer). Layer: harness, part of [`super`].

use std::{collections::HashMap, fmt, sync::Mutex, time::Duration};

use tokio::time::Instant;
use tonic::Status;

use super::tokens::fresh;
use crate::engine::lock;

/// The tokens of one token server.
#[derive(Default)]
pub(crate) struct Issued {
    expiries: Mutex<HashMap<String, Instant>>,
}

impl Issued {
    /// Issues a token that is valid for `life`.
    pub(crate) fn issue(&self, life: Duration) -> String {
        let token = fresh("oauth");
        lock(&self.expiries).insert(token.clone(), Instant::now() + life);
        token
    }

    /// Removes every token, so that servers reject them from now on.
    pub(crate) fn revoke(&self) {
        lock(&self.expiries).clear();
    }

    pub(crate) fn check(&self, token: &str) -> Result<(), Status> {
        match lock(&self.expiries).get(token) {
            None => Err(Status::unauthenticated(
                "the token server has not issued this token, or has revoked it",
            )),
            Some(expiry) if *expiry <= Instant::now() => {
                Err(Status::unauthenticated("the token has expired"))
            }
            Some(_) => Ok(()),
        }
    }
}

impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued")
            .field("tokens", &lock(&self.expiries).len())
            .finish()
    }
}
