//! Dialects: the differences between the engines that speak Flight SQL.
//!
//! A dialect is a [`DialectProfile`], which is data. A few engines also need hooks in code: see [`Dialect`]. The Flight SQL
//! protocol leaves these differences to the server: <https://arrow.apache.org/docs/format/FlightSql.html>.
//!
//! Select a dialect in the URL (`duckdb+flightsql://…`, `dialect=duckdb`) or with `FlightSqlConnectOptions::dialect`.
//! Start a custom dialect from [`DialectProfile::new`], or from a function of [`presets`].

mod check;
mod choices;
mod error_details;
pub(crate) mod file;
mod form;
mod literals;
mod migrations;
pub mod presets;
mod profile;
pub(crate) mod registry;
pub(crate) mod types;

#[cfg(test)]
mod tests;

use arrow_schema::Field;

pub use check::ProfileError;
#[doc(hidden)]
pub use check::is_credential_header;
pub use choices::{
    AuthMode, BindSupport, CancelScope, CatalogTarget, CountedBy, DescribeRoute, Feature,
    LocationPolicy, Ping, Route, TransactionMode,
};
pub use error_details::{ErrorDetails, Violation};
#[doc(hidden)]
pub use file::find as find_file;
pub use file::{FileError, FileProblem};
pub use literals::{DecimalLiteral, FloatLiteral, LiteralForm, LiteralSyntax};
#[doc(hidden)]
pub use migrations::LOCK_TABLE;
pub use migrations::{ChecksumForm, MigrationSql, TestDatabase, TransactionalDdl};
pub use profile::{
    Authentication, Detect, DialectProfile, ErrorPatterns, Identifiers, Parameters, Session,
    Statements, Transactions,
};
pub use registry::RegisterError;
#[doc(hidden)]
pub use registry::{AUTO, is_valid_name};
pub use registry::{by_name, detect, names, register};
pub use types::{
    ColumnType, Encoding, LogicalType, NullBinding, Parameter, Place, SentAs, TypeMap, TypeRule,
    UnknownType,
};

pub use crate::sql::{Quote, StatementClass, StatementText, Syntax};

use crate::server_info::ServerInfo;
use crate::sql::ParsedStatement;
use crate::sql::statement::{NotOneStatement, parse_script};

/// The facts about an engine that the Flight SQL protocol does not report.
///
/// Only [`profile`](Self::profile) is required: it returns the facts that are plain data. The other methods are
/// hooks, which read the profile by default. Override a hook only if an engine needs code, and call the profile's
/// method for all other input. A [`DialectProfile`] alone is a dialect too.
///
/// ```
/// use flightsql_dialect::dialect::{Dialect, DialectProfile, StatementClass, StatementText};
///
/// #[derive(Debug)]
/// struct Quarry(DialectProfile);
///
/// impl Dialect for Quarry {
///     fn profile(&self) -> &DialectProfile {
///         &self.0
///     }
///
///     // `DIG … DEEP` changes the schema, any other `DIG` returns rows.
///     fn classify(&self, statement: &StatementText<'_>) -> StatementClass {
///         let words: Vec<&str> = statement.tokens().collect();
///         match (words.first(), words.last()) {
///             (Some(&"DIG"), Some(&"DEEP")) => StatementClass::Ddl,
///             (Some(&"DIG"), _) => StatementClass::Query,
///             _ => self.profile().classify(statement),
///         }
///     }
/// }
/// ```
pub trait Dialect: std::fmt::Debug + Send + Sync + 'static {
    /// Returns the facts that are plain data. Implementations must return the same profile on every call.
    fn profile(&self) -> &DialectProfile;

    /// Quotes one identifier, doubling each closing quote inside it.
    fn quote_identifier(&self, identifier: &str) -> String {
        self.profile().identifiers.quote(identifier)
    }

    /// Returns the kind of a statement. The default reads its first words, and [`Statements::words`].
    fn classify(&self, statement: &StatementText<'_>) -> StatementClass {
        self.profile().classify(statement)
    }

    /// Returns the logical type of a field of a result, a table or a parameter list; `None` for the type that the field
    /// itself states.
    fn column_type(&self, field: &Field, at: Place) -> Option<ColumnType> {
        self.profile().types.column(field, at)
    }

    /// Returns the type in which the driver sends a value if the server reports no type for the parameter; `None` for the
    /// value's own type. An engine that does not read unsigned integers needs `int64` for `uint32`.
    fn bind_type(&self, parameter: &Parameter<'_>) -> Option<LogicalType> {
        self.profile().types.bound(parameter)
    }

    /// Returns the engine's SQL name of a type, for DDL and casts; `None` for the name in standard SQL. Spark has
    /// `STRING` and ClickHouse has `String` in place of `VARCHAR`.
    fn type_name(&self, field: &Field) -> Option<String> {
        self.profile().types.name(field)
    }

    /// Classifies a server error: `code` is the name of the gRPC code (`INVALID_ARGUMENT`), `message` its text.
    ///
    /// Flight SQL has no field for a SQLSTATE or a constraint, so only the message identifies the kind.
    fn parse_error(&self, code: &str, message: &str) -> ErrorDetails {
        self.profile().errors.read(code, message)
    }

    /// Returns `true` if this is the dialect of a server with this server information. `dialect=auto` and [`detect`] call this
    /// method.
    fn detect(&self, info: &ServerInfo) -> bool {
        self.profile().detect.matches(info)
    }
}

impl dyn Dialect + '_ {
    /// Returns the dialect's name, as in `dialect=NAME`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.profile().name
    }

    /// Returns the logical type for a type name of the engine, by the rules of `types.map` that have a `sql-type`.
    #[must_use]
    pub fn named_type(&self, name: &str) -> Option<LogicalType> {
        self.profile().types.named(name)
    }

    /// Returns the statements of a script.
    pub fn parse_script(&self, sql: &str) -> Vec<ParsedStatement> {
        parse_script(sql, &self.profile().syntax, &|text| self.classify(text))
    }

    /// Parses SQL text that contains exactly one statement.
    ///
    /// # Errors
    /// Returns an error if the text contains no statement, or more than one.
    pub fn parse(&self, sql: &str) -> Result<ParsedStatement, NotOneStatement> {
        let mut statements = self.parse_script(sql);
        match statements.len() {
            1 => statements.pop().ok_or(NotOneStatement(0)),
            count => Err(NotOneStatement(count)),
        }
    }

    /// Returns the route of statements of this kind.
    pub fn route(&self, class: StatementClass) -> Route {
        self.profile().statements.route(class)
    }

    /// Returns `true` if the server supports this part of Flight SQL.
    pub fn supports(&self, feature: Feature) -> bool {
        self.profile().supports(feature)
    }

    /// Returns the statement that selects a catalog and schema.
    pub fn use_statement(&self, catalog: Option<&str>, schema: Option<&str>) -> String {
        let parts = [catalog, schema].into_iter().flatten();
        let parts: Vec<_> = parts.map(|part| self.quote_identifier(part)).collect();
        let template = &self.profile().session.use_statement;
        template.replace("{path}", &parts.join("."))
    }
}
