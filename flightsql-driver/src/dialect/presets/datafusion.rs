//! DataFusion behind `datafusion-flight-sql-server`.
//!
//! Layer 0. Seen on version 0.4.19: <https://docs.rs/datafusion-flight-sql-server>.

use super::always_query;
use crate::dialect::{
    Dialect, Feature, IdentifierCase, PlaceholderStyle, Route, ServerInfo, StatementClass, Syntax,
    TransactionMode,
};

/// Apache DataFusion. Everything is a query, placeholders are `$1` or `$name`, no transactions.
#[derive(Debug, Clone, Copy, Default)]
pub struct DataFusion;

impl DataFusion {
    /// Its parser knows neither `:name` nor `@name`; `:` is a path into a value.
    pub(super) const SYNTAX: &'static Syntax =
        &Syntax::ANSI.with_colon_names(false).with_at_names(false);
}

impl Dialect for DataFusion {
    fn name(&self) -> &str {
        "datafusion"
    }

    fn syntax(&self) -> &Syntax {
        Self::SYNTAX
    }

    fn identifier_case(&self) -> IdentifierCase {
        IdentifierCase::Lower
    }

    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Dollar
    }

    /// An update is not implemented, and a prepared one answers -1 without running.
    fn route(&self, class: StatementClass) -> Route {
        always_query(class)
    }

    fn transactions(&self) -> TransactionMode {
        TransactionMode::None
    }

    /// The last row would win.
    fn max_bind_rows(&self) -> Option<usize> {
        Some(1)
    }

    fn count_column(&self) -> Option<&str> {
        Some("count")
    }

    fn lacks(&self, feature: Feature) -> bool {
        matches!(
            feature,
            Feature::Updates | Feature::Ingest | Feature::Savepoints
        )
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("datafusion")
    }
}
