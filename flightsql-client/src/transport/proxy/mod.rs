//! Opens a tunnel through an HTTP proxy: `CONNECT` ([RFC 9110, 9.3.6](https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6)).
//!
//! The proxy is not trusted: its response is bounded, its text is masked, and a TLS server is verified through the tunnel as
//! it is without one. The time limit is that of the connect.

mod response;
mod rest;

#[cfg(test)]
mod tests;

use std::io;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use zeroize::Zeroizing;

use self::response::{Head, Invalid};
use self::rest::Rest;
use super::call::Secrets;
use super::dial::{self, Protocol, Target, Through};
use super::socket::{BoxSocket, Socket, socket_host};
use super::tls;
use crate::error::{Error, Result};
use crate::options::{ProxyServer, Secret};

/// The maximum size of the header of a response. Proxies send a few hundred bytes; curl and hyper allow more than 100 KiB.
const MAX_HEAD: usize = 16 << 10;

/// Connects to the target through a proxy, and returns the socket and the round-trip time. Errors contain no credentials of
/// the proxy. This function is cancel safe.
pub(super) async fn open(
    proxy: &ProxyServer,
    target: &Target<'_>,
) -> Result<(BoxSocket, Duration)> {
    let opened = async {
        let (tunnel, round_trip) = connect(proxy, target).await?;
        let socket = match target.tls {
            None => tunnel,
            Some(options) => {
                let secured = tls::handshake(options, target, tunnel).await;
                let place = format!("through {}", place(proxy));
                secured.map_err(|error| error.context(&place))?
            }
        };
        Ok((socket, round_trip))
    };
    let opened: Result<_> = opened.await;
    opened.map_err(|error| masked(error, proxy.secrets()))
}

/// Adds `host:port` of the proxy to the error of a timeout, since the proxy may be its cause.
pub(crate) fn named(error: Error, proxy: impl FnOnce() -> Option<String>) -> Error {
    match proxy().filter(|_| error.is_timeout()) {
        Some(proxy) => error.context(&format!("through the proxy {proxy} (`proxy`)")),
        None => error,
    }
}

/// Returns the error without these secrets.
pub(super) fn masked(error: Error, hidden: impl Iterator<Item = Secret>) -> Error {
    error.masked(&mask(hidden))
}

/// Returns a function that removes these secrets from a text.
fn mask(hidden: impl Iterator<Item = Secret>) -> impl Fn(&str) -> String {
    let mut secrets = Secrets::default();
    for secret in hidden {
        secrets.keep(secret.expose());
    }
    move |text| secrets.mask(text, std::iter::empty())
}

/// Opens a tunnel to the target.
async fn connect(proxy: &ProxyServer, target: &Target<'_>) -> Result<(BoxSocket, Duration)> {
    match target.addresses {
        // The proxy looks up the name.
        None => tunnel(proxy, target, &authority(target.host, target.port)).await,
        Some(addresses) => {
            let mut last = None;
            for address in addresses {
                match tunnel(proxy, target, &address.to_string()).await {
                    Ok(connected) => return Ok(connected),
                    Err(error) => last = Some(error),
                }
            }
            Err(last.unwrap_or_else(|| {
                let text = format!("cannot connect to {}: the name has no address", target.host);
                Error::io(io::ErrorKind::AddrNotAvailable, text, None)
            }))
        }
    }
}

async fn tunnel(
    proxy: &ProxyServer,
    target: &Target<'_>,
    authority: &str,
) -> Result<(BoxSocket, Duration)> {
    log::debug!(
        "connecting to {authority} through the proxy {}",
        proxy.address()
    );
    let own = target.through.tls.of_proxy();
    let hop = Target {
        host: &proxy.host,
        port: proxy.port,
        addresses: None,
        protocol: Protocol::Http1,
        tls: proxy.tls.then_some(&own),
        server_name: None,
        through: Through::nothing(&own),
        state: target.state,
    };
    let connected = dial::tcp(&hop).await;
    let (stream, _) = connected.map_err(|error| unreachable(proxy, error))?;
    let socket = match hop.tls {
        None => Box::new(stream) as BoxSocket,
        Some(options) => {
            let opened = tls::handshake(options, &hop, stream).await;
            opened.map_err(|error| error.context(&place(proxy)))?
        }
    };
    exchange(proxy, socket, authority, target.tls.is_some()).await
}

/// Sends the request over a connection to the proxy, and returns the tunnel and the time until the response.
async fn exchange(
    proxy: &ProxyServer,
    mut socket: impl Socket + 'static,
    authority: &str,
    is_tls: bool,
) -> Result<(BoxSocket, Duration)> {
    let begun = Instant::now();
    let request = request(proxy, authority);
    let sent = async {
        socket.write_all(request.as_bytes()).await?;
        socket.flush().await
    };
    sent.await.map_err(|error| closed(proxy, Some(error)))?;
    let (head, rest) = read(proxy, &mut socket).await?;
    let round_trip = begun.elapsed();
    check(proxy, authority, &head)?;
    match rest {
        rest if rest.is_empty() => Ok((Box::new(socket), round_trip)),
        // A server waits for the first message of a TLS client.
        _ if is_tls => Err(page(proxy, "data")),
        rest => Ok((Box::new(Rest::new(rest, socket)), round_trip)),
    }
}

fn request(proxy: &ProxyServer, authority: &str) -> Zeroizing<String> {
    let agent = concat!("flightsql-client/", env!("CARGO_PKG_VERSION"));
    let mut request = Zeroizing::new(format!(
        "CONNECT {authority} HTTP/1.1\r\nhost: {authority}\r\nuser-agent: {agent}\r\n"
    ));
    if let Some(authorization) = proxy.authorization() {
        request.push_str("proxy-authorization: ");
        request.push_str(authorization.expose());
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request
}

/// Reads the header of the response, and returns the bytes after it, too.
async fn read(
    proxy: &ProxyServer,
    socket: &mut (impl Socket + 'static),
) -> Result<(Head, Vec<u8>)> {
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 2048];
        let count = socket.read(&mut part).await;
        let count = count.map_err(|error| closed(proxy, Some(error)))?;
        if count == 0 && bytes.is_empty() {
            return Err(closed(proxy, None));
        }
        bytes.extend_from_slice(&part[..count]);
        let invalid = match response::split(&bytes, MAX_HEAD) {
            Ok(Some((head, length))) => return Ok((head, bytes.split_off(length))),
            Ok(None) if count == 0 => return Err(closed(proxy, None)),
            Ok(None) => continue,
            Err(invalid) => invalid,
        };
        let text = match invalid {
            Invalid::NotHttp => {
                "the response is not HTTP/1.1; it may not be an HTTP proxy, or may expect `https://`".to_owned()
            }
            Invalid::TooLarge => {
                format!("the header of the response is larger than {MAX_HEAD} bytes; it may not be an HTTP proxy")
            }
        };
        return Err(failed(proxy, io::ErrorKind::InvalidData, &text));
    }
}

/// Returns an error unless the proxy has opened the tunnel.
fn check(proxy: &ProxyServer, authority: &str, head: &Head) -> Result<()> {
    let origin = proxy.origin();
    let mask = mask(proxy.secrets());
    let kind = match head.status {
        // A tunnel has no content, and its content type would be that of a page.
        200..300 if head.has_page() => return Err(page(proxy, "a page")),
        200..300 => return Ok(()),
        407 => {
            let schemes = head.schemes(&mask);
            let has_basic = schemes
                .iter()
                .any(|scheme| scheme.eq_ignore_ascii_case("basic"));
            let text = if !has_basic && !schemes.is_empty() {
                format!(
                    "it requires authentication by `{}`, and this driver supports `Basic` only; use a proxy that \
                     accepts it, or a local one that authenticates",
                    schemes.join("`, `")
                )
            } else if proxy.has_login() {
                format!("it rejected the user or the password; check both in `{origin}`")
            } else {
                format!(
                    "it requires a user and a password; set them in `{origin}`, as in `http://user:password@host:port`"
                )
            };
            return Err(failed(proxy, io::ErrorKind::PermissionDenied, &text));
        }
        403 => io::ErrorKind::PermissionDenied,
        // The server may not run yet.
        502..=504 => io::ErrorKind::ConnectionRefused,
        _ => io::ErrorKind::Other,
    };
    let hint = match head.status {
        403 => "check that the proxy permits connections to this host and port",
        502..=504 => "check host and port of the server, and that the proxy can reach it",
        _ => "check that this is an HTTP proxy that permits `CONNECT`",
    };
    let text = format!(
        "it returned {} for `CONNECT {authority}`; {hint}",
        head.line(&mask)
    );
    Err(failed(proxy, kind, &text))
}

fn page(proxy: &ProxyServer, what: &str) -> Error {
    let text = format!(
        "it returned {what} instead of a connection; check that this is an HTTP proxy that permits `CONNECT`"
    );
    failed(proxy, io::ErrorKind::InvalidData, &text)
}

fn closed(proxy: &ProxyServer, error: Option<io::Error>) -> Error {
    let text = format!(
        "{}: it closed the connection before the end of its response; check that this is an HTTP proxy",
        place(proxy)
    );
    let source = error.map(|error| Box::new(error) as _);
    Error::io(io::ErrorKind::ConnectionAborted, text, source)
}

fn failed(proxy: &ProxyServer, kind: io::ErrorKind, text: &str) -> Error {
    Error::io(kind, format!("{}: {text}", place(proxy)), None)
}

/// Returns the error of a proxy that cannot be reached.
fn unreachable(proxy: &ProxyServer, error: io::Error) -> Error {
    let hint = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "it refused the connection; check its port, and that it runs"
        }
        _ => "check its host name, its port and the network",
    };
    let text = format!("cannot connect to {}: {hint}", place(proxy));
    Error::io(error.kind(), text, Some(Box::new(error)))
}

/// Returns the subject of an error.
fn place(proxy: &ProxyServer) -> String {
    format!("the proxy {} (`{}`)", proxy.address(), proxy.origin())
}

/// Returns `host:port`, with brackets around an IPv6 address.
pub(super) fn authority(host: &str, port: u16) -> String {
    match socket_host(host) {
        host if host.contains(':') => format!("[{host}]:{port}"),
        host => format!("{host}:{port}"),
    }
}
