//! SQLite with a Flight SQL server, as in the reference servers of Apache Arrow. Syntax: <https://www.sqlite.org/lang.html>.

use super::family::{BACKTICK, by_action, texts, without_case};
use crate::dialect::{
    ChecksumForm, DecimalLiteral, Detect, DialectProfile, ErrorPatterns, FloatLiteral, LiteralForm,
    LiteralSyntax, LogicalType, MigrationSql, Quote, Syntax, TestDatabase, TransactionalDdl,
    Transactions, TypeMap, TypeRule,
};

/// SQLite: `?` placeholders and transactions through actions. A database is a file, and a statement cannot reach another file.
#[must_use]
pub fn sqlite() -> DialectProfile {
    let text = |name: &str| Some(name.to_owned());
    DialectProfile {
        name: "sqlite".to_owned(),
        test_database: TestDatabase::None,
        identifiers: without_case(),
        // Three identifier quotes, no `E'…'`, no dollar quotes, comments do not nest.
        syntax: Syntax {
            identifier_quotes: vec![Quote('"', '"'), BACKTICK, Quote('[', ']')],
            escape_strings: false,
            dollar_quotes: false,
            nested_comments: false,
            ..Syntax::default()
        },
        // Dates and times are text. A number with a point is a 64-bit float, exact to 15 digits. NaN becomes NULL, so it
        // has no literal. A UUID is its 16 bytes, as when bound.
        literals: LiteralSyntax {
            plain_backslashes: true,
            decimal: DecimalLiteral::Digits { max: 15 },
            float: FloatLiteral::PowersOfTwo,
            infinities: Some(("9e999".to_owned(), "(-9e999)".to_owned())),
            uuid_as_binary: true,
            date: LiteralForm::delimited("'", "'"),
            time: LiteralForm::delimited("'", "'"),
            timestamp: LiteralForm::delimited("'", "'"),
            timestamptz: LiteralForm::delimited("'", "'"),
            ..LiteralSyntax::default()
        },
        // `CURRENT_TIMESTAMP` is in UTC. The server of the Go example refuses a bound boolean, and writes dates in a form of
        // its own.
        types: TypeMap {
            map: vec![TypeRule::new(
                LogicalType::Timestamp(None),
                LogicalType::Instant(None),
            )],
            bind: [
                (LogicalType::Bool, LogicalType::Int64),
                (LogicalType::Date, LogicalType::Text),
                (LogicalType::Time(None), LogicalType::Text),
                (LogicalType::Timestamp(None), LogicalType::Text),
                (LogicalType::Instant(None), LogicalType::Text),
            ]
            .into(),
            ..TypeMap::default()
        },
        transactions: Transactions {
            // The server of the Go example does not implement these actions.
            savepoint_statements: true,
            ..by_action()
        },
        errors: ErrorPatterns {
            // `SQLITE_BUSY` and `SQLITE_LOCKED` pass: the statement did nothing and may run again.
            retryable: texts(&["database is locked", "table is locked"]),
            ..ErrorPatterns::default()
        },
        // Arrow's example servers report their own name, and SQLite's name in the version.
        detect: Detect {
            name: texts(&["sqlite"]),
            version: texts(&["sqlite"]),
        },
        // DDL is part of a transaction: <https://www.sqlite.org/lang_transaction.html>. SQLite accepts any type name, but Arrow
        // Go's server can read back only these: it crashes on a `BIGINT` or a `TIMESTAMP`. It stores bound bytes as NULL.
        migrations: Some(MigrationSql {
            integer: text("INTEGER"),
            text: text("TEXT"),
            timestamp: text("TEXT"),
            checksum: ChecksumForm::BinaryLiteral("BLOB".to_owned()),
            transactional_ddl: TransactionalDdl::Yes,
            ..MigrationSql::default()
        }),
        ..DialectProfile::default()
    }
}
