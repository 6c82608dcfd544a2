//! DuckDB behind a Flight SQL server, such as GizmoSQL.
//!
//! Layer 0. Syntax: <https://duckdb.org/docs/stable/sql/introduction>.

use crate::dialect::{
    Dialect, ErrorFacts, Feature, LiteralForm, LiteralSyntax, MigrationSql, ServerInfo, Syntax,
    TransactionMode, TransactionalDdl,
};

/// `:` writes slices, structs and lambdas, `@` is the absolute value.
const SYNTAX: Syntax = Syntax::ANSI.with_colon_names(false).with_at_names(false);

/// `X'…'` is text on version 1 and a blob on version 2, `from_hex` is a blob on both (seen on 1.1.3 and 2.0.1). Whole
/// numbers go up to 128 bits, decimals to 38 digits, times to microseconds.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_nan(super::NAN)
    .with_infinities(super::INFINITIES)
    .with_plain_backslashes(true)
    .with_unsigned_integers(true)
    .with_binary(LiteralForm::Around("from_hex('", "')"))
    .with_uuid(LiteralForm::Around("CAST('", "' AS UUID)"))
    .with_interval(LiteralForm::Around("INTERVAL '", "'"));

/// DDL is part of a transaction: <https://duckdb.org/docs/stable/sql/statements/transactions>.
const MIGRATIONS: MigrationSql = MigrationSql::ANSI.with_transactional_ddl(TransactionalDdl::Yes);

/// DuckDB: placeholders `?`, `$1`, `$name`, transactions through actions.
#[derive(Debug, Clone, Copy, Default)]
pub struct DuckDb;

impl Dialect for DuckDb {
    fn name(&self) -> &str {
        "duckdb"
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

    /// DuckDB has no savepoints.
    fn lacks(&self, feature: Feature) -> bool {
        feature == Feature::Savepoints
    }

    fn migrations(&self) -> Option<&MigrationSql> {
        Some(&MIGRATIONS)
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("duckdb") || info.name_contains("gizmosql")
    }

    /// Two writers of one row conflict at once; the whole transaction may run again.
    fn parse_error(&self, code: &str, message: &str) -> ErrorFacts {
        let mut facts = ErrorFacts::from_text(code, message);
        facts.retryable |= message.contains("Transaction conflict")
            || message.contains("TransactionContext Error: Conflict on");
        facts
    }
}
