//! Calls against a bare h2 server: the data that is written, and the end of a connection.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Body as _;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tonic::body::Body;
use tower_service::Service as _;

use super::{Http2, ResponseBody};
use crate::options::ConnectOptions;
use crate::transport::group::Group;
use crate::transport::monitored::{MonitoredSocket, SocketState};
use crate::transport::socket::BoxSocket;

type Server = h2::server::Connection<DuplexStream, Bytes>;

/// A socket that counts its writes.
struct Counted(DuplexStream, Arc<AtomicUsize>);

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        self.1.fetch_add(1, Ordering::Relaxed);
        Pin::new(&mut self.0).poll_write(cx, buffer)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

struct Pair {
    client: Http2,
    state: Arc<SocketState>,
    writes: Arc<AtomicUsize>,
}

/// Both ends of a connection under these options.
async fn pair(options: &str) -> (Pair, Server) {
    let options: ConnectOptions = options.parse().unwrap();
    let (near, far) = tokio::io::duplex(1 << 20);
    let writes = Arc::new(AtomicUsize::new(0));
    let state = SocketState::new();
    let socket: BoxSocket = Box::new(Counted(near, Arc::clone(&writes)));
    let monitored = MonitoredSocket::new(socket, Arc::clone(&state));
    let agent = HeaderValue::from_static("test");
    let group = Arc::<Group>::default();
    let client = Http2::handshake(
        monitored,
        Duration::ZERO,
        &state,
        &options.limits,
        agent,
        &group,
    );
    let (client, server) = tokio::join!(client, h2::server::handshake(far));
    let client = client.unwrap();
    (
        Pair {
            client,
            state,
            writes,
        },
        server.unwrap(),
    )
}

fn request(body: &'static str) -> Request<Body> {
    let body = http_body_util::Full::new(Bytes::from_static(body.as_bytes()));
    Request::post("http://server/call")
        .body(Body::new(body))
        .unwrap()
}

/// Answers every call with its own body, and gives the number of calls at the end.
async fn echo(mut server: Server) -> usize {
    let mut calls = 0;
    while let Some(Ok((request, mut respond))) = server.accept().await {
        calls += 1;
        tokio::spawn(async move {
            assert_eq!(request.headers()["user-agent"], "test");
            let mut body = request.into_body();
            let mut stream = respond.send_response(Response::new(()), false).unwrap();
            while let Some(Ok(data)) = body.data().await {
                let _ = body.flow_control().release_capacity(data.len());
                stream.send_data(data, false).unwrap();
            }
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", HeaderValue::from_static("0"));
            stream.send_trailers(trailers).unwrap();
        });
    }
    calls
}

async fn read(mut answer: ResponseBody) -> Result<(Vec<u8>, Option<HeaderMap>), h2::Error> {
    let (mut data, mut trailers) = (Vec::new(), None);
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut answer).poll_frame(cx)).await {
        match frame?.into_data() {
            Ok(bytes) => data.extend(bytes),
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok((data, trailers))
}

mod foreign;
mod pings;

#[tokio::test]
async fn a_call_is_one_write_and_its_answer_is_read_whole() {
    let (mut pair, server) = pair("flightsql+tcp://h:1").await;
    let served = tokio::spawn(echo(server));
    // Both sides have settled once a call is through.
    for body in ["first", "second"] {
        let before = pair.writes.load(Ordering::Relaxed);
        let answer = pair.client.call(request(body)).await.unwrap();
        let (data, trailers) = read(answer.into_body()).await.unwrap();
        assert_eq!(data, body.as_bytes());
        assert_eq!(trailers.unwrap()["grpc-status"], "0");
        if body == "second" {
            let written = pair.writes.load(Ordering::Relaxed) - before;
            assert_eq!(written, 1, "headers and body leave together");
        }
    }
    drop(pair.client);
    assert_eq!(served.await.unwrap(), 2);
    assert!(!pair.state.is_open());
}

#[tokio::test]
async fn an_answer_outlives_its_client() {
    let (mut pair, server) = pair("flightsql+tcp://h:1").await;
    tokio::spawn(echo(server));
    let answer = pair.client.call(request("whole")).await.unwrap();
    drop(pair.client);
    assert_eq!(read(answer.into_body()).await.unwrap().0, b"whole");
    while pair.state.is_open() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_server_that_shuts_down_gets_no_new_connections() {
    let (mut pair, mut server) = pair("flightsql+tcp://h:1").await;
    let (open, shutdown) = tokio::sync::oneshot::channel();
    let served = tokio::spawn(async move {
        let (_, mut respond) = server.accept().await.unwrap().unwrap();
        let mut stream = respond.send_response(Response::new(()), false).unwrap();
        server.graceful_shutdown();
        let finish = async {
            shutdown.await.unwrap();
            stream.send_data(Bytes::from_static(b"end"), true).unwrap();
        };
        tokio::join!(finish, async { while server.accept().await.is_some() {} });
    });
    let answer = pair.client.call(request("")).await.unwrap();
    assert!(pair.state.is_open());
    // GOAWAY takes a round trip; the server refuses a call before that.
    while pair.client.call(request("")).await.is_ok() {}
    while pair.state.is_open() {
        tokio::task::yield_now().await;
        assert!(pair.client.call(request("")).await.is_err());
    }
    // The open response is read to its end.
    open.send(()).unwrap();
    assert_eq!(read(answer.into_body()).await.unwrap().0, b"end");
    served.await.unwrap();
}
