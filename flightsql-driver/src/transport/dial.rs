//! From options to an open, watched socket: name look-up, TCP or unix, TLS (layer 2).

use std::io;
use std::sync::Arc;
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::deadline::within;
use super::tls;
use super::wire::{BoxSocket, Wire, WireState, socket_host};
use crate::error::{Error, Result};
use crate::options::{FlightSqlConnectOptions, Transport};

/// A silent peer is noticed by TCP after this long without traffic: below the 5 minutes after which many
/// NAT gateways forget a connection.
const TCP_KEEPALIVE: Duration = Duration::from_secs(60);

/// Connects within `connect_timeout`. Cancel-safe: a dropped call leaves nothing behind.
pub(crate) async fn dial(
    options: &FlightSqlConnectOptions,
    state: &Arc<WireState>,
) -> Result<Wire<BoxSocket>> {
    let limit = options.timeouts.connect;
    let dialed = async {
        match &options.transport {
            Transport::Tcp => tcp(options).await.map(|tcp| Box::new(tcp) as BoxSocket),
            Transport::Tls => tls::handshake(options, tcp(options).await?).await,
            Transport::Unix(path) => unix(path).await,
        }
    };
    let socket = within(dialed, "connect", "connect_timeout", limit).await?;
    Ok(Wire::new(socket, Arc::clone(state)))
}

async fn tcp(options: &FlightSqlConnectOptions) -> Result<TcpStream> {
    let (host, port) = (socket_host(&options.host), options.port);
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|error| refused(&format!("{host}:{port}"), error))?;
    // A small request leaves in two writes; without this the second waits for a delayed ACK (40 ms).
    let tuned = stream.set_nodelay(true).and_then(|()| {
        SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(TCP_KEEPALIVE))
    });
    tuned.map_err(|error| refused(&format!("{host}:{port}"), error))?;
    Ok(stream)
}

#[cfg(unix)]
async fn unix(path: &std::path::Path) -> Result<BoxSocket> {
    let stream = tokio::net::UnixStream::connect(path)
        .await
        .map_err(|error| refused(&path.display().to_string(), error))?;
    Ok(Box::new(stream))
}

#[cfg(not(unix))]
async fn unix(_path: &std::path::Path) -> Result<BoxSocket> {
    Err(Error::unsupported(
        "unix sockets are not available on this system; use flightsql:// or flightsql+tcp://",
    ))
}

fn refused(target: &str, error: io::Error) -> Error {
    let advice = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "nothing listens there; check host and port, and that the server runs"
        }
        io::ErrorKind::NotFound => "there is no such socket; check the path",
        io::ErrorKind::PermissionDenied => "this user may not open it",
        _ => "check the host name, the port and the network",
    };
    Error::wire(
        error.kind(),
        format!("cannot connect to {target}: {advice}"),
        Some(Box::new(error)),
    )
}
