//! DataFusion behind `datafusion-flight-sql-server`.
//!
//! Layer 0. Seen on version 0.4.19: <https://docs.rs/datafusion-flight-sql-server>.

use super::family::{datafusion_family, named, only_queries};
use crate::dialect::{DialectProfile, Feature, Parameters};

/// Apache DataFusion. Everything is a query, placeholders are `$1` or `$name`, no transactions. Tables are in memory or
/// in files: no `UPDATE`, and no key that is enforced.
#[must_use]
pub fn datafusion() -> DialectProfile {
    let family = datafusion_family();
    DialectProfile {
        name: "datafusion".to_owned(),
        missing: vec![Feature::Updates, Feature::Ingest, Feature::Savepoints],
        parameters: Parameters {
            // The last row would win.
            max_rows: Some(1),
            ..family.parameters
        },
        // An update is not implemented, and a prepared one answers -1 without running.
        statements: only_queries(),
        detect: named("datafusion"),
        ..family
    }
}
