//! Databend.
//!
//! Layer 0. Read in its source, not run: <https://github.com/databendlabs/databend>.

use crate::dialect::{BindSupport, Dialect, Feature, Ping, ServerInfo, Syntax, TransactionMode};

const SYNTAX: Syntax = Syntax::ANSI
    .with_identifier_quotes(&[('"', '"'), ('`', '`')])
    .with_backslash_escapes(true)
    .with_colon_names(false)
    .with_at_names(false);

/// Databend. Parts of its Flight SQL service panic or act when they should only listen, so they are never called.
#[derive(Debug, Clone, Copy, Default)]
pub struct Databend;

impl Dialect for Databend {
    fn name(&self) -> &str {
        "databend"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
    }

    /// Beginning one, a savepoint and a cancel meet an unimplemented panic.
    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    /// Putting parameters runs the statement at once and ignores their values.
    fn binds(&self) -> BindSupport {
        BindSupport::Refused(
            "Databend runs a statement when its parameters are bound, without them: let the driver write them \
             into the SQL with `binds=literal`, or write them yourself",
        )
    }

    /// The field holds another message there.
    fn adopts_bind_handle(&self) -> bool {
        false
    }

    fn header_keys(&self) -> &[&str] {
        &["bendsql", "session_keep_alive"]
    }

    fn ping(&self) -> Ping {
        Ping::Statement("SELECT 1")
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::Savepoints
                | Feature::PrimaryKeys
                | Feature::ForeignKeys
                | Feature::XdbcTypes
                | Feature::Ingest
        )
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("databend")
    }
}
