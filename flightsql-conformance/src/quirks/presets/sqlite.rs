//! Servers over SQLite.

use crate::quirks::Quirks;

const ROWS: &str =
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {n}) SELECT n FROM c";
const EXPRESSION: &str = "an expression of SQLite has no such type";
/// The smallest integer has no absolute value.
const OVERFLOW: &str = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 60000) \
    SELECT abs(CASE n WHEN 50000 THEN -9223372036854775807 - 1 ELSE n END) AS n FROM c";

/// Quirks of SQLite itself.
fn sqlite() -> Quirks {
    let quirks = Quirks::default()
        .url_key("dialect=sqlite")
        .detected("sqlite")
        .rows(ROWS)
        .mid_stream(OVERFLOW)
        .bind("int", "{}")
        .bind("text", "{}")
        .bind("float", "{}");
    ["interval", "list", "struct", "map"]
        .iter()
        .fold(quirks, |quirks, ty| {
            quirks.skip(&format!("types.{ty}"), "SQLite has no such type")
        })
}

/// The embedded server of `flightsql-testkit`: SQLite whose declared types are all Arrow types.
pub(super) fn testkit() -> Quirks {
    sqlite()
        .literal("u8", "CAST(200 AS UTINYINT)")
        .literal("u16", "CAST(60000 AS USMALLINT)")
        .literal("u32", "CAST(4000000000 AS UINT)")
        .literal("u64", "CAST('18446744073709551615' AS UBIGINT)")
        .literal("f32", "CAST(1.5 AS FLOAT)")
        .literal("date", "CAST('2024-05-01' AS DATE)")
        .literal("time", "CAST('12:34:56' AS TIME)")
        .literal(
            "timestamp_us",
            "CAST('2024-05-01 12:34:56.123456' AS TIMESTAMP)",
        )
        .literal(
            "timestamptz",
            "CAST('2024-05-01 12:34:56+00:00' AS TIMESTAMPTZ)",
        )
        .written("bool", "CAST({} AS BOOLEAN)")
        .written("decimal", "CAST({} AS DECIMAL(15, 2))")
        .written("date", "CAST({} AS DATE)")
        .written("time", "CAST({} AS TIME)")
        .written("timestamp", "CAST({} AS TIMESTAMP)")
        .written("timestamptz", "CAST({} AS TIMESTAMPTZ)")
        .skip("types.timestamp_ns", "the server has microseconds")
}

/// The example server of Arrow Go.
pub(super) fn go_sqlite() -> Quirks {
    let quirks = sqlite()
        .create_table("CREATE TABLE {table} (id INTEGER NOT NULL, name TEXT)")
        .columns(&[("id", "BIGINT", false), ("name", "VARCHAR", true)])
        .keyed(Some(&[
            "CREATE TABLE {parent} (id INTEGER NOT NULL, PRIMARY KEY (id))",
            "CREATE TABLE {child} (n INTEGER, parent INTEGER, FOREIGN KEY (parent) REFERENCES {parent} (id))",
        ]))
        .bind("bool", "{}")
        .refusal("error gathering parameters for prepared statement query: unsupported type")
        .skip("binds.date", "it becomes text in Go's format")
        .skip("binds.timestamp", "it becomes text in Go's format");
    let literals = [
        "bool",
        "decimal",
        "date",
        "time",
        "timestamp",
        "timestamptz",
    ];
    let quirks = literals.iter().fold(quirks, |quirks, kind| {
        quirks.skip(&format!("literals.{kind}"), EXPRESSION)
    });
    let without = [
        "bool",
        "u8",
        "u16",
        "u32",
        "u64",
        "f32",
        "decimal",
        "date",
        "time",
        "timestamp_us",
        "timestamp_ns",
        "timestamptz",
    ];
    without.iter().fold(quirks, |quirks, ty| {
        quirks.skip(&format!("types.{ty}"), EXPRESSION)
    })
}
