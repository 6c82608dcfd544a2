//! `DoPut` requests that can be aborted.
//!
//! Dropping a request resets its stream with CANCEL, which servers built on tonic treat as the *end* of the data, so
//! they keep a partial upload. An aborted upload instead resets the stream with INTERNAL_ERROR
//! ([RFC 9113, 7](https://www.rfc-editor.org/rfc/rfc9113#section-7)), which every server treats as an error. The generated
//! client cannot do this.

use arrow_flight::{FlightData, PutResult};
use futures_core::Stream;
use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming};
use tonic::{Request, Response, Status};

use super::http2::Http2;
use super::method::Method;

/// Sends the messages of `request`. `None` among them aborts the RPC, which then fails.
pub(crate) async fn do_put(
    mut grpc: Grpc<Http2>,
    request: Request<impl Stream<Item = Option<FlightData>> + Send + 'static>,
) -> Result<Response<Streaming<PutResult>>, Status> {
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(Box::new(error)))?;
    grpc.streaming(
        request,
        PathAndQuery::from_static(Method::DoPut.path()),
        Parts,
    )
    .await
}

/// Encodes messages as protobuf, and an abort as an error of the encoder, which resets the stream.
struct Parts;

impl Codec for Parts {
    type Encode = Option<FlightData>;
    type Decode = PutResult;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Parts {
    type Item = Option<FlightData>;
    type Error = Status;

    fn encode(
        &mut self,
        part: Option<FlightData>,
        buffer: &mut EncodeBuf<'_>,
    ) -> Result<(), Status> {
        let data = part.ok_or_else(|| Status::aborted("the data was aborted"))?;
        data.encode(buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Parts {
    type Item = PutResult;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<PutResult>, Status> {
        PutResult::decode(buffer)
            .map(Some)
            .map_err(|error| Status::internal(error.to_string()))
    }
}
