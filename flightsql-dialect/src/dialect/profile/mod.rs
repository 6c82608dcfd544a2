//! [`DialectProfile`]: the facts about an engine, as plain data. The field names in kebab-case are the keys of a dialect file.

mod parts;

pub use parts::{
    Authentication, Detect, ErrorPatterns, Identifiers, Parameters, Session, Statements,
    Transactions,
};

use serde::{Deserialize, Serialize};

use super::form::or_false;
use super::{
    BindSupport, Dialect, Feature, LiteralSyntax, MigrationSql, StatementClass, StatementText,
    Syntax, TestDatabase, TypeMap,
};
use crate::sql::class::classify;

/// The facts about an engine that the Flight SQL protocol does not report.
///
/// The default of every field fits a server that follows the protocol and standard SQL, so a profile names only the
/// differences. A profile is a complete [`Dialect`]; pass it to `FlightSqlConnectOptions::dialect`, or
/// [`register`](crate::dialect::register) it to select it by URL. Implement [`Dialect`] for a custom type only if the engine
/// needs a hook in code.
///
/// ```
/// use std::sync::Arc;
/// use flightsql_dialect::dialect::{DialectProfile, Quote, TransactionMode};
/// let mut quarry = DialectProfile::new("quarry");
/// quarry.identifiers.quote = Quote('`', '`');
/// quarry.syntax.identifier_quotes = vec![Quote('`', '`')];
/// quarry.parameters.placeholder = ":p{n}".into();
/// quarry.transactions.mode = TransactionMode::None;
/// flightsql_dialect::dialect::register(Arc::new(quarry))?;
/// # Ok::<(), flightsql_dialect::dialect::RegisterError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct DialectProfile {
    /// The name in URLs (`NAME+flightsql://`, `dialect=NAME`) and in error messages: lower-case ASCII letters, digits
    /// and `-`, starting with a letter.
    pub name: String,
    /// The dialect that a dialect file starts from, a preset or a registered one. The file's tables are merged into the
    /// tables of that dialect, and the file's rules come before the rules of that dialect. `None` once the file is loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extends: Option<String>,
    /// The parts of Flight SQL that the server lacks, or that the driver must not request: Databend panics when it
    /// sets a savepoint. A missing part is an error before the driver sends anything. If a part is not listed, the driver sends
    /// the request, and treats the response `UNIMPLEMENTED` as a missing part.
    pub missing: Vec<Feature>,
    /// The kind of database for one test, and for `database create`. Defaults to a schema.
    pub test_database: TestDatabase,
    /// The spelling of identifiers.
    pub identifiers: Identifiers,
    /// The facts that the lexer needs.
    pub syntax: Syntax,
    /// Placeholders and bound values.
    pub parameters: Parameters,
    /// The literals for values in SQL text.
    pub literals: LiteralSyntax,
    /// The logical types of the engine's types, and the types in which the driver sends values.
    pub types: TypeMap,
    /// The kinds of statements, and the RPCs that run them.
    pub statements: Statements,
    /// Transactions and savepoints.
    pub transactions: Transactions,
    /// The setup, liveness check and cleanup of a connection.
    pub session: Session,
    /// Authentication.
    pub login: Authentication,
    /// Phrases of error messages.
    pub errors: ErrorPatterns,
    /// The servers that `dialect=auto` recognizes.
    pub detect: Detect,
    /// The record of migrations; `None`, `false` in a dialect file, for an engine that cannot keep such a record.
    /// Migrating is then an error before anything is sent. Defaults to standard SQL.
    ///
    /// The presets `ansi`, `sqlite`, `duckdb` and `gizmosql` support migrations. The other presets do not:
    ///
    /// - The DataFusion family keeps tables in files or in memory, without `UPDATE`.
    /// - InfluxDB, ROAPI and Deephaven only read.
    /// - XTDB has no DDL.
    /// - ClickHouse, Doris and StarRocks require engine and key clauses for a table.
    /// - Databend, Dremio, CnosDB and Sail have not been verified to enforce the required constraints.
    #[serde(with = "or_false")]
    pub migrations: Option<MigrationSql>,
}

impl Default for DialectProfile {
    /// Returns the profile `ansi`: standard SQL, on a server that follows the protocol.
    fn default() -> Self {
        Self {
            name: "ansi".to_owned(),
            extends: None,
            missing: Vec::new(),
            test_database: TestDatabase::default(),
            identifiers: Identifiers::default(),
            syntax: Syntax::default(),
            parameters: Parameters::default(),
            literals: LiteralSyntax::default(),
            types: TypeMap::default(),
            statements: Statements::default(),
            transactions: Transactions::default(),
            session: Session::default(),
            login: Authentication::default(),
            errors: ErrorPatterns::default(),
            detect: Detect::default(),
            migrations: Some(MigrationSql::default()),
        }
    }
}

impl DialectProfile {
    /// Creates the profile of this name, for a server that follows the protocol and standard SQL.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..Self::default()
        }
    }

    /// Returns `true` if the server supports this part of Flight SQL.
    #[must_use]
    pub fn supports(&self, feature: Feature) -> bool {
        !self.missing.contains(&feature)
    }

    /// Returns the kind of a statement, by its first words and [`Statements::words`].
    #[must_use]
    pub fn classify(&self, statement: &StatementText<'_>) -> StatementClass {
        classify(statement, &self.statements.words)
    }

    /// Returns the reason if the driver refuses bound values.
    pub fn refuses_binds(&self) -> Option<&str> {
        match &self.parameters.bind {
            BindSupport::Server => None,
            BindSupport::Refused(why) => Some(why),
        }
    }
}

impl Dialect for DialectProfile {
    fn profile(&self) -> &DialectProfile {
        self
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::dialect::{Route, Violation};
    use crate::server_info::{ServerInfo, SqlInfoValue};

    #[test]
    fn a_route_of_a_kind_wins_over_the_route_of_all() {
        let mut statements = Statements {
            route: Some(Route::Query),
            routes: [(StatementClass::Ddl, Route::Update)].into(),
            ..Statements::default()
        };
        assert_eq!(statements.route(StatementClass::Ddl), Route::Update);
        assert_eq!(statements.route(StatementClass::Dml), Route::Query);
        statements.route = None;
        assert_eq!(statements.route(StatementClass::Dml), Route::Update);
    }

    #[test]
    fn words_win_over_those_of_the_standard() {
        let mut profile = DialectProfile::new("quarry");
        let words = [
            ("optimize", StatementClass::Ddl),
            ("DIG", StatementClass::Dml),
            ("COPY", StatementClass::Query),
        ];
        profile.statements.words = words.map(|(word, class)| (word.to_owned(), class)).into();
        let of = |sql| profile.classify(&StatementText::new(sql, &profile.syntax));
        assert_eq!(of("/* a */ OPTIMIZE t"), StatementClass::Ddl);
        assert_eq!(of("dig t"), StatementClass::Dml);
        assert_eq!(of("dig t returning id"), StatementClass::DmlReturning);
        assert_eq!(of("copy t to 'a'"), StatementClass::Query);
        assert_eq!(of("UPDATE t SET a = 1"), StatementClass::Dml);
    }

    #[test]
    fn phrases_of_errors_add_to_those_known() {
        let errors = ErrorPatterns {
            unique_violation: vec!["duplicate key".into()],
            retryable: vec!["quarry is busy".into(), String::new()],
            session_lost: vec!["quarry collapsed".into()],
            ..ErrorPatterns::default()
        };
        let read = |message| errors.read("INTERNAL", message);
        let unique = read("duplicate key 'a'");
        assert_eq!(unique.violation, Some(Violation::Unique));
        assert!(!unique.retryable && !unique.session_lost);
        assert!(read("quarry is busy now").retryable);
        assert!(read("quarry collapsed").session_lost);
        let known = read("NOT NULL constraint failed: t.a");
        assert_eq!(known.violation, Some(Violation::NotNull));
    }

    #[test]
    fn a_server_is_known_by_its_name_or_version() {
        let server = |name: &str, version: &str| {
            let values = [(0, name), (1, version)];
            let values = values.map(|(id, text)| (id, SqlInfoValue::Text(text.into())));
            ServerInfo::new(BTreeMap::from(values))
        };
        let mut detect = Detect::default();
        assert!(!detect.matches(&server("", "")));
        detect.name = vec!["Quarry".into(), String::new()];
        detect.version = vec!["q2".into()];
        assert!(detect.matches(&server("The QUARRY server", "1")));
        assert!(detect.matches(&server("other", "Q2.1")));
        assert!(!detect.matches(&server("other", "1 q2")));
    }

    #[test]
    fn a_use_statement_is_a_template() {
        let mut profile = DialectProfile::new("quarry");
        profile.session.use_statement = "ALTER SESSION USE {path}".into();
        let dialect: &dyn Dialect = &profile;
        let sql = dialect.use_statement(Some("a"), Some("b\"c"));
        assert_eq!(sql, "ALTER SESSION USE \"a\".\"b\"\"c\"");
    }
}
