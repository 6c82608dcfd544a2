//! Engines of their own kind.

use super::arrow_rs::people;
use crate::quirks::Quirks;

const NO_SQL: &str = "the server has no SQL";

/// The server that ADBC's Flight SQL driver is tested with: every query gives one number, and some words are magic.
pub(super) fn adbc_testserver() -> Quirks {
    let quirks = Quirks::default()
        .one("SELECT anything", "5")
        .number(None)
        .wrong("error_get_flight_info")
        .mid_stream("error_do_get_stream")
        .no_tables(NO_SQL);
    let without = [
        "query.columns",
        "query.nulls",
        "query.empty",
        "query.describe",
        "query.many_rows",
        "query.arrow",
        "query.first_row",
        "query.dropped_stream",
        "types",
    ];
    without
        .iter()
        .fold(quirks, |quirks, behaviour| quirks.skip(behaviour, NO_SQL))
}

/// Deephaven over people.csv: Calcite's SQL, read-only.
pub(super) fn deephaven() -> Quirks {
    Quirks::default()
        .no_tables("it is read-only")
        .existing(people())
}

/// XTDB 2, from its documentation; it was never run.
pub(super) fn xtdb() -> Quirks {
    Quirks::default().no_tables("its tables come into being with their first row")
}
