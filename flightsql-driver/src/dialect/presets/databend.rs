//! Databend.
//!
//! Layer 0. Read in its source, not run: <https://github.com/databendlabs/databend>.

use crate::dialect::{
    BindSupport, Dialect, Feature, LiteralForm, LiteralSyntax, MigrationSql, Ping, ServerInfo,
    Syntax, TestDatabase, TransactionMode,
};

const SYNTAX: Syntax = Syntax::ANSI
    .with_identifier_quotes(&[('"', '"'), ('`', '`')])
    .with_backslash_escapes(true)
    .with_colon_names(false)
    .with_at_names(false);

/// What was not found in its documents is refused.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_timestamp(LiteralForm::Around("CAST('", "' AS TIMESTAMP)"))
    .with_date(LiteralForm::Around("CAST('", "' AS DATE)"))
    .with_binary(LiteralForm::Refused)
    .with_time(LiteralForm::Refused)
    .with_timestamp_with_zone(LiteralForm::Refused)
    .with_nan(None)
    .with_infinities(None);

/// Databend. Parts of its Flight SQL service panic or act when they should only listen, so they are never called.
#[derive(Debug, Clone, Copy, Default)]
pub struct Databend;

impl Dialect for Databend {
    fn name(&self) -> &str {
        "databend"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        &LITERALS
    }

    /// Beginning one, a savepoint and a cancel meet an unimplemented panic.
    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    /// Putting parameters runs the statement at once and ignores their values.
    fn binds(&self) -> BindSupport {
        BindSupport::Refused(
            "Databend runs a statement when its parameters are bound, and without their values",
        )
    }

    /// The field holds another message there.
    fn adopts_bind_handle(&self) -> bool {
        false
    }

    fn header_keys(&self) -> &[&str] {
        &["bendsql", "session_keep_alive"]
    }

    fn ping(&self) -> Ping {
        Ping::Statement("SELECT 1")
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::Savepoints
                | Feature::PrimaryKeys
                | Feature::ForeignKeys
                | Feature::XdbcTypes
                | Feature::Ingest
        )
    }

    /// Its primary keys are not enforced, and this was not run.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("databend")
    }
}
