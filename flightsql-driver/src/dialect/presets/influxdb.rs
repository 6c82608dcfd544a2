//! InfluxDB 3: DataFusion over time series, read-only through Flight SQL.
//!
//! Layer 0. Headers: <https://docs.influxdata.com/influxdb3/core/reference/client-libraries/flight/>.

use super::{DataFusion, always_query};
use crate::dialect::{
    CatalogTarget, Dialect, Feature, LiteralSyntax, MigrationSql, PlaceholderStyle, Route,
    ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// InfluxDB 3. The URL path is the database, sent as the header `database`; the token is a bearer.
#[derive(Debug, Clone, Copy, Default)]
pub struct InfluxDb;

impl Dialect for InfluxDb {
    fn name(&self) -> &str {
        "influxdb"
    }

    fn syntax(&self) -> &Syntax {
        DataFusion::SYNTAX
    }

    fn literals(&self) -> &LiteralSyntax {
        DataFusion::LITERALS
    }

    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Dollar
    }

    fn route(&self, class: StatementClass) -> Route {
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    fn max_bind_rows(&self) -> Option<usize> {
        Some(1)
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::Updates | Feature::Ingest | Feature::Savepoints
        )
    }

    /// Read-only.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("influxdb")
    }

    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::Header {
            catalog: "database",
            schema: None,
        }
    }

    /// The last three are older names of the first; the server refuses values that conflict.
    fn header_keys(&self) -> &[&str] {
        &[
            "database",
            "bucket",
            "bucket-name",
            "iox-namespace-name",
            "iox-debug",
        ]
    }
}
