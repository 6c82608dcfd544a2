//! Spice.ai: DataFusion over many sources. Read in its source, not run: <https://github.com/spiceai/spiceai>.

use super::family::{datafusion_family, named, only_queries};
use crate::dialect::{DialectProfile, Feature, Parameters};

/// Spice.ai: queries with `$1` binds of one row. Its configuration defines the tables.
#[must_use]
pub fn spice() -> DialectProfile {
    let family = datafusion_family();
    DialectProfile {
        name: "spice".to_owned(),
        missing: vec![Feature::Ingest, Feature::Savepoints],
        parameters: Parameters {
            max_rows: Some(1),
            ..family.parameters
        },
        statements: only_queries(),
        detect: named("spice"),
        ..family
    }
}
