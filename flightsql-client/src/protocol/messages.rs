//! The stream of one ticket as record batches.
//!
//! Chunks of the body become messages ([`frames`](super::frames)), and messages batches
//! ([`decode`](super::decode)). The stream has two deadlines, since the timeout of an RPC ends with the response headers:
//! `fetch_timeout` limits the complete result, and `idle_timeout` the time without data. After an error, the stream ends.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use arrow_flight::Ticket;
use bytes::Bytes;
use tokio::time::Instant;
use tonic::Status;
use tracing::Instrument as _;

use super::decode::Decoder;
pub(crate) use super::decode::Item;
use super::frames::{Frame, FrameDecoder, FrameError};
use super::memory::QueryMemory;
use super::rpc::elsewhere::Source;
use super::rpc::{Operation, Rpc, TimeoutClass};
use super::schema;
use crate::error::{Error, Result};
use crate::observe::{EndpointSpan, RpcSpan};
use crate::transport::deadline::Budget;
use crate::transport::download::Download;
use crate::transport::observe;

const GET: Operation = Operation::new("DoGet", TimeoutClass::Query);

/// A result being read. Dropping it resets the HTTP/2 stream, which tells the server to stop.
#[derive(Debug)]
pub(crate) struct MessageStream {
    rpc: Rpc,
    source: Source,
    /// `None` once it has ended.
    download: Option<Download>,
    frames: FrameDecoder,
    decoder: Decoder,
    /// The columns that the server planned, for a stream without a schema.
    planned: Bytes,
    /// The first message after the planned columns.
    first: Option<Frame>,
    /// Shared, since this is part of every future that reads.
    budget: Option<Arc<Budget>>,
    endpoint: EndpointSpan,
    /// The span of the RPC, until its end.
    call: Option<RpcSpan>,
}

impl MessageStream {
    /// Opens the stream of a ticket at one of its locations. `planned` is the schema of its `FlightInfo`. `budget` and `memory`
    /// bound the whole result, over all its endpoints.
    pub(crate) async fn open(
        rpc: &Rpc,
        ticket: Ticket,
        locations: &[&str],
        planned: Bytes,
        budget: Option<Arc<Budget>>,
        memory: Option<Arc<QueryMemory>>,
        mut endpoint: EndpointSpan,
    ) -> Result<Self> {
        let opened = Self::request(rpc, ticket, locations, budget.as_deref());
        let opened = opened.instrument(endpoint.span().clone()).await;
        let (download, source, call) = opened.inspect_err(|error| endpoint.fail(error))?;
        let limits = &rpc.options().limits;
        let longest = usize::try_from(limits.max_message_size).unwrap_or(usize::MAX);
        Ok(Self {
            rpc: rpc.clone(),
            source,
            download: Some(download),
            frames: FrameDecoder::new(longest),
            decoder: Decoder::new(schema::validator(limits).within(memory)),
            planned,
            first: None,
            budget,
            endpoint,
            call: Some(call),
        })
    }

    async fn request(
        rpc: &Rpc,
        ticket: Ticket,
        locations: &[&str],
        budget: Option<&Budget>,
    ) -> Result<(Download, Source, RpcSpan)> {
        let opened = rpc.get_at(GET, ticket, locations);
        match budget.as_ref().and_then(|budget| budget.end()) {
            None => opened.await,
            // A server may be silent before its headers as well as between its messages.
            Some(end) => tokio::time::timeout_at(end, opened)
                .await
                .map_err(|_| exceeded(budget))?,
        }
    }

    /// Returns the bytes that have arrived.
    pub(crate) fn bytes(&self) -> u64 {
        self.endpoint.bytes()
    }

    /// Returns the next item; `None` after the last one and after an error. This method is cancel safe.
    pub(crate) async fn next(&mut self) -> Result<Option<Item>> {
        let span = self.endpoint.span().clone();
        let next = self.advance().instrument(span).await;
        match &next {
            Ok(Some(Item::Batch(batch))) => self.endpoint.add_batch(batch.num_rows()),
            Ok(Some(_)) => {}
            Ok(None) => {
                self.download = None;
                self.endpoint.succeed();
            }
            Err(error) => {
                (self.download, self.call) = (None, None);
                self.endpoint.fail(error);
            }
        }
        next.map_err(|error| self.source.named(error))
    }

    /// Reads on without decoding. Returns `true` at the end of the stream, and `false` once `budget` more bytes have arrived.
    pub(crate) fn poll_end(&mut self, cx: &mut Context<'_>, budget: &mut usize) -> Poll<bool> {
        loop {
            let Some(download) = &mut self.download else {
                return Poll::Ready(true);
            };
            match ready!(download.poll_chunk(cx)) {
                Ok(Some(chunk)) if chunk.len() <= *budget => *budget -= chunk.len(),
                Ok(Some(_)) => return Poll::Ready(false),
                Ok(None) => {
                    // The result has no reader, and neither has a late error.
                    let _ = self.end();
                }
                Err(_) => self.download = None,
            }
        }
    }

    async fn advance(&mut self) -> Result<Option<Item>> {
        let end = self.budget.as_ref().and_then(|budget| budget.end());
        while self.download.is_some() {
            // A wait that has data does not notice its deadline, and messages without rows never end this loop.
            if end.is_some_and(|end| end <= Instant::now()) {
                return Err(exceeded(self.budget.as_deref()));
            }
            while let Some(frame) = self.frame().map_err(bad)? {
                if let Some(item) = self.decoder.decode(&frame).map_err(bad)? {
                    return Ok(Some(item));
                }
            }
            match self.chunk().await? {
                Some(chunk) => self.frames.push(chunk),
                None => return self.end(),
            }
        }
        Ok(None)
    }

    /// Returns the next message. The planned columns come before the rows of a stream without a schema.
    fn frame(&mut self) -> Result<Option<Frame>, FrameError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let Some(frame) = self.frames.next()? else {
            return Ok(None);
        };
        if !self.planned.is_empty() && self.decoder.lacks_schema(&frame) {
            self.first = Some(frame);
            return Ok(
                schema::frame(&std::mem::take(&mut self.planned)).or_else(|| self.first.take())
            );
        }
        Ok(Some(frame))
    }

    /// Returns the next bytes, within the earlier of the two deadlines.
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let Some(download) = &mut self.download else {
            return Ok(None);
        };
        let idle = self.rpc.options().timeouts.idle;
        let end = self.budget.as_ref().and_then(|budget| budget.end());
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        let chunk = download.chunk();
        let chunk = match (idle, left) {
            (Some(idle), left) if left.is_none_or(|left| idle <= left) => {
                let waited = tokio::time::timeout(idle, chunk).await;
                waited.map_err(|_| Error::timeout(GET.name, "idle_timeout", idle))?
            }
            (_, Some(left)) => {
                let waited = tokio::time::timeout(left, chunk).await;
                waited.map_err(|_| exceeded(self.budget.as_deref()))?
            }
            (_, None) => chunk.await,
        };
        if let Ok(Some(chunk)) = &chunk {
            self.endpoint.add_bytes(chunk.len());
        }
        chunk.map_err(|status| self.failed(&status))
    }

    fn failed(&mut self, status: &Status) -> Error {
        if let Some(call) = self.call.take() {
            observe::failed(call, status);
        }
        self.source.failure(&self.rpc, GET, status)
    }

    /// Applies the trailers of a body that was read.
    fn end(&mut self) -> Result<Option<Item>> {
        if let Some(download) = self.download.take() {
            let trailers = download.end();
            let trailers = trailers.map_err(|status| self.failed(&status))?;
            if let Some(call) = self.call.take() {
                call.succeed();
            }
            self.source.ended(&self.rpc, GET, &trailers);
        }
        self.frames.finish().map_err(bad)?;
        Ok(None)
    }
}

/// Returns the error with the limit as it was set, not the remaining time.
fn exceeded(budget: Option<&Budget>) -> Error {
    let unnamed = || Error::timeout(GET.name, "fetch_timeout", Duration::ZERO);
    budget.map_or_else(unnamed, |budget| budget.exceeded(GET.name))
}

fn bad(what: impl fmt::Display) -> Error {
    Error::protocol(GET.name, format!("the result is not readable: {what}"))
}
