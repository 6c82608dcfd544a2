//! Presets and registry.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

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
        assert!([*name, "duckdb"].contains(&preset(name).name()));
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

#[derive(Debug)]
struct Named(&'static str);

impl Dialect for Named {
    fn name(&self) -> &str {
        self.0
    }
}

#[test]
fn a_registered_dialect_is_found_and_keeps_its_name() {
    register(Arc::new(Named("tests-own"))).unwrap();
    assert_eq!(preset("tests-own").name(), "tests-own");
    assert!(names().contains(&"tests-own".to_owned()));
    let again = register(Arc::new(Named("tests-own")));
    assert_eq!(again, Err(RegisterError::Taken("tests-own".into())));
    assert_eq!(
        register(Arc::new(Named("sqlite"))),
        Err(RegisterError::Taken("sqlite".into()))
    );
}

#[test]
fn a_name_that_no_scheme_can_hold_is_refused() {
    for name in ["", "Upper", "9start", "a+b", "a b", "a_b", "ä", "flightsql"] {
        let refused = register(Arc::new(Named(name)));
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
        assert_eq!(Ansi.route(class), Route::Query, "{class:?}");
    }
    for class in [Dml, Ddl, Session, Transaction] {
        assert_eq!(Ansi.route(class), Route::Update, "{class:?}");
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
        assert_eq!(dialect.placeholder(), PlaceholderStyle::Dollar);
        assert_eq!(dialect.transactions(), TransactionMode::None);
    }
    assert_eq!(preset("datafusion").count_column(), Some("count"));
}

#[test]
fn influxdb_takes_its_database_from_a_header() {
    let target = CatalogTarget::Header {
        catalog: "database",
        schema: None,
    };
    assert_eq!(preset("influxdb").catalog_target(), target);
    assert!(preset("influxdb").header_keys().contains(&"bucket"));
    assert_eq!(
        preset("ansi").catalog_target(),
        CatalogTarget::SessionOptions
    );
}

#[test]
fn embedded_engines_have_transactions_by_action() {
    assert_eq!(preset("sqlite").transactions(), TransactionMode::Action);
    assert_eq!(preset("duckdb").transactions(), TransactionMode::Action);
    assert_eq!(preset("ansi").transactions(), TransactionMode::Probe);
}

#[test]
fn identifiers_are_quoted_with_the_closing_quote_doubled() {
    #[derive(Debug)]
    struct Brackets;
    impl Dialect for Brackets {
        fn name(&self) -> &str {
            "brackets"
        }
        fn quote(&self) -> (char, char) {
            ('[', ']')
        }
    }
    assert_eq!(Ansi.quote_identifier("a\"b"), "\"a\"\"b\"");
    assert_eq!(Ansi.quote_identifier(""), "\"\"");
    assert_eq!(Brackets.quote_identifier("a[b]c"), "[a[b]]c]");
}

#[test]
fn a_negative_count_is_unknown() {
    assert!(Ansi.row_count_unknown(-1));
    assert!(!Ansi.row_count_unknown(0));
}

#[test]
fn a_locked_sqlite_and_a_duckdb_conflict_may_be_tried_again() {
    assert!(
        Sqlite
            .parse_error("INTERNAL", "database is locked")
            .retryable
    );
    assert!(!Ansi.parse_error("INTERNAL", "database is locked").retryable);
    let conflict = "TransactionContext Error: Conflict on update!";
    assert!(DuckDb.parse_error("UNKNOWN", conflict).retryable);
    assert!(!DuckDb.parse_error("UNKNOWN", "Parser Error").retryable);
}
