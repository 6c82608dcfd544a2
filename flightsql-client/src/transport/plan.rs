//! The reply to `GetFlightInfo`, whose parts are counted before they are decoded.
//!
//! An empty endpoint or location has two bytes in a message, and up to 110 bytes in memory. A reply of the maximum size could
//! therefore take gigabytes before any limit is checked.
//! Messages: [Flight.proto](https://github.com/apache/arrow/blob/main/format/Flight.proto), `FlightInfo`.

use std::fmt;

use arrow_flight::{FlightDescriptor, FlightInfo};
use bytes::{Buf, Bytes};
use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Request, Response, Status};

use super::http2::Http2;
use super::method::Method;

/// The field numbers of `FlightInfo` and of the messages in it.
const DESCRIPTOR: u64 = 2;
const ENDPOINT: u64 = 3;
const LOCATION_OF_ENDPOINT: u64 = 2;
const PATH_OF_DESCRIPTOR: u64 = 3;

/// Locations of all endpoints together, for each endpoint that the options allow. A result is stored on a few servers.
const LOCATIONS_PER_ENDPOINT: usize = 10;
/// Locations and path elements that are always allowed.
const MIN_TEXTS: usize = 1000;

/// A reply with more parts than the limits allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oversized {
    Endpoints { count: usize, limit: usize },
    Locations { count: usize, limit: usize },
    Path { count: usize, limit: usize },
}

impl fmt::Display for Oversized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoints { count, limit } => write!(
                f,
                "the result has {count} endpoints, more than `max_endpoints` = {limit}"
            ),
            Self::Locations { count, limit } => write!(
                f,
                "the endpoints of the result have {count} locations, more than the limit of {limit}; raise `max_endpoints` if \
                 they are legitimate"
            ),
            Self::Path { count, limit } => write!(
                f,
                "the descriptor of the result has {count} path elements, more than the limit of {limit}"
            ),
        }
    }
}

/// Sends `GetFlightInfo`. A reply of more than `max_endpoints` endpoints is returned as an error of its own, since the RPC has
/// succeeded.
pub(crate) async fn get_flight_info(
    mut grpc: Grpc<Http2>,
    request: Request<FlightDescriptor>,
    max_endpoints: usize,
) -> Result<Response<Result<FlightInfo, Oversized>>, Status> {
    grpc.ready()
        .await
        .map_err(|error| Status::from_error(Box::new(error)))?;
    let path = PathAndQuery::from_static(Method::GetFlightInfo.path());
    grpc.unary(request, path, Plans { max_endpoints }).await
}

/// Decodes replies that have at most this number of endpoints.
#[derive(Debug, Clone, Copy)]
struct Plans {
    max_endpoints: usize,
}

impl Codec for Plans {
    type Encode = FlightDescriptor;
    type Decode = Result<FlightInfo, Oversized>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        *self
    }

    fn decoder(&mut self) -> Self {
        *self
    }
}

impl Encoder for Plans {
    type Item = FlightDescriptor;
    type Error = Status;

    fn encode(
        &mut self,
        descriptor: FlightDescriptor,
        buffer: &mut EncodeBuf<'_>,
    ) -> Result<(), Status> {
        descriptor
            .encode(buffer)
            .map_err(|error| Status::internal(error.to_string()))
    }
}

impl Decoder for Plans {
    type Item = Result<FlightInfo, Oversized>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Self::Item>, Status> {
        let message = buffer.copy_to_bytes(buffer.remaining());
        if let Err(oversized) = Counts::of(&message).check(self.max_endpoints) {
            return Ok(Some(Err(oversized)));
        }
        FlightInfo::decode(message)
            .map(|info| Some(Ok(info)))
            .map_err(|error| Status::internal(error.to_string()))
    }
}

/// The parts of a reply that cost more in memory than in the message.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    endpoints: usize,
    locations: usize,
    path: usize,
}

impl Counts {
    /// Counts the parts up to the end, or up to bytes that are no message, where the decoder ends too.
    fn of(message: &Bytes) -> Self {
        let mut counts = Self::default();
        fields(message, &mut |number, part| match number {
            ENDPOINT => {
                counts.endpoints += 1;
                fields(part, &mut |number, _| {
                    counts.locations += usize::from(number == LOCATION_OF_ENDPOINT);
                });
            }
            DESCRIPTOR => fields(part, &mut |number, _| {
                counts.path += usize::from(number == PATH_OF_DESCRIPTOR);
            }),
            _ => {}
        });
        counts
    }

    fn check(&self, max_endpoints: usize) -> Result<(), Oversized> {
        let most = max_endpoints
            .saturating_mul(LOCATIONS_PER_ENDPOINT)
            .max(MIN_TEXTS);
        if self.endpoints > max_endpoints {
            let (count, limit) = (self.endpoints, max_endpoints);
            return Err(Oversized::Endpoints { count, limit });
        }
        if self.locations > most {
            let (count, limit) = (self.locations, most);
            return Err(Oversized::Locations { count, limit });
        }
        if self.path > MIN_TEXTS {
            let (count, limit) = (self.path, MIN_TEXTS);
            return Err(Oversized::Path { count, limit });
        }
        Ok(())
    }
}

/// Visits the fields with a length, by number, up to bytes that are no
/// [message](https://protobuf.dev/programming-guides/encoding/). The fields of a group are visited as those of its message:
/// the decoder skips them, so that at worst too many are counted.
fn fields(mut rest: &[u8], visit: &mut dyn FnMut(u64, &[u8])) {
    while !rest.is_empty() {
        let Some(tag) = varint(&mut rest) else {
            return;
        };
        let length = match tag & 7 {
            0 => varint(&mut rest).map(|_| 0),
            1 => Some(8),
            2 => varint(&mut rest),
            3 | 4 => Some(0),
            5 => Some(4),
            _ => None,
        };
        let length = length.and_then(|length| usize::try_from(length).ok());
        let Some((part, after)) = length.and_then(|length| rest.split_at_checked(length)) else {
            return;
        };
        if tag & 7 == 2 {
            visit(tag >> 3, part);
        }
        rest = after;
    }
}

/// Reads a number of at most ten bytes. A longer one ends the message, for the decoder as well.
fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        // The tenth byte has room for one bit; the decoder rejects more.
        value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests;
