//! The responses of a proxy.

/// A response of a [`ProxyServer`](super::ProxyServer) in place of a tunnel.
#[derive(Clone, Debug)]
pub struct ProxyReply(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// These bytes, and the end of the connection.
    Bytes(Vec<u8>),
    /// A header without an end.
    EndlessHeader,
    /// No response, and an open connection.
    Never,
    /// A tunnel, as without a reply.
    Tunnel,
    /// A tunnel whose response header arrives together with the first bytes of the server.
    Joined,
}

impl ProxyReply {
    /// A response with this status and reason, without a body.
    pub fn status(status: u16, reason: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 {status} {reason}\r\ncontent-length: 0\r\n\r\n"
        ))
    }

    /// A response that requires credentials of this scheme, such as `Negotiate`.
    pub fn unauthorized(scheme: &str) -> Self {
        Self::raw(format!(
            "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: {scheme}\r\n\r\n"
        ))
    }

    /// A web page with this status.
    pub fn html(status: u16) -> Self {
        let page = "<html><title>Guest network</title><body>Log in</body></html>";
        Self::raw(format!(
            "HTTP/1.1 {status} Status\r\ncontent-type: text/html\r\ncontent-length: {}\r\n\r\n{page}",
            page.len()
        ))
    }

    /// These bytes, followed by the end of the connection.
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Kind::Bytes(bytes.into()))
    }

    /// A response header that never ends.
    pub fn endless_header() -> Self {
        Self(Kind::EndlessHeader)
    }

    /// No response at all, on an open connection.
    pub fn never() -> Self {
        Self(Kind::Never)
    }

    /// The end of the connection without a response.
    pub fn close() -> Self {
        Self::raw("")
    }

    /// A tunnel as without a reply, before the next replies.
    pub fn tunnel() -> Self {
        Self(Kind::Tunnel)
    }

    /// A tunnel whose response header is sent in one piece with the first bytes of the server. It works with servers that send
    /// bytes first, as HTTP/2 servers without TLS do.
    pub fn joined() -> Self {
        Self(Kind::Joined)
    }
}
