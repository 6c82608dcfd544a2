//! The recipe of docs/observability.md for trace propagation.

use flightsql_client::RpcHeaders;
use opentelemetry::propagation::{Injector, TextMapPropagator as _};
use opentelemetry_sdk::propagation::TraceContextPropagator;

struct Headers<'a, 'r>(&'a mut RpcHeaders<'r>);

impl Injector for Headers<'_, '_> {
    fn set(&mut self, key: &str, value: String) {
        self.0.set(key, value);
    }
}

/// Adds `traceparent` and `tracestate` of the innermost span that OpenTelemetry receives.
pub(crate) fn propagate(headers: &mut RpcHeaders<'_>) {
    TraceContextPropagator::new().inject(&mut Headers(headers));
}
