//! Databend. Read in its source, not run: <https://github.com/databendlabs/databend>.

use super::family::{BACKTICK, named, texts, without_binds, without_names, without_transactions};
use crate::dialect::{
    DialectProfile, Feature, LiteralForm, LiteralSyntax, Parameters, Ping, Quote, Session, Syntax,
};

/// Databend. Parts of its Flight SQL service panic, or change state on a request for information, so the driver never
/// calls them. It does not enforce primary keys.
#[must_use]
pub fn databend() -> DialectProfile {
    DialectProfile {
        name: "databend".to_owned(),
        missing: vec![
            Feature::Savepoints,
            Feature::PrimaryKeys,
            Feature::ForeignKeys,
            Feature::XdbcTypes,
            Feature::Ingest,
        ],
        syntax: Syntax {
            identifier_quotes: vec![Quote('"', '"'), BACKTICK],
            backslash_escapes: true,
            ..without_names()
        },
        parameters: Parameters {
            // Databend sends another message in this field.
            replaces_handle: false,
            // A `DoPut` of parameters runs the statement immediately and ignores their values.
            ..without_binds(
                "Databend executes a statement as soon as parameters are bound, and ignores their values",
            )
        },
        // Forms that its documentation does not describe are refused.
        literals: LiteralSyntax {
            timestamp: LiteralForm::delimited("CAST('", "' AS TIMESTAMP)"),
            date: LiteralForm::delimited("CAST('", "' AS DATE)"),
            binary: LiteralForm::Unsupported,
            time: LiteralForm::Unsupported,
            timestamptz: LiteralForm::Unsupported,
            ..LiteralSyntax::default()
        },
        session: Session {
            header_keys: texts(&["bendsql", "session_keep_alive"]),
            ping: Ping::Statement("SELECT 1".to_owned()),
            ..Session::default()
        },
        detect: named("databend"),
        // It panics when a transaction begins, when a savepoint is set, and on a cancellation.
        ..without_transactions()
    }
}
