//! `DoGet` as the bytes of its body.
//!
//! The generated client collects each message in a buffer, which arrow then copies to an aligned one. This module passes on
//! the chunks of the socket, and `protocol/frames` copies them once to the buffer of arrow.
//! Protocol: [gRPC over HTTP/2](https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Uri;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue, TE};
use http::uri::PathAndQuery;
use http_body::Body as _;
use http_body_util::Full;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::{Code, Request, Status};
use tower_service::Service as _;

use super::http2::{Http2, ResponseBody};
use super::method::Method;

/// The body of a response. Dropping it before its end resets the HTTP/2 stream.
#[derive(Debug)]
pub(crate) struct Download {
    answer: ResponseBody,
    /// The end of the RPC: trailers or an error.
    end: Option<Result<MetadataMap, Status>>,
}

/// Requests the stream of a ticket, as a gRPC message; also returns the headers of the response.
pub(crate) async fn do_get(
    mut http2: Http2,
    origin: &Uri,
    request: Request<Bytes>,
) -> Result<(MetadataMap, Download), Status> {
    let (metadata, _, message) = request.into_parts();
    let mut call = http::Request::new(Body::new(Full::new(message)));
    *call.method_mut() = http::Method::POST;
    *call.uri_mut() = uri(origin)?;
    *call.headers_mut() = metadata.into_headers();
    let headers = call.headers_mut();
    headers.insert(TE, HeaderValue::from_static("trailers"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    let answer = http2.call(call).await.map_err(lost)?;
    let (head, answer) = answer.into_parts();
    // A response without a body has its status in the headers.
    let end = match Status::from_header_map(&head.headers) {
        Some(status) if status.code() != Code::Ok => return Err(status),
        Some(_) => Some(Ok(MetadataMap::new())),
        None => None,
    };
    let download = Download { answer, end };
    Ok((MetadataMap::from_headers(head.headers), download))
}

impl Download {
    /// Returns the next bytes of the body; `None` at its end, after which [`end`](Self::end) returns the trailers. This method
    /// is cancel safe.
    pub(crate) async fn chunk(&mut self) -> Result<Option<Bytes>, Status> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    pub(crate) fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<Bytes>, Status>> {
        if self.end.is_some() {
            return Poll::Ready(Ok(None));
        }
        let frame = ready!(Pin::new(&mut self.answer).poll_frame(cx));
        let end = match frame.transpose().map_err(lost)? {
            Some(frame) => match frame.into_data() {
                Ok(data) => return Poll::Ready(Ok(Some(data))),
                Err(frame) => ended(frame.into_trailers().unwrap_or_default()),
            },
            None => ended(HeaderMap::new()),
        };
        self.end = Some(end);
        Poll::Ready(Ok(None))
    }

    /// Returns the trailers of a complete response, or the error in them.
    pub(crate) fn end(self) -> Result<MetadataMap, Status> {
        self.end.unwrap_or_else(|| ended(HeaderMap::new()))
    }
}

/// Returns the trailers if they have a status. gRPC ends each response with one; otherwise, it may be incomplete.
fn ended(trailers: HeaderMap) -> Result<MetadataMap, Status> {
    match Status::from_header_map(&trailers) {
        Some(status) if status.code() != Code::Ok => Err(status),
        Some(_) => Ok(MetadataMap::from_headers(trailers)),
        None => Err(Status::unknown(
            "the response ended without a gRPC status; it may be truncated",
        )),
    }
}

/// Returns the status for a broken socket or stream.
fn lost(error: h2::Error) -> Status {
    Status::from_error(Box::new(error))
}

fn uri(origin: &Uri) -> Result<Uri, Status> {
    let mut parts = origin.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::from_static(Method::DoGet.path()));
    Uri::from_parts(parts).map_err(|error| Status::internal(error.to_string()))
}

#[cfg(test)]
mod tests;
