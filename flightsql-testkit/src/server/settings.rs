//! The settings of a server, for the start and each restart.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use super::{
    backend::Backend, error::TestServerError, listen::Listener, listen_address::ListenAddress,
};
use crate::{auth::AuthConfig, service::SqliteConfig, tls::Tls};

/// The settings for a start and a restart.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) listen: SocketAddr,
    pub(crate) unix_socket: bool,
    pub(crate) connection_age: Option<Duration>,
    pub(crate) tls: Option<Tls>,
    pub(crate) mutual_tls: bool,
    pub(crate) auth: AuthConfig,
    pub(crate) record: bool,
    pub(crate) backend: Backend,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            unix_socket: false,
            connection_age: None,
            tls: None,
            mutual_tls: false,
            auth: AuthConfig::default(),
            record: true,
            backend: Backend::Sqlite(SqliteConfig::default()),
        }
    }
}

impl Settings {
    pub(crate) async fn bind(&self) -> Result<(Listener, ListenAddress), TestServerError> {
        let tls = self.tls.is_some();
        match (self.unix_socket, tls) {
            (true, true) => {
                let why = "choose one of `tls` and `unix_socket`";
                Err(TestServerError::new("a Unix socket has no TLS", why))
            }
            (true, false) => ListenAddress::bind_unix().await,
            (false, _) => ListenAddress::bind_tcp(self.listen, tls).await,
        }
    }
}
