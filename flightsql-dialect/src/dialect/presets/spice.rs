//! Spice.ai: DataFusion over many sources. Read in its source, not run: <https://github.com/spiceai/spiceai>.

use super::family::{datafusion_family, named, only_queries, texts};
use crate::dialect::{DialectProfile, Feature, Parameters, Session};

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
        session: Session {
            // Headers of `DoGet`; the second is the older name of the first.
            response_headers: texts(&["results-cache-status", "x-cache"]),
            ..family.session
        },
        detect: named("spice"),
        ..family
    }
}
