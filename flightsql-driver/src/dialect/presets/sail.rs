//! LakeSail's Sail: Spark SQL.
//!
//! Layer 0. Seen on version 0.7.2: <https://docs.lakesail.com/sail/latest/>.

use super::{NO_BINDS, always_query};
use crate::dialect::{
    BindSupport, DecimalLiteral, DescribeRoute, Dialect, Feature, LiteralForm, LiteralSyntax,
    MigrationSql, Route, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// As Spark has it: two string quotes, backslashes, identifiers in backticks.
const SYNTAX: Syntax = Syntax::ANSI
    .with_identifier_quotes(&[('`', '`')])
    .with_string_quotes(&['\'', '"'])
    .with_backslash_escapes(true)
    .with_escape_strings(false)
    .with_dollar_quotes(false)
    .with_colon_names(false)
    .with_at_names(false);

/// Decimals are digits; a `TIMESTAMP` is an instant there, and a wall-clock reading has a word of its own.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_nan(super::NAN)
    .with_infinities(super::INFINITIES)
    .with_escaped_quotes(true)
    .with_decimal(DecimalLiteral::Digits { max: 38 })
    .with_timestamp(LiteralForm::Around("TIMESTAMP_NTZ '", "'"))
    .with_timestamp_with_zone(LiteralForm::Around("TIMESTAMP '", "'"));

/// Sail: statements are all there is. A query is described by planning it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sail;

impl Dialect for Sail {
    fn name(&self) -> &str {
        "sail"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
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

    fn binds(&self) -> BindSupport {
        BindSupport::Refused(NO_BINDS)
    }

    fn describe(&self) -> &[DescribeRoute] {
        &[DescribeRoute::Plan]
    }

    fn count_column(&self) -> Option<&str> {
        Some("count")
    }

    fn lacks(&self, _feature: Feature) -> bool {
        true
    }

    /// Its tables take no `UPDATE` and have no keys.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }
}
