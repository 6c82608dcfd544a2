//! Headers before the error of a reply of one message, as grpc-go sends them.
//!
//! Job: split the response of tonic, which sends such an error in one frame. Layer: harness, below [`super::harness`].
//! Spec: <https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md#responses>.

use std::{
    convert::Infallible,
    mem,
    task::{Context, Poll},
};

use futures_util::{TryFutureExt as _, future::MapOk, stream};
use tonic::{
    Status,
    body::Body,
    codec::{EncodeBody, EncodeBuf, Encoder},
    codegen::{
        Service,
        http::{HeaderMap, HeaderName, Request, Response, header::CONTENT_TYPE},
    },
    metadata::MetadataMap,
    server::NamedService,
};

/// Prefix of the names of these headers in the metadata of the error.
const PREFIX: &str = "testkit-first-";

/// Adds headers to an error, to be sent before it.
pub(crate) fn send_first(status: &mut Status, headers: &MetadataMap) {
    let mut all = mem::take(status.metadata_mut()).into_headers();
    for (name, value) in headers.as_ref() {
        let name = HeaderName::try_from(format!("{PREFIX}{name}"));
        all.append(name.expect("two names are a name"), value.clone());
    }
    *status.metadata_mut() = MetadataMap::from_headers(all);
}

/// A service that sends the headers of [`send_first`] before the error.
#[derive(Clone)]
pub(crate) struct HeadersFirst<S>(pub(crate) S);

impl<S: NamedService> NamedService for HeadersFirst<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for HeadersFirst<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = MapOk<S::Future, fn(Response<Body>) -> Response<Body>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        self.0.call(request).map_ok(split)
    }
}

/// Moves the error of a response from its headers to its trailers, if a header must precede it.
fn split(response: Response<Body>) -> Response<Body> {
    let first = |name: &HeaderName| name.as_str().starts_with(PREFIX);
    if !response.headers().keys().any(first) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let mut trailers = HeaderMap::new();
    for (name, value) in &mem::take(&mut parts.headers) {
        match name.as_str().strip_prefix(PREFIX) {
            Some(own) => {
                let own = HeaderName::try_from(own).expect("the rest of a name is a name");
                parts.headers.append(own, value.clone());
            }
            None if name == CONTENT_TYPE => {
                parts.headers.append(name, value.clone());
            }
            None => {
                trailers.append(name, value.clone());
            }
        }
    }
    let status = Status::from_header_map(&trailers).map_or(Ok(()), Err);
    let body = EncodeBody::new_server(
        NoMessage,
        stream::iter([status]),
        None,
        Default::default(),
        None,
    );
    Response::from_parts(parts, Body::new(body))
}

/// The encoder of a body that contains only trailers.
struct NoMessage;

impl Encoder for NoMessage {
    type Item = ();
    type Error = Status;

    fn encode(&mut self, (): (), _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        Ok(())
    }
}
