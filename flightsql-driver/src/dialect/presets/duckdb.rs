//! DuckDB behind a Flight SQL server, such as GizmoSQL.
//!
//! Layer 0. Syntax: <https://duckdb.org/docs/stable/sql/introduction>.

use crate::dialect::{Dialect, ErrorFacts, Feature, ServerInfo, Syntax, TransactionMode};

/// `:` writes slices, structs and lambdas, `@` is the absolute value.
const SYNTAX: Syntax = Syntax::ANSI.with_colon_names(false).with_at_names(false);

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

    fn transactions(&self) -> TransactionMode {
        TransactionMode::Action
    }

    /// DuckDB has no savepoints.
    fn lacks(&self, feature: Feature) -> bool {
        feature == Feature::Savepoints
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
