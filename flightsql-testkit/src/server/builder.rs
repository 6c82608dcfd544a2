//! [`TestServerBuilder`], and the constructors of [`TestServer`] that use it.

use std::{net::SocketAddr, sync::Arc};

use arrow_flight::flight_service_server::FlightService;

use super::{
    backend::Backend, error::TestServerError, settings::Settings, test_server::TestServer,
};
use crate::{auth::TokenIn, scripted::Script, service::SqliteConfig, tls::Tls};

impl TestServer {
    /// A server over an empty SQLite database in memory: plaintext, no login.
    ///
    /// # Errors
    /// If the port cannot be bound or SQLite cannot be opened.
    pub async fn sqlite() -> Result<Self, TestServerError> {
        Self::builder().start().await
    }

    /// A server that answers as the script says: plaintext, no login.
    ///
    /// # Errors
    /// If the port cannot be bound.
    pub async fn scripted(script: Script) -> Result<Self, TestServerError> {
        Self::builder().scripted(script).start().await
    }

    /// A server in front of your own service: plaintext, no login.
    ///
    /// # Errors
    /// If the port cannot be bound.
    pub async fn serve(service: impl FlightService) -> Result<Self, TestServerError> {
        Self::builder().serve(service).start().await
    }

    /// A server with login, TLS, a Unix socket or another service.
    pub fn builder() -> TestServerBuilder {
        TestServerBuilder::new()
    }
}

/// Builds a [`TestServer`]; made by [`TestServer::builder`].
///
/// The default is an empty SQLite database in memory on a free port of `127.0.0.1`, without TLS or login.
#[derive(Debug)]
#[must_use = "nothing runs before `.start().await`"]
pub struct TestServerBuilder {
    settings: Settings,
}

impl TestServerBuilder {
    pub(crate) fn new() -> Self {
        Self {
            settings: Settings::default(),
        }
    }

    /// A user who may log in with `Handshake`, and with `authorization: Basic …` on any call.
    pub fn basic(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.auth.basic = Some((user.into(), password.into()));
        self
    }

    /// `true`: user name and password are accepted by `Handshake` only, other calls need its token.
    /// Default `false`.
    pub fn handshake_only(mut self, only: bool) -> Self {
        self.settings.auth.handshake_only = only;
        self
    }

    /// Sets the location of the token in the reply to `Handshake`. Defaults to [`TokenIn::Header`].
    pub fn token_in(mut self, token_in: TokenIn) -> Self {
        self.settings.auth.token_in = token_in;
        self
    }

    /// Adds a bearer token that is valid from the start. It can be combined with [`basic`](Self::basic).
    pub fn bearer(mut self, token: impl Into<String>) -> Self {
        self.settings.auth.bearer = Some(token.into());
        self
    }

    /// `true`: a reply to a call without a session sets the cookie `session`. A cookie the server did not hand
    /// out is refused; so is a call without a cookie whose bearer token has a session. Default `false`.
    pub fn cookies(mut self, cookies: bool) -> Self {
        self.settings.auth.cookies = cookies;
        self
    }

    /// TLS with these certificates.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.settings.tls = Some(tls);
        self.settings.mutual_tls = false;
        self
    }

    /// TLS with these certificates; clients must show one signed by the same authority.
    pub fn mutual_tls(mut self, tls: Tls) -> Self {
        self.settings.tls = Some(tls);
        self.settings.mutual_tls = true;
        self
    }

    /// `true`: listen on a Unix socket in a new private directory instead of a port. Default `false`.
    pub fn unix_socket(mut self, unix_socket: bool) -> Self {
        self.settings.unix_socket = unix_socket;
        self
    }

    /// The address to listen on. Default `127.0.0.1:0`, any free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.settings.listen = address;
        self
    }

    /// `false`: calls are counted, but not kept for [`ServerHandle::calls`](crate::ServerHandle::calls), whose
    /// memory grows with every call. Default `true`.
    pub fn record_calls(mut self, record: bool) -> Self {
        self.settings.record = record;
        self
    }

    /// Serves a SQLite database.
    pub fn sqlite(mut self, config: SqliteConfig) -> Self {
        self.settings.backend = Backend::Sqlite(config);
        self
    }

    /// Serves a script.
    pub fn scripted(mut self, script: Script) -> Self {
        self.settings.backend = Backend::Scripted(script);
        self
    }

    /// Serves a custom service.
    pub fn serve(mut self, service: impl FlightService) -> Self {
        self.settings.backend = Backend::own(Arc::new(service));
        self
    }

    /// Binds and serves; calls are accepted when this resolves. Needs a tokio runtime with I/O and time enabled.
    ///
    /// # Errors
    /// If the address cannot be bound, a certificate cannot be used or SQLite cannot be opened.
    pub async fn start(self) -> Result<TestServer, TestServerError> {
        TestServer::start(self.settings).await
    }
}
