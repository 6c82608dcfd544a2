//! StarRocks.
//!
//! Layer 0. Read in its documents, not run: <https://docs.starrocks.io/docs/unloading/arrow_flight/>.

use super::doris::LITERALS;
use super::{MYSQL_LIKE, NO_BINDS, always_query};
use crate::dialect::{
    BindSupport, CatalogTarget, Dialect, Feature, LiteralSyntax, MigrationSql, Route, ServerInfo,
    StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// StarRocks: MySQL's syntax, everything is a query, the path is a catalog and a database.
#[derive(Debug, Clone, Copy, Default)]
pub struct StarRocks;

impl Dialect for StarRocks {
    fn name(&self) -> &str {
        "starrocks"
    }

    fn syntax(&self) -> &Syntax {
        &MYSQL_LIKE
    }

    fn literals(&self) -> &LiteralSyntax {
        &LITERALS
    }

    fn quote(&self) -> (char, char) {
        ('`', '`')
    }

    fn route(&self, class: StatementClass) -> Route {
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    /// Parameters are not implemented.
    fn binds(&self) -> BindSupport {
        BindSupport::Refused(NO_BINDS)
    }

    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::Statement
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(feature, Feature::Ingest | Feature::Savepoints)
    }

    /// A table needs clauses for its key and distribution.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("starrocks")
    }
}
