//! [`Watch`]: one operation from its call to the end of its result, as a span and as an event for the observer.

use std::net::SocketAddr;
use std::time::Instant;

use tracing::field::Empty;
use tracing::{Instrument as _, Span, info_span};

use super::spans::{number, size};
use super::{ConnectionEvent, ObserverSlot, OperationEvent, Server, error_type, status_code};
use crate::error::{Error, Result};

/// The target of the spans of operations. Their level is INFO, which programs mostly record: the convention is about them.
const TARGET: &str = "flightsql::operation";

/// The facts of an operation that are known at its start.
#[derive(Debug, Default)]
pub(crate) struct About {
    pub(crate) operation: Option<String>,
    /// Operations and tables.
    pub(crate) summary: Option<String>,
    /// The table of an ingest.
    pub(crate) collection: Option<String>,
    /// The SQL, if the options permit it.
    pub(crate) text: Option<String>,
    /// The number of parameter sets.
    pub(crate) sets: usize,
    pub(crate) peer: Option<SocketAddr>,
}

impl About {
    /// An operation of this name, which has no SQL.
    pub(crate) fn named(operation: impl Into<String>) -> Self {
        Self {
            operation: Some(operation.into()),
            ..Self::default()
        }
    }

    fn batch_size(&self) -> Option<u64> {
        u64::try_from(self.sets).ok().filter(|sets| *sets > 1)
    }

    /// Returns the [name](https://opentelemetry.io/docs/specs/semconv/db/database-spans/#name) of the span.
    fn name(&self, server: &Server<'_>) -> String {
        if let Some(summary) = &self.summary {
            return summary.clone();
        }
        let Some(operation) = &self.operation else {
            return server
                .namespace
                .as_deref()
                .unwrap_or(server.system)
                .to_owned();
        };
        let target = self.collection.as_deref().or(server.namespace.as_deref());
        match (target, server.port) {
            (Some(target), _) => format!("{operation} {target}"),
            (None, Some(port)) => format!("{operation} {}:{port}", server.address),
            (None, None) => format!("{operation} {}", server.address),
        }
    }
}

/// The size of a result so far.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Stats {
    pub(crate) rows: u64,
    pub(crate) batches: u64,
    pub(crate) bytes: u64,
    pub(crate) endpoints: u64,
}

impl Stats {
    pub(crate) fn add_batch(&mut self, rows: usize) {
        self.batches += 1;
        self.rows = self.rows.saturating_add(size(rows));
    }

    pub(crate) fn add_bytes(&mut self, bytes: u64) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Adds the size of another result.
    pub(crate) fn add(&mut self, other: Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.batches = self.batches.saturating_add(other.batches);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.endpoints = self.endpoints.saturating_add(other.endpoints);
    }
}

/// An operation, or nothing if neither a subscriber nor an observer wants it. If it is dropped before its end, the operation
/// was cancelled.
#[derive(Debug, Default)]
pub(crate) struct Watch(Option<Box<Active>>);

#[derive(Debug)]
struct Active {
    span: Span,
    observer: Option<ObserverSlot>,
    begun: Instant,
    about: About,
    system: String,
    namespace: Option<String>,
    address: String,
    port: Option<u16>,
    /// Whether the operation opens a connection.
    is_connect: bool,
    stats: Stats,
}

enum End<'e> {
    Success(Option<u64>),
    Failure(&'e Error),
    Cancelled,
}

/// Returns `true` if an operation that starts now has a span or an observer.
pub(crate) fn is_watched(observer: Option<&ObserverSlot>) -> bool {
    observer.is_some() || is_traced()
}

/// Returns `true` if a subscriber wants operations.
fn is_traced() -> bool {
    tracing::span_enabled!(target: TARGET, tracing::Level::INFO)
}

fn span(server: &Server<'_>, about: &About) -> Span {
    info_span!(
        target: TARGET,
        "operation",
        otel.name = about.name(server),
        otel.kind = "client",
        otel.status_code = Empty,
        db.system.name = server.system,
        db.namespace = server.namespace.as_deref(),
        db.collection.name = about.collection.as_deref(),
        db.operation.name = about.operation.as_deref(),
        db.operation.batch.size = about.batch_size().map(number),
        db.query.summary = about.summary.as_deref(),
        db.query.text = about.text.as_deref(),
        db.response.status_code = Empty,
        error.type = Empty,
        server.address = &*server.address,
        server.port = server.port.map(i64::from),
        network.peer.address = about.peer.map(|peer| peer.ip().to_string()),
        network.peer.port = about.peer.map(|peer| i64::from(peer.port())),
        flightsql.rows = Empty,
        flightsql.batches = Empty,
        flightsql.bytes = Empty,
        flightsql.endpoints = Empty,
        flightsql.rows_affected = Empty,
        flightsql.cancelled = Empty,
    )
}

impl Watch {
    /// Starts an operation that is watched.
    pub(crate) fn start(
        observer: Option<&ObserverSlot>,
        server: Server<'_>,
        mut about: About,
    ) -> Self {
        if about.batch_size().is_some() {
            for name in [&mut about.operation, &mut about.summary] {
                name.iter_mut()
                    .for_each(|name| name.insert_str(0, "BATCH "));
            }
        }
        // Without a subscriber, `tracing` may write a span to the log, which this check prevents.
        let span = match is_traced() {
            true => span(&server, &about),
            false => Span::none(),
        };
        about.text = None;
        Self(Some(Box::new(Active {
            span,
            observer: observer.cloned(),
            begun: Instant::now(),
            system: server.system.to_owned(),
            namespace: server.namespace.map(Into::into),
            address: server.address.into(),
            port: server.port,
            is_connect: about.operation.as_deref() == Some(Self::CONNECT),
            about,
            stats: Stats::default(),
        })))
    }

    /// The name of the operation that opens a connection.
    pub(crate) const CONNECT: &str = "CONNECT";

    /// Returns `true` if the operation has a span or an observer.
    pub(crate) fn is_on(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn span(&self) -> Span {
        let active = self.0.as_ref();
        active.map_or_else(Span::none, |active| active.span.clone())
    }

    /// Runs a part of the operation in its span.
    pub(crate) async fn within<T>(&self, part: impl Future<Output = T>) -> T {
        part.instrument(self.span()).await
    }

    /// Records the address that the operation uses.
    pub(crate) fn set_peer(&self, peer: Option<SocketAddr>) {
        if let (Some(active), Some(peer)) = (&self.0, peer)
            && !active.span.is_disabled()
        {
            let address = peer.ip().to_string();
            active.span.record("network.peer.address", &*address);
            active
                .span
                .record("network.peer.port", i64::from(peer.port()));
        }
    }

    /// Replaces the size of the result so far.
    pub(crate) fn set_stats(&mut self, stats: Stats) {
        if let Some(active) = &mut self.0 {
            active.stats = stats;
        }
    }

    /// Ends the operation, with the number of changed rows if it is known.
    pub(crate) fn succeed(&mut self, rows_affected: Option<u64>) {
        self.end(&End::Success(rows_affected));
    }

    pub(crate) fn fail(&mut self, error: &Error) {
        self.end(&End::Failure(error));
    }

    /// Ends an operation without rows.
    pub(crate) fn finish<T>(mut self, result: Result<T>) -> Result<T> {
        match &result {
            Ok(_) => self.succeed(None),
            Err(error) => self.fail(error),
        }
        result
    }

    fn end(&mut self, end: &End<'_>) {
        if let Some(active) = self.0.take() {
            active.end(end);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end(&End::Cancelled);
    }
}

impl Active {
    fn end(self, end: &End<'_>) {
        let error = match end {
            End::Failure(error) => Some(*error),
            _ => None,
        };
        let (error_type, status_code) = (error.map(error_type), error.and_then(status_code));
        let rows_affected = match end {
            End::Success(rows) => *rows,
            _ => None,
        };
        let is_cancelled = matches!(end, End::Cancelled);
        if !self.span.is_disabled() {
            let (span, stats) = (&self.span, &self.stats);
            if stats.endpoints > 0 || stats.batches > 0 {
                span.record("flightsql.rows", number(stats.rows));
                span.record("flightsql.batches", number(stats.batches));
            }
            if stats.endpoints > 0 {
                span.record("flightsql.bytes", number(stats.bytes));
                span.record("flightsql.endpoints", number(stats.endpoints));
            }
            if let Some(rows) = rows_affected {
                span.record("flightsql.rows_affected", number(rows));
            }
            if is_cancelled {
                span.record("flightsql.cancelled", true);
            }
            if let Some(error_type) = error_type {
                span.record("error.type", error_type);
                span.record("otel.status_code", "ERROR");
            }
            if let Some(code) = status_code {
                span.record("db.response.status_code", code);
            }
        }
        let Some(observer) = &self.observer else {
            return;
        };
        let duration = self.begun.elapsed();
        if self.is_connect {
            let event = ConnectionEvent {
                duration,
                system: &self.system,
                namespace: self.namespace.as_deref(),
                error_type,
                server_address: &self.address,
                server_port: self.port,
                is_cancelled,
            };
            observer.tell(|observer| observer.connection_created(&event));
            return;
        }
        let event = OperationEvent {
            duration,
            system: &self.system,
            namespace: self.namespace.as_deref(),
            operation: self.about.operation.as_deref(),
            collection: self.about.collection.as_deref(),
            batch_size: self.about.batch_size(),
            error_type,
            status_code,
            server_address: &self.address,
            server_port: self.port,
            is_cancelled,
            rows: self.stats.rows,
            batches: self.stats.batches,
            bytes: self.stats.bytes,
            endpoints: self.stats.endpoints,
            rows_affected,
        };
        observer.tell(|observer| observer.operation(&event));
    }
}
