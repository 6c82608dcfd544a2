//! Deephaven: tables that tick, read-only through Flight SQL. Seen on version 42.7: <https://deephaven.io/core/docs/>.

use super::family::{
    NO_BINDS, named, only_queries, texts, with_special_floats, without_binds, without_names,
    without_transactions,
};
use crate::dialect::{
    Authentication, DescribeRoute, DialectProfile, Feature, LiteralForm, LiteralSyntax, Session,
    Statements, Syntax, TypeMap,
};

/// Deephaven: queries only. Preparing checks nothing and reports a dummy column, so `GetSchema` describes.
#[must_use]
pub fn deephaven() -> DialectProfile {
    DialectProfile {
        name: "deephaven".to_owned(),
        // It responds to key queries with "table not found", even for existing tables.
        missing: vec![
            Feature::PrimaryKeys,
            Feature::ForeignKeys,
            Feature::XdbcTypes,
            Feature::Updates,
            Feature::Ingest,
            Feature::Savepoints,
        ],
        // Its parser is Apache Calcite's: no `E'…'`, no dollar quotes.
        syntax: Syntax {
            escape_strings: false,
            dollar_quotes: false,
            ..without_names()
        },
        parameters: without_binds(NO_BINDS),
        // Literals of dates, times, decimals and bytes parse, but cannot be exported. A string of one character is the
        // number of its code unless it is cast. NULL is the minimum value of each numeric type.
        literals: LiteralSyntax {
            plain_backslashes: true,
            text: LiteralForm::delimited("CAST(", " AS VARCHAR)"),
            least_is_null: true,
            binary: LiteralForm::Unsupported,
            date: LiteralForm::Unsupported,
            time: LiteralForm::Unsupported,
            timestamp: LiteralForm::Unsupported,
            timestamptz: LiteralForm::Unsupported,
            ..with_special_floats()
        },
        types: TypeMap {
            // It reports every column as nullable, also in metadata.
            trust_not_null: false,
            ..TypeMap::default()
        },
        statements: Statements {
            describe: vec![DescribeRoute::StatementSchema],
            ..only_queries()
        },
        session: Session {
            header_keys: texts(&["x-deephaven-auth-cookie-request"]),
            ..Session::default()
        },
        login: Authentication {
            // The token of its anonymous sessions; a server with users requires credentials.
            anonymous: Some("Anonymous".to_owned()),
            ..Authentication::default()
        },
        detect: named("deephaven"),
        ..without_transactions()
    }
}
