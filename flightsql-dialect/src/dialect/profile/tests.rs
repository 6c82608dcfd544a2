//! Tests of the profile's methods: routes, words, phrases, servers.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use super::*;
use crate::dialect::{Route, ServerInfo, Violation};
use crate::server_info::SqlInfoValue;

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
