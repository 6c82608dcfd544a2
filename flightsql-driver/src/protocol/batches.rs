//! The stream of one ticket as record batches (layer 3).
//!
//! Messages pass the [`guard`](super::guard) before arrow-flight decodes them. The stream has two deadlines,
//! since a channel's own timeout ends with the response headers: the whole reading (`fetch_timeout`) and the
//! silence between two messages (`idle_timeout`). After an error nothing follows.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::Poll;

use arrow_array::RecordBatch;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, Ticket};
use arrow_schema::SchemaRef;
use futures_core::Stream;
use tokio::time::Instant;
use tonic::Streaming;

use super::guard::Guard;
use super::rpc::{Operation, Rpc, Under};
use super::schema;
use crate::error::{Error, Result};

const GET: Operation = Operation::new("DoGet", Under::Query);

/// One message of a result.
#[derive(Debug)]
pub(crate) enum Item {
    /// The truth about the columns; first, and only once.
    Schema(SchemaRef),
    /// Rows, possibly none: some servers send empty batches as a sign of life.
    Batch(RecordBatch),
}

/// A result being read. Dropping it resets the HTTP/2 stream, which tells the server to stop.
#[derive(Debug)]
pub(crate) struct BatchStream {
    decoder: FlightDataDecoder,
    schema: Option<SchemaRef>,
    ended: bool,
}

impl BatchStream {
    /// Opens the stream of a ticket. `fetch_deadline` bounds the whole result, over all its endpoints.
    pub(crate) async fn open(
        rpc: &Rpc,
        ticket: Ticket,
        fetch_deadline: Option<Instant>,
    ) -> Result<Self> {
        let opened = rpc.get(GET, ticket);
        let stream = match fetch_deadline {
            None => opened.await?,
            // A server may be silent before its headers as well as between its messages.
            Some(deadline) => tokio::time::timeout_at(deadline, opened)
                .await
                .map_err(|_| fetched_too_long(rpc))??,
        };
        let feed = Feed {
            stream,
            guard: schema::guard(&rpc.options().limits),
            rpc: rpc.clone(),
            fetch_deadline,
        };
        // Boxed, since it is moved into and out of every step.
        let messages = futures_util::stream::try_unfold(Box::new(feed), Feed::pull);
        Ok(Self {
            decoder: FlightDataDecoder::new(messages),
            schema: None,
            ended: false,
        })
    }

    /// The next message; `None` after the last one and after an error. Cancel-safe.
    pub(crate) async fn next(&mut self) -> Result<Option<Item>> {
        while !self.ended {
            let polled = std::future::poll_fn(|cx| {
                let decoder = Pin::new(&mut self.decoder);
                // The guard has refused what is known to panic in decoding; this is for the unknown.
                match catch_unwind(AssertUnwindSafe(|| decoder.poll_next(cx))) {
                    Ok(poll) => poll.map(Ok),
                    Err(_) => Poll::Ready(Err(())),
                }
            });
            let decoded = match polled.await {
                Ok(Some(Ok(decoded))) => decoded,
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Ok(Some(Err(error))) => {
                    self.ended = true;
                    return Err(decode_error(error));
                }
                Err(()) => {
                    self.ended = true;
                    return Err(bad("a message could not be decoded"));
                }
            };
            match decoded.payload {
                DecodedPayload::None => {}
                DecodedPayload::RecordBatch(batch) => return Ok(Some(Item::Batch(batch))),
                DecodedPayload::Schema(schema) => match &self.schema {
                    None => {
                        self.schema = Some(SchemaRef::clone(&schema));
                        return Ok(Some(Item::Schema(schema)));
                    }
                    // Sent again by some servers; it may not change what the rows are.
                    Some(first) if **first == *schema => {}
                    Some(_) => {
                        self.ended = true;
                        return Err(bad("the columns changed in mid-stream"));
                    }
                },
            }
        }
        Ok(None)
    }
}

/// The raw messages, checked and under deadlines.
struct Feed {
    stream: Streaming<FlightData>,
    guard: Guard,
    rpc: Rpc,
    fetch_deadline: Option<Instant>,
}

impl Feed {
    async fn pull(
        mut self: Box<Self>,
    ) -> std::result::Result<Option<(FlightData, Box<Self>)>, FlightError> {
        loop {
            match self.message().await {
                // Only `app_metadata`: legal anywhere, and a sign of life.
                Ok(Some(data)) if data.data_header.is_empty() => {}
                Ok(Some(data)) => return Ok(Some((data, self))),
                Ok(None) => return Ok(None),
                Err(error) => return Err(FlightError::ExternalError(Box::new(error))),
            }
        }
    }

    async fn message(&mut self) -> Result<Option<FlightData>> {
        let idle = self.rpc.options().timeouts.idle;
        let fetch = self
            .fetch_deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let message = self.stream.message();
        // The nearer of the two.
        let message = match (idle, fetch) {
            (Some(idle), fetch) if fetch.is_none_or(|fetch| idle <= fetch) => {
                let waited = tokio::time::timeout(idle, message).await;
                waited.map_err(|_| Error::timeout(GET.name, "idle_timeout", idle))?
            }
            (_, Some(fetch)) => {
                let waited = tokio::time::timeout(fetch, message).await;
                waited.map_err(|_| fetched_too_long(&self.rpc))?
            }
            (_, None) => message.await,
        };
        match message.map_err(|status| self.rpc.failure(GET, &status))? {
            Some(data) => {
                self.guard
                    .check(&data)
                    .map_err(|error| bad(&error.to_string()))?;
                Ok(Some(data))
            }
            None => {
                let trailers = self.stream.trailers().await;
                let trailers = trailers.map_err(|status| self.rpc.failure(GET, &status))?;
                if let Some(trailers) = trailers {
                    self.rpc.absorb(&trailers);
                }
                self.rpc.session().answered();
                Ok(None)
            }
        }
    }
}

/// It names the limit as it was set, not what was left of it.
fn fetched_too_long(rpc: &Rpc) -> Error {
    let limit = rpc.options().timeouts.fetch.unwrap_or_default();
    Error::timeout(GET.name, "fetch_timeout", limit)
}

/// Our own errors come back out of arrow-flight's box; the rest is what the server sent.
fn decode_error(error: FlightError) -> Error {
    match error {
        FlightError::ExternalError(inner) => match inner.downcast::<Error>() {
            Ok(ours) => *ours,
            Err(other) => bad(&other.to_string()),
        },
        other => bad(&other.to_string()),
    }
}

fn bad(what: &str) -> Error {
    Error::peer(GET.name, format!("the result is not readable: {what}"))
}
