//! Databend.
//!
//! Layer 0. Read in its source, not run: <https://github.com/databendlabs/databend>.

use super::family::{BACKTICK, named, texts, without_binds, without_names, without_transactions};
use crate::dialect::{
    DialectProfile, Feature, LiteralForm, LiteralSyntax, Parameters, Ping, Quote, Session, Syntax,
};

/// Databend. Parts of its Flight SQL service panic, or act on a request for information, so the driver never calls them.
/// Its primary keys are not enforced.
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
            // The field holds another message there.
            replaces_handle: false,
            // Putting parameters runs the statement at once and ignores their values.
            ..without_binds(
                "Databend runs a statement when its parameters are bound, and without their values",
            )
        },
        // What was not found in its documents is refused.
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
        // Beginning a transaction, a savepoint and a cancel meet an unimplemented panic.
        ..without_transactions()
    }
}
