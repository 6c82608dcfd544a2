//! The token server against raw requests.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{TokenReply, TokenServer};

/// Sends a form, and returns the response.
async fn post(server: &TokenServer, headers: &str, form: &str) -> String {
    let address = server.uri().strip_prefix("http://").unwrap();
    let (address, _) = address.split_once('/').unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /token HTTP/1.1\r\nhost: x\r\n{headers}Content-Length: {}\r\n\r\n{form}",
        form.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut response = String::new();
    socket.read_to_string(&mut response).await.unwrap();
    response
}

#[tokio::test]
async fn issues_tokens_and_records_requests() {
    let server = TokenServer::start().await.unwrap();
    server.life(Duration::from_secs(7));
    let response = post(&server, "x-a: 1\r\n", "grant_type=a+b&scope=%C3%A9%26").await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    assert!(response.contains(r#""expires_in":7"#), "{response}");
    let requests = server.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(requests[0].line(), "POST /token");
    assert_eq!(requests[0].header("X-A"), Some("1"));
    assert_eq!(requests[0].form(), [("grant_type", "a b"), ("scope", "é&")]);
    let (_, token) = response.split_once(r#""access_token":""#).unwrap();
    let (token, _) = token.split_once('"').unwrap();
    let issued = server.issued();
    issued.check(token).unwrap();
    assert!(issued.check("other").is_err());
    server.revoke_tokens();
    assert!(issued.check(token).is_err());
}

#[tokio::test]
async fn tokens_expire() {
    let server = TokenServer::start().await.unwrap();
    server.life(Duration::ZERO);
    let error = server
        .issued()
        .check(&server.issued().issue(Duration::ZERO));
    assert_eq!(error.unwrap_err().message(), "the token has expired");
}

#[tokio::test]
async fn requires_the_client() {
    let server = TokenServer::start().await.unwrap();
    server.client("id", "s:1");
    let header = format!("authorization: Basic {}\r\n", STANDARD.encode("id:s%3A1"));
    for (headers, form, expected) in [
        (header.as_str(), "grant_type=x", "200"),
        ("", "grant_type=x&client_id=id&client_secret=s%3A1", "200"),
        ("", "grant_type=x&client_id=id&client_secret=no", "401"),
        ("", "grant_type=x", "401"),
        (header.as_str(), "scope=x", "400"),
    ] {
        let response = post(&server, headers, form).await;
        let start = format!("HTTP/1.1 {expected}");
        assert!(response.starts_with(&start), "{form}: {response}");
    }
}

#[tokio::test]
async fn replies_as_the_test_wants() {
    let server = TokenServer::start().await.unwrap();
    server.reply_with(TokenReply::redirect(302, "https://other/"));
    server.reply_with(TokenReply::error("invalid_scope", "no"));
    server.reply_with(TokenReply::token(None));
    server.reply_with(TokenReply::close());
    let form = "grant_type=x";
    let redirect = post(&server, "", form).await;
    assert!(redirect.contains("302") && redirect.contains("location: https://other/\r\n"));
    assert!(
        post(&server, "", form)
            .await
            .contains(r#""error":"invalid_scope""#)
    );
    assert!(!post(&server, "", form).await.contains("expires_in"));
    assert_eq!(post(&server, "", form).await, "");
    assert!(post(&server, "", form).await.contains("access_token"));
    server.received(5).await;
}
