//! Dialects: what one engine behind Flight SQL does differently from the next.
//!
//! Layer 0: data only. A dialect declares syntax, routes and parsers; it never sees a channel.
//! The protocol leaves these points to the server:
//! <https://arrow.apache.org/docs/format/FlightSql.html>.

mod choices;
pub(crate) mod classify;
mod error_text;
pub(crate) mod lexer;
mod literals;
pub(crate) mod migrations;
pub(crate) mod placeholder;
pub mod presets;
mod registry;
mod syntax;
mod types;

#[cfg(test)]
mod tests;

pub use choices::{
    AuthMode, BindSupport, CatalogTarget, DescribeRoute, Feature, LocationPolicy, Ping,
    PlaceholderStyle, Route, StatementClass, TransactionMode,
};
pub use error_text::ErrorFacts;
pub use literals::{DecimalLiteral, FloatLiteral, LiteralForm, LiteralSyntax};
pub use migrations::{ChecksumForm, MigrationSql, TestDatabase, TransactionalDdl};
pub use presets::{Ansi, DataFusion, DuckDb, InfluxDb, Sqlite, URL_SCHEMES};
pub(crate) use registry::{AUTO, is_valid_name};
pub use registry::{RegisterError, by_name, detect, names, register};
pub use syntax::Syntax;
pub use types::{
    ColumnType, Encoding, LogicalType, NullBinding, Parameter, Place, SentAs, TypeMap, TypeRule,
    UnknownType,
};

pub(crate) use crate::server_info::{IdentifierCase, ServerInfo};

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

    /// What the engine makes of the letters of an identifier without quotes, so that a name written as in SQL finds its
    /// table: lower case in DataFusion, as written in SQLite, where case does not count either.
    fn identifier_case(&self) -> IdentifierCase {
        IdentifierCase::Unknown
    }

    /// What the `?` of a `QueryBuilder` becomes: DataFusion and InfluxDB know `$1` only.
    fn placeholder(&self) -> PlaceholderStyle {
        PlaceholderStyle::Question
    }

    /// What kind of statement a text is. The default knows the first words of the SQL of all presets; an engine with words
    /// of its own, such as ClickHouse's `OPTIMIZE`, tells them here and asks [`keyword_class`](Self::keyword_class) else.
    fn classify(&self, sql: &str) -> StatementClass {
        self.keyword_class(sql)
    }

    /// The class by the statement's first words; not to be overridden.
    fn keyword_class(&self, sql: &str) -> StatementClass {
        classify::classify(sql, self.syntax())
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

    /// Whether a savepoint may be set by a statement (`SAVEPOINT`, `RELEASE SAVEPOINT`, `ROLLBACK TO SAVEPOINT`) where the
    /// server has no action for it. Arrow Go's SQLite server has transactions by action, and savepoints by SQL only.
    fn savepoint_statements(&self) -> bool {
        false
    }

    /// Whether the server takes bound parameters: Dremio, Doris and Sail refuse or ignore them.
    fn binds(&self) -> BindSupport {
        BindSupport::Server
    }

    /// How many rows of parameters one run takes; `None` for any number. DataFusion and ClickHouse take one, so that many
    /// rows run one by one there.
    fn max_bind_rows(&self) -> Option<usize> {
        None
    }

    /// The Arrow type of a parameter whose type the server does not announce: `own` is the value's. An engine that reads
    /// no unsigned integers wants `Int64` for `UInt32`. `None` binds the value as it is.
    fn bind_type(&self, own: &arrow_schema::DataType) -> Option<arrow_schema::DataType> {
        let _ = own;
        None
    }

    /// How values are written into the text when the options say `binds=literal`, for engines that take no bound
    /// parameters. The default is standard SQL; it refuses text with a backslash, see [`LiteralSyntax::ANSI`].
    fn literals(&self) -> &LiteralSyntax {
        &LiteralSyntax::ANSI
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

    /// How a statement is described without running it: the first of these that the server has. Preparing checks nothing
    /// on Deephaven, and Sail plans a query when it is asked where its result lies.
    fn describe(&self) -> &[DescribeRoute] {
        &[DescribeRoute::Prepare, DescribeRoute::StatementSchema]
    }

    /// What is done with a user and a password unless the options say it. A token that ClickHouse gives for a handshake
    /// dies after a minute without use.
    fn auth(&self) -> AuthMode {
        AuthMode::Handshake
    }

    /// The `authorization` header of a connection that nobody logged in on. Deephaven wants `Anonymous`.
    fn anonymous_authorization(&self) -> Option<&str> {
        None
    }

    /// Where the catalog and schema of the URL go. InfluxDB wants the header `database`, Doris a `USE` statement.
    fn catalog_target(&self) -> CatalogTarget {
        CatalogTarget::SessionOptions
    }

    /// The statement that goes to a catalog and schema, under [`CatalogTarget::Statement`]. The default is
    /// `USE catalog.schema`, without what is not given.
    fn use_statement(&self, catalog: Option<&str>, schema: Option<&str>) -> String {
        let parts = [catalog, schema].into_iter().flatten();
        let parts: Vec<_> = parts.map(|part| self.quote_identifier(part)).collect();
        format!("USE {}", parts.join("."))
    }

    /// Statements that every new connection runs before any other, such as `SET` of a variable.
    fn bootstrap(&self) -> &[&str] {
        &[]
    }

    /// Whether the server is told, by the action `CancelFlightInfo`, of a result that was dropped before its end. The default
    /// ends the call, which servers notice while they send; ClickHouse goes on with a query until it is told. On GizmoSQL
    /// that action ends other work of the session too.
    fn cancels_dropped_results(&self) -> bool {
        false
    }

    /// What is done with locations on another address unless the options say it. A server that names one where it cannot be
    /// reached, as behind a proxy, and serves its tickets itself wants [`LocationPolicy::Ignore`].
    fn locations(&self) -> LocationPolicy {
        LocationPolicy::SameOrigin
    }

    /// How a connection is asked whether it is alive. The default asks for the server's name, which every server answers
    /// in some way.
    fn ping(&self) -> Ping {
        Ping::ServerInfo
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

    /// How migrations are recorded, and whether DDL is part of a transaction. `None` is an engine that cannot keep such a
    /// record: migrating is then an error before anything is sent. The default is standard SQL.
    ///
    /// Of the presets, the default, SQLite and DuckDB have it. The DataFusion family keeps tables in files or in memory,
    /// without `UPDATE`; InfluxDB, ROAPI and Deephaven only read; XTDB has no DDL; ClickHouse, Doris and StarRocks want
    /// engine and key clauses for a table, and Databend, Dremio, CnosDB and Sail were not seen to enforce what is needed.
    fn migrations(&self) -> Option<&MigrationSql> {
        Some(&MigrationSql::ANSI)
    }

    /// Where a fresh database for one test is made, and what `database create` makes. The default is a schema.
    fn test_database(&self) -> TestDatabase {
        TestDatabase::Schema
    }

    /// The type that a field of a result, table or parameter list means; `None`: what it says itself.
    fn column_type(&self, field: &arrow_schema::Field, at: Place) -> Option<ColumnType> {
        let _ = (field, at);
        None
    }

    /// The engine's name of a column's type, as reflection shows it. `None` takes the server's own
    /// (`ARROW:FLIGHT:SQL:TYPE_NAME` in the field's metadata), or else the SQL name of the Arrow type. Spark and ClickHouse
    /// say `STRING` and `String` for what SQL calls `VARCHAR`.
    fn type_name(&self, field: &arrow_schema::Field) -> Option<String> {
        let _ = field;
        None
    }

    /// Whether this is the dialect of a server that says this about itself; asked under `dialect=auto` and by
    /// [`detect_dialect`](crate::detect_dialect).
    fn detect(&self, info: &ServerInfo) -> bool {
        let _ = info;
        false
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
