//! The in-memory exporter, and its spans as a tree.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;

use opentelemetry::trace::{SpanId, SpanKind, Status, TracerProvider as _};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing::{Dispatch, Level};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;

/// Subscribers that live as long as the process. With a single one, `tracing` disables a span for all threads if the first
/// thread that reaches it is that of a test without a subscriber.
static OTHERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::new())));

/// A layer that receives spans of all levels, as a log file may.
struct Unfiltered;

impl<S: tracing::Subscriber> Layer<S> for Unfiltered {}

/// Exports the spans of this thread to memory, while it lives.
pub(super) struct Export {
    exporter: InMemorySpanExporter,
    _guard: DefaultGuard,
}

impl Export {
    /// Exports the driver's spans of this level and of those above it, and all others.
    pub(super) fn start(level: Level) -> Self {
        LazyLock::force(&OTHERS);
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .build();
        let layer = tracing_opentelemetry::layer()
            .with_location(false)
            .with_threads(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            .with_tracer(provider.tracer("test"));
        let layer = layer.with_filter(filter_fn(move |metadata| {
            metadata.is_span()
                && *metadata.level() <= level
                && (metadata.target().starts_with("flightsql") || metadata.target() == "test")
        }));
        let others = Unfiltered.with_filter(filter_fn(|_| true));
        let subscriber = tracing_subscriber::registry().with(layer).with(others);
        Self {
            exporter,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Returns the spans that have ended, in the order of their starts, and forgets them.
    pub(super) fn take(&self) -> Vec<SpanData> {
        let mut spans = self.exporter.get_finished_spans().unwrap();
        self.exporter.reset();
        spans.sort_by_key(|span| span.start_time);
        spans
    }
}

pub(super) fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let attributes = span.attributes.iter();
    attributes
        .map(|pair| (pair.key.to_string(), pair.value.to_string()))
        .collect()
}

/// Returns the one span of this name.
pub(super) fn named<'s>(spans: &'s [SpanData], name: &str) -> &'s SpanData {
    let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
    let names: Vec<_> = spans.iter().map(|span| &span.name).collect();
    assert_eq!(found.len(), 1, "{name} in {names:?}");
    found[0]
}

/// Returns the names of the children of a span, in their order.
pub(super) fn children<'s>(spans: &'s [SpanData], parent: &SpanData) -> Vec<&'s str> {
    let parent = parent.span_context.span_id();
    let children = spans.iter().filter(|span| span.parent_span_id == parent);
    children.map(|span| &*span.name).collect()
}

/// Shows spans with their kinds, errors and attributes. `hidden` are attributes that differ from run to run.
pub(super) fn tree(spans: &[SpanData], hidden: &[&str]) -> String {
    let mut text = String::new();
    write(&mut text, spans, SpanId::INVALID, "", hidden);
    text
}

fn write(text: &mut String, spans: &[SpanData], parent: SpanId, indent: &str, hidden: &[&str]) {
    let children: Vec<_> = spans
        .iter()
        .filter(|span| span.parent_span_id == parent)
        .collect();
    for (index, span) in children.iter().enumerate() {
        let is_last = index + 1 == children.len();
        let (branch, below) = match (parent == SpanId::INVALID, is_last) {
            (true, _) => ("", ""),
            (false, true) => ("└─ ", "   "),
            (false, false) => ("├─ ", "│  "),
        };
        let kind = match span.span_kind {
            SpanKind::Client => "client",
            SpanKind::Internal => "internal",
            _ => "other",
        };
        let error = match span.status {
            Status::Error { .. } => ", error",
            _ => "",
        };
        writeln!(text, "{indent}{branch}{} ({kind}{error})", span.name).unwrap();
        let has_children = spans
            .iter()
            .any(|child| child.parent_span_id == span.span_context.span_id());
        let bar = if has_children { "│ " } else { "  " };
        for (name, value) in attributes(span) {
            if !hidden.contains(&&*name) {
                writeln!(text, "{indent}{below}{bar} {name} = {value}").unwrap();
            }
        }
        let indent = format!("{indent}{below}");
        write(text, spans, span.span_context.span_id(), &indent, hidden);
    }
}
