//! Spice.ai: DataFusion over many sources.
//!
//! Layer 0. Read in its source, not run: <https://github.com/spiceai/spiceai>.

use super::{DataFusion, always_query};
use crate::dialect::{
    Dialect, Feature, IdentifierCase, LiteralSyntax, MigrationSql, PlaceholderStyle, Route,
    ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// Spice.ai: queries with `$1` binds of one row.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spice;

impl Dialect for Spice {
    fn name(&self) -> &str {
        "spice"
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
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    fn max_bind_rows(&self) -> Option<usize> {
        Some(1)
    }

    fn count_column(&self) -> Option<&str> {
        Some("count")
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(feature, Feature::Ingest | Feature::Savepoints)
    }

    /// Tables come from its configuration.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("spice")
    }
}
