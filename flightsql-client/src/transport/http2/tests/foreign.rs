//! Responses that are not gRPC, and statuses that contradict each other.

use arrow_flight::FlightDescriptor;
use arrow_flight::flight_service_client::FlightServiceClient;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

use super::{Bytes, pair};
use crate::transport::download::do_get;

type Pairs = &'static [(&'static str, &'static str)];

/// A response: HTTP status, headers, body, trailers.
#[derive(Clone, Copy)]
struct Reply(u16, Pairs, Option<&'static str>, Option<Pairs>);

fn headers(pairs: Pairs) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    map
}

/// The outcome of a unary RPC and of DoGet, for the same response.
async fn outcomes(reply: Reply) -> [Result<(), Status>; 2] {
    let (pair, mut server) = pair("flightsql+tcp://h:1?max_header_size=4KiB").await;
    tokio::spawn(async move {
        while let Some(Ok((_, mut respond))) = server.accept().await {
            let Reply(status, head, body, trailers) = reply;
            let mut response = Response::new(());
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            *response.headers_mut() = headers(head);
            let is_end = body.is_none() && trailers.is_none();
            let mut stream = respond.send_response(response, is_end).unwrap();
            if let Some(body) = body {
                stream.send_data(body.into(), trailers.is_none()).unwrap();
            }
            if let Some(trailers) = trailers {
                stream.send_trailers(headers(trailers)).unwrap();
            }
        }
    });
    let origin = Uri::from_static("http://server:7");
    let mut client = FlightServiceClient::with_origin(pair.client.clone(), origin.clone());
    let unary = client.get_flight_info(FlightDescriptor::default()).await;
    let request = tonic::Request::new(Bytes::from_static(b"\0\0\0\0\0"));
    let read = async {
        let (_, mut download) = do_get(pair.client, &origin, request).await?;
        while download.chunk().await?.is_some() {}
        download.end().map(|_: MetadataMap| ())
    };
    [unary.map(drop), read.await]
}

/// An empty FlightInfo.
const MESSAGE: &str = "\0\0\0\0\0";
const GRPC: (&str, &str) = ("content-type", "application/grpc");
const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");

#[tokio::test]
async fn b9_a_page_of_a_proxy_is_an_error_with_its_title() {
    let page = "<!DOCTYPE html><html><head>\n<TITLE lang=en>Service\n  down</TITLE></head></html>";
    for (status, code, name) in [
        (200, Code::Unknown, "200 OK"),
        (401, Code::Unauthenticated, "401 Unauthorized"),
        (403, Code::PermissionDenied, "403 Forbidden"),
        (404, Code::Unimplemented, "404 Not Found"),
        (429, Code::Unavailable, "429 Too Many Requests"),
        (502, Code::Unavailable, "502 Bad Gateway"),
        (503, Code::Unavailable, "503 Service Unavailable"),
        (504, Code::Unavailable, "504 Gateway Timeout"),
    ] {
        for outcome in outcomes(Reply(status, &[HTML], Some(page), None)).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.code(), code, "{status}");
            assert_eq!(
                error.message(),
                format!(
                    "the server returned HTTP {name} with `text/html; charset=utf-8` instead of a gRPC response: \
                     Service down; check the address, and that a proxy in front of the server forwards gRPC"
                )
            );
            // A response, and no broken connection.
            assert!(std::error::Error::source(&error).is_none());
        }
    }
}

#[tokio::test]
async fn b9_other_bodies_show_their_first_line_or_nothing() {
    for (kind, body, shown) in [
        (
            "text/plain",
            "\n no healthy upstream\u{7}\nsecond",
            ": no healthy upstream;",
        ),
        ("application/json", "{\"error\": 1}", ": {\"error\": 1};"),
        (
            "text/html",
            "<html><body>x</body></html>",
            "response; check",
        ),
        ("text/html", "", "response; check"),
        ("image/png", "\u{1}\u{2}", "response; check"),
        ("application/grpc-web+proto", MESSAGE, "response; check"),
    ] {
        let head: Pairs = Box::leak(Box::new([("content-type", kind)]));
        for outcome in outcomes(Reply(200, head, Some(body), None)).await {
            let message = outcome.unwrap_err().message().to_owned();
            assert!(message.contains(shown), "{kind}: {message}");
        }
    }
}

#[tokio::test]
async fn a_long_body_shows_no_part_of_a_token() {
    let token = "tok3n".repeat(60);
    let long = "word ".repeat(60);
    for (body, shown) in [
        (format!("invalid token {token}"), ": invalid token…;"),
        (token.clone(), ": …;"),
        (format!("{{\"given\":\"{token}\"}}"), ": {\"given\":…;"),
        (long.clone(), ": word word"),
        (format!("<title>{long}{token}</title>"), ": word word"),
    ] {
        let body: &'static str = body.leak();
        for outcome in outcomes(Reply(401, &[HTML], Some(body), None)).await {
            let message = outcome.unwrap_err().message().to_owned();
            assert!(message.contains(shown), "{message}");
            assert!(!message.contains("tok3n"), "{message}");
            assert!(message.len() < 500, "{message}");
        }
    }
}

#[tokio::test]
async fn k7_an_http_status_without_a_grpc_status_is_named() {
    for head in [&[][..], &[GRPC]] {
        for outcome in outcomes(Reply(401, head, None, None)).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.code(), Code::Unauthenticated);
            let message = error.message();
            assert!(
                message.starts_with("the server returned HTTP 401 Unauthorized"),
                "{message}"
            );
        }
    }
    // A gRPC status is the server's own word.
    let head: Pairs = &[("grpc-status", "16"), ("grpc-message", "no token")];
    for outcome in outcomes(Reply(401, head, None, None)).await {
        assert_eq!(outcome.unwrap_err().message(), "no token");
    }
}

#[tokio::test]
async fn d5_statuses_that_contradict_each_other_are_errors() {
    const OK: Pairs = &[GRPC, ("grpc-status", "0")];
    const FAILED: Pairs = &[("grpc-status", "13")];
    let plain: Pairs = &[GRPC];
    for (reply, code) in [
        (
            Reply(200, plain, Some(MESSAGE), Some(&[("grpc-status", "0")])),
            None,
        ),
        (
            Reply(200, OK, Some(MESSAGE), Some(&[("grpc-status", "0")])),
            None,
        ),
        (
            Reply(200, OK, Some(MESSAGE), Some(FAILED)),
            Some(Code::Internal),
        ),
        (Reply(200, OK, None, Some(FAILED)), Some(Code::Internal)),
        (
            Reply(
                200,
                plain,
                Some(MESSAGE),
                Some(&[("grpc-status", "0"), ("grpc-status", "13")]),
            ),
            Some(Code::Internal),
        ),
        (
            Reply(
                200,
                &[GRPC, ("grpc-status", "5")],
                Some(MESSAGE),
                Some(&[("grpc-status", "0")]),
            ),
            Some(Code::NotFound),
        ),
    ] {
        for outcome in outcomes(reply).await {
            assert_eq!(outcome.err().map(|error| error.code()), code);
        }
    }
    // A body that began with success and never ended with it.
    let [_, read] = outcomes(Reply(200, OK, Some(MESSAGE), None)).await;
    assert_eq!(read.unwrap_err().code(), Code::Unknown);
}
