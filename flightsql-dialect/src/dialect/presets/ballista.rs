//! Apache DataFusion Ballista: DataFusion over many machines.
//!
//! Seen on version 55: <https://github.com/apache/datafusion-ballista>.

use super::family::{NO_BINDS, datafusion_family, named, only_queries};
use crate::dialect::{
    BindSupport, DialectProfile, Feature, Parameters, Route, StatementClass, Statements,
};

/// Ballista. It has no binds and no transactions. DDL and `SET` are updates; other statements are queries. Its tables
/// are files whose rows cannot be updated.
#[must_use]
pub fn ballista() -> DialectProfile {
    let family = datafusion_family();
    DialectProfile {
        name: "ballista".to_owned(),
        missing: vec![
            Feature::PrimaryKeys,
            Feature::ForeignKeys,
            Feature::StatementSchema,
            Feature::Ingest,
            Feature::Savepoints,
        ],
        parameters: Parameters {
            // Its parameter schema is always empty, and it does not implement binds.
            bind: BindSupport::Refused(NO_BINDS.to_owned()),
            ..family.parameters
        },
        statements: Statements {
            routes: [StatementClass::Ddl, StatementClass::Session]
                .map(|class| (class, Route::Update))
                .into(),
            ..only_queries()
        },
        detect: named("ballista"),
        ..family
    }
}
