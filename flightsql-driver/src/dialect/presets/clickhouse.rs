//! ClickHouse's Arrow Flight interface.
//!
//! Layer 0. Read in its documents, not run: <https://clickhouse.com/docs/interfaces/arrowflight>.

use crate::dialect::{
    AuthMode, Dialect, Feature, LiteralForm, LiteralSyntax, MigrationSql, ServerInfo,
    StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// Both quotes around identifiers, and backslashes in strings; `{name:Type}` is its own placeholder and not ours.
const SYNTAX: Syntax = Syntax::ANSI
    .with_identifier_quotes(&[('`', '`'), ('"', '"')])
    .with_backslash_escapes(true)
    .with_escape_strings(false)
    .with_hash_comments(true)
    .with_nested_comments(true)
    .with_colon_names(false)
    .with_at_names(false);

/// What was not found in its documents is refused.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_binary(LiteralForm::Around("unhex('", "')"))
    .with_timestamp(LiteralForm::Around("toDateTime64('", "', 6)"))
    .with_time(LiteralForm::Refused)
    .with_timestamp_with_zone(LiteralForm::Refused)
    .with_nan(Some("nan"))
    .with_infinities(Some(("inf", "-inf")));

/// ClickHouse: `?` binds of one row, no transactions, a token that ends after a minute without use.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClickHouse;

impl Dialect for ClickHouse {
    fn name(&self) -> &str {
        "clickhouse"
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

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    /// One row of parameters for each run.
    fn max_bind_rows(&self) -> Option<usize> {
        Some(1)
    }

    /// A token that a handshake gives dies after 60 s without use, so user and password go with every call.
    fn auth(&self) -> AuthMode {
        AuthMode::Basic
    }

    fn cancels_dropped_results(&self) -> bool {
        true
    }

    /// Its session options are settings.
    fn header_keys(&self) -> &[&str] {
        &["x-clickhouse-session-id", "x-clickhouse-session-timeout"]
    }

    fn lacks(&self, feature: Feature) -> bool {
        feature == Feature::Savepoints
    }

    /// `OPTIMIZE`, `SYSTEM` and their like return nothing.
    fn classify(&self, sql: &str) -> StatementClass {
        match self.keyword_class(sql) {
            StatementClass::Unknown
                if starts_with(sql, &["OPTIMIZE", "SYSTEM", "EXCHANGE", "KILL"]) =>
            {
                StatementClass::Ddl
            }
            class => class,
        }
    }

    /// A table needs an engine, an `UPDATE` is a mutation in the background, and a primary key is not unique.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("clickhouse")
    }
}

fn starts_with(sql: &str, words: &[&str]) -> bool {
    let first = sql.split_whitespace().next().unwrap_or_default();
    words.iter().any(|word| first.eq_ignore_ascii_case(word))
}
