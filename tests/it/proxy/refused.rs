//! Proxies that refuse, hang, or are none.

use std::io::ErrorKind;
use std::time::Duration;

use flightsql::FlightSqlConnectOptions;
use flightsql_testkit::{ProxyReply, ProxyServer, TestServer};
use tokio::net::TcpListener;

use super::{BASIC, PASSWORD, USER, fails, io, one, proxy_of, url, with_login};
use crate::common::options;

/// Options for a server that would work, and its proxy.
async fn setup() -> (TestServer, ProxyServer, FlightSqlConnectOptions) {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    let own = options(&url(&server)).proxy(&with_login(&proxy));
    (server, proxy, own)
}

#[tokio::test]
async fn every_bad_response_is_a_typed_error() {
    let (server, proxy, own) = setup().await;
    let secrets = format!("no access for {USER} with {PASSWORD} {BASIC}");
    for (reply, kind, expected) in [
        (
            ProxyReply::status(403, &secrets),
            ErrorKind::PermissionDenied,
            "it returned 403 no access for proxy-user with *** *** for `CONNECT",
        ),
        (
            ProxyReply::unauthorized(&format!("NTLM{PASSWORD}")),
            ErrorKind::PermissionDenied,
            "it requires authentication by `NTLM***`, and this driver supports `Basic` only",
        ),
        (
            ProxyReply::html(200),
            ErrorKind::InvalidData,
            "it returned a page instead of a connection",
        ),
        (
            ProxyReply::html(302),
            ErrorKind::Other,
            "it returned 302 Status for `CONNECT",
        ),
        (
            ProxyReply::raw("SSH-2.0-OpenSSH\r\n"),
            ErrorKind::InvalidData,
            "the response is not HTTP/1.1",
        ),
        (
            ProxyReply::close(),
            ErrorKind::ConnectionAborted,
            "it closed the connection before the end of its response",
        ),
        (
            ProxyReply::endless_header(),
            ErrorKind::InvalidData,
            "the header of the response is larger than 16384 bytes",
        ),
    ] {
        proxy.reply_with(reply);
        let (found, text) = io(&fails(&own).await);
        assert_eq!(found, kind, "{text}");
        let place = format!("the proxy {} (`proxy`): ", proxy.address());
        assert!(text.contains(&place) && text.contains(expected), "{text}");
    }
    assert_eq!(server.connections(), 0);
    // The same options work once the proxy does.
    assert_eq!(one(&own).await, 1);
}

#[tokio::test]
async fn credentials_are_asked_for() {
    let (server, proxy, _) = setup().await;
    let without = options(&url(&server)).proxy(&proxy.url());
    let (kind, text) = io(&fails(&without).await);
    assert_eq!(kind, ErrorKind::PermissionDenied);
    assert!(
        text.contains("it requires a user and a password; set them in `proxy`"),
        "{text}"
    );
    let wrong = format!("http://{USER}:other@{}", proxy.address());
    let (kind, text) = io(&fails(&options(&url(&server)).proxy(&wrong)).await);
    assert_eq!(kind, ErrorKind::PermissionDenied);
    assert!(
        text.contains("it rejected the user or the password"),
        "{text}"
    );
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_silent_proxy_ends_within_connect_timeout() {
    let (server, proxy, own) = setup().await;
    proxy.reply_with(ProxyReply::never());
    let (kind, text) = io(&fails(&own.connect_timeout(Duration::from_millis(300))).await);
    assert_eq!(kind, ErrorKind::TimedOut);
    let expected = format!(
        "through the proxy {} (`proxy`): connect was not answered within 300ms; raise `connect_timeout`",
        proxy.address()
    );
    assert!(text.contains(&expected), "{text}");
    assert_eq!(server.connections(), 0);
}

#[tokio::test]
async fn a_dead_proxy_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dead = listener.local_addr().unwrap();
    drop(listener);
    let own = options(&format!("flightsql+tcp://db.example:1?proxy=http://{dead}"));
    let (kind, text) = io(&fails(&own).await);
    assert_eq!(kind, ErrorKind::ConnectionRefused);
    let expected = format!(
        "cannot connect to the proxy {dead} (`proxy`): it refused the connection; check its port, and that it runs"
    );
    assert!(text.contains(&expected), "{text}");
}

#[tokio::test]
async fn a_tunnel_that_repeats_the_credentials_is_masked() {
    let (server, proxy, own) = setup().await;
    // SETTINGS, and a GOAWAY whose debug data the driver shows.
    let secrets = format!("{PASSWORD} {BASIC}");
    let mut bytes = b"HTTP/1.1 200 OK\r\n\r\n\0\0\0\x04\0\0\0\0\0\0\0".to_vec();
    bytes.push(u8::try_from(8 + secrets.len()).unwrap());
    bytes.extend(b"\x07\0\0\0\0\0\x7f\xff\xff\xff\0\0\0\x02");
    bytes.extend(secrets.as_bytes());
    for _ in 0..5 {
        proxy.reply_with(ProxyReply::raw(bytes.clone()));
    }
    let error = fails(&own).await;
    let text = error.to_string();
    assert!(text.contains("*** ***"), "{text}");
    assert_eq!(server.connections(), 0);
}
