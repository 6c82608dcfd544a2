//! Apache Arrow's integration scenarios, which its implementations of Flight test each other with: the driver against the
//! official server, and the official client against the servers of the testkit.
//!
//! `tests/interop/run arrow-integration` installs the two programs into the folder `FLIGHTSQL_ARROW_INTEGRATION_BIN`. The
//! scenarios are in arrow-go, `arrow/internal/flight_integration/scenario.go`. The official server compares what it receives;
//! a difference is an error `expected: '…', got: '…'`.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod canned;
mod canned_session;
mod canned_sql;
mod flight;
mod flight_sql;
mod go_client;
mod missing;
mod official;
mod session_options;

/// The scenarios of the official programs, in their order.
const SCENARIOS: [&str; 14] = [
    "auth:basic_proto",
    "middleware",
    "ordered",
    "expiration_time:do_get",
    "expiration_time:list_actions",
    "expiration_time:cancel_flight_info",
    "expiration_time:renew_flight_endpoint",
    "location:reuse_connection",
    "poll_flight_info",
    "app_metadata_flight_info_endpoint",
    "flight_sql",
    "flight_sql:extension",
    "session_options",
    "flight_sql:ingestion",
];
