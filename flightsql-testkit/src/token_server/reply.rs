//! The responses of a token server.

use std::time::Duration;

/// A response of a [`TokenServer`](super::TokenServer) in place of a token.
#[derive(Clone, Debug)]
pub struct TokenReply(pub(super) Kind);

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A complete response.
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// A token that states another life.
    Token { expires_in: Option<i64> },
    /// A body without an end.
    Endless,
    /// No response, and an open connection.
    Never,
    /// A closed connection.
    Close,
}

impl TokenReply {
    /// A JSON body with this status.
    pub fn json(status: u16, body: impl Into<String>) -> Self {
        Self::body(status, "application/json", body)
    }

    /// An error as in [RFC 6749, 5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2), with status 400. The texts must not
    /// need escapes in JSON.
    pub fn error(code: &str, description: &str) -> Self {
        let body = format!(r#"{{"error":"{code}","error_description":"{description}"}}"#);
        Self::json(400, body)
    }

    /// A web page with this status.
    pub fn html(status: u16) -> Self {
        Self::body(status, "text/html", "<html><body>Log in</body></html>")
    }

    /// A redirect with this status.
    pub fn redirect(status: u16, location: &str) -> Self {
        let headers = vec![("location".to_owned(), location.to_owned())];
        Self(Kind::Response {
            status,
            headers,
            body: String::new(),
        })
    }

    /// A valid token whose response states another life in seconds, or none.
    pub fn token(expires_in: impl Into<Option<i64>>) -> Self {
        let expires_in = expires_in.into();
        Self(Kind::Token { expires_in })
    }

    /// A body that never ends.
    pub fn endless() -> Self {
        Self(Kind::Endless)
    }

    /// No response at all, on an open connection.
    pub fn never() -> Self {
        Self(Kind::Never)
    }

    /// The end of the connection without a response.
    pub fn close() -> Self {
        Self(Kind::Close)
    }

    fn body(status: u16, kind: &str, body: impl Into<String>) -> Self {
        let headers = vec![("content-type".to_owned(), kind.to_owned())];
        Self(Kind::Response {
            status,
            headers,
            body: body.into(),
        })
    }
}

/// Returns the response with a token.
pub(super) fn issued(token: &str, expires_in: Option<i64>) -> TokenReply {
    let life = expires_in.map_or(String::new(), |life| format!(r#","expires_in":{life}"#));
    TokenReply::json(
        200,
        format!(r#"{{"access_token":"{token}","token_type":"Bearer"{life}}}"#),
    )
}

/// Returns the life as a response states it.
pub(super) fn seconds(life: Duration) -> Option<i64> {
    i64::try_from(life.as_secs()).ok()
}
