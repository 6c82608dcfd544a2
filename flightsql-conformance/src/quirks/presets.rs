//! Quirks of known engines.

mod arrow_rs;
mod others;
mod sqlite;

use super::Quirks;

type Preset = (&'static str, fn() -> Quirks);

/// The presets, sorted by name.
const PRESETS: [Preset; 11] = [
    ("adbc-testserver", others::adbc_testserver),
    ("ballista", arrow_rs::ballista),
    ("datafusion", arrow_rs::datafusion),
    ("dazzleduck", others::dazzleduck),
    ("deephaven", others::deephaven),
    ("go-sqlite", sqlite::go_sqlite),
    ("orionbelt", others::orionbelt),
    ("roapi", arrow_rs::roapi),
    ("sail", arrow_rs::sail),
    ("sqlite", sqlite::testkit),
    ("xtdb", others::xtdb),
];

impl Quirks {
    /// Returns the quirks of a known engine. [`names`](Self::names) lists the engines.
    ///
    /// `sqlite` is the server of `flightsql-testkit`, `datafusion` is `datafusion-flight-sql-server`, `go-sqlite` is the
    /// example server of Arrow Go, and `adbc-testserver` the test server of ADBC's Flight SQL driver.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = PRESETS.iter().find(|(known, _)| *known == name);
        found.map(|(_, quirks)| quirks())
    }

    /// Returns the names of the known engines, sorted.
    pub fn names() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().map(|(name, _)| *name)
    }
}
