//! The cookies of one connection (layer 2), after [RFC 6265](https://www.rfc-editor.org/rfc/rfc6265).
//!
//! A jar belongs to one connection and so to one origin: nothing in it is ever sent elsewhere, and two
//! users of a pool never share a session by accident.

use std::time::{Duration, Instant};

/// A server that sets more or larger cookies than browsers accept is broken or hostile.
const MAX_COOKIES: usize = 50;
const MAX_COOKIE_BYTES: usize = 4096;

/// The cookie of a session that `CloseSession` ends: the name that
/// [Flight suggests](https://arrow.apache.org/docs/format/Flight.html#session-management).
const SESSION: &str = "arrow_flight_session_id";

/// What the server asked us to send back. It prints names only.
#[derive(Default)]
pub(crate) struct Cookies(Vec<Cookie>);

struct Cookie {
    name: String,
    value: String,
    until: Option<Instant>,
}

impl Cookies {
    /// Takes one `Set-Cookie` value. A cookie that cannot be kept is ignored, as RFC 6265 asks; one that has
    /// expired removes its namesake.
    pub(crate) fn set(&mut self, header: &str, plaintext: bool) {
        if header.len() > MAX_COOKIE_BYTES {
            return;
        }
        let mut parts = header.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return;
        };
        let (name, value) = (name.trim(), value.trim());
        let mut until = None;
        for attribute in parts {
            let (key, text) = attribute.split_once('=').unwrap_or((attribute, ""));
            if key.eq_ignore_ascii_case("secure") && plaintext {
                return;
            }
            if key.eq_ignore_ascii_case("max-age") {
                let seconds = text
                    .trim()
                    .parse::<i64>()
                    .unwrap_or(0)
                    .max(0)
                    .unsigned_abs();
                until = Instant::now().checked_add(Duration::from_secs(seconds));
            }
        }
        self.0.retain(|cookie| cookie.name != name);
        let expired = until.is_some_and(|until| until <= Instant::now());
        if !name.is_empty() && !expired && self.0.len() < MAX_COOKIES {
            self.0.push(Cookie {
                name: name.to_owned(),
                value: value.to_owned(),
                until,
            });
        }
    }

    /// The `Cookie` header, if there is anything to send.
    pub(crate) fn header(&self) -> Option<String> {
        let now = Instant::now();
        let mut header = String::new();
        for cookie in &self.0 {
            if cookie.until.is_some_and(|until| until <= now) {
                continue;
            }
            if !header.is_empty() {
                header.push_str("; ");
            }
            header.push_str(&cookie.name);
            header.push('=');
            header.push_str(&cookie.value);
        }
        (!header.is_empty()).then_some(header)
    }

    /// Returns `true` if the server opened a Flight session.
    pub(crate) fn has_session(&self) -> bool {
        let mut cookies = self.0.iter();
        cookies.any(|cookie| cookie.name == SESSION && !cookie.value.is_empty())
    }

    /// The values, for masking them in texts.
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|cookie| cookie.value.as_str())
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.0.iter().map(|cookie| cookie.name.as_str());
        f.debug_list().entries(names).finish()
    }
}
