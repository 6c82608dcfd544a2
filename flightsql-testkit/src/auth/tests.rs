//! Tests of authentication, tokens and cookies with a client.

use std::time::Duration;

use arrow_flight::{BasicAuth, HandshakeRequest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::stream;
use prost::Message as _;
use tonic::{Code, Request, Response, Status};

use crate::{
    Reply, Rpc, Script, TestServer, TestServerBuilder, TokenIn,
    testing::{Client, action, client},
};

fn builder() -> TestServerBuilder {
    let script = Script::new().do_action("a", Reply::action_bytes("done").always());
    TestServer::builder().scripted(script)
}

async fn start(builder: TestServerBuilder) -> (TestServer, Client) {
    let server = builder.start().await.unwrap();
    let client = client(&server).await;
    (server, client)
}

fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// Runs one RPC with these headers, and returns the headers of the reply.
async fn call(
    client: &mut Client,
    headers: &[(&'static str, &str)],
) -> Result<Response<()>, Status> {
    let mut request = Request::new(action("a"));
    for (name, value) in headers {
        request.metadata_mut().append(*name, value.parse().unwrap());
    }
    client
        .do_action(request)
        .await
        .map(|reply| reply.map(|_| ()))
}

async fn refused(client: &mut Client, headers: &[(&'static str, &str)]) -> String {
    let status = call(client, headers).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    status.message().to_owned()
}

fn header(reply: &Response<()>, name: &str) -> Option<String> {
    let value = reply.metadata().get(name)?;
    Some(value.to_str().unwrap().to_owned())
}

/// Authenticates by header or payload. Returns the tokens in the header, payload and trailer of the reply.
async fn login(
    client: &mut Client,
    by_payload: bool,
    password: &str,
) -> Result<[Option<String>; 3], Status> {
    let mut message = HandshakeRequest::default();
    if by_payload {
        let basic = BasicAuth {
            username: "user".to_owned(),
            password: password.to_owned(),
        };
        message.payload = basic.encode_to_vec().into();
    }
    let mut request = Request::new(stream::iter([message]));
    if !by_payload {
        let value = basic("user", password).parse().unwrap();
        request.metadata_mut().insert("authorization", value);
    }
    let reply = client.handshake(request).await?;
    let text = |value: &tonic::metadata::AsciiMetadataValue| value.to_str().unwrap().to_owned();
    let in_header = reply.metadata().get("authorization").map(text);
    let mut messages = reply.into_inner();
    let payload = messages.message().await?.unwrap().payload;
    assert_eq!(messages.message().await?, None);
    let trailers = messages.trailers().await?.unwrap_or_default();
    let payload = String::from_utf8(payload.to_vec()).unwrap();
    Ok([
        in_header,
        (!payload.is_empty()).then_some(payload),
        trailers.get("authorization").map(text),
    ])
}

#[tokio::test]
async fn anonymous_servers_ignore_credentials() {
    let (_server, mut client) = start(builder()).await;
    call(&mut client, &[]).await.unwrap();
    call(&mut client, &[("authorization", "Bearer x")])
        .await
        .unwrap();
}

#[tokio::test]
async fn handshake_returns_token_in_configured_place() {
    for (place, token_in) in [TokenIn::Header, TokenIn::Payload, TokenIn::Trailer]
        .into_iter()
        .enumerate()
    {
        for by_payload in [false, true] {
            let builder = builder().basic("user", "pass").token_in(token_in);
            let (server, mut client) = start(builder).await;
            let found = login(&mut client, by_payload, "pass").await.unwrap();
            let places: Vec<bool> = found.iter().map(Option::is_some).collect();
            let expected: Vec<bool> = (0..3).map(|at| at == place).collect();
            assert_eq!(places, expected, "{token_in:?}");
            let token = found[place].clone().unwrap();
            let bearer = format!("Bearer {}", token.trim_start_matches("Bearer "));
            call(&mut client, &[("authorization", &bearer)])
                .await
                .unwrap();
            assert_eq!(server.count(Rpc::Handshake), 1);
        }
    }
}

#[tokio::test]
async fn rejects_credentials_without_repeating_them() {
    let (_server, mut client) = start(builder().basic("user", "pass").bearer("fixed")).await;
    for by_payload in [false, true] {
        let status = login(&mut client, by_payload, "s3cret").await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated);
        assert!(!format!("{status:?}").contains("s3cret"));
    }
    assert!(refused(&mut client, &[]).await.contains("needs a login"));
    for wrong in ["Bearer s3cret", "Basic !!", "Digest s3cret", "Bearer"] {
        let text = refused(&mut client, &[("authorization", wrong)]).await;
        assert!(!text.contains("s3cret"), "{text}");
    }
    let wrong = basic("user", "s3cret");
    let text = refused(&mut client, &[("authorization", &wrong)]).await;
    assert_eq!(text, "wrong user name or password");
}

#[tokio::test]
async fn accepts_basic_with_and_without_padding() {
    // No, two and one characters of padding.
    for password in ["p", "pa", "pas"] {
        let (_server, mut client) = start(builder().basic("user", password)).await;
        let padded = basic("user", password);
        call(&mut client, &[("authorization", &padded)])
            .await
            .unwrap();
        let bare = padded.trim_end_matches('=');
        let reply = call(&mut client, &[("authorization", bare)]).await;
        assert!(reply.is_ok(), "{bare}: {reply:?}");
        let wrong = basic("user", "wr");
        let wrong = wrong.trim_end_matches('=');
        assert_eq!(
            refused(&mut client, &[("authorization", wrong)]).await,
            "wrong user name or password"
        );
    }
}

#[tokio::test]
async fn accepts_basic_unless_disabled() {
    let header = basic("user", "p:a:s");
    let (_server, mut client) = start(builder().basic("user", "p:a:s")).await;
    call(&mut client, &[("authorization", &header)])
        .await
        .unwrap();
    let only = builder().basic("user", "p:a:s").handshake_only(true);
    let (_server, mut client) = start(only).await;
    let text = refused(&mut client, &[("authorization", &header)]).await;
    assert!(text.contains("Handshake only"), "{text}");
}

#[tokio::test]
async fn replaces_rotated_token_once() {
    let (server, mut client) = start(builder().bearer("old")).await;
    let old = [("authorization", "bearer old")];
    let reply = call(&mut client, &old).await.unwrap();
    assert_eq!(header(&reply, "authorization"), None);
    server.rotate_token();
    let reply = call(&mut client, &old).await.unwrap();
    let new = header(&reply, "authorization").unwrap();
    refused(&mut client, &old).await;
    let reply = call(&mut client, &[("authorization", &new)]).await.unwrap();
    assert_eq!(header(&reply, "authorization"), None);
    assert_eq!(
        vec![new],
        server
            .tokens()
            .iter()
            .map(|t| format!("Bearer {t}"))
            .collect::<Vec<_>>()
    );
    server.revoke_tokens();
    refused(&mut client, &[("authorization", "Bearer old")]).await;
    assert!(server.tokens().is_empty());
}

#[tokio::test]
async fn sets_cookie_once_and_requires_it() {
    let (server, mut client) = start(builder().bearer("t").cookies(true)).await;
    let bearer = ("authorization", "Bearer t");
    let reply = call(&mut client, &[bearer]).await.unwrap();
    let set = header(&reply, "set-cookie").unwrap();
    assert!(
        set.starts_with("session=") && set.ends_with("; Path=/"),
        "{set}"
    );
    let cookie = set.trim_end_matches("; Path=/").to_owned();
    let reply = call(
        &mut client,
        &[bearer, ("cookie", &format!("a=b; {cookie}"))],
    )
    .await;
    assert_eq!(header(&reply.unwrap(), "set-cookie"), None);
    assert!(refused(&mut client, &[bearer]).await.contains("missing"));
    let text = refused(&mut client, &[bearer, ("cookie", "session=forged")]).await;
    assert!(text.contains("not known"), "{text}");
    assert_eq!(server.sessions(), 1);

    // A replaced token has the same session.
    server.rotate_token();
    let reply = call(&mut client, &[bearer, ("cookie", &cookie)])
        .await
        .unwrap();
    let new = header(&reply, "authorization").unwrap();
    refused(&mut client, &[("authorization", &new)]).await;
    call(&mut client, &[("authorization", &new), ("cookie", &cookie)])
        .await
        .unwrap();
}

#[tokio::test]
async fn restart_removes_tokens_and_sessions() {
    let (server, mut client) = start(builder().basic("user", "pass").cookies(true)).await;
    let [token, ..] = login(&mut client, false, "pass").await.unwrap();
    let token = token.unwrap();
    let reply = call(&mut client, &[("authorization", &token)])
        .await
        .unwrap();
    let cookie = header(&reply, "set-cookie").unwrap();
    server.kill().await;
    server.restart().await.unwrap();
    let mut client = crate::testing::client(&server).await;
    refused(&mut client, &[("authorization", &token)]).await;
    let basic = basic("user", "pass");
    let stale = [("authorization", &*basic), ("cookie", &*cookie)];
    assert!(refused(&mut client, &stale).await.contains("not known"));
}

#[test]
fn added_token_ends_after_its_life() {
    let tokens = super::tokens::Tokens::new(None);
    tokens.add("ended".to_owned(), Some(Duration::ZERO));
    tokens.add("long".to_owned(), Some(Duration::from_secs(3600)));
    tokens.add("endless".to_owned(), None);
    let status = tokens.check("ended").unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    assert_eq!(status.message(), "the token has expired");
    assert_eq!(tokens.check("long").unwrap(), None);
    assert_eq!(tokens.check("endless").unwrap(), None);
}

#[tokio::test]
async fn payload_only_accepts_basic_auth_message_and_auth_token_bin() {
    let builder = builder().basic("user", "pass").payload_only(true);
    let (_server, mut client) = start(builder).await;
    // The header is not read.
    let status = login(&mut client, false, "pass").await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let [header, token, trailer] = login(&mut client, true, "pass").await.unwrap();
    assert_eq!((header, trailer), (None, None));
    let token = token.unwrap();
    let bearer = format!("Bearer {token}");
    let text = refused(&mut client, &[("authorization", &bearer)]).await;
    assert_eq!(text, "invalid token");
    let mut request = Request::new(action("a"));
    let value = tonic::metadata::BinaryMetadataValue::from_bytes(token.as_bytes());
    request.metadata_mut().insert_bin("auth-token-bin", value);
    client.do_action(request).await.unwrap();
}
