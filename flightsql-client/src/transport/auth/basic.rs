//! Basic credentials, [RFC 7617](https://www.rfc-editor.org/rfc/rfc7617).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::options::Secret;

/// `Basic BASE64(user:password)`.
pub(super) fn header(user: &str, password: &Secret) -> Secret {
    let pair = Secret::new(format!("{user}:{}", password.expose()));
    Secret::new(format!("Basic {}", STANDARD.encode(pair.expose())))
}
