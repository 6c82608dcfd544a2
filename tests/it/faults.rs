//! Servers that die, stop responding, or break off: a typed error, no truncated success, and a pool that recovers.

mod go_away;
mod headers;
mod lost;
mod pings;
mod replies;
mod silence;
mod stale;
mod statuses;
mod timeouts;

use std::io;

use flightsql::Error;

/// A query with endless rows.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// Returns the kind and the text of an I/O error.
#[track_caller]
fn wire_error(error: &Error) -> (io::ErrorKind, String) {
    match error {
        Error::Io(error) => (error.kind(), error.to_string()),
        other => panic!("not an I/O error: {other:?}"),
    }
}
