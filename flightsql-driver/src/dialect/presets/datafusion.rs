//! DataFusion behind `datafusion-flight-sql-server`.
//!
//! Layer 0. Seen on version 0.4.19: <https://docs.rs/datafusion-flight-sql-server>.

use super::always_query;
use crate::dialect::{
    DecimalLiteral, Dialect, Feature, IdentifierCase, LiteralForm, LiteralSyntax, MigrationSql,
    PlaceholderStyle, Route, ServerInfo, StatementClass, Syntax, TestDatabase, TransactionMode,
};

/// Apache DataFusion. Everything is a query, placeholders are `$1` or `$name`, no transactions.
#[derive(Debug, Clone, Copy, Default)]
pub struct DataFusion;

impl DataFusion {
    /// Its parser knows neither `:name` nor `@name`; `:` is a path into a value.
    pub(super) const SYNTAX: &'static Syntax =
        &Syntax::ANSI.with_colon_names(false).with_at_names(false);

    /// A number with a point is a float, so decimals are cast from text. `TIMESTAMP WITH TIME ZONE` takes the zone from
    /// the session's settings, `arrow_cast` does not.
    pub(super) const LITERALS: &'static LiteralSyntax = &LiteralSyntax::ANSI
        .with_nan(super::NAN)
        .with_infinities(super::INFINITIES)
        .with_plain_backslashes(true)
        .with_unsigned_integers(true)
        .with_decimal(DecimalLiteral::Cast { max: 76 })
        .with_uuid_as_binary()
        .with_timestamp_with_zone(LiteralForm::Around(
            "arrow_cast('",
            "', 'Timestamp(Nanosecond, Some(\"+00:00\"))')",
        ))
        .with_interval(LiteralForm::Around("INTERVAL '", "'"))
        .with_fraction_digits(9);
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

    fn literals(&self) -> &LiteralSyntax {
        Self::LITERALS
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

    /// Tables are in memory or in files: no `UPDATE`, and no key that is enforced.
    fn migrations(&self) -> Option<&MigrationSql> {
        None
    }

    fn test_database(&self) -> TestDatabase {
        TestDatabase::None
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        info.name_contains("datafusion")
    }
}
