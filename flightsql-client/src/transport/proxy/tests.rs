//! The exchange with a proxy, byte by byte.

use std::io::ErrorKind;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

use super::*;
use crate::error::Kind;
use crate::options::{ConnectOptions, Proxy};

fn proxy(text: &str) -> ProxyServer {
    match ConnectOptions::new().proxy(text).proxy {
        Proxy::Server(server) => server,
        other => panic!("{text}: {other:?}"),
    }
}

fn plain() -> ProxyServer {
    proxy("http://p:3128")
}

/// Lets a proxy send these parts one by one and close, and returns the result of the exchange with the request.
async fn exchanged(
    proxy: &ProxyServer,
    parts: &[&[u8]],
    is_tls: bool,
) -> (Result<BoxSocket>, String) {
    // A small buffer, so that the client must read before the next part arrives.
    let (client, mut server) = duplex(16);
    let serve = async {
        let request = received(&mut server).await;
        for part in parts {
            // A client that has seen enough closes.
            if server.write_all(part).await.is_err() {
                break;
            }
        }
        drop(server);
        request
    };
    let exchange = exchange(proxy, client, "db:1", is_tls);
    let (result, request) = within(async { tokio::join!(exchange, serve) }).await;
    (result.map(|(socket, _)| socket), request)
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, future).await.unwrap()
}

async fn received(server: &mut DuplexStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(server.read_u8().await.unwrap());
    }
    String::from_utf8(request).unwrap()
}

#[track_caller]
fn error(result: Result<BoxSocket>) -> (ErrorKind, String) {
    let error = match result {
        Ok(_) => panic!("the tunnel is open"),
        Err(error) => error,
    };
    match error.kind() {
        Kind::Io { kind, .. } => (*kind, error.to_string()),
        other => panic!("{other:?}"),
    }
}

async fn refused(text: &str) -> (ErrorKind, String) {
    error(exchanged(&plain(), &[text.as_bytes()], false).await.0)
}

const OPEN: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

#[tokio::test]
async fn requests_a_tunnel() {
    let (result, request) = exchanged(&plain(), &[OPEN], true).await;
    assert!(result.is_ok());
    let agent = concat!("flightsql-client/", env!("CARGO_PKG_VERSION"));
    assert_eq!(
        request,
        format!("CONNECT db:1 HTTP/1.1\r\nhost: db:1\r\nuser-agent: {agent}\r\n\r\n")
    );
    let (_, request) = exchanged(&proxy("http://ann:a%3Ab@p:1"), &[OPEN], true).await;
    // `ann:a:b` in base64.
    let expected = "\r\nproxy-authorization: Basic YW5uOmE6Yg==\r\n\r\n";
    assert!(request.ends_with(expected), "{request}");
}

#[tokio::test]
async fn ipv6_addresses_have_brackets() {
    assert_eq!(authority("::1", 5), "[::1]:5");
    assert_eq!(authority("[::1]", 5), "[::1]:5");
    assert_eq!(authority("db.example", 443), "db.example:443");
}

#[tokio::test]
async fn the_first_bytes_of_the_server_are_kept() {
    for parts in [
        &[OPEN, b"set", b"tings"] as &[&[u8]],
        &[b"HTTP/1.1 200 OK\r\n\r\nset", b"tings"],
        &[b"H", b"TTP/1.0 204\n", b"\nse", b"ttings"],
    ] {
        let (client, mut server) = duplex(64);
        let serve = async {
            received(&mut server).await;
            for part in parts {
                server.write_all(part).await.unwrap();
            }
            let mut message = [0; 4];
            server.read_exact(&mut message).await.unwrap();
            message
        };
        let talk = async {
            let (mut socket, _) = exchange(&plain(), client, "db:1", false).await.unwrap();
            // Less than arrives together with the header.
            let mut first = [0; 2];
            socket.read_exact(&mut first).await.unwrap();
            assert_eq!(&first, b"se");
            let mut rest = [0; 6];
            socket.read_exact(&mut rest).await.unwrap();
            assert_eq!(&rest, b"ttings");
            socket.write_all(b"ping").await.unwrap();
        };
        let ((), message) = within(async { tokio::join!(talk, serve) }).await;
        assert_eq!(&message, b"ping");
    }
}

#[tokio::test]
async fn rejects_data_before_the_tls_handshake() {
    let with_data: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n<html>";
    let (kind, text) = error(exchanged(&plain(), &[with_data], true).await.0);
    assert_eq!(kind, ErrorKind::InvalidData);
    assert_eq!(
        text,
        "the proxy p:3128 (`proxy`): it returned data instead of a connection; check that this is an HTTP proxy that \
         permits `CONNECT`"
    );
}

#[tokio::test]
async fn every_other_response_is_an_error() {
    for (response, kind, expected) in [
        (
            "HTTP/1.1 403 Forbidden by rule\r\n\r\n",
            ErrorKind::PermissionDenied,
            "it returned 403 Forbidden by rule for `CONNECT db:1`; check that the proxy permits",
        ),
        (
            "HTTP/1.1 502\r\n\r\n",
            ErrorKind::ConnectionRefused,
            "it returned 502 Bad Gateway for `CONNECT db:1`; check host and port of the server",
        ),
        (
            "HTTP/1.1 405 Method Not Allowed\r\ncontent-type: text/html\r\n\r\n<html>",
            ErrorKind::Other,
            "it returned 405 Method Not Allowed for `CONNECT db:1`; check that this is an HTTP proxy",
        ),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://login\r\n\r\n",
            ErrorKind::Other,
            "it returned 302 Found for `CONNECT db:1`",
        ),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            ErrorKind::Other,
            "it returned 100 Continue",
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>",
            ErrorKind::InvalidData,
            "it returned a page instead of a connection",
        ),
        (
            "<html>Log in</html>",
            ErrorKind::InvalidData,
            "the response is not HTTP/1.1; it may not be an HTTP proxy, or may expect `https://`",
        ),
        (
            "",
            ErrorKind::ConnectionAborted,
            "it closed the connection before the end of its response",
        ),
        (
            "HTTP/1.1 200 OK\r\n",
            ErrorKind::ConnectionAborted,
            "it closed the connection before the end of its response",
        ),
    ] {
        let (found, text) = refused(response).await;
        assert_eq!(found, kind, "{response}: {text}");
        assert!(text.starts_with("the proxy p:3128 (`proxy`): "), "{text}");
        assert!(text.contains(expected), "{response}: {text}");
    }
}

#[tokio::test]
async fn asks_for_credentials_or_names_the_missing_scheme() {
    let unauthorized = |scheme: &str| {
        format!("HTTP/1.1 407 x\r\nproxy-authenticate: {scheme}\r\n\r\n").into_bytes()
    };
    let basic = unauthorized("Basic realm=\"x\"");
    let negotiate = unauthorized("Negotiate");
    let none = b"HTTP/1.1 407 x\r\n\r\n".to_vec();
    let login = "http://ann:s3cret@p:3128";
    for (own, response, expected) in [
        (
            "http://p:3128",
            &basic,
            "it requires a user and a password; set them in `proxy`, as in",
        ),
        (
            "http://p:3128",
            &none,
            "it requires a user and a password; set them in `proxy`",
        ),
        (
            login,
            &basic,
            "it rejected the user or the password; check both in `proxy`",
        ),
        (
            login,
            &negotiate,
            "it requires authentication by `Negotiate`, and this driver supports `Basic` only",
        ),
    ] {
        let (kind, text) = error(exchanged(&proxy(own), &[response], true).await.0);
        assert_eq!(kind, ErrorKind::PermissionDenied);
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("s3cret"), "{text}");
    }
}

#[tokio::test]
async fn reads_no_more_than_the_limit() {
    let (client, mut server) = duplex(1 << 10);
    let serve = async {
        received(&mut server).await;
        server.write_all(b"HTTP/1.1 200 OK\r\n").await.unwrap();
        let mut sent = 0;
        while server.write_all(&[b'x'; 1 << 10]).await.is_ok() {
            sent += 1 << 10;
        }
        sent
    };
    let own = plain();
    let exchange = exchange(&own, client, "db:1", true);
    let (result, sent) = within(async { tokio::join!(exchange, serve) }).await;
    let (kind, text) = error(result.map(|(socket, _)| socket));
    assert_eq!(kind, ErrorKind::InvalidData);
    assert!(text.contains("is larger than 16384 bytes"), "{text}");
    assert!(sent <= MAX_HEAD + (4 << 10), "{sent}");
}

#[tokio::test]
async fn an_echoed_credential_is_masked() {
    let own = proxy("http://ann:s3cret-pw@p:1");
    // `ann:s3cret-pw` in base64.
    let token = "YW5uOnMzY3JldC1wdw==";
    assert_eq!(
        own.authorization().unwrap().expose(),
        format!("Basic {token}")
    );
    let response = format!("HTTP/1.1 500 s3cret-pw {token}\r\n\r\n");
    let (result, _) = exchanged(&own, &[response.as_bytes()], true).await;
    let result = result.map_err(|error| masked(error, own.secrets()));
    let (_, text) = error(result);
    assert!(text.contains("it returned 500 *** *** for"), "{text}");
}

#[tokio::test]
async fn a_shortened_text_has_no_part_of_the_password() {
    let proxy = proxy("http://ann:pl4nted%20%20s3cret@p:1");
    let token = proxy.authorization().unwrap();
    let token = token.expose().strip_prefix("Basic ").unwrap();
    for secret in ["pl4nted  s3cret", "pl4nted%20%20s3cret", token] {
        for before in [0, 80, 90, 95, 99] {
            let fill = "x".repeat(before);
            for response in [
                format!("HTTP/1.1 500 {fill}{secret}\r\n\r\n"),
                format!("HTTP/1.1 407 No\r\nproxy-authenticate: {fill}{secret}\r\n\r\n"),
            ] {
                let (result, _) = exchanged(&proxy, &[response.as_bytes()], false).await;
                // As `open` does.
                let result = result.map_err(|error| masked(error, proxy.secrets()));
                let text = error(result).1;
                for part in [&secret[..3], "nted", "s3cr"] {
                    assert!(!text.contains(part), "{part}: {text}");
                }
            }
        }
    }
}
