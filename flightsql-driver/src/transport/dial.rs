//! From options to an open, watched socket: name look-up, TCP or unix, TLS (layer 2).

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

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

/// Connects within `connect_timeout`; also gives how long a message takes to the server and back. Cancel-safe: a
/// dropped call leaves nothing behind.
pub(crate) async fn dial(
    options: &FlightSqlConnectOptions,
    state: &Arc<WireState>,
) -> Result<(Wire<BoxSocket>, Duration)> {
    let limit = options.timeouts.connect;
    let dialed = async {
        match &options.transport {
            Transport::Tcp => {
                let (tcp, round_trip) = tcp(options).await?;
                Ok((Box::new(tcp) as BoxSocket, round_trip))
            }
            Transport::Tls => {
                let (tcp, round_trip) = tcp(options).await?;
                Ok((tls::handshake(options, tcp).await?, round_trip))
            }
            Transport::Unix(path) => Ok((unix(path).await?, Duration::ZERO)),
        }
    };
    let (socket, round_trip) = within(dialed, "connect", "connect_timeout", limit).await?;
    Ok((Wire::new(socket, Arc::clone(state)), round_trip))
}

async fn tcp(options: &FlightSqlConnectOptions) -> Result<(TcpStream, Duration)> {
    let (host, port) = (socket_host(&options.host), options.port);
    let (stream, round_trip) = connect(host, port)
        .await
        .map_err(|error| refused(&format!("{host}:{port}"), error))?;
    // A small request leaves in two writes; without this the second waits for a delayed ACK (40 ms).
    let tuned = stream.set_nodelay(true).and_then(|()| {
        SockRef::from(&stream).set_tcp_keepalive(&TcpKeepalive::new().with_time(TCP_KEEPALIVE))
    });
    tuned.map_err(|error| refused(&format!("{host}:{port}"), error))?;
    Ok((stream, round_trip))
}

/// The first address that answers, and how long it took: TCP's greeting is one way there and one back.
async fn connect(host: &str, port: u16) -> io::Result<(TcpStream, Duration)> {
    let mut failed = None;
    for address in tokio::net::lookup_host((host, port)).await? {
        let begun = Instant::now();
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok((stream, begun.elapsed())),
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.unwrap_or_else(|| {
        io::Error::new(io::ErrorKind::AddrNotAvailable, "the name has no address")
    }))
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
    Err(Error::configuration(
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
