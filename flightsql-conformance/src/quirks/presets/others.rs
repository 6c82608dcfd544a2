//! Engines of their own kind.

use crate::quirks::{ExistingTable, Quirks};

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
        "literals",
        "types",
    ];
    without
        .iter()
        .fold(quirks, |quirks, behaviour| quirks.skip(behaviour, NO_SQL))
}

/// Deephaven over people.csv: Calcite's SQL, read-only.
pub(super) fn deephaven() -> Quirks {
    let quirks = Quirks::default()
        .url_key("dialect=deephaven")
        .detected("deephaven")
        .empty("SELECT id FROM people WHERE id < 0")
        .no_tables("it is read-only")
        .existing(ExistingTable::new(
            "people",
            &[
                ("id", "INTEGER", true),
                ("name", "VARCHAR", true),
                ("born", "DATE", true),
            ],
        ))
        .literal("unicode", "_UTF8'grüße 世界 🦀'")
        // A NULL of no type is refused.
        .written("null", "CAST({} AS BIGINT)")
        // A bind or an ingest.
        .refusal("Flight SQL descriptors cannot be published to")
        // A key of a table that is there.
        .refusal("Flight SQL: table not found")
        // An expression for which it has nothing; the reason stays in its log.
        .refusal("Export in state DEPENDENCY_FAILED");
    ["u8", "u16", "u32", "u64", "timestamp_ns", "struct", "map"]
        .iter()
        .fold(quirks, |quirks, ty| {
            quirks.skip(&format!("types.{ty}"), "its SQL has no such type")
        })
}

/// XTDB 2, from its documentation; it was never run.
pub(super) fn xtdb() -> Quirks {
    Quirks::default()
        .url_key("dialect=xtdb")
        .no_tables("its tables come into being with their first row")
}
