//! Opens a monitored socket: name lookup, TCP or Unix socket, proxy, TLS.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpStream;

use super::monitored::{MonitoredSocket, SocketState};
use super::proxy;
use super::socket::{BoxSocket, socket_host};
use super::tls;
use crate::error::{Error, Result};
use crate::options::{ConnectOptions, Proxy, TlsOptions, Transport};

/// Idle time before the first TCP keep-alive probe. NAT gateways drop a connection after 60 s to 350 s, and a dead peer must
/// be detected well within the 30 s that SQLx allows for an acquire.
const TCP_IDLE: Duration = Duration::from_secs(10);

/// Maximum time for the acknowledgment of sent data, or for a server that acknowledges but does not read. It also bounds
/// keep-alive, which alone does not end that wait. gRPC uses 20 s
/// ([gRFC A18](https://github.com/grpc/proposal/blob/master/A18-tcp-user-timeout.md)). A server that stops
/// reading during an upload has the same time until HTTP/2 pings end the channel.
#[cfg(any(target_os = "linux", target_os = "android"))]
const TCP_UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// A TCP address, and the protocol to speak there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'t> {
    pub(crate) host: &'t str,
    pub(crate) port: u16,
    /// The addresses to connect to; `None` means all of the host name.
    pub(crate) addresses: Option<&'t [SocketAddr]>,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "for TLS"))]
    pub(crate) protocol: Protocol,
    /// `None` means plaintext.
    pub(crate) tls: Option<&'t TlsOptions>,
    /// The name in the server's certificate, if it differs from the host.
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "for TLS"))]
    pub(crate) server_name: Option<&'t str>,
    pub(crate) through: Through<'t>,
    /// Receives the address of the other end, which is the proxy if there is one.
    pub(crate) state: Option<&'t SocketState>,
}

/// The choice of a proxy for a target.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Through<'t> {
    pub(crate) proxy: &'t Proxy,
    /// The options to reach the proxy itself by TLS.
    pub(crate) tls: &'t TlsOptions,
}

impl<'t> Through<'t> {
    /// Connects directly.
    pub(super) fn nothing(tls: &'t TlsOptions) -> Self {
        let proxy = &Proxy::None;
        Self { proxy, tls }
    }

    pub(super) fn proxy_of(options: &'t ConnectOptions) -> Self {
        let (proxy, tls) = (&options.proxy, &options.tls);
        Self { proxy, tls }
    }
}

/// A version of HTTP, which TLS negotiates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http2,
    /// HTTP/1.1, for token servers and proxies.
    Http1,
}

/// Connects to one of `addresses`, or of those of the host name, and returns the socket and the round-trip time. This function
/// is cancel safe.
pub(crate) async fn dial(
    options: &ConnectOptions,
    addresses: Option<&[SocketAddr]>,
    state: &Arc<SocketState>,
) -> Result<(MonitoredSocket<BoxSocket>, Duration)> {
    let target = |tls| Target {
        host: &options.host,
        port: options.port,
        addresses,
        protocol: Protocol::Http2,
        tls,
        server_name: options.tls.server_name.as_deref(),
        through: Through::proxy_of(options),
        state: Some(state),
    };
    let (socket, round_trip) = match &options.transport {
        Transport::Tcp => open(&target(None)).await?,
        Transport::Tls => open(&target(Some(&options.tls))).await?,
        Transport::Unix(path) => (unix(path).await?, Duration::ZERO),
    };
    Ok((MonitoredSocket::new(socket, Arc::clone(state)), round_trip))
}

/// Connects to a target, and returns the socket and the round-trip time. This function is cancel safe.
pub(crate) async fn open(target: &Target<'_>) -> Result<(BoxSocket, Duration)> {
    let host = socket_host(target.host);
    let through = target.through.proxy;
    if let Some(proxy) = through.of(host, target.port, target.tls.is_some())? {
        return proxy::open(&proxy, target).await;
    }
    let connected = tcp(target).await;
    let (stream, round_trip) =
        connected.map_err(|error| refused(&proxy::authority(host, target.port), error))?;
    let socket = match target.tls {
        None => Box::new(stream) as BoxSocket,
        Some(options) => tls::handshake(options, target, stream).await?,
    };
    Ok((socket, round_trip))
}

/// Returns the addresses of the host name. This function is cancel safe.
pub(super) async fn look_up(options: &ConnectOptions) -> Result<Vec<SocketAddr>> {
    let (host, port) = (socket_host(&options.host), options.port);
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|error| refused(&options.address(), error))?;
    Ok(found.collect())
}

/// Connects to a target without its proxy and its TLS. This function is cancel safe.
pub(super) async fn tcp(target: &Target<'_>) -> io::Result<(TcpStream, Duration)> {
    let (stream, round_trip) = match target.addresses {
        Some(addresses) => connect(addresses.iter().copied()).await?,
        None => {
            let host = (socket_host(target.host), target.port);
            connect(tokio::net::lookup_host(host).await?).await?
        }
    };
    // A small request needs two writes; otherwise the second one waits for a delayed ACK (40 ms).
    stream.set_nodelay(true)?;
    if let Err(error) = watch(&stream) {
        // Some sandboxes do not support these settings. HTTP/2 pings detect a dead peer without them.
        log::debug!("failed to set TCP keep-alive: {error}");
    }
    if let (Some(state), Ok(peer)) = (target.state, stream.peer_addr()) {
        state.set_peer(peer);
    }
    Ok((stream, round_trip))
}

/// Lets TCP detect a dead peer.
fn watch(stream: &TcpStream) -> io::Result<()> {
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&ask_again(TcpKeepalive::new().with_time(TCP_IDLE)))?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    socket.set_tcp_user_timeout(Some(TCP_UNACKNOWLEDGED))?;
    Ok(())
}

/// Sets the interval and the number of further probes, if the system supports it: 30 s in total.
fn ask_again(keep_alive: TcpKeepalive) -> TcpKeepalive {
    #[cfg(any(
        windows,
        target_vendor = "apple",
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "netbsd"
    ))]
    let keep_alive = keep_alive
        .with_interval(Duration::from_secs(5))
        .with_retries(4);
    keep_alive
}

/// Connects to the first address that responds, and returns the duration of the TCP handshake, which is one round trip.
async fn connect(addresses: impl Iterator<Item = SocketAddr>) -> io::Result<(TcpStream, Duration)> {
    let mut failed = None;
    for address in addresses {
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
            "the server refused the connection; check host and port, and that the server runs"
        }
        io::ErrorKind::NotFound => "the socket does not exist; check the path",
        io::ErrorKind::PermissionDenied => "this user has no permission to open the socket",
        _ => "check the host name, the port and the network",
    };
    Error::io(
        error.kind(),
        format!("cannot connect to {target}: {advice}"),
        Some(Box::new(error)),
    )
}
