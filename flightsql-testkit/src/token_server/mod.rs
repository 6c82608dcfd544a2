//! A token server of OAuth 2.0: [`TokenServer`].
//!
//! Job: issue tokens over HTTP/1.1, record the requests, and reply as the test wants. Layer: harness, beside
//! [`crate::server`]. Spec: [RFC 6749](https://www.rfc-editor.org/rfc/rfc6749), [RFC 8693](https://www.rfc-editor.org/rfc/rfc8693).

mod http;
mod reply;
mod request;

#[cfg(test)]
mod tests;

use std::{
    collections::VecDeque,
    fmt,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

pub use self::{reply::TokenReply, request::TokenRequest};
use crate::{auth::Issued, engine::lock, server::TestServerError, tls::Tls};

/// A token server of OAuth 2.0 on a free port of this machine, which stops when it is dropped.
///
/// It issues a token for every form that has a `grant_type` and, if [`client`](Self::client) was called, the id and the
/// secret of the client. [`reply_with`](Self::reply_with) replaces the next responses.
/// [`TestServerBuilder::tokens_of`](crate::TestServerBuilder::tokens_of) lets a Flight SQL server accept its tokens until
/// they expire.
///
/// ```
/// use std::time::Duration;
/// use flightsql_testkit::{TestServer, Tls, TokenServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), flightsql_testkit::TestServerError> {
/// let tls = Tls::generated();
/// let tokens = TokenServer::with_tls(&tls).await?;
/// tokens.life(Duration::from_secs(2));
/// let server = TestServer::builder().tokens_of(&tokens).tls(tls).start().await?;
/// assert!(tokens.uri().starts_with("https://localhost:"));
/// // … run the client with `oauth.token_uri` …
/// assert_eq!(tokens.requests().len(), 0);
/// # Ok(())
/// # }
/// ```
pub struct TokenServer {
    shared: Arc<Shared>,
    uri: String,
    task: JoinHandle<()>,
}

/// The state of the server, and its behavior.
struct Shared {
    issued: Arc<Issued>,
    behavior: Mutex<Behavior>,
    /// The requests so far.
    requests: watch::Sender<Vec<TokenRequest>>,
}

struct Behavior {
    life: Duration,
    client: Option<(String, String)>,
    replies: VecDeque<TokenReply>,
}

impl TokenServer {
    /// Starts a server without TLS: `http://127.0.0.1:PORT/token`.
    ///
    /// # Errors
    /// Returns an error if no port can be bound.
    pub async fn start() -> Result<Self, TestServerError> {
        Self::listen(None).await
    }

    /// Starts a server with TLS: `https://localhost:PORT/token`.
    ///
    /// # Errors
    /// Returns an error if no port can be bound, or if the certificate is invalid.
    pub async fn with_tls(tls: &Tls) -> Result<Self, TestServerError> {
        let acceptor = tls.http1_acceptor().map_err(TestServerError::tls)?;
        Self::listen(Some(acceptor)).await
    }

    async fn listen(tls: Option<TlsAcceptor>) -> Result<Self, TestServerError> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener =
            listener.map_err(|e| TestServerError::new("could not listen for token requests", e))?;
        let port = listener
            .local_addr()
            .map_err(|e| TestServerError::new("could not ask for the port", e))?
            .port();
        let shared = Arc::new(Shared {
            issued: Arc::default(),
            behavior: Mutex::new(Behavior {
                life: Duration::from_secs(3600),
                client: None,
                replies: VecDeque::new(),
            }),
            requests: watch::Sender::new(Vec::new()),
        });
        let uri = match &tls {
            Some(_) => format!("https://localhost:{port}/token"),
            None => format!("http://127.0.0.1:{port}/token"),
        };
        let task = tokio::spawn(http::serve(listener, tls, shared.clone()));
        Ok(Self { shared, uri, task })
    }

    /// Returns the address for token requests.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Sets the life of later tokens, in whole seconds, which the responses state. Defaults to one hour.
    pub fn life(&self, life: Duration) {
        lock(&self.shared.behavior).life = life;
    }

    /// Requires this client in later requests, in the header `authorization` or in the form.
    pub fn client(&self, id: impl Into<String>, secret: impl Into<String>) {
        lock(&self.shared.behavior).client = Some((id.into(), secret.into()));
    }

    /// Replaces the response to the next request that has no reply yet.
    pub fn reply_with(&self, reply: TokenReply) {
        lock(&self.shared.behavior).replies.push_back(reply);
    }

    /// Returns the requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<TokenRequest> {
        self.shared.requests.borrow().clone()
    }

    /// Resolves when the server has received `count` requests.
    pub async fn received(&self, count: usize) {
        let mut requests = self.shared.requests.subscribe();
        // The sender is `self`, so waiting cannot fail.
        let _ = requests.wait_for(|requests| requests.len() >= count).await;
    }

    /// Revokes every token, so that Flight SQL servers reject them.
    pub fn revoke_tokens(&self) {
        self.shared.issued.revoke();
    }

    pub(crate) fn issued(&self) -> Arc<Issued> {
        self.shared.issued.clone()
    }
}

impl Drop for TokenServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for TokenServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenServer")
            .field("uri", &self.uri)
            .field("issued", &self.shared.issued)
            .finish_non_exhaustive()
    }
}
