//! The tables of a [`DialectProfile`](super::DialectProfile), one struct each.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::dialect::form::{or_false, seconds_or_false};
use crate::dialect::{
    AuthMode, BindSupport, CancelScope, CatalogTarget, CountedBy, DescribeRoute, ErrorDetails,
    LocationPolicy, Ping, Quote, Route, StatementClass, TransactionMode, Violation,
};
use crate::server_info::{IdentifierCase, ServerInfo};

/// The spelling of identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Identifiers {
    /// The quote that the driver writes: `"` in standard SQL, a backtick in the MySQL and Spark families.
    pub quote: Quote,
    /// The way the engine folds unquoted identifiers, which the driver needs to look up a table by its name in SQL.
    /// DataFusion folds to lower case; SQLite ignores case in comparisons. Defaults to `as-written`.
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
    /// The server's support for bound values: Dremio, Doris and Sail refuse or ignore them.
    pub bind: BindSupport,
    /// The placeholder that replaces the `?` of a `QueryBuilder`; `{n}` is the number of the parameter. `?` (the
    /// default), `${n}` on DataFusion and InfluxDB, `:p{n}`, `@p{n}`.
    pub placeholder: String,
    /// The side that counts the parameters of a statement for which the server reports none. Defaults to the driver.
    pub counted_by: CountedBy,
    /// Whether a placeholder that the driver writes is cast to the type of its value: `CAST($1 AS BIGINT)`. Set
    /// [`TypeMap::names`](crate::dialect::TypeMap::names) if the engine's type names differ from standard SQL. SQL
    /// written by hand is never changed.
    pub cast: bool,
    /// The maximum number of parameter sets that one execution accepts; `None` for any number. DataFusion and ClickHouse
    /// accept only one set, so the driver runs a statement once per set.
    #[serde(with = "or_false")]
    pub max_rows: Option<usize>,
    /// The name of a bound column, for a server that matches parameters by name. `{name}` is the name of the parameter
    /// without its sign (`price` of `:price`), or its number if it has no name. `{n}` is its number. `None`, the default,
    /// keeps the name that the server reports, otherwise the caller's name, otherwise `${n}`.
    #[serde(with = "or_false")]
    pub column_name: Option<String>,
    /// Whether a handle that a bind returns replaces the old one, as the protocol specifies. Databend fills the handle's field
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
    /// Leading keywords of statements in addition to those of standard SQL, such as ClickHouse's `OPTIMIZE`. Case is ignored.
    pub words: BTreeMap<String, StatementClass>,
    /// The route of every statement, unless [`routes`](Self::routes) names another for its kind. `None`, the default,
    /// sends statements that return rows, and unknown statements, as queries, so that rows are never lost. The driver sends the
    /// other statements as updates. DataFusion replies with -1 to an update and does not run it, so it needs `Query`.
    #[serde(with = "or_false")]
    pub route: Option<Route>,
    /// The routes of single kinds of statements, which override `route`.
    pub routes: BTreeMap<StatementClass, Route>,
    /// The names, ignoring case, of the column that contains the number of changed rows if an update runs as a query.
    /// Defaults to `count`: DataFusion and DuckDB return one row with this column.
    pub count_columns: Vec<String>,
    /// The ways to describe a statement without executing it, in order of preference; the driver uses the first that the
    /// server supports. Deephaven does not check a statement that it prepares. Sail plans a query for its `FlightInfo`.
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
        self.set_route(class).unwrap_or(by_default)
    }

    /// Returns the route that the profile sets for statements of this kind; `None` if it leaves the default.
    #[must_use]
    pub fn set_route(&self, class: StatementClass) -> Option<Route> {
        self.routes.get(&class).copied().or(self.route)
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
    /// Whether the driver may set a savepoint by a statement (`SAVEPOINT`, `RELEASE SAVEPOINT`, `ROLLBACK TO SAVEPOINT`) if the
    /// server has no action for it. Arrow Go's SQLite server has actions for transactions, but only SQL for savepoints.
    pub savepoint_statements: bool,
}

/// The setup, liveness check and cleanup of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Session {
    /// The way to send the catalog and schema of the URL. InfluxDB expects the header `database`, Doris a `USE` statement.
    pub catalog: CatalogTarget,
    /// The statement that selects a catalog and schema, for [`CatalogTarget::Statement`]. `{path}` is the quoted
    /// `catalog.schema`, without the part that is not set. Defaults to `USE {path}`.
    pub use_statement: String,
    /// Statements that every new connection runs before any other, such as `SET` of a variable.
    pub bootstrap: Vec<String>,
    /// Statements that undo every `SET` of a session, such as `RESET ALL`. After them, `reset_session` selects the catalog
    /// again, and runs the bootstrap again. Without any, a session that changed a setting cannot be reset, and a pool discards
    /// the connection. Defaults to none, since most engines have no such statement.
    pub reset: Vec<String>,
    /// URL keys of this engine that the driver sends as headers of the same name, such as InfluxDB's `database`. They are
    /// in lower case. Their values are not secret and may be printed.
    pub header_keys: Vec<String>,
    /// Names of response headers and trailers of this engine, whose values a client keeps and returns with results and errors:
    /// InfluxDB's durations, or the cache status of Spice. They are in lower case, and not those of credentials. They are in
    /// addition to the names of the options and to common correlation ids. Defaults to none.
    pub response_headers: Vec<String>,
    /// The check whether a connection is alive. Defaults to a request for the server's name; every server responds to it,
    /// possibly with an error.
    pub ping: Ping,
    /// The work that the action `CancelFlightInfo` ends. The driver sends this action for a result that is dropped early. Many
    /// servers otherwise run the statement to its end, and DuckDB servers run no other statement during that time.
    pub cancel: CancelScope,
    /// The policy for locations at another address, if the options set none. A server needs [`LocationPolicy::Ignore`]
    /// if it serves its tickets itself but reports an address that clients cannot reach, for example behind a proxy.
    /// With [`LocationPolicy::AllowList`], which Doris and StarRocks need, the options list the nodes of the cluster.
    pub locations: LocationPolicy,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            catalog: CatalogTarget::SessionOptions,
            use_statement: "USE {path}".to_owned(),
            bootstrap: Vec::new(),
            reset: Vec::new(),
            header_keys: Vec::new(),
            response_headers: Vec::new(),
            ping: Ping::ServerInfo,
            cancel: CancelScope::Result,
            locations: LocationPolicy::SameOrigin,
        }
    }
}

/// The authentication of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Authentication {
    /// The way to send user and password, if the options do not set `auth`.
    pub mode: AuthMode,
    /// The `authorization` header of a connection without credentials. Deephaven expects `Anonymous`.
    #[serde(with = "or_false")]
    pub anonymous: Option<String>,
    /// The time without use after which the server removes the token of a handshake, in seconds in a dialect file. A connection
    /// that was unused for 90% of that time authenticates again before its next statement, unless a transaction is open.
    /// `None`: tokens do not expire by disuse. ClickHouse removes them after 60 s.
    #[serde(with = "seconds_or_false")]
    pub token_idle_life: Option<Duration>,
}

/// Phrases of error messages. An error whose message contains a phrase has the kind that the phrase's field names.
///
/// The phrases apply in addition to those of SQLite, DuckDB and PostgreSQL, which other engines copy; see
/// [`ErrorDetails::from_text`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct ErrorPatterns {
    /// Phrases of a unique or primary key violation.
    pub unique_violation: Vec<String>,
    /// Phrases of a foreign key violation.
    pub foreign_key_violation: Vec<String>,
    /// Phrases of a not-null violation.
    pub not_null_violation: Vec<String>,
    /// Phrases of a check violation.
    pub check_violation: Vec<String>,
    /// Phrases of an exclusion violation.
    pub exclusion_violation: Vec<String>,
    /// Phrases of an error after which the same statement, or its transaction, may succeed if it runs again.
    pub retryable: Vec<String>,
    /// Phrases of an error that ends the session. The driver then closes the connection.
    pub session_lost: Vec<String>,
    /// Phrases of the error for a prepared statement that the server does not know. Nothing has run in that case. The
    /// driver then prepares the statement again and runs it once more, as it does for the code `NOT_FOUND`.
    pub stale_handle: Vec<String>,
}

impl ErrorPatterns {
    /// Returns `true` if this is the error for a prepared statement that the server does not know.
    pub fn names_stale_handle(&self, message: &str) -> bool {
        has(&self.stale_handle, message)
    }

    /// Reads an error: `code` is the name of the gRPC code (`INVALID_ARGUMENT`), `message` its text.
    #[must_use]
    pub fn read(&self, code: &str, message: &str) -> ErrorDetails {
        let mut details = ErrorDetails::from_text(code, message);
        let violations = [
            (&self.unique_violation, Violation::Unique),
            (&self.foreign_key_violation, Violation::ForeignKey),
            (&self.not_null_violation, Violation::NotNull),
            (&self.check_violation, Violation::Check),
            (&self.exclusion_violation, Violation::Exclusion),
        ];
        let mut own = violations.into_iter();
        if let Some((_, violation)) = own.find(|(phrases, _)| has(phrases, message)) {
            details.violation = Some(violation);
        }
        details.retryable |= has(&self.retryable, message);
        details.session_lost |= has(&self.session_lost, message);
        details
    }
}

fn has(phrases: &[String], message: &str) -> bool {
    let mut phrases = phrases.iter().filter(|phrase| !phrase.is_empty());
    phrases.any(|phrase| message.contains(&**phrase))
}

/// The servers that a dialect is for, by their server information. `dialect=auto` and
/// [`detect`](crate::dialect::detect) use these fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Detect {
    /// Strings of which the server's name must contain one. Case is ignored.
    pub name: Vec<String>,
    /// Strings with one of which the server's version must start. Case is ignored.
    pub version: Vec<String>,
}

impl Detect {
    /// Returns `true` if the server matches a name or a version.
    #[must_use]
    pub fn matches(&self, info: &ServerInfo) -> bool {
        let lower = |text: Option<&str>| text.map(str::to_ascii_lowercase).unwrap_or_default();
        let (name, version) = (lower(info.name()), lower(info.version()));
        let any = |parts: &[String], matches: &dyn Fn(&str) -> bool| {
            let mut parts = parts.iter().filter(|part| !part.is_empty());
            parts.any(|part| matches(&part.to_ascii_lowercase()))
        };
        any(&self.name, &|part| name.contains(part))
            || any(&self.version, &|part| version.starts_with(part))
    }
}
