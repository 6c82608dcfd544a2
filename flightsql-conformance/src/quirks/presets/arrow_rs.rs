//! Engines over DataFusion.

use crate::quirks::{ExistingTable, Quirks};

/// Returns the shared SQL of these engines.
fn sql() -> Quirks {
    Quirks::default()
        .url_key("dialect=datafusion")
        .placeholder("${n}")
        .rows("SELECT value AS n FROM generate_series(1, {n})")
        .mid_stream("SELECT 1000000 / (100000 - value) AS q FROM generate_series(1, 200000)")
        .literal("u8", "arrow_cast(200, 'UInt8')")
        .literal("u16", "arrow_cast(60000, 'UInt16')")
        .literal("u32", "arrow_cast(4000000000, 'UInt32')")
        .literal("u64", "arrow_cast('18446744073709551615', 'UInt64')")
        .literal(
            "timestamp_us",
            "arrow_cast('2024-05-01T12:34:56.123456', 'Timestamp(Microsecond, None)')",
        )
        .literal(
            "timestamp_ns",
            "arrow_cast('2024-05-01T12:34:56.123456789', 'Timestamp(Nanosecond, None)')",
        )
        .literal(
            "timestamptz",
            "arrow_cast('2024-05-01T12:34:56Z', 'Timestamp(Microsecond, Some(\"+00:00\"))')",
        )
        .literal("struct", "named_struct('x', 1, 'y', 'a')")
        .literal("map", "MAP(['a', 'b'], [1, 2])")
}

/// `datafusion-flight-sql-server`, which must infer the type of a parameter and cannot do so from a cast.
pub(super) fn datafusion() -> Quirks {
    sql()
        .bind("int", "i + {}")
        .bind("text", "s || {}")
        .bind("float", "f + {}")
        .bind("bool", "b OR {}")
        .bind("date", "CASE WHEN d = {} THEN d END")
        .bind("timestamp", "CASE WHEN t = {} THEN t END")
        .bind_from(
            "FROM (VALUES (CAST(0 AS BIGINT), '', CAST(0 AS DOUBLE), FALSE, DATE '2024-05-01', \
             TIMESTAMP '2024-05-01 12:34:56.123456')) AS one(i, s, f, b, d, t)",
        )
}

/// Ballista, whose tables are files, such as people.csv. An empty table is an empty folder.
pub(super) fn ballista() -> Quirks {
    sql()
        .url_key("dialect=ballista")
        .detected("ballista")
        .create_table(
            "CREATE EXTERNAL TABLE {table} (id BIGINT NOT NULL, name VARCHAR) \
             STORED AS CSV LOCATION '/tmp/{table}/'",
        )
        .existing(people())
}

/// ROAPI over people.csv.
pub(super) fn roapi() -> Quirks {
    sql()
        .url_key("dialect=roapi")
        .detected("roapi")
        .refusal("Unsupported logical plan")
        .existing(people())
}

/// Sail, with the SQL of Spark. Like DataFusion, it runs everything as a query and counts in a column `count`.
pub(super) fn sail() -> Quirks {
    let quirks = Quirks::default()
        .url_key("dialect=sail")
        .rows("SELECT id AS n FROM range(1, {n} + 1)")
        .mid_stream("SELECT 1000000 DIV (100000 - id) AS q FROM range(1, 200000)")
        .create_table("CREATE TABLE {table} (id BIGINT NOT NULL, name STRING)")
        .refusal("does not support lake operations")
        .bind("text", "CAST({} AS STRING)")
        .bind("timestamp", "CAST({} AS TIMESTAMP_NTZ)")
        .literal("text", r"'it\'s'")
        .literal("list", "array(1, 2, 3)")
        .literal("struct", "named_struct('x', 1, 'y', 'a')")
        .literal("map", "map('a', 1, 'b', 2)")
        .literal("timestamp_us", "TIMESTAMP_NTZ '2024-05-01 12:34:56.123456'")
        .literal("timestamptz", "TIMESTAMP '2024-05-01 12:34:56Z'")
        .skip(
            "types.interval",
            "Spark's day INTERVAL is a duration, and its month INTERVAL has no days",
        )
        .skip("types.timestamp_ns", "Spark has microseconds");
    ["u8", "u16", "u32", "u64"]
        .iter()
        .fold(quirks, |quirks, ty| {
            quirks.skip(&format!("types.{ty}"), "Spark has no unsigned integers")
        })
}

/// Returns the table of `tests/interop/engines/people.csv`, with the types that engines infer.
fn people() -> ExistingTable {
    ExistingTable::new(
        "people",
        &[
            ("id", "BIGINT", true),
            ("name", "VARCHAR", true),
            ("born", "DATE", true),
        ],
    )
}
