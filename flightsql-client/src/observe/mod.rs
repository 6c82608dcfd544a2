//! Spans of `tracing`, metrics, and headers for trace propagation.
//!
//! An operation is what a caller starts: a statement, an ingest, a catalog query, a prepare, a begin, commit or rollback, or
//! a connect. Names follow the [database conventions](https://opentelemetry.io/docs/specs/semconv/db/) of OpenTelemetry, version
//! 1.42. docs/observability.md shows the spans.

mod hook;
mod metrics;
mod observer;
mod server;
mod spans;
mod watch;

pub(crate) use hook::HookSlot;
pub use hook::{HeaderHook, RpcHeaders};
pub use metrics::{ChannelMetrics, ChannelState};
pub(crate) use observer::ObserverSlot;
pub use observer::{ConnectionEvent, Observer, OperationEvent};
pub(crate) use server::Server;
pub(crate) use spans::{EndpointSpan, RpcSpan, endpoint_span};
pub(crate) use watch::{About, Stats, Watch, is_watched};

use crate::error::{Error, Kind};

/// Returns the low-cardinality class of an error: the gRPC code of a response of the server, otherwise the party that failed.
pub(crate) fn error_type(error: &Error) -> &'static str {
    match error.kind() {
        Kind::Server(error) => error.status().name(),
        Kind::Io { .. } => "io",
        Kind::Tls { .. } => "tls",
        Kind::Timeout { .. } => "timeout",
        Kind::Protocol { .. } => "protocol",
        Kind::Unsupported(_) => "unsupported",
        Kind::Argument(_) => "argument",
        Kind::Configuration(_) | Kind::SessionOptions(_) => "configuration",
        Kind::Encode(_) => "encode",
        Kind::ColumnDecode { .. } => "decode",
        Kind::RowNotFound => "not_found",
        Kind::Source(_) => "_OTHER",
    }
}

/// Returns the gRPC code of a response of the server.
pub(crate) fn status_code(error: &Error) -> Option<&'static str> {
    error.server().map(|error| error.status().name())
}

#[cfg(test)]
mod tests;
