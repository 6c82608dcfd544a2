//! Early ends of a behavior, and the comparisons that cause them.

use std::fmt;

use flightsql::{Error, FlightSqlRow, Row};

/// Result of a behavior: `Ok` is "supported".
pub(crate) type Verdict = Result<(), Stop>;

/// Reason for the early end of a behavior.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The quirks define no SQL for the behavior.
    NotTried(String),
    /// The server does not support the behavior, and returns no error.
    Unsupported(String),
    /// The result differs from the expected one.
    Wrong(String),
    /// An error, which the runner classifies.
    Error(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

/// Ends the behavior unless `seen` is `expected`.
pub(crate) fn same<S, E>(what: &str, seen: S, expected: E) -> Verdict
where
    S: PartialEq<E> + fmt::Debug,
    E: fmt::Debug,
{
    if seen == expected {
        return Ok(());
    }
    Err(Stop::Wrong(format!(
        "{what}: expected {expected:?}, got {seen:?}"
    )))
}

/// Ends the behavior unless `holds`.
pub(crate) fn check(holds: bool, what: impl fmt::Display) -> Verdict {
    if holds {
        return Ok(());
    }
    Err(Stop::Wrong(what.to_string()))
}

/// Returns the value of the first column as the driver displays it.
pub(crate) fn shown(row: &FlightSqlRow) -> Result<String, Stop> {
    Ok(row.try_get_raw(0)?.to_string())
}
