//! Servers that die, fall silent, or break off: a typed error, no truncated success, and a pool that recovers.

mod lost;
mod pings;
mod replies;
mod silence;
mod stale;
mod statuses;
mod timeouts;

use std::io;

use flightsql::Error;

/// More rows than anybody reads.
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// The kind and the text of an error of the wire.
#[track_caller]
fn wire_error(error: &Error) -> (io::ErrorKind, String) {
    match error {
        Error::Io(error) => (error.kind(), error.to_string()),
        other => panic!("not an error of the wire: {other:?}"),
    }
}
