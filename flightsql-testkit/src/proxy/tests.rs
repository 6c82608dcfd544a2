//! The proxy against raw requests.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{ProxyReply, ProxyServer};

/// Sends a request, and returns the response up to its end.
async fn asked(proxy: &ProxyServer, request: &str) -> String {
    let mut socket = TcpStream::connect(proxy.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = Vec::new();
    let read = socket.read_to_end(&mut response);
    let limit = Duration::from_secs(10);
    tokio::time::timeout(limit, read).await.unwrap().unwrap();
    String::from_utf8(response).unwrap()
}

/// A server that greets a client, and echoes one message.
async fn echo() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            socket.write_all(b"hello").await.unwrap();
            let mut message = [0; 4];
            socket.read_exact(&mut message).await.unwrap();
            socket.write_all(&message).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn opens_tunnels_and_records_requests() {
    let proxy = ProxyServer::start().await.unwrap();
    proxy.route("db.example:1", echo().await);
    for reply in [None, Some(ProxyReply::joined())] {
        if let Some(reply) = reply {
            proxy.reply_with(reply);
        }
        let request = "CONNECT db.example:1 HTTP/1.1\r\nX-A: 1\r\n\r\nping";
        let expected = "HTTP/1.1 200 Connection established\r\n\r\nhelloping";
        assert_eq!(asked(&proxy, request).await, expected);
    }
    assert_eq!(proxy.targets(), ["db.example:1", "db.example:1"]);
    let requests = proxy.requests();
    assert_eq!(requests[0].method(), "CONNECT");
    assert_eq!(requests[0].header("x-a"), Some("1"));
    assert_eq!(requests[0].credentials(), None);
}

#[tokio::test]
async fn requires_credentials() {
    let proxy = ProxyServer::start().await.unwrap();
    proxy.route("db:1", echo().await);
    proxy.require("ann", "a:b");
    for (header, status) in [
        ("", "407"),
        ("proxy-authorization: Basic YW5uOmE=\r\n", "407"),
        ("Proxy-Authorization: Basic YW5uOmE6Yg==\r\n", "200"),
    ] {
        let request = format!("CONNECT db:1 HTTP/1.1\r\n{header}\r\nping");
        let response = asked(&proxy, &request).await;
        assert!(
            response.starts_with(&format!("HTTP/1.1 {status}")),
            "{response}"
        );
    }
    let text = format!("{:?}", proxy.requests());
    assert!(!text.contains("YW5u"), "{text}");
}

#[tokio::test]
async fn replies_as_told() {
    let proxy = ProxyServer::start().await.unwrap();
    proxy.reply_with(ProxyReply::html(200));
    proxy.reply_with(ProxyReply::close());
    let request = "CONNECT db:1 HTTP/1.1\r\n\r\n";
    let page = asked(&proxy, request).await;
    assert!(page.ends_with("</html>"), "{page}");
    assert_eq!(asked(&proxy, request).await, "");
    let other = asked(&proxy, "GET http://db/ HTTP/1.1\r\n\r\n").await;
    assert!(other.starts_with("HTTP/1.1 405"), "{other}");
    // No process listens on this port, since its listener is gone.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let request = format!("CONNECT {dead} HTTP/1.1\r\n\r\n");
    let refused = asked(&proxy, &request).await;
    assert!(refused.starts_with("HTTP/1.1 502"), "{refused}");
}
