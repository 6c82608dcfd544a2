//! ROAPI: files as tables, through DataFusion. Seen on version 0.12.7: <https://github.com/roapi/roapi>.

use super::family::{NO_BINDS, datafusion_family, named, only_queries, without_binds};
use crate::dialect::{DialectProfile, Feature};

/// ROAPI, which is read-only. It replies with 1 to an update and does not run it, so every statement is sent as a query.
#[must_use]
pub fn roapi() -> DialectProfile {
    DialectProfile {
        name: "roapi".to_owned(),
        missing: vec![
            Feature::TableTypes,
            Feature::PrimaryKeys,
            Feature::ForeignKeys,
            Feature::XdbcTypes,
            Feature::Updates,
            Feature::StatementSchema,
            Feature::Ingest,
            Feature::Savepoints,
        ],
        parameters: without_binds(NO_BINDS),
        statements: only_queries(),
        detect: named("roapi"),
        ..datafusion_family()
    }
}
