//! SQLite behind a Flight SQL server, as in the reference servers of Apache Arrow.
//!
//! Layer 0. Syntax: <https://www.sqlite.org/lang.html>.

use crate::dialect::{
    ChecksumForm, DecimalLiteral, Dialect, ErrorFacts, FloatLiteral, LiteralForm, LiteralSyntax,
    MigrationSql, ServerInfo, Syntax, TestDatabase, TransactionMode, TransactionalDdl,
};

/// Three identifier quotes, no `E'…'`, no dollar quotes, comments do not nest.
const SYNTAX: Syntax = Syntax::ANSI
    .with_identifier_quotes(&[('"', '"'), ('`', '`'), ('[', ']')])
    .with_escape_strings(false)
    .with_dollar_quotes(false)
    .with_nested_comments(false);

/// Dates and times are text. A number with a point is a 64-bit float, exact to 15 digits; NaN becomes NULL, so there is
/// none. A UUID is its 16 bytes, as bound ones are.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_plain_backslashes(true)
    .with_decimal(DecimalLiteral::Digits { max: 15 })
    .with_float(FloatLiteral::PowersOfTwo)
    .with_nan(None)
    .with_infinities(Some(("9e999", "(-9e999)")))
    .with_uuid_as_binary()
    .with_date(LiteralForm::Around("'", "'"))
    .with_time(LiteralForm::Around("'", "'"))
    .with_timestamp(LiteralForm::Around("'", "'"))
    .with_timestamp_with_zone(LiteralForm::Around("'", "'"));

/// DDL is part of a transaction: <https://www.sqlite.org/lang_transaction.html>. Of the names that SQLite takes for a type
/// these are those that Arrow Go's server can read back: it dies of a `BIGINT` or a `TIMESTAMP`. Bound bytes are NULL there.
const MIGRATIONS: MigrationSql = MigrationSql::ANSI
    .with_integer("INTEGER")
    .with_text("TEXT")
    .with_timestamp("TEXT")
    .with_checksum(ChecksumForm::BinaryLiteral("BLOB"))
    .with_transactional_ddl(TransactionalDdl::Yes);

/// SQLite: `?` placeholders and transactions through actions.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sqlite;

impl Dialect for Sqlite {
    fn name(&self) -> &str {
        "sqlite"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        &LITERALS
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::Action
    }

    /// The server of the Go example has no action for them.
    fn savepoint_statements(&self) -> bool {
        true
    }

    fn migrations(&self) -> Option<&MigrationSql> {
        Some(&MIGRATIONS)
    }

    /// A database is a file, and no statement reaches another one.
    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    /// Arrow's example servers have a name of their own, and SQLite's in the version.
    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("sqlite")
            || info
                .version()
                .is_some_and(|version| version.to_ascii_lowercase().starts_with("sqlite"))
    }

    /// `SQLITE_BUSY` and `SQLITE_LOCKED` pass: the statement did nothing and may run again.
    fn parse_error(&self, code: &str, message: &str) -> ErrorFacts {
        let mut facts = ErrorFacts::from_text(code, message);
        facts.retryable |=
            message.contains("database is locked") || message.contains("table is locked");
        facts
    }
}
