//! Deephaven: tables that tick, read-only through Flight SQL.
//!
//! Layer 0. Seen on version 42.7: <https://deephaven.io/core/docs/>.

use super::always_query;
use crate::dialect::{
    BindSupport, DescribeRoute, Dialect, Feature, LiteralForm, LiteralSyntax, MigrationSql, Route,
    ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// Its parser is Apache Calcite's: no `E'…'`, no dollar quotes.
const SYNTAX: Syntax = Syntax::ANSI
    .with_escape_strings(false)
    .with_dollar_quotes(false)
    .with_colon_names(false)
    .with_at_names(false);

/// Literals of dates, times, decimals and bytes parse, and cannot be exported. A string of one character is a number, its
/// code, unless it is cast. NULL is the least value of each type of numbers.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_nan(super::NAN)
    .with_infinities(super::INFINITIES)
    .with_plain_backslashes(true)
    .with_text(LiteralForm::Around("CAST(", " AS VARCHAR)"))
    .with_least_as_null(true)
    .with_binary(LiteralForm::Refused)
    .with_date(LiteralForm::Refused)
    .with_time(LiteralForm::Refused)
    .with_timestamp(LiteralForm::Refused)
    .with_timestamp_with_zone(LiteralForm::Refused);

/// Deephaven: queries only. Preparing checks nothing and announces a dummy column, so `GetSchema` describes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deephaven;

impl Dialect for Deephaven {
    fn name(&self) -> &str {
        "deephaven"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        &LITERALS
    }

    fn route(&self, class: StatementClass) -> Route {
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    fn binds(&self) -> BindSupport {
        BindSupport::Refused(super::NO_BINDS)
    }

    fn describe(&self) -> &[DescribeRoute] {
        &[DescribeRoute::StatementSchema]
    }

    /// Every column is nullable there, also in metadata.
    fn nullability_is_trusted(&self) -> bool {
        false
    }

    /// The token of its anonymous sessions; a server that knows users wants another.
    fn anonymous_authorization(&self) -> Option<&str> {
        Some("Anonymous")
    }

    fn header_keys(&self) -> &[&str] {
        &["x-deephaven-auth-cookie-request"]
    }

    /// Keys are answered with "table not found", also for tables that are there.
    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::PrimaryKeys
                | Feature::ForeignKeys
                | Feature::XdbcTypes
                | Feature::Updates
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
        info.name_contains("deephaven")
    }
}
