//! One login for all connections of a pool, under `login=shared`.

use tokio::sync::Mutex;

use crate::options::Secret;

/// The token that all connections of one options value use under `login=shared`.
#[derive(Debug, Default)]
pub(crate) struct SharedLogin(pub(super) Mutex<Option<Secret>>);

impl SharedLogin {
    /// The server no longer knows the token: the next connection logs in anew.
    pub(crate) fn forget(&self) {
        // Held only while somebody logs in, and then a new token is on its way.
        if let Ok(mut token) = self.0.try_lock() {
            *token = None;
        }
    }
}
