//! The tables of a [`DialectProfile`](super::DialectProfile), one struct each.
//!
//! Layer 0.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx_core::error::ErrorKind;

use crate::dialect::form::or_false;
use crate::dialect::{
    AuthMode, BindSupport, CatalogTarget, CountedBy, DescribeRoute, ErrorFacts, IdentifierCase,
    LocationPolicy, Ping, Quote, Route, ServerInfo, StatementClass, TransactionMode,
};

/// The spelling of identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Identifiers {
    /// The quote that the driver writes: `"` in standard SQL, a backtick in the MySQL and Spark families.
    pub quote: Quote,
    /// The change that the engine makes to the letters of an identifier without quotes, so that a name written as in
    /// SQL finds its table: lower case in DataFusion, as written in SQLite. Defaults to `as-written`.
    pub case: IdentifierCase,
}

impl Identifiers {
    /// Quotes one identifier, doubling each closing quote inside it.
    #[must_use]
    pub fn quote(&self, identifier: &str) -> String {
        self.quote.around(identifier)
    }
}

impl Default for Identifiers {
    fn default() -> Self {
        Self {
            quote: Quote('"', '"'),
            case: IdentifierCase::Unknown,
        }
    }
}

/// Placeholders and bound values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Parameters {
    /// Whether the server takes bound values: Dremio, Doris and Sail refuse or ignore them.
    pub bind: BindSupport,
    /// The placeholder that replaces the `?` of a `QueryBuilder`; `{n}` is the number of the parameter. `?` (the
    /// default), `${n}` on DataFusion and InfluxDB, `:p{n}`, `@p{n}`.
    pub placeholder: String,
    /// Who counts the parameters of a statement for which the server reports none. Defaults to the driver.
    pub counted_by: CountedBy,
    /// Whether a placeholder that the driver writes is cast to the type of its value: `CAST($1 AS BIGINT)`. It needs the
    /// engine's names in [`TypeMap::names`](crate::dialect::TypeMap::names) where those of standard SQL do not do. SQL
    /// written by hand is never changed.
    pub cast: bool,
    /// The maximum number of parameter sets that one execution takes; `None` for any number. DataFusion and ClickHouse
    /// take one, so the driver runs a statement once for each there.
    #[serde(with = "or_false")]
    pub max_rows: Option<usize>,
    /// The name of a bound column, for a server that matches parameters by name: `{name}` is the name of the parameter
    /// without its sign (`price` of `:price`), or its number where it has none; `{n}` its number. `None`, the default,
    /// keeps the reported name, else the caller's, else `${n}`.
    #[serde(with = "or_false")]
    pub column_name: Option<String>,
    /// Whether a handle that a bind returns replaces the old one, as the protocol specifies. Databend fills that field
    /// with another message. Defaults to `true`.
    pub replaces_handle: bool,
}

impl Parameters {
    /// Returns the placeholder of the parameter with this number; the first is 1.
    #[must_use]
    pub fn placeholder(&self, number: usize) -> String {
        self.placeholder.replace("{n}", &number.to_string())
    }
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            bind: BindSupport::Server,
            placeholder: "?".to_owned(),
            counted_by: CountedBy::Driver,
            cast: false,
            max_rows: None,
            column_name: None,
            replaces_handle: true,
        }
    }
}

/// The kinds of statements, and the RPCs that run them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Statements {
    /// First words of statements in addition to those of standard SQL, in any case, such as ClickHouse's `OPTIMIZE`.
    pub words: BTreeMap<String, StatementClass>,
    /// The route of every statement, unless [`routes`](Self::routes) names another for its kind. `None`, the default,
    /// sends statements that return rows, and unknown statements, as queries, so that rows are never lost, and the
    /// others as updates. DataFusion answers an update with -1 and does not run it, so everything is a query there.
    #[serde(with = "or_false")]
    pub route: Option<Route>,
    /// The route of one kind of statements.
    pub routes: BTreeMap<StatementClass, Route>,
    /// The names, in any case, of the column that contains the number of changed rows when an update runs as a query.
    /// Defaults to `count`: DataFusion and DuckDB return one row with this column.
    pub count_columns: Vec<String>,
    /// The ways to describe a statement without running it; the driver uses the first that the server has. Preparing
    /// checks nothing on Deephaven, and Sail plans a query when the driver requests its `FlightInfo`.
    pub describe: Vec<DescribeRoute>,
}

impl Statements {
    /// Returns the route of statements of this kind.
    #[must_use]
    pub fn route(&self, class: StatementClass) -> Route {
        let by_default = match class {
            StatementClass::Query
            | StatementClass::DmlReturning
            | StatementClass::Unknown
            | StatementClass::Empty => Route::Query,
            StatementClass::Dml
            | StatementClass::Ddl
            | StatementClass::Session
            | StatementClass::Transaction => Route::Update,
        };
        let of_class = self.routes.get(&class).copied();
        of_class.or(self.route).unwrap_or(by_default)
    }
}

impl Default for Statements {
    fn default() -> Self {
        Self {
            words: BTreeMap::new(),
            route: None,
            routes: BTreeMap::new(),
            count_columns: vec!["count".to_owned()],
            describe: vec![DescribeRoute::Prepare, DescribeRoute::StatementSchema],
        }
    }
}

/// Transactions and savepoints.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Transactions {
    /// The way in which transactions begin and end. Defaults to the server's report.
    pub mode: TransactionMode,
    /// Whether the driver may set a savepoint by a statement (`SAVEPOINT`, `RELEASE SAVEPOINT`,
    /// `ROLLBACK TO SAVEPOINT`) where the server has no action for it. Arrow Go's SQLite server has transactions by
    /// action, and savepoints by SQL only.
    pub savepoint_statements: bool,
}

/// The start, upkeep and end of a connection's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Session {
    /// The place that the catalog and schema of the URL are sent to. InfluxDB expects the header `database`, Doris a
    /// `USE` statement.
    pub catalog: CatalogTarget,
    /// The statement that selects a catalog and schema, for [`CatalogTarget::Statement`]. `{path}` is the quoted
    /// `catalog.schema`, without the part that is not set. Defaults to `USE {path}`.
    pub use_statement: String,
    /// Statements that every new connection runs before any other, such as `SET` of a variable.
    pub bootstrap: Vec<String>,
    /// URL keys of this engine that the driver sends as headers of the same name, such as InfluxDB's `database`. Lower
    /// case; the values are no secrets and may be printed.
    pub header_keys: Vec<String>,
    /// The check whether a connection is alive. Defaults to a request for the server's name, to which every server
    /// responds in some way.
    pub ping: Ping,
    /// Whether the driver notifies the server, by the action `CancelFlightInfo`, of a result that was dropped before
    /// its end. Otherwise it ends the RPC, which servers notice while they send. ClickHouse continues a query until it
    /// is notified. On GizmoSQL that action ends other work of the session too.
    pub cancel_dropped_results: bool,
    /// The use of locations on another address, unless the options specify it. A server that names an address where
    /// clients cannot reach it, as behind a proxy, and serves its tickets itself needs [`LocationPolicy::Ignore`].
    pub locations: LocationPolicy,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            catalog: CatalogTarget::SessionOptions,
            use_statement: "USE {path}".to_owned(),
            bootstrap: Vec::new(),
            header_keys: Vec::new(),
            ping: Ping::ServerInfo,
            cancel_dropped_results: false,
            locations: LocationPolicy::SameOrigin,
        }
    }
}

/// The authentication of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Authentication {
    /// The use of a user and a password, unless the options specify it. A token that ClickHouse returns for a handshake
    /// expires after a minute without use.
    pub mode: AuthMode,
    /// The `authorization` header of a connection without credentials. Deephaven expects `Anonymous`.
    #[serde(with = "or_false")]
    pub anonymous: Option<String>,
}

/// Phrases of error messages: an error whose message contains one of them has that kind.
///
/// They apply in addition to the phrases of SQLite, DuckDB and PostgreSQL, which other engines copy; see
/// [`ErrorFacts::from_text`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorPatterns {
    /// Phrases of a unique or primary key violation.
    pub unique_violation: Vec<String>,
    /// Phrases of a foreign key violation.
    pub foreign_key_violation: Vec<String>,
    /// Phrases of a NULL in a column that allows none.
    pub not_null_violation: Vec<String>,
    /// Phrases of a check violation.
    pub check_violation: Vec<String>,
    /// Phrases of an exclusion violation.
    pub exclusion_violation: Vec<String>,
    /// Phrases of an error after which the same statement, or its transaction, may succeed when it runs again.
    pub retryable: Vec<String>,
    /// Phrases of an error after which the session is gone, so that the driver closes the connection.
    pub session_lost: Vec<String>,
}

impl ErrorPatterns {
    /// Reads an error: `code` is the name of the gRPC code (`INVALID_ARGUMENT`), `message` its text.
    #[must_use]
    pub fn read(&self, code: &str, message: &str) -> ErrorFacts {
        let mut facts = ErrorFacts::from_text(code, message);
        let has = |phrases: &[String]| {
            let mut phrases = phrases.iter().filter(|phrase| !phrase.is_empty());
            phrases.any(|phrase| message.contains(&**phrase))
        };
        let kinds = [
            (&self.unique_violation, ErrorKind::UniqueViolation),
            (&self.foreign_key_violation, ErrorKind::ForeignKeyViolation),
            (&self.not_null_violation, ErrorKind::NotNullViolation),
            (&self.check_violation, ErrorKind::CheckViolation),
            (&self.exclusion_violation, ErrorKind::ExclusionViolation),
        ];
        let own = kinds.into_iter().find(|(phrases, _)| has(phrases));
        if let Some((_, kind)) = own {
            facts.kind = kind;
        }
        facts.retryable |= has(&self.retryable);
        facts.session_lost |= has(&self.session_lost);
        facts
    }
}

/// The servers that a dialect is for, by what they report about themselves; read under `dialect=auto` and by
/// [`detect_dialect`](crate::detect_dialect).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Detect {
    /// The server's name contains one of these, in any case.
    pub name: Vec<String>,
    /// The server's version starts with one of these, in any case.
    pub version: Vec<String>,
}

impl Detect {
    /// Returns `true` if the server matches a name or a version.
    #[must_use]
    pub fn matches(&self, info: &ServerInfo) -> bool {
        let lower = |text: Option<&str>| text.map(str::to_ascii_lowercase).unwrap_or_default();
        let (name, version) = (lower(info.name()), lower(info.version()));
        let names = self.name.iter().filter(|part| !part.is_empty());
        let versions = self.version.iter().filter(|part| !part.is_empty());
        names
            .map(|part| part.to_ascii_lowercase())
            .any(|part| name.contains(&part))
            || versions
                .map(|part| part.to_ascii_lowercase())
                .any(|part| version.starts_with(&part))
    }
}
