//! Presets and registry.
use std::sync::Arc;

use super::presets::{URL_SCHEMES, ansi, duckdb, gizmosql, sqlite};
use super::*;

fn preset(name: &str) -> Arc<dyn Dialect> {
    by_name(name).unwrap()
}

#[test]
fn every_preset_is_found_by_its_name_and_has_three_schemes() {
    let mut expected = vec![
        "flightsql".to_owned(),
        "flightsql+tcp".into(),
        "flightsql+unix".into(),
    ];
    for name in super::presets::PRESETS {
        assert_eq!(preset(name).name(), *name);
        let schemes = ["", "+tcp", "+unix"].map(|end| format!("{name}+flightsql{end}"));
        expected.extend(schemes);
    }
    assert_eq!(URL_SCHEMES, expected);
}

#[test]
fn an_unknown_name_is_none() {
    assert!(by_name("oracle").is_none());
    assert!(by_name("ANSI").is_none());
    assert!(by_name("").is_none());
}

fn named(name: &str) -> Arc<dyn Dialect> {
    Arc::new(DialectProfile::new(name))
}

#[test]
fn a_registered_dialect_is_found_and_keeps_its_name() {
    registry::register(named("tests-own")).unwrap();
    assert_eq!(preset("tests-own").name(), "tests-own");
    assert!(names().contains(&"tests-own".to_owned()));
    let again = registry::register(named("tests-own"));
    assert_eq!(again, Err(RegisterError::Taken("tests-own".into())));
    assert_eq!(
        registry::register(named("sqlite")),
        Err(RegisterError::Taken("sqlite".into()))
    );
}

#[test]
fn a_dialect_that_contradicts_itself_is_refused() {
    let mut dialect = DialectProfile::new("contradictory");
    dialect.parameters.max_rows = Some(0);
    let error = registry::register(Arc::new(dialect)).unwrap_err();
    assert!(error.to_string().contains("parameters.max-rows"), "{error}");
    assert!(by_name("contradictory").is_none());
}

#[test]
fn a_name_that_no_scheme_can_hold_is_refused() {
    for name in ["", "Upper", "9start", "a+b", "a b", "a_b", "ä", "flightsql"] {
        let refused = registry::register(named(name));
        assert_eq!(
            refused,
            Err(RegisterError::Invalid(name.to_owned())),
            "{name:?}"
        );
    }
}

#[test]
fn the_default_routes_rows_as_queries_and_changes_as_updates() {
    use StatementClass::*;
    for class in [Query, DmlReturning, Unknown, Empty] {
        assert_eq!(ansi().statements.route(class), Route::Query, "{class:?}");
    }
    for class in [Dml, Ddl, Session, Transaction] {
        assert_eq!(ansi().statements.route(class), Route::Update, "{class:?}");
    }
}

#[test]
fn datafusion_has_only_queries() {
    use StatementClass::*;
    for name in ["datafusion", "influxdb"] {
        let dialect = preset(name);
        for class in [
            Query,
            Dml,
            DmlReturning,
            Ddl,
            Session,
            Transaction,
            Unknown,
            Empty,
        ] {
            assert_eq!(dialect.route(class), Route::Query, "{name} {class:?}");
        }
        assert_eq!(dialect.profile().parameters.placeholder(2), "$2");
        let transactions = &dialect.profile().transactions;
        assert_eq!(transactions.mode, TransactionMode::None);
    }
}

#[test]
fn influxdb_takes_its_database_from_a_header() {
    let target = CatalogTarget::Headers {
        catalog: "database".to_owned(),
        schema: None,
    };
    let session = presets::influxdb().session;
    assert_eq!(session.catalog, target);
    assert!(session.header_keys.contains(&"bucket".to_owned()));
    assert_eq!(ansi().session.catalog, CatalogTarget::SessionOptions);
}

#[test]
fn presets_name_the_response_headers_of_their_engines() {
    let names = presets::influxdb().session.response_headers;
    assert_eq!(names.len(), 12);
    assert!(names.contains(&"x-influxdata-execution-duration-seconds".to_owned()));
    assert_eq!(
        presets::spice().session.response_headers,
        ["results-cache-status", "x-cache"]
    );
    assert!(ansi().session.response_headers.is_empty());
}

#[test]
fn credentials_are_known_by_the_names_of_their_headers() {
    for name in [
        "authorization",
        "proxy-authorization",
        "www-authenticate",
        "set-cookie",
        "cookie",
        "auth-token-bin",
        "x-auth-token",
        "x-api-key",
        "apikey",
        "x-amz-security-token",
        "x-client-secret",
        "x-db-password",
        "x-jwt-assertion",
    ] {
        assert!(super::is_credential_header(name), "{name}");
    }
    for name in [
        "x-request-id",
        "x-author",
        "x-authority",
        "results-cache-status",
        "server",
        "traceparent",
        "x-middleware",
    ] {
        assert!(!super::is_credential_header(name), "{name}");
    }
}

#[test]
fn embedded_engines_have_transactions_by_action() {
    assert_eq!(sqlite().transactions.mode, TransactionMode::Action);
    assert_eq!(duckdb().transactions.mode, TransactionMode::Action);
    assert_eq!(ansi().transactions.mode, TransactionMode::Probe);
}

#[test]
fn identifiers_are_quoted_with_the_closing_quote_doubled() {
    let mut brackets = ansi();
    brackets.identifiers.quote = Quote('[', ']');
    assert_eq!(ansi().quote_identifier("a\"b"), "\"a\"\"b\"");
    assert_eq!(ansi().quote_identifier(""), "\"\"");
    assert_eq!(brackets.quote_identifier("a[b]c"), "[a[b]]c]");
}

#[test]
fn a_locked_sqlite_and_a_duckdb_conflict_may_be_tried_again() {
    let retryable = |dialect: DialectProfile, message| {
        let facts = dialect.parse_error("INTERNAL", message);
        facts.retryable
    };
    assert!(retryable(sqlite(), "database is locked"));
    assert!(!retryable(ansi(), "database is locked"));
    let conflict = "TransactionContext Error: Conflict on update!";
    assert!(retryable(duckdb(), conflict));
    assert!(retryable(gizmosql(), conflict));
    assert!(!retryable(duckdb(), "Parser Error"));
}
