//! Apache Doris.
//!
//! Layer 0. Read in its documents, not run: <https://doris.apache.org/docs/db-connect/arrow-flight-sql-connect>.

use super::{MYSQL_LIKE, NO_BINDS, always_query};
use crate::dialect::{
    BindSupport, CatalogTarget, Dialect, Feature, LiteralForm, LiteralSyntax, MigrationSql, Route,
    ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// As MySQL has them, on StarRocks too; what was not found in their documents is refused.
pub(super) const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_timestamp(LiteralForm::Around("CAST('", "' AS DATETIME)"))
    .with_binary(LiteralForm::Refused)
    .with_time(LiteralForm::Refused)
    .with_timestamp_with_zone(LiteralForm::Refused)
    .with_nan(None)
    .with_infinities(None);

/// Doris: MySQL's syntax, everything is a query, the path is a catalog and a database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Doris;

impl Dialect for Doris {
    fn name(&self) -> &str {
        "doris"
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

    /// It prepares statements and ignores or refuses their parameters.
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
        info.name_contains("doris")
    }
}
