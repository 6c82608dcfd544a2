//! LakeSail's Sail: Spark SQL. Seen on version 0.7.2: <https://docs.lakesail.com/sail/latest/>.

use super::family::{
    BACKTICK, NO_BINDS, backticks, only_queries, with_special_floats, without_binds, without_names,
    without_transactions,
};
use crate::dialect::{
    DecimalLiteral, DescribeRoute, DialectProfile, Feature, LiteralForm, LiteralSyntax, Statements,
    Syntax,
};

/// Sail, which only runs statements. It describes a query by planning it. Its tables have no keys and do not support `UPDATE`.
#[must_use]
pub fn sail() -> DialectProfile {
    DialectProfile {
        name: "sail".to_owned(),
        missing: Feature::ALL.to_vec(),
        identifiers: backticks(),
        // The syntax of Spark: two string quotes, backslashes, identifiers in backticks.
        syntax: Syntax {
            identifier_quotes: vec![BACKTICK],
            string_quotes: vec!['\'', '"'],
            backslash_escapes: true,
            escape_strings: false,
            dollar_quotes: false,
            ..without_names()
        },
        parameters: without_binds(NO_BINDS),
        // Decimals are digits. A `TIMESTAMP` is an instant, and a wall-clock reading has another keyword.
        literals: LiteralSyntax {
            escaped_quotes: true,
            decimal: DecimalLiteral::Digits { max: 38 },
            timestamp: LiteralForm::delimited("TIMESTAMP_NTZ '", "'"),
            timestamptz: LiteralForm::delimited("TIMESTAMP '", "'"),
            ..with_special_floats()
        },
        statements: Statements {
            describe: vec![DescribeRoute::Plan],
            ..only_queries()
        },
        ..without_transactions()
    }
}
