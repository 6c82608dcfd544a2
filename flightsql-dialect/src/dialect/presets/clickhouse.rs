//! ClickHouse's Arrow Flight interface. Read in its documents, not run: <https://clickhouse.com/docs/interfaces/arrowflight>.

use std::time::Duration;

use super::family::{BACKTICK, backticks, named, texts, without_names, without_transactions};
use crate::dialect::{
    AuthMode, Authentication, DialectProfile, Feature, LiteralForm, LiteralSyntax, Parameters,
    Quote, Session, StatementClass, Statements, Syntax,
};

/// ClickHouse: `?` binds of one row, no transactions, a token that ends after a minute without use.
///
/// A table needs an engine, an `UPDATE` is a mutation in the background, and a primary key is not unique, so there are
/// no migrations.
#[must_use]
pub fn clickhouse() -> DialectProfile {
    DialectProfile {
        name: "clickhouse".to_owned(),
        missing: vec![Feature::Savepoints],
        identifiers: backticks(),
        // It has two identifier quotes, and backslashes in strings. Its placeholder `{name:Type}` is not in the driver's syntax.
        syntax: Syntax {
            identifier_quotes: vec![BACKTICK, Quote('"', '"')],
            backslash_escapes: true,
            escape_strings: false,
            hash_comments: true,
            ..without_names()
        },
        parameters: Parameters {
            max_rows: Some(1),
            ..Parameters::default()
        },
        // Forms that its documentation does not describe are refused.
        literals: LiteralSyntax {
            binary: LiteralForm::delimited("unhex('", "')"),
            timestamp: LiteralForm::delimited("toDateTime64('", "', 6)"),
            time: LiteralForm::Unsupported,
            timestamptz: LiteralForm::Unsupported,
            nan: Some("nan".to_owned()),
            infinities: Some(("inf".to_owned(), "-inf".to_owned())),
            ..LiteralSyntax::default()
        },
        // These return nothing.
        statements: Statements {
            words: ["OPTIMIZE", "SYSTEM", "EXCHANGE", "KILL"]
                .map(|word| (word.to_owned(), StatementClass::Ddl))
                .into(),
            ..Statements::default()
        },
        session: Session {
            // Its session options are settings.
            header_keys: texts(&["x-clickhouse-session-id", "x-clickhouse-session-timeout"]),
            ..Session::default()
        },
        login: Authentication {
            // A handshake token expires after 60 s without use, so every RPC carries the user and password. The time
            // applies under `auth=handshake`.
            mode: AuthMode::Basic,
            token_idle_life: Some(Duration::from_secs(60)),
            ..Authentication::default()
        },
        detect: named("clickhouse"),
        ..without_transactions()
    }
}
