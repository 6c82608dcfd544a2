//! A recorded request to a proxy.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A request that a [`ProxyServer`](super::ProxyServer) received.
#[derive(Clone)]
pub struct ProxyRequest {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

impl ProxyRequest {
    /// Reads a request header; `None` if it is not one of HTTP/1.1.
    pub(super) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut lines = text.split("\r\n").filter(|line| !line.is_empty());
        let line = lines.next()?.strip_suffix(" HTTP/1.1")?;
        let (method, target) = line.split_once(' ')?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_owned(), value.trim().to_owned()))
        };
        Some(Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: lines.map(header).collect::<Option<_>>()?,
        })
    }

    /// Returns the method, which is `CONNECT` for a tunnel.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// Returns `host:port` of the server, as the client wrote it.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the value of a header, whose name has any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns the user and the password of the header `proxy-authorization`.
    pub fn credentials(&self) -> Option<(String, String)> {
        let value = self.header("proxy-authorization")?;
        let pair = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
        let pair = String::from_utf8(pair).ok()?;
        let (user, password) = pair.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }
}

// Headers contain secrets.
impl fmt::Debug for ProxyRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("ProxyRequest")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("headers", &names)
            .finish()
    }
}
