//! The server preface, what a session carries, and where a result may be read.

use std::sync::Arc;
use std::time::Duration;

use arrow_flight::Action;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tonic::metadata::{MetadataMap, MetadataValue};

use super::call::{CallState, bearer};
use super::channel::Channel;
use super::deadline::within;
use super::group::Group;
use super::locations::{self, Route};
use super::method::Method;
use super::monitored::{MonitoredSocket, ServerPreface, SocketState};
use super::socket::socket_host;
use crate::dialect::LocationPolicy;
use crate::error::Error;
use crate::options::ConnectOptions;

fn options(url: &str) -> ConnectOptions {
    url.parse().unwrap()
}

async fn preface(chunks: &[&[u8]]) -> ServerPreface {
    let (mut server, client) = tokio::io::duplex(64);
    let state = SocketState::new();
    let mut socket = MonitoredSocket::new(client, state.clone());
    let mut buffer = [0; 64];
    for chunk in chunks {
        server.write_all(chunk).await.unwrap();
        let _ = socket.read(&mut buffer).await.unwrap();
    }
    drop(server);
    let _ = socket.read(&mut buffer).await;
    assert!(state.is_open());
    drop(socket);
    assert!(!state.is_open());
    state.wait_for_preface().await
}

#[tokio::test]
async fn the_first_bytes_name_the_server() {
    assert_eq!(
        preface(&[b"\0\0\x12\x04\0\0\0\0\0"]).await,
        ServerPreface::Http2
    );
    assert_eq!(
        preface(&[b"\0", b"\0", b"\x12", b"\x04\0"]).await,
        ServerPreface::Http2
    );
    assert_eq!(
        preface(&[b"HTTP/1.1 400 Bad Request\r\n"]).await,
        ServerPreface::Http1
    );
    assert_eq!(
        preface(&[b"\x15\x03\x03\0\x02\x02\x46"]).await,
        ServerPreface::Tls
    );
    assert_eq!(preface(&[b"SSH-2.0-x"]).await, ServerPreface::Other);
    assert_eq!(preface(&[]).await, ServerPreface::Closed);
    assert_eq!(preface(&[b"\0\0"]).await, ServerPreface::Closed);
}

#[tokio::test]
async fn waits_for_preface_which_never_changes() {
    let state = SocketState::new();
    assert_eq!(state.preface(), ServerPreface::Awaited);
    let (mut server, client) = tokio::io::duplex(64);
    let mut socket = MonitoredSocket::new(client, state.clone());
    let waiting = tokio::spawn({
        let state = state.clone();
        async move { state.wait_for_preface().await }
    });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    server.write_all(b"HTTP").await.unwrap();
    let mut buffer = [0; 16];
    assert_eq!(socket.read(&mut buffer).await.unwrap(), 4);
    assert_eq!(waiting.await.unwrap(), ServerPreface::Http1);
    drop(socket);
    assert_eq!(state.preface(), ServerPreface::Http1);
}

#[test]
fn a_session_carries_headers_token_and_cookies_and_masks_them() {
    let options =
        options("flightsql+tcp://user:hunter22@h:1?header.x-key=tenant-7").header("x-two", "b");
    let session = CallState::new(&options).unwrap();
    session.authorize("Bearer s3cr3t-token").unwrap();
    let mut answer = MetadataMap::new();
    answer.append(
        "set-cookie",
        MetadataValue::from_static("sid=cookie-value-1"),
    );
    session.apply_response_metadata(&answer, true);

    let request = session.request(Method::DoGet, (), Some(Duration::from_secs(3)));
    let sent = request.metadata();
    assert_eq!(sent.get("x-key").unwrap(), "tenant-7");
    assert_eq!(sent.get("x-two").unwrap(), "b");
    assert_eq!(sent.get("authorization").unwrap(), "Bearer s3cr3t-token");
    assert_eq!(sent.get("cookie").unwrap(), "sid=cookie-value-1");
    assert!(sent.get("grpc-timeout").is_some());

    let text = "Bearer s3cr3t-token hunter22 tenant-7 sid=cookie-value-1 fine";
    assert_eq!(session.mask(text), "Bearer *** *** *** sid=*** fine");
    let printed = format!("{session:?}");
    for secret in ["s3cr3t", "hunter22", "tenant-7", "cookie-value"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

#[test]
fn only_a_bearer_token_is_adopted_from_an_answer() {
    let session = CallState::new(&options("flightsql+tcp://h:1")).unwrap();
    let sent = |session: &CallState| {
        let request = session.request(Method::DoGet, (), None);
        let value = request.metadata().get("authorization").cloned();
        value.map(|value| value.to_str().unwrap().to_owned())
    };
    let mut answer = MetadataMap::new();
    answer.insert(
        "authorization",
        MetadataValue::from_static("Basic dXNlcjpwdw=="),
    );
    session.apply_response_metadata(&answer, true);
    assert_eq!(sent(&session), None);
    answer.insert(
        "authorization",
        MetadataValue::from_static("bearer  new-token"),
    );
    session.apply_response_metadata(&answer, true);
    assert_eq!(sent(&session).unwrap(), "Bearer new-token");
    assert_eq!(
        session.credential().authorization.unwrap(),
        "Bearer new-token"
    );
    assert_eq!(bearer("Bearer abc"), Some("abc"));
    assert_eq!(bearer("Bearer"), None);
}

#[test]
fn a_result_is_read_only_where_it_was_asked_for() {
    let tcp = options("flightsql+tcp://Data.example:31337");
    let allow = |options: &ConnectOptions, list: &[&str]| {
        let own = locations::Origin::of(options);
        locations::route(options, &own, list, &str::to_owned)
            .is_ok_and(|route| route == Route::Here)
    };
    assert!(allow(&tcp, &[]));
    assert!(allow(&tcp, &["arrow-flight-reuse-connection://?"]));
    assert!(allow(&tcp, &["grpc://data.example:31337"]));
    assert!(allow(
        &tcp,
        &["grpc+tcp://other:1", "grpc+tcp://data.example:31337"]
    ));
    assert!(!allow(&tcp, &["grpc+tcp://other:31337"]));
    assert!(!allow(&tcp, &["grpc+tcp://data.example:31338"]));
    assert!(!allow(&tcp, &["grpc+tls://data.example:31337"]));
    assert!(!allow(&tcp, &["not a uri"]));
    assert!(!allow(&tcp, &[""]));

    let tls = options("flightsql://[::1]:443");
    assert!(allow(&tls, &["grpc+tls://[::1]:443"]));
    // Never from TLS to plaintext.
    assert!(!allow(&tls, &["grpc+tcp://[::1]:443"]));
    assert!(!allow(&tls, &["grpc://[::1]:443"]));

    let unix = options("flightsql+unix:///run/db.sock");
    assert!(allow(&unix, &["grpc+unix:///run/db.sock"]));
    assert!(!allow(&unix, &["grpc+unix:///run/other.sock"]));

    let ignore = tcp.locations(LocationPolicy::Ignore);
    assert!(allow(&ignore, &["grpc+tcp://other:31337"]));
    assert_eq!(socket_host("[::1]"), "::1");
    assert_eq!(socket_host("h"), "h");
}

/// Returns the `:authority` of an RPC under these options.
async fn authority_of(query: &str) -> (String, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let options = options(&format!("flightsql+tcp://127.0.0.1:{port}?{query}"));
    let serve = async {
        let (socket, _) = listener.accept().await.unwrap();
        let mut server = h2::server::handshake(socket).await.unwrap();
        let (request, _) = server.accept().await.unwrap().unwrap();
        request.uri().authority().unwrap().to_string()
    };
    let call = async {
        let group = Arc::<Group>::default();
        let channel = Channel::open(&options, None, &group).await.unwrap();
        channel.client().do_action(Action::default()).await
    };
    let found = async {
        tokio::select! {
            authority = serve => authority,
            response = call => panic!("{response:?}"),
        }
    };
    let limit = Duration::from_secs(10);
    (tokio::time::timeout(limit, found).await.unwrap(), port)
}

#[tokio::test]
async fn sends_the_authority_of_the_options() {
    let (authority, port) = authority_of("").await;
    assert_eq!(authority, format!("127.0.0.1:{port}"));
    let (authority, _) = authority_of("authority=sales.gateway").await;
    assert_eq!(authority, "sales.gateway");
    let (authority, _) = authority_of("authority=Sales.Gateway:8443").await;
    assert_eq!(authority, "Sales.Gateway:8443");
}

#[test]
fn sends_and_masks_a_binary_token() {
    use base64::Engine as _;
    let session = CallState::new(&options("flightsql://h")).unwrap();
    let token = b"tok\xffen-1";
    session.set_auth_token(Some(token));
    let request = session.request(Method::DoGet, (), None);
    let value = request.metadata().get_bin("auth-token-bin").unwrap();
    assert_eq!(value.to_bytes().unwrap(), &token[..]);
    let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(token);
    assert!(!format!("{request:?}").contains(&encoded));
    assert_eq!(session.mask(&format!("bad {encoded}")), "bad ***");
    session.set_auth_token(None);
    let request = session.request(Method::DoGet, (), None);
    assert!(request.metadata().get_bin("auth-token-bin").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_deadline_names_its_option() {
    let never = std::future::pending::<Result<(), Error>>();
    let limit = Duration::from_secs(7);
    let error = within(never, "DoPut", "update_timeout", limit)
        .await
        .unwrap_err();
    let text =
        "DoPut was not answered within 7s; raise `update_timeout` if the server needs longer";
    assert_eq!(error.to_string(), text);
    let quick = within(async { Ok(5) }, "DoPut", "update_timeout", None).await;
    assert_eq!(quick.unwrap(), 5);
}

#[tokio::test]
async fn an_ipv6_address_has_brackets_in_errors() {
    // Port 0 has no server, and the machine may have no IPv6.
    let mut options = options("flightsql+tcp://[::1]:5");
    options.port = 0;
    let opened = Channel::open(&options, None, &Arc::default()).await;
    let Err(error) = opened else {
        panic!("there is a server")
    };
    let text = error.to_string();
    assert!(text.starts_with("cannot connect to [::1]:0: "), "{text}");
}
