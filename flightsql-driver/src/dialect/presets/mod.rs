//! The engines that are known by name: one file each, with its differences only.
//!
//! Layer 0. Each file says what its facts were taken from: seen on a running server, or read in its source or documents.

mod ansi;
mod ballista;
mod clickhouse;
mod cnosdb;
mod databend;
mod datafusion;
mod deephaven;
mod doris;
mod dremio;
mod duckdb;
mod influxdb;
mod roapi;
mod sail;
mod spice;
mod sqlite;
mod starrocks;
mod xtdb;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use ansi::Ansi;
pub use ballista::Ballista;
pub use clickhouse::ClickHouse;
pub use cnosdb::CnosDb;
pub use databend::Databend;
pub use datafusion::DataFusion;
pub use deephaven::Deephaven;
pub use doris::Doris;
pub use dremio::Dremio;
pub use duckdb::DuckDb;
pub use influxdb::InfluxDb;
pub use roapi::Roapi;
pub use sail::Sail;
pub use spice::Spice;
pub use sqlite::Sqlite;
pub use starrocks::StarRocks;
pub use xtdb::Xtdb;

use super::{Dialect, StatementClass, Syntax};

/// Lists the presets once: their names, their URL schemes, and how to make them.
macro_rules! presets {
    ($($name:literal => $dialect:expr,)*) => {
        /// The names of the presets, sorted.
        pub(in crate::dialect) const PRESETS: &[&str] = &[$($name),*];

        /// Every URL scheme of the driver: TLS, plaintext TCP and Unix socket, without a dialect and for
        /// each preset.
        pub const URL_SCHEMES: &[&str] = &[
            "flightsql",
            "flightsql+tcp",
            "flightsql+unix",
            $(
                concat!($name, "+flightsql"),
                concat!($name, "+flightsql+tcp"),
                concat!($name, "+flightsql+unix"),
            )*
        ];

        /// The preset of that name.
        pub(super) fn preset(name: &str) -> Option<Arc<dyn Dialect>> {
            Some(match name {
                $($name => Arc::new($dialect),)*
                _ => return None,
            })
        }
    };
}

presets! {
    "ansi" => Ansi,
    "ballista" => Ballista,
    "clickhouse" => ClickHouse,
    "cnosdb" => CnosDb,
    "databend" => Databend,
    "datafusion" => DataFusion,
    "deephaven" => Deephaven,
    "doris" => Doris,
    "dremio" => Dremio,
    "duckdb" => DuckDb,
    // The server that most DuckDBs are behind.
    "gizmosql" => DuckDb,
    "influxdb" => InfluxDb,
    "roapi" => Roapi,
    "sail" => Sail,
    "spice" => Spice,
    "sqlite" => Sqlite,
    "starrocks" => StarRocks,
    "xtdb" => Xtdb,
}

/// What Doris and StarRocks take over from MySQL.
const MYSQL_LIKE: Syntax = Syntax::ANSI
    .with_identifier_quotes(&[('`', '`')])
    .with_string_quotes(&['\'', '"'])
    .with_backslash_escapes(true)
    .with_escape_strings(false)
    .with_dollar_quotes(false)
    .with_hash_comments(true)
    .with_nested_comments(false)
    .with_colon_names(false)
    .with_at_names(false);

/// On engines with one call for everything.
const fn always_query(_class: StatementClass) -> super::Route {
    super::Route::Query
}

/// What to say where binds are refused; the driver adds what can be done.
const NO_BINDS: &str = "this server takes no bound parameters";

/// Where text is cast to a NaN and to the infinities.
const NAN: Option<&str> = Some("CAST('NaN' AS DOUBLE)");
const INFINITIES: Option<(&str, &str)> =
    Some(("CAST('Infinity' AS DOUBLE)", "CAST('-Infinity' AS DOUBLE)"));
