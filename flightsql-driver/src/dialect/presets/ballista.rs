//! Apache DataFusion Ballista: DataFusion over many machines.
//!
//! Layer 0. Seen on version 55: <https://github.com/apache/datafusion-ballista>.

use super::{DataFusion, NO_BINDS};
use crate::dialect::{
    BindSupport, Dialect, Feature, IdentifierCase, LiteralSyntax, MigrationSql, PlaceholderStyle,
    Route, ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// Ballista. No binds, no transactions; DDL and `SET` are updates, all else is a query.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ballista;

impl Dialect for Ballista {
    fn name(&self) -> &str {
        "ballista"
    }

    fn syntax(&self) -> &Syntax {
        DataFusion::SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        DataFusion::LITERALS
    }

    fn identifier_case(&self) -> IdentifierCase {
        IdentifierCase::Lower
    }

    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Dollar
    }

    fn route(&self, class: StatementClass) -> Route {
        match class {
            StatementClass::Ddl | StatementClass::Session => Route::Update,
            _ => Route::Query,
        }
    }

    /// Its parameter schema is always empty, and a bind is not implemented.
    fn binds(&self) -> BindSupport {
        BindSupport::Refused(NO_BINDS)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    fn count_column(&self) -> Option<&str> {
        Some("count")
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::PrimaryKeys
                | Feature::ForeignKeys
                | Feature::StatementSchema
                | Feature::Ingest
                | Feature::Savepoints
        )
    }

    /// Its tables are files; nothing updates a row.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("ballista")
    }
}
