//! Receivers of metrics and headers that search what they get: an observer, a header hook, and the headers and details of responses.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use flightsql::observe::{ConnectionEvent, Observer, OperationEvent, RpcHeaders};
use flightsql::response::{ResponseHeaderValue, ResponseHeaders};
use flightsql::{Error, FlightSqlConnectOptions, FlightSqlDatabaseError};

use super::planted::{self, VALUE, leaks};
use super::recorder;

/// The observer of a case, and the events that it got.
#[derive(Clone, Default)]
pub(super) struct Events(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    /// The methods that were called, and the names of the operations.
    names: BTreeSet<String>,
    leaks: BTreeSet<String>,
}

impl Events {
    fn search(&self, name: &str, text: &str) {
        let mut seen = self.0.lock().unwrap();
        seen.names.insert(name.to_owned());
        let found = leaks(text).or_else(|| planted::bound(text));
        seen.leaks.extend(found);
        if recorder::is_installed() {
            // The recorder searches it for the secrets of all tests.
            log::trace!(target: "observer", "{text}");
        }
    }

    /// Returns the names of the methods and operations, after a check that no event had a secret or a bound value.
    #[track_caller]
    pub(super) fn check(&self) -> BTreeSet<String> {
        let seen = self.0.lock().unwrap();
        assert!(seen.leaks.is_empty(), "{:#?}", seen.leaks);
        seen.names.clone()
    }
}

/// All texts of an event: its `Debug`, and its fields as a metrics crate gets them.
fn connection(event: &ConnectionEvent<'_>) -> String {
    let ConnectionEvent {
        system,
        namespace,
        error_type,
        server_address,
        ..
    } = event;
    let optional = [*namespace, *error_type].map(Option::unwrap_or_default);
    format!("{event:?}\n{event:#?}\n{system} {server_address} {optional:?}")
}

impl Observer for Events {
    fn operation(&self, event: &OperationEvent<'_>) {
        let OperationEvent {
            system,
            namespace,
            operation,
            collection,
            error_type,
            status_code,
            server_address,
            ..
        } = event;
        let optional = [
            *namespace,
            *operation,
            *collection,
            *error_type,
            *status_code,
        ];
        let fields = optional.map(Option::unwrap_or_default).join(" ");
        let text = format!("{event:?}\n{event:#?}\n{system} {server_address} {fields}");
        self.search(operation.unwrap_or("?"), &text);
        if event.error_type.is_some() {
            self.search("failed", &text);
        }
    }

    fn connection_created(&self, event: &ConnectionEvent<'_>) {
        self.search("created", &connection(event));
    }

    fn connection_released(&self, event: &ConnectionEvent<'_>) {
        self.search("released", &connection(event));
    }
}

/// The header of the hook, whose value is not secret.
pub(super) const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

/// Adds an observer, a hook, the SQL in spans, and a response header to the options.
pub(super) fn observed(
    options: FlightSqlConnectOptions,
    events: &Events,
) -> FlightSqlConnectOptions {
    let hook_events = events.clone();
    let hook = move |headers: &mut RpcHeaders<'_>| {
        headers.set("traceparent", VALUE);
        hook_events.search("hook", &format!("{headers:?}\n{headers:#?}"));
        headers.set("traceparent", TRACE);
    };
    options
        .trace_query_text(true)
        .response_headers("x-echo")
        .observer(events.clone())
        .header_hook(hook)
}

/// Returns the texts of response headers, which `Debug` does not show.
pub(super) fn headers(headers: &ResponseHeaders) -> String {
    let values = headers.iter().map(|header| match header.value() {
        ResponseHeaderValue::Text(text) => text.clone(),
        ResponseHeaderValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    });
    let values: Vec<_> = values.collect();
    format!("{headers:?}\n{}", values.join("\n"))
}

/// Returns the response headers and the details of an error, which `Debug` does not show.
pub(super) fn parts(error: &Error) -> String {
    let Some(database) = error.as_database_error() else {
        return String::new();
    };
    let error: &FlightSqlDatabaseError = database.downcast_ref();
    let details = String::from_utf8_lossy(error.details());
    let typed = error.error_details();
    format!(
        "{}\n{details}\n{typed:?}",
        headers(error.response_headers())
    )
}
