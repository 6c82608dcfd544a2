//! The settings of a server.
//!
//! Job: [`TestServerBuilder`]. Layer: harness.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use arrow_flight::flight_service_server::FlightService;

use super::{TestServer, backend::Backend, error::TestServerError};
use crate::{
    auth::{AuthConfig, TokenIn},
    scripted::Script,
    service::SqliteConfig,
    tls::Tls,
};

/// Everything a start and a restart need.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) unix_socket: bool,
    pub(crate) tls: Option<Tls>,
    pub(crate) mutual_tls: bool,
    pub(crate) auth: AuthConfig,
    pub(crate) record: bool,
    pub(crate) backend: Backend,
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
            settings: Settings {
                listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                unix_socket: false,
                tls: None,
                mutual_tls: false,
                auth: AuthConfig::default(),
                record: true,
                backend: Backend::Sqlite(SqliteConfig::default()),
            },
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

    /// Where the reply to `Handshake` puts the token. Default [`TokenIn::Header`].
    pub fn token_in(mut self, token_in: TokenIn) -> Self {
        self.settings.auth.token_in = token_in;
        self
    }

    /// A bearer token that is valid from the start. It may stand beside [`basic`](Self::basic).
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

    /// A SQLite database behind the server.
    pub fn sqlite(mut self, config: SqliteConfig) -> Self {
        self.settings.backend = Backend::Sqlite(config);
        self
    }

    /// A script behind the server.
    pub fn scripted(mut self, script: Script) -> Self {
        self.settings.backend = Backend::Scripted(script);
        self
    }

    /// Your own service behind the server.
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
