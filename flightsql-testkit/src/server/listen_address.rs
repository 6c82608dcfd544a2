//! The address of a server: a TCP port, or a Unix socket in a private directory. A restart binds it again.

use std::{
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::net::TcpListener;

use super::{error::TestServerError, listen::Listener};

/// The number of attempts to bind a port that was just freed, and the pause between them.
const BIND_TRIES: u32 = 40;
const BIND_PAUSE: Duration = Duration::from_millis(25);

#[derive(Debug)]
pub(crate) enum ListenAddress {
    Tcp { address: SocketAddr, tls: bool },
    Unix(SocketDir),
}

impl ListenAddress {
    /// Listens on a Unix socket in a new private directory.
    pub(crate) async fn bind_unix() -> Result<(Listener, Self), TestServerError> {
        let dir = SocketDir::create()
            .map_err(|e| TestServerError::new("could not make a directory for the socket", e))?;
        let unix = Self::Unix(dir);
        Ok((unix.listen().await?, unix))
    }

    /// Listens on a TCP port. `tls` selects the scheme of the URL.
    pub(crate) async fn bind_tcp(
        address: SocketAddr,
        tls: bool,
    ) -> Result<(Listener, Self), TestServerError> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(|e| TestServerError::new(format!("could not listen on {address}"), e))?;
        let address = listener
            .local_addr()
            .map_err(|e| TestServerError::new("could not ask for the port", e))?;
        Ok((Listener::Tcp(listener), Self::Tcp { address, tls }))
    }

    pub(crate) async fn bind_again(&self) -> Result<Listener, TestServerError> {
        for _ in 1..BIND_TRIES {
            match self.listen().await {
                Ok(listener) => return Ok(listener),
                // The sockets of the last run may still be closing.
                Err(_) => tokio::time::sleep(BIND_PAUSE).await,
            }
        }
        self.listen().await
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Tcp {
                address,
                tls: false,
            } => format!("flightsql+tcp://{address}"),
            // The certificate is for this name, which a client must check.
            Self::Tcp { address, tls: true } => format!("flightsql://localhost:{}", address.port()),
            Self::Unix(dir) => format!("flightsql+unix://{}", dir.socket().display()),
        }
    }

    pub(crate) fn address(&self) -> String {
        match self {
            Self::Tcp { address, .. } => address.to_string(),
            Self::Unix(dir) => dir.socket().display().to_string(),
        }
    }

    pub(crate) fn port(&self) -> Option<u16> {
        match self {
            Self::Tcp { address, .. } => Some(address.port()),
            Self::Unix(_) => None,
        }
    }

    pub(crate) fn socket(&self) -> Option<&Path> {
        match self {
            Self::Tcp { .. } => None,
            Self::Unix(dir) => Some(dir.socket()),
        }
    }

    async fn listen(&self) -> Result<Listener, TestServerError> {
        match self {
            Self::Tcp { address, .. } => TcpListener::bind(address).await.map(Listener::Tcp),
            Self::Unix(dir) => dir.listen(),
        }
        .map_err(|e| TestServerError::new(format!("could not listen on {}", self.address()), e))
    }
}

/// A directory for one socket, accessible only to this user and removed on drop.
#[derive(Debug)]
pub(crate) struct SocketDir {
    dir: PathBuf,
    socket: PathBuf,
}

impl SocketDir {
    fn socket(&self) -> &Path {
        &self.socket
    }

    #[cfg(unix)]
    fn create() -> io::Result<Self> {
        use std::{
            os::unix::fs::DirBuilderExt as _,
            sync::atomic::{AtomicU32, Ordering},
        };
        static NEXT: AtomicU32 = AtomicU32::new(0);
        loop {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let name = format!("flightsql-testkit-{}-{number}", std::process::id());
            let dir = std::env::temp_dir().join(name);
            match std::fs::DirBuilder::new().mode(0o700).create(&dir) {
                // A process with the same number has left it.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
                Ok(()) => {
                    let socket = dir.join("flight.sock");
                    return Ok(Self { dir, socket });
                }
            }
        }
    }

    #[cfg(not(unix))]
    fn create() -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[cfg(unix)]
    fn listen(&self) -> io::Result<Listener> {
        // The socket file of the last run would be "in use".
        match std::fs::remove_file(&self.socket) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        tokio::net::UnixListener::bind(&self.socket).map(Listener::Unix)
    }

    #[cfg(not(unix))]
    fn listen(&self) -> io::Result<Listener> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Drop for SocketDir {
    fn drop(&mut self) {
        // Best effort, because drop must not panic.
        let _ = std::fs::remove_file(&self.socket);
        let _ = std::fs::remove_dir(&self.dir);
    }
}
