//! Servers over SQLite.

use crate::quirks::Quirks;

const ROWS: &str =
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {n}) SELECT n FROM c";

/// What SQLite itself has.
fn sqlite() -> Quirks {
    Quirks::default()
        .url_key("dialect=sqlite")
        .rows(ROWS)
        .bind("int", "{}")
        .bind("text", "{}")
        .bind("float", "{}")
        .skip("types.interval", "SQLite has no intervals")
        .skip("types.list", "SQLite has no lists")
}

/// The embedded server of `flightsql-testkit`: SQLite whose declared types are all Arrow types.
pub(super) fn testkit() -> Quirks {
    sqlite()
}

/// The example server of Arrow Go.
pub(super) fn go_sqlite() -> Quirks {
    sqlite()
        .create_table("CREATE TABLE {table} (id INTEGER NOT NULL, name TEXT)")
        .columns(&[("id", "INTEGER", true), ("name", "TEXT", true)])
        .keyed(Some(&[
            "CREATE TABLE {parent} (id INTEGER NOT NULL, PRIMARY KEY (id))",
            "CREATE TABLE {child} (n INTEGER, parent INTEGER, FOREIGN KEY (parent) REFERENCES {parent} (id))",
        ]))
}
