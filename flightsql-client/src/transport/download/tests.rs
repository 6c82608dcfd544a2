//! Begin and end of a response, from a bare h2 server.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::Reason;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};

use super::{Download, do_get};
use crate::options::ConnectOptions;
use crate::transport::http2::Http2;
use crate::transport::monitored::{MonitoredSocket, SocketState};
use crate::transport::socket::BoxSocket;

/// A gRPC message.
const MESSAGE: &[u8] = b"\0\0\0\0\x01m";

/// The action of the server on the only RPC.
type Answer = fn(SendResponse<Bytes>);

/// The headers, the body and the trailers of the answer.
async fn get(answer: Answer) -> Result<(MetadataMap, Vec<u8>, MetadataMap), Status> {
    let options: ConnectOptions = "flightsql+tcp://h:1".parse().unwrap();
    let (near, far) = tokio::io::duplex(1 << 20);
    let state = SocketState::new();
    let socket: BoxSocket = Box::new(near);
    let monitored = MonitoredSocket::new(socket, state.clone());
    let agent = HeaderValue::from_static("test");
    let group = Arc::default();
    let client = Http2::handshake(
        monitored,
        Duration::ZERO,
        &state,
        &options.limits,
        agent,
        &group,
    );
    let (client, server) = tokio::join!(client, h2::server::handshake(far));
    let mut server = server.unwrap();
    tokio::spawn(async move {
        let (call, respond) = server.accept().await.unwrap().unwrap();
        check(call).await;
        answer(respond);
        while server.accept().await.is_some() {}
    });
    let mut request = Request::new(Bytes::from_static(MESSAGE));
    request
        .metadata_mut()
        .insert("x-own", "yes".parse().unwrap());
    let origin = Uri::from_static("http://server:7");
    let (headers, mut download) = do_get(client.unwrap(), &origin, request).await?;
    let body = read(&mut download).await?;
    Ok((headers, body, download.end()?))
}

/// The call is what gRPC says.
async fn check(call: http::Request<h2::RecvStream>) {
    let (head, mut body) = call.into_parts();
    assert_eq!(head.method, "POST");
    assert_eq!(
        head.uri,
        "http://server:7/arrow.flight.protocol.FlightService/DoGet"
    );
    for (name, value) in [
        ("te", "trailers"),
        ("content-type", "application/grpc"),
        ("user-agent", "test"),
        ("x-own", "yes"),
    ] {
        assert_eq!(head.headers[name], value);
    }
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        bytes.extend(data.unwrap());
    }
    assert_eq!(bytes, MESSAGE);
}

async fn read(download: &mut Download) -> Result<Vec<u8>, Status> {
    let mut body = Vec::new();
    while let Some(chunk) = download.chunk().await? {
        body.extend(chunk);
    }
    // Once ended it stays so.
    assert_eq!(download.chunk().await.unwrap(), None);
    Ok(body)
}

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        (
            http::HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    });
    pairs.collect()
}

fn response(status: StatusCode, pairs: &[(&'static str, &'static str)]) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = headers(pairs);
    response
}

#[tokio::test]
async fn headers_body_and_trailers_arrive() {
    let (headers, body, trailers) = get(|mut respond| {
        let head = response(StatusCode::OK, &[("x-head", "1")]);
        let mut stream = respond.send_response(head, false).unwrap();
        stream.send_data("one".into(), false).unwrap();
        stream.send_data("two".into(), false).unwrap();
        let trailers = self::headers(&[("grpc-status", "0"), ("x-tail", "2")]);
        stream.send_trailers(trailers).unwrap();
    })
    .await
    .unwrap();
    assert_eq!(headers.get("x-head").unwrap(), "1");
    assert_eq!(body, b"onetwo");
    assert_eq!(trailers.get("x-tail").unwrap(), "2");
}

#[tokio::test]
async fn an_error_in_the_trailers_follows_the_body() {
    let status = get(|mut respond| {
        let head = response(StatusCode::OK, &[]);
        let mut stream = respond.send_response(head, false).unwrap();
        stream.send_data("part".into(), false).unwrap();
        let trailers = headers(&[
            ("grpc-status", "8"),
            ("grpc-message", "no%20memory"),
            ("x", "y"),
        ]);
        stream.send_trailers(trailers).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::ResourceExhausted, "no memory")
    );
    assert_eq!(status.metadata().get("x").unwrap(), "y");
}

#[tokio::test]
async fn a_body_that_ends_without_a_status_is_not_taken_for_whole() {
    let status = get(|mut respond| {
        let head = response(StatusCode::OK, &[]);
        let mut stream = respond.send_response(head, false).unwrap();
        stream.send_data("part".into(), true).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!(status.code(), Code::Unknown);
    assert!(status.message().contains("truncated"), "{status}");
}

#[tokio::test]
async fn an_answer_of_headers_alone_says_how_it_went() {
    let status = get(|mut respond| {
        let head = response(
            StatusCode::OK,
            &[("grpc-status", "5"), ("grpc-message", "gone")],
        );
        respond.send_response(head, true).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::NotFound, "gone"));
    let (_, body, _) = get(|mut respond| {
        let head = response(StatusCode::OK, &[("grpc-status", "0")]);
        respond.send_response(head, true).unwrap();
    })
    .await
    .unwrap();
    assert!(body.is_empty());
}

#[tokio::test]
async fn an_http_error_is_named_as_one() {
    let status = get(|mut respond| {
        let head = response(StatusCode::BAD_GATEWAY, &[("content-type", "text/html")]);
        let mut stream = respond.send_response(head, false).unwrap();
        stream.send_data("<html>".into(), true).unwrap();
    })
    .await
    .unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(status.message().contains("502 Bad Gateway"), "{status}");
    // It is an answer, not a broken connection.
    assert!(std::error::Error::source(&status).is_none());
}

#[tokio::test]
async fn a_reset_stream_is_an_error_with_its_cause() {
    let status = get(|mut respond| {
        let head = response(StatusCode::OK, &[]);
        let mut stream = respond.send_response(head, false).unwrap();
        stream.send_data("part".into(), false).unwrap();
        stream.send_reset(Reason::INTERNAL_ERROR);
    })
    .await
    .unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(std::error::Error::source(&status).is_some());
}
