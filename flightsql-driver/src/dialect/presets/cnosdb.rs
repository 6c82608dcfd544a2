//! CnosDB: a time series database over DataFusion.
//!
//! Layer 0. Read in its source, not run: <https://github.com/cnosdb/cnosdb>.

use super::{DataFusion, NO_BINDS};
use crate::dialect::{
    BindSupport, CatalogTarget, Dialect, Feature, IdentifierCase, LiteralSyntax, MigrationSql,
    PlaceholderStyle, ServerInfo, Syntax, TestDatabase, TransactionMode,
};

/// CnosDB. The URL path is `tenant/db`, sent as headers; no binds, no transactions.
#[derive(Debug, Clone, Copy, Default)]
pub struct CnosDb;

impl Dialect for CnosDb {
    fn name(&self) -> &str {
        "cnosdb"
    }

    fn syntax(&self) -> &Syntax {
        DataFusion::SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        DataFusion::LITERALS
    }

    fn identifier_case(&self) -> IdentifierCase {
        IdentifierCase::Lower
    }

    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Dollar
    }

    /// It prepares statements, and implements no parameters.
    fn binds(&self) -> BindSupport {
        BindSupport::Refused(NO_BINDS)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::Header {
            catalog: "tenant",
            schema: Some("db"),
        }
    }

    fn header_keys(&self) -> &[&str] {
        &[
            "tenant",
            "db",
            "target_partitions",
            "stream_trigger_interval",
        ]
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::SqlInfo | Feature::Ingest | Feature::Savepoints
        )
    }

    /// A table is a time series, without keys.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("cnosdb")
    }
}
