//! A recorded request to a token server, and the parsing of its form.

use std::{fmt, time::Instant};

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A request that a [`TokenServer`](super::TokenServer) received.
#[derive(Clone)]
pub struct TokenRequest {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) form: Vec<(String, String)>,
    pub(super) at: Instant,
}

impl TokenRequest {
    /// Returns the method and the path, such as `POST /token`.
    pub fn line(&self) -> &str {
        &self.line
    }

    /// Returns the value of a header, whose name has any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the decoded names and values of the form, in their order.
    pub fn form(&self) -> Vec<(&str, &str)> {
        let pairs = self.form.iter();
        pairs.map(|(name, value)| (&**name, &**value)).collect()
    }

    /// Returns the time of arrival.
    pub fn at(&self) -> Instant {
        self.at
    }

    /// Returns the id and the secret of the client, from the header or the form.
    pub(super) fn client(&self) -> Option<(String, String)> {
        if let Some(value) = self.header("authorization") {
            let pair = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
            let pair = String::from_utf8(pair).ok()?;
            let (id, secret) = pair.split_once(':')?;
            return Some((decoded(id)?, decoded(secret)?));
        }
        let field = |name: &str| {
            let found = self.form.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        Some((field("client_id")?, field("client_secret")?))
    }
}

// A form contains secrets.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.form.iter().map(|(name, _)| name).collect();
        f.debug_struct("TokenRequest")
            .field("line", &self.line)
            .field("form", &names)
            .finish_non_exhaustive()
    }
}

/// Parses a body of the type `application/x-www-form-urlencoded`.
pub(super) fn form(body: &str) -> Option<Vec<(String, String)>> {
    let pairs = body.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=')?;
            Some((decoded(name)?, decoded(value)?))
        })
        .collect()
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}
