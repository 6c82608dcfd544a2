//! An HTTP proxy that opens tunnels: [`ProxyServer`].
//!
//! Job: serve `CONNECT`, record the requests, and reply as the test wants. Layer: harness, beside [`crate::server`]. Spec:
//! [RFC 9110, 9.3.6](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6).

mod reply;
mod request;
mod tunnel;

#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    net::Ipv4Addr,
    sync::{Arc, Mutex},
};

use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_rustls::TlsAcceptor;

pub use self::{reply::ProxyReply, request::ProxyRequest};
use crate::{engine::lock, server::TestServerError, tls::Tls};

/// An HTTP proxy on a free port of this machine, which stops with its tunnels when it is dropped.
///
/// It opens a tunnel for every `CONNECT`, to the address that [`route`](Self::route) names for its target, otherwise to the
/// target itself. [`require`](Self::require) asks for credentials, and [`reply_with`](Self::reply_with) replaces the next
/// responses.
///
/// ```
/// use flightsql_testkit::{ProxyReply, ProxyServer, TestServer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), flightsql_testkit::TestServerError> {
/// let server = TestServer::sqlite().await?;
/// let proxy = ProxyServer::start().await?;
/// // A name that only the proxy can look up.
/// proxy.route("db.example:31337", server.address());
/// proxy.require("ann", "secret");
/// proxy.reply_with(ProxyReply::status(502, "Bad Gateway"));
/// assert!(proxy.url().starts_with("http://127.0.0.1:"));
/// // … run the client with this proxy …
/// assert_eq!(proxy.requests().len(), 0);
/// # Ok(())
/// # }
/// ```
pub struct ProxyServer {
    shared: Arc<Shared>,
    port: u16,
    tls: bool,
    task: JoinHandle<()>,
}

/// The state of the proxy, and its behavior.
struct Shared {
    behavior: Mutex<Behavior>,
    /// The requests so far.
    requests: watch::Sender<Vec<ProxyRequest>>,
}

#[derive(Default)]
struct Behavior {
    /// User and password.
    credentials: Option<(String, String)>,
    routes: HashMap<String, String>,
    replies: VecDeque<ProxyReply>,
}

impl ProxyServer {
    /// Starts a proxy without TLS: `http://127.0.0.1:PORT`.
    ///
    /// # Errors
    /// Returns an error if no port can be bound.
    pub async fn start() -> Result<Self, TestServerError> {
        Self::listen(None).await
    }

    /// Starts a proxy that clients reach by TLS: `https://localhost:PORT`.
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
            listener.map_err(|e| TestServerError::new("could not listen as a proxy", e))?;
        let port = listener
            .local_addr()
            .map_err(|e| TestServerError::new("could not ask for the port", e))?
            .port();
        let shared = Arc::new(Shared {
            behavior: Mutex::default(),
            requests: watch::Sender::new(Vec::new()),
        });
        Ok(Self {
            port,
            tls: tls.is_some(),
            task: tokio::spawn(tunnel::serve(listener, tls, shared.clone())),
            shared,
        })
    }

    /// Returns the address for clients, without credentials.
    pub fn url(&self) -> String {
        match self.tls {
            true => format!("https://{}", self.address()),
            false => format!("http://{}", self.address()),
        }
    }

    /// Returns `host:port`.
    pub fn address(&self) -> String {
        match self.tls {
            true => format!("localhost:{}", self.port),
            false => format!("127.0.0.1:{}", self.port),
        }
    }

    /// Opens tunnels for `target`, which is `host:port` as clients request it, to another address.
    pub fn route(&self, target: impl Into<String>, address: impl Into<String>) {
        let mut behavior = lock(&self.shared.behavior);
        behavior.routes.insert(target.into(), address.into());
    }

    /// Replies with status 407 to later requests that lack this user and password.
    pub fn require(&self, user: impl Into<String>, password: impl Into<String>) {
        lock(&self.shared.behavior).credentials = Some((user.into(), password.into()));
    }

    /// Replaces the response to the next request that has no reply yet.
    pub fn reply_with(&self, reply: ProxyReply) {
        lock(&self.shared.behavior).replies.push_back(reply);
    }

    /// Returns the requests so far, in order of arrival.
    pub fn requests(&self) -> Vec<ProxyRequest> {
        self.shared.requests.borrow().clone()
    }

    /// Returns the targets of the requests so far, as `host:port`, in order of arrival.
    pub fn targets(&self) -> Vec<String> {
        let requests = self.shared.requests.borrow();
        let targets = requests.iter().map(ProxyRequest::target);
        targets.map(str::to_owned).collect()
    }

    /// Resolves when the proxy has received `count` requests.
    pub async fn received(&self, count: usize) {
        let mut requests = self.shared.requests.subscribe();
        // The sender is `self`, so waiting cannot fail.
        let _ = requests.wait_for(|requests| requests.len() >= count).await;
    }
}

impl Drop for ProxyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for ProxyServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyServer")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}
