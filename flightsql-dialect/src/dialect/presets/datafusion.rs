//! DataFusion with `datafusion-flight-sql-server`. Seen on version 0.4.19: <https://docs.rs/datafusion-flight-sql-server>.

use super::family::{datafusion_family, named, only_queries};
use crate::dialect::{DialectProfile, Feature, Parameters};

/// Apache DataFusion. Every statement is a query, and placeholders are `$1` or `$name`. It has no transactions. Tables
/// are in memory or in files, without `UPDATE` and without enforced keys.
#[must_use]
pub fn datafusion() -> DialectProfile {
    let family = datafusion_family();
    DialectProfile {
        name: "datafusion".to_owned(),
        missing: vec![Feature::Updates, Feature::Ingest, Feature::Savepoints],
        parameters: Parameters {
            // With more rows, the last row would win.
            max_rows: Some(1),
            ..family.parameters
        },
        // It does not implement updates, and returns -1 for a prepared update without running it.
        statements: only_queries(),
        detect: named("datafusion"),
        ..family
    }
}
