//! XTDB 2: a database of facts in time.
//!
//! Layer 0. Read in its source, not run: <https://github.com/xtdb/xtdb>.

use crate::dialect::{
    Dialect, Feature, IdentifierCase, MigrationSql, ServerInfo, Syntax, TestDatabase,
    TransactionMode,
};

const SYNTAX: Syntax = Syntax::ANSI.with_colon_names(false).with_at_names(false);

/// XTDB 2: `?` binds of many rows, transactions by action whose writes are seen only after the commit, update counts that
/// are not known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Xtdb;

impl Dialect for Xtdb {
    fn name(&self) -> &str {
        "xtdb"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
    }

    fn identifier_case(&self) -> IdentifierCase {
        IdentifierCase::Lower
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::Action
    }

    fn lacks(&self, feature: Feature) -> bool {
        feature == Feature::Savepoints
    }

    /// There is no `CREATE TABLE`.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("xtdb")
    }
}
