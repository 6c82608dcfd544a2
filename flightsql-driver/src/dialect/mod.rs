//! Dialects: what one engine behind Flight SQL does differently from the next.
//!
//! Layer 0: data only. A dialect declares syntax, routes and parsers; it never sees a channel.
//! The protocol leaves these points to the server:
//! <https://arrow.apache.org/docs/format/FlightSql.html>.

mod ansi;
mod choices;
pub(crate) mod classify;
mod datafusion;
mod duckdb;
mod error_text;
mod influxdb;
pub(crate) mod lexer;
pub(crate) mod placeholder;
mod registry;
mod sqlite;
mod syntax;

#[cfg(test)]
mod tests;

pub use ansi::Ansi;
pub use choices::{
    BindSupport, CatalogTarget, Feature, PlaceholderStyle, Route, StatementClass, TransactionMode,
};
pub use datafusion::DataFusion;
pub use duckdb::DuckDb;
pub use error_text::ErrorFacts;
pub use influxdb::InfluxDb;
pub(crate) use registry::is_valid_name;
pub use registry::{RegisterError, URL_SCHEMES, by_name, names, register};
pub use sqlite::Sqlite;
pub use syntax::Syntax;

/// What the driver must know about an engine that the Flight SQL protocol does not tell.
///
/// Every method has a default that fits a server which follows the protocol and standard SQL, so a
/// dialect names its differences only. Give your own to `FlightSqlConnectOptions::dialect`, or
/// [`register`] it to select it by URL.
pub trait Dialect: std::fmt::Debug + Send + Sync + 'static {
    /// The name used in URLs (`NAME+flightsql://`, `dialect=NAME`) and in error texts.
    ///
    /// Lower-case ASCII letters, digits and `-`, starting with a letter.
    fn name(&self) -> &str;

    /// What the lexer must know to find strings, comments and placeholders.
    fn syntax(&self) -> &Syntax {
        &Syntax::ANSI
    }

    /// The opening and closing quote of an identifier: `"` in standard SQL, a backtick in the MySQL
    /// and Spark families.
    fn quote(&self) -> (char, char) {
        ('"', '"')
    }

    /// Quotes one identifier, doubling each closing quote inside it.
    fn quote_identifier(&self, identifier: &str) -> String {
        let (open, close) = self.quote();
        let mut quoted = String::with_capacity(identifier.len() + 2);
        quoted.push(open);
        for c in identifier.chars() {
            quoted.push(c);
            if c == close {
                quoted.push(c);
            }
        }
        quoted.push(close);
        quoted
    }

    /// What the `?` of a `QueryBuilder` becomes: DataFusion and InfluxDB know `$1` only.
    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Question
    }

    /// Whether a statement is sent as a query or as an update.
    ///
    /// The default sends what returns rows, and what is not known, as a query: rows are never lost.
    /// DataFusion answers an update with -1 and does not run it, so there everything is a query.
    fn route(&self, class: StatementClass) -> Route {
        match class {
            StatementClass::Query
            | StatementClass::DmlReturning
            | StatementClass::Unknown
            | StatementClass::Empty => Route::Query,
            StatementClass::Dml
            | StatementClass::Ddl
            | StatementClass::Session
            | StatementClass::Transaction => Route::Update,
        }
    }

    /// How transactions begin and end. The default asks the server.
    fn transactions(&self) -> TransactionMode {
        TransactionMode::Probe
    }

    /// Whether the server takes bound parameters: Dremio, Doris and Sail refuse or ignore them.
    fn binds(&self) -> BindSupport {
        BindSupport::Server
    }

    /// Whether a handle returned by a bind replaces the old one, as the protocol says.
    /// Databend fills that field with another message, so there it must not.
    fn adopts_bind_handle(&self) -> bool {
        true
    }

    /// The column that holds the number of changed rows when an update is sent as a query.
    /// DataFusion answers one row with the `UInt64` column `count`.
    fn count_column(&self) -> Option<&str> {
        None
    }

    /// Whether an update count means "not known": -1 by the protocol, and on XTDB.
    fn row_count_unknown(&self, count: i64) -> bool {
        count < 0
    }

    /// Whether "not nullable" in a result schema can be believed. Deephaven calls every column
    /// nullable, other engines call columns not nullable that are.
    fn nullability_is_trusted(&self) -> bool {
        true
    }

    /// Where the catalog and schema of the URL go. InfluxDB wants the header `database`.
    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::SessionOptions
    }

    /// URL keys of this engine that are sent as headers of the same name, such as InfluxDB's
    /// `database`. Lower case; they hold no secrets and may be printed.
    fn header_keys(&self) -> &[&str] {
        &[]
    }

    /// Whether the server lacks a part of Flight SQL, or must not be asked for it: Databend's panics when a transaction
    /// begins. What a server lacks is an error before anything is sent. The default asks, and takes `UNIMPLEMENTED` for
    /// an answer.
    fn lacks(&self, feature: Feature) -> bool {
        let _ = feature;
        false
    }

    /// The engine's name of a column's type, where it is not the SQL name of the Arrow type and the server sends none
    /// (`ARROW:FLIGHT:SQL:TYPE_NAME`). Spark and ClickHouse say `STRING` and `String` for what SQL calls `VARCHAR`.
    fn type_name(&self, field: &arrow_schema::Field) -> Option<String> {
        let _ = field;
        None
    }

    /// Reads an error of the server: `code` is the name of the gRPC code (`INVALID_ARGUMENT`),
    /// `message` the text beside it.
    ///
    /// Flight SQL has no field for a SQLSTATE or a constraint, so the texts are all there is. The
    /// default knows those of SQLite, DuckDB and PostgreSQL, which other engines copy.
    fn parse_error(&self, code: &str, message: &str) -> ErrorFacts {
        ErrorFacts::from_text(code, message)
    }
}
