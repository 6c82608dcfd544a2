//! Built-in dialects: one file per engine, with its differences only. Engines of a family share a base.
//!
//! Each file names the source of its facts: a running server, or the engine's source or documentation. Each function
//! returns a profile, so a custom dialect can start from a preset:
//!
//! ```
//! use flightsql_dialect::dialect::{DialectProfile, presets};
//! let mut quack: DialectProfile = presets::duckdb();
//! quack.name = "quack".into();
//! quack.errors.retryable.push("quack is busy".into());
//! ```

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
mod family;
mod influxdb;
mod roapi;
mod sail;
mod spice;
mod sqlite;
mod starrocks;
mod xtdb;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock};

pub use ansi::ansi;
pub use ballista::ballista;
pub use clickhouse::clickhouse;
pub use cnosdb::cnosdb;
pub use databend::databend;
pub use datafusion::datafusion;
pub use deephaven::deephaven;
pub use doris::doris;
pub use dremio::dremio;
pub use influxdb::influxdb;
pub use roapi::roapi;
pub use sail::sail;
pub use spice::spice;
pub use sqlite::sqlite;
pub use starrocks::starrocks;
pub use xtdb::xtdb;

pub use duckdb::{duckdb, gizmosql};

use super::{Dialect, DialectProfile};

/// Lists the presets once, by their functions: their names and their URL schemes are the same words.
macro_rules! presets {
    ($($preset:ident,)*) => {
        /// The names of the presets, sorted.
        pub(crate) const PRESETS: &[&str] = &[$(stringify!($preset)),*];

        /// Every URL scheme of the driver: TLS, plaintext TCP and Unix socket, without a dialect and for each preset.
        pub const URL_SCHEMES: &[&str] = &[
            "flightsql",
            "flightsql+tcp",
            "flightsql+unix",
            $(
                concat!(stringify!($preset), "+flightsql"),
                concat!(stringify!($preset), "+flightsql+tcp"),
                concat!(stringify!($preset), "+flightsql+unix"),
            )*
        ];

        static ALL: LazyLock<Vec<Arc<dyn Dialect>>> = LazyLock::new(|| {
            let all: Vec<DialectProfile> = vec![$($preset()),*];
            all.into_iter().map(|profile| Arc::new(profile) as Arc<dyn Dialect>).collect()
        });
    };
}

presets! {
    ansi, ballista, clickhouse, cnosdb, databend, datafusion, deephaven, doris, dremio, duckdb,
    gizmosql, influxdb, roapi, sail, spice, sqlite, starrocks, xtdb,
}

pub(super) fn preset(name: &str) -> Option<Arc<dyn Dialect>> {
    ALL.iter()
        .find(|preset| preset.name() == name)
        .map(Arc::clone)
}
