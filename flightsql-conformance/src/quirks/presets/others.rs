//! Engines that share no family.

use crate::quirks::{ExistingTable, Quirks};

const NO_SQL: &str = "the server has no SQL";

/// The test server of ADBC's Flight SQL driver: every query returns one number, and some words have special effects.
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
        .fold(quirks, |quirks, behavior| quirks.skip(behavior, NO_SQL))
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
        // The engine rejects an untyped NULL.
        .written("null", "CAST({} AS BIGINT)")
        // The error for a bind or an ingest.
        .refusal("Flight SQL descriptors cannot be published to")
        // The error for a key of an existing table.
        .refusal("Flight SQL: table not found")
        // The error for an unsupported expression. The reason is only in the log of the server.
        .refusal("Export in state DEPENDENCY_FAILED");
    ["u8", "u16", "u32", "u64", "timestamp_ns", "struct", "map"]
        .iter()
        .fold(quirks, |quirks, ty| {
            quirks.skip(&format!("types.{ty}"), "its SQL has no such type")
        })
}

/// DazzleDuck over DuckDB 1.3.2.
pub(super) fn dazzleduck() -> Quirks {
    Quirks::default()
        .url_key("dialect=duckdb")
        .detected("duckdb")
        .rows("SELECT range + 1 AS n FROM range({n})")
        .mid_stream(
            "SELECT CASE range WHEN 150000 THEN error('no more') ELSE range END AS q FROM range(200000)",
        )
        // It reports each column of a table as nullable.
        .columns(&[("id", "BIGINT", true), ("name", "VARCHAR", true)])
        .literal("u8", "CAST(200 AS UTINYINT)")
        .literal("u16", "CAST(60000 AS USMALLINT)")
        .literal("u32", "CAST(4000000000 AS UINTEGER)")
        .literal("u64", "CAST(18446744073709551615 AS UBIGINT)")
        .literal("bytes", "from_hex('00ff10')")
        .literal("timestamp_ns", "TIMESTAMP_NS '2024-05-01 12:34:56.123456789'")
        .literal("struct", "{'x': 1, 'y': 'a'}")
        .literal("map", "MAP {'a': 1, 'b': 2}")
}

/// OrionBelt over the model of tests/interop/engines/orionbelt: a semantic layer, whose statements name its columns only.
pub(super) fn orionbelt() -> Quirks {
    const CONSTANT: &str = "a constant arrives as text";
    const COMPARED: &str = "a value can only be compared with a column";
    Quirks::default()
        .one("SELECT \"Order Count\" FROM shop", "4")
        .wrong("SELECT nothing FROM shop")
        .empty("SELECT \"Country\" FROM shop WHERE \"Country\" = 'none'")
        .rows("SELECT n FROM shop WHERE n <= {n}")
        .no_tables("it is read-only")
        .existing(ExistingTable::new(
            "model",
            &[
                ("Order ID", "VARCHAR", true),
                ("Country", "VARCHAR", true),
                ("Order Date", "DATE", true),
                ("Order Time", "TIMESTAMP", true),
                ("Flag", "BOOLEAN", true),
                ("n", "BIGINT", true),
                ("Total Amount", "DOUBLE PRECISION", true),
                ("Total Price", "DECIMAL(18,2)", true),
                ("Order Count", "BIGINT", true),
                ("Orders Count", "BIGINT", true),
                ("Numbers Count", "BIGINT", true),
            ],
        ))
        // The error for an ingest.
        .refusal("DoPut is supported only for")
        .skip("query.columns", CONSTANT)
        .skip(
            "query.nulls",
            "a statement cannot read the result of another one",
        )
        .skip("query.describe", CONSTANT)
        .skip("binds", COMPARED)
        .skip("literals", COMPARED)
        .skip("types", CONSTANT)
}

/// XTDB 2, derived from its documentation and not verified.
pub(super) fn xtdb() -> Quirks {
    Quirks::default()
        .url_key("dialect=xtdb")
        .no_tables("the first row creates a table")
}
