//! Reads the first message of a client stream, and replays it for the service.
//!
//! Job: `DoPut` and `DoExchange` name their command in the first `FlightData`; a `tonic::Streaming` cannot be
//! reset, so this module creates a new one, whose decoder takes messages from a queue and never bytes.
//! Layer: harness. Spec: `FlightData.flight_descriptor` in
//! <https://github.com/apache/arrow/blob/main/format/Flight.proto>.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use arrow_flight::FlightData;
use futures_util::{StreamExt as _, stream};
use tonic::{
    Request, Status, Streaming,
    codec::{BufferSettings, DecodeBuf, Decoder, EncodeBody, EncodeBuf, Encoder},
};

use crate::engine::lock;

/// Returns the first message of the request, and a request that still contains this message.
///
/// Waits for the first message; `None` means that the client sent none.
pub(crate) async fn peek(
    request: Request<Streaming<FlightData>>,
) -> Result<(Option<FlightData>, Request<Streaming<FlightData>>), Status> {
    let (metadata, extensions, mut incoming) = request.into_parts();
    let first = incoming.message().await?;
    let messages = stream::iter(first.clone().map(Ok)).chain(incoming);
    let replayed = streaming(messages);
    Ok((first, Request::from_parts(metadata, extensions, replayed)))
}

/// Creates a `Streaming` of existing messages.
fn streaming(
    messages: impl futures_core::Stream<Item = Result<FlightData, Status>> + Send + 'static,
) -> Streaming<FlightData> {
    let queue = Queue::default();
    let body = EncodeBody::new_client(queue.clone(), messages, None, None);
    Streaming::new_request(queue, body, None, None)
}

/// Both ends of a codec: the decoder returns the messages of the encoder, and the frames between them are empty.
#[derive(Clone, Default)]
struct Queue(Arc<Mutex<VecDeque<FlightData>>>);

/// A frame has 5 bytes. With a threshold of 1, frames pass one by one, so that backpressure works.
fn one_by_one() -> BufferSettings {
    BufferSettings::new(64, 1)
}

impl Encoder for Queue {
    type Item = FlightData;
    type Error = Status;

    fn encode(&mut self, item: FlightData, _: &mut EncodeBuf<'_>) -> Result<(), Status> {
        lock(&self.0).push_back(item);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        one_by_one()
    }
}

impl Decoder for Queue {
    type Item = FlightData;
    type Error = Status;

    fn decode(&mut self, _: &mut DecodeBuf<'_>) -> Result<Option<FlightData>, Status> {
        Ok(lock(&self.0).pop_front())
    }

    fn buffer_settings(&self) -> BufferSettings {
        one_by_one()
    }
}
