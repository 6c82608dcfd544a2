//! [`TestServerBuilder`], and the constructors of [`TestServer`] that use it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use arrow_flight::flight_service_server::FlightService;

use super::{
    backend::Backend, error::TestServerError, settings::Settings, test_server::TestServer,
};
use crate::{
    auth::TokenIn, scripted::Script, service::SqliteConfig, tls::Tls, token_server::TokenServer,
};

impl TestServer {
    /// Starts a server over an empty SQLite database in memory, without TLS and authentication.
    ///
    /// # Errors
    /// Returns an error if the port cannot be bound or SQLite cannot be opened.
    pub async fn sqlite() -> Result<Self, TestServerError> {
        Self::builder().start().await
    }

    /// Starts a server with the replies of a script, without TLS and authentication.
    ///
    /// # Errors
    /// Returns an error if the port cannot be bound.
    pub async fn scripted(script: Script) -> Result<Self, TestServerError> {
        Self::builder().scripted(script).start().await
    }

    /// Starts a server with a custom service, without TLS and authentication.
    ///
    /// # Errors
    /// Returns an error if the port cannot be bound.
    pub async fn serve(service: impl FlightService) -> Result<Self, TestServerError> {
        Self::builder().serve(service).start().await
    }

    /// Returns a builder for a server with authentication, TLS, a Unix socket or another service.
    pub fn builder() -> TestServerBuilder {
        TestServerBuilder::new()
    }
}

/// Builder of a [`TestServer`], created by [`TestServer::builder`].
///
/// By default, the server has an empty SQLite database in memory and a free port of `127.0.0.1`, without TLS and
/// authentication.
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

    /// Adds a user, who can authenticate with `Handshake`, and with `authorization: Basic …` on any RPC.
    pub fn basic(mut self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.settings.auth.basic = Some((user.into(), password.into()));
        self
    }

    /// Sets whether only `Handshake` accepts a user name and password, so that other RPCs need its token. Defaults to `false`.
    pub fn handshake_only(mut self, only: bool) -> Self {
        self.settings.auth.handshake_only = only;
        self
    }

    /// Sets whether the server authenticates as Flight's own handlers do: `Handshake` reads a `BasicAuth` message in its payload
    /// and returns the token there, and other RPCs need the header `auth-token-bin`. Defaults to `false`.
    pub fn payload_only(mut self, only: bool) -> Self {
        self.settings.auth.payload_only = only;
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

    /// Accepts the bearer tokens that a token server issues, until they expire.
    pub fn tokens_of(mut self, server: &TokenServer) -> Self {
        self.settings.auth.issued = Some(server.issued());
        self
    }

    /// Sets whether a reply to an RPC without a session sets the cookie `session`. The server then rejects unknown cookies,
    /// and RPCs without a cookie whose bearer token has a session. Defaults to `false`.
    pub fn cookies(mut self, cookies: bool) -> Self {
        self.settings.auth.cookies = cookies;
        self
    }

    /// Enables TLS with these certificates.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.settings.tls = Some(tls);
        self.settings.mutual_tls = false;
        self
    }

    /// Enables TLS with these certificates, and requires client certificates signed by the same authority.
    pub fn mutual_tls(mut self, tls: Tls) -> Self {
        self.settings.tls = Some(tls);
        self.settings.mutual_tls = true;
        self
    }

    /// Sets the age at which the server ends a connection with GOAWAY, as load balancers do. Running RPCs finish. By default,
    /// connections do not age.
    pub fn connection_age(mut self, age: Duration) -> Self {
        self.settings.connection_age = Some(age);
        self
    }

    /// Sets whether to listen on a Unix socket in a new private directory instead of a port. Defaults to `false`.
    pub fn unix_socket(mut self, unix_socket: bool) -> Self {
        self.settings.unix_socket = unix_socket;
        self
    }

    /// Sets the address to listen on. Defaults to `127.0.0.1:0`, a free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.settings.listen = address;
        self
    }

    /// Sets whether RPCs are recorded for [`ServerHandle::calls`](crate::ServerHandle::calls), whose memory grows with
    /// every RPC. If not, they are only counted. Defaults to `true`.
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

    /// Starts the server, which accepts connections when this method returns. It needs a Tokio runtime with I/O and time
    /// enabled.
    ///
    /// # Errors
    /// Returns an error if the address cannot be bound, a certificate is invalid, or SQLite cannot be opened.
    pub async fn start(self) -> Result<TestServer, TestServerError> {
        TestServer::start(self.settings).await
    }
}
