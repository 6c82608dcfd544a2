//! ROAPI: files as tables, through DataFusion.
//!
//! Layer 0. Seen on version 0.12.7: <https://github.com/roapi/roapi>.

use super::{DataFusion, NO_BINDS, always_query};
use crate::dialect::{
    BindSupport, Dialect, Feature, IdentifierCase, LiteralSyntax, MigrationSql, Route, ServerInfo,
    StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// ROAPI: queries only. An update answers 1 and does nothing, so everything is a query.
#[derive(Debug, Clone, Copy, Default)]
pub struct Roapi;

impl Dialect for Roapi {
    fn name(&self) -> &str {
        "roapi"
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

    fn route(&self, class: StatementClass) -> Route {
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    fn binds(&self) -> BindSupport {
        BindSupport::Refused(NO_BINDS)
    }

    fn count_column(&self) -> Option<&str> {
        Some("count")
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::TableTypes
                | Feature::PrimaryKeys
                | Feature::ForeignKeys
                | Feature::XdbcTypes
                | Feature::Updates
                | Feature::StatementSchema
                | Feature::Ingest
                | Feature::Savepoints
        )
    }

    /// Read-only.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("roapi")
    }
}
