//! Dremio.
//!
//! Layer 0. Read in its source and documents, not run: <https://docs.dremio.com/current/client-applications/>.

use super::{NO_BINDS, always_query};
use crate::dialect::{
    BindSupport, CatalogTarget, Dialect, Feature, LiteralForm, LiteralSyntax, MigrationSql, Route,
    ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

const SYNTAX: Syntax = Syntax::ANSI
    .with_escape_strings(false)
    .with_dollar_quotes(false)
    .with_colon_names(false)
    .with_at_names(false);

/// As Apache Calcite has them; what was not found in its documents is refused.
const LITERALS: LiteralSyntax = LiteralSyntax::ANSI
    .with_plain_backslashes(true)
    .with_binary(LiteralForm::Refused)
    .with_timestamp_with_zone(LiteralForm::Refused)
    .with_nan(None)
    .with_infinities(None);

/// Dremio: everything is a query, no binds. The path is the project of a cloud and the schema, sent as headers.
#[derive(Debug, Clone, Copy, Default)]
pub struct Dremio;

impl Dialect for Dremio {
    fn name(&self) -> &str {
        "dremio"
    }

    fn syntax(&self) -> &Syntax {
        &SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        &LITERALS
    }

    /// It refuses updates on a put.
    fn route(&self, class: StatementClass) -> Route {
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    /// `?` parses, and a put of parameters is not implemented.
    fn binds(&self) -> BindSupport {
        BindSupport::Refused(NO_BINDS)
    }

    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::Header {
            catalog: "catalog",
            schema: Some("schema"),
        }
    }

    /// `quoting` chooses among `DOUBLE_QUOTE` (which this dialect writes), `BACK_TICK` and `BRACKET`.
    fn header_keys(&self) -> &[&str] {
        &[
            "routing_tag",
            "routing_queue",
            "routing_engine",
            "quoting",
            "supports_complex_types",
        ]
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::PrimaryKeys | Feature::ForeignKeys | Feature::Ingest | Feature::Savepoints
        )
    }

    /// Tables stand in a source and have no keys.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("dremio")
    }
}
