//! The spans of RPCs and of endpoints, at the level DEBUG: each operation has several of them.

use std::net::SocketAddr;

use tracing::field::Empty;
use tracing::{Span, debug_span};

use super::{Server, error_type};
use crate::error::Error;

/// The span of one RPC, from its request to the end of its response. If it is dropped before, the RPC was cancelled.
#[derive(Debug)]
pub(crate) struct RpcSpan(Span);

impl RpcSpan {
    /// Starts an RPC. `method` is its full name, such as `arrow.flight.protocol.FlightService/DoGet`.
    pub(crate) fn start<'o>(
        method: &'static str,
        server: impl FnOnce() -> Server<'o>,
        peer: impl FnOnce() -> Option<SocketAddr>,
    ) -> Self {
        if !tracing::span_enabled!(target: "flightsql::rpc", tracing::Level::DEBUG) {
            return Self(Span::none());
        }
        let (server, peer) = (server(), peer());
        Self(debug_span!(
            target: "flightsql::rpc",
            "rpc",
            otel.name = method,
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = method,
            rpc.response.status_code = Empty,
            error.type = Empty,
            server.address = &*server.address,
            server.port = server.port.map(i64::from),
            network.peer.address = peer.map(|peer| peer.ip().to_string()),
            network.peer.port = peer.map(|peer| i64::from(peer.port())),
        ))
    }

    pub(crate) fn span(&self) -> &Span {
        &self.0
    }

    /// Records the end of the response without an error.
    pub(crate) fn succeed(mut self) {
        self.end("OK");
    }

    /// Records the code of an error, by its name.
    pub(crate) fn fail(mut self, code: &'static str) {
        self.0.record("error.type", code);
        self.0.record("otel.status_code", "ERROR");
        self.end(code);
    }

    fn end(&mut self, code: &'static str) {
        self.0.record("rpc.response.status_code", code);
        self.0 = Span::none();
    }
}

impl Drop for RpcSpan {
    fn drop(&mut self) {
        if !self.0.is_disabled() {
            self.end("CANCELLED");
        }
    }
}

/// Starts the span of an endpoint: the stream of one ticket, from its request to its end. `index` is its place in the result.
pub(crate) fn endpoint_span(index: usize) -> EndpointSpan {
    if !tracing::span_enabled!(target: "flightsql::endpoint", tracing::Level::DEBUG) {
        return EndpointSpan::new(Span::none());
    }
    let index = i64::try_from(index).unwrap_or(i64::MAX);
    EndpointSpan::new(debug_span!(
        target: "flightsql::endpoint",
        "endpoint",
        otel.name = format!("endpoint {index}"),
        otel.kind = "internal",
        otel.status_code = Empty,
        error.type = Empty,
        flightsql.endpoint = index,
        flightsql.rows = Empty,
        flightsql.batches = Empty,
        flightsql.bytes = Empty,
        flightsql.cancelled = Empty,
    ))
}

/// The span of an endpoint, and what the endpoint has returned. If it is dropped before its end, its reader is gone.
#[derive(Debug)]
pub(crate) struct EndpointSpan {
    span: Span,
    rows: u64,
    batches: u64,
    bytes: u64,
}

impl EndpointSpan {
    fn new(span: Span) -> Self {
        Self {
            span,
            rows: 0,
            batches: 0,
            bytes: 0,
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    pub(crate) fn add_bytes(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(size(bytes));
    }

    pub(crate) fn add_batch(&mut self, rows: usize) {
        self.batches += 1;
        self.rows = self.rows.saturating_add(size(rows));
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn succeed(&mut self) {
        self.record();
        self.span = Span::none();
    }

    pub(crate) fn fail(&mut self, error: &Error) {
        self.span.record("error.type", error_type(error));
        self.span.record("otel.status_code", "ERROR");
        self.succeed();
    }

    fn record(&self) {
        self.span.record("flightsql.rows", number(self.rows));
        self.span.record("flightsql.batches", number(self.batches));
        self.span.record("flightsql.bytes", number(self.bytes));
    }
}

impl Drop for EndpointSpan {
    fn drop(&mut self) {
        if !self.span.is_disabled() {
            self.span.record("flightsql.cancelled", true);
            self.record();
        }
    }
}

/// Returns a size in memory as a number.
pub(super) fn size(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

/// Returns a number as OpenTelemetry has it.
pub(super) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
