//! The state that statements leave, statement by statement.

use super::State;
use crate::dialect::{Dialect, presets};
use crate::sql::SessionEffect;

fn effect(sql: &str) -> SessionEffect {
    let dialect = presets::ansi();
    let dialect: &dyn Dialect = &dialect;
    dialect.parse(sql).unwrap().effect().clone()
}

/// Runs statements that succeed. Returns the names of the open savepoints, or `None` outside of a transaction.
fn after(statements: &str) -> Option<Vec<String>> {
    let mut state = State::default();
    for sql in statements.split(';') {
        let effect = effect(sql);
        state.start(&effect, false);
        state.succeed(&effect);
    }
    let savepoints = state.transaction?.savepoints;
    Some(savepoints.into_iter().map(String::from).collect())
}

#[test]
fn text_transactions_begin_and_end() {
    let open: &[(&str, &[&str])] = &[
        ("BEGIN", &[]),
        ("BEGIN; COMMIT; START TRANSACTION", &[]),
        ("BEGIN; SAVEPOINT a; SAVEPOINT b", &["a", "b"]),
        ("BEGIN; SAVEPOINT a; SAVEPOINT b; ROLLBACK TO A", &["a"]),
        ("BEGIN; SAVEPOINT a; SAVEPOINT a; RELEASE a", &["a"]),
        ("BEGIN; SAVEPOINT a; RELEASE SAVEPOINT a", &[]),
        ("BEGIN; SAVEPOINT a; ROLLBACK TO other", &["a"]),
        ("BEGIN; SAVEPOINT a; COMMIT AND CHAIN", &[]),
        ("SAVEPOINT a; SAVEPOINT b; RELEASE b", &["a"]),
        ("SAVEPOINT a; ROLLBACK TO a", &["a"]),
    ];
    for (statements, savepoints) in open {
        let savepoints: Vec<_> = savepoints.iter().map(|name| (*name).to_owned()).collect();
        assert_eq!(after(statements), Some(savepoints), "{statements}");
    }
    for statements in [
        "SELECT 1",
        "COMMIT",
        "BEGIN; COMMIT",
        "BEGIN; SAVEPOINT a; END",
        "BEGIN; ROLLBACK",
        "BEGIN; ROLLBACK AND NO CHAIN",
        "SAVEPOINT a; RELEASE a",
        "SAVEPOINT a; SAVEPOINT b; RELEASE a",
        "COMMIT AND CHAIN",
        "ROLLBACK TO a",
    ] {
        assert_eq!(after(statements), None, "{statements}");
    }
}

#[test]
fn each_text_transaction_has_its_number() {
    let mut state = State::default();
    let mut numbers = Vec::new();
    for sql in [
        "BEGIN",
        "BEGIN",
        "COMMIT AND CHAIN",
        "ROLLBACK",
        "SAVEPOINT a",
    ] {
        let effect = effect(sql);
        state.start(&effect, false);
        state.succeed(&effect);
        numbers.push(state.transaction.as_ref().map(|open| open.number));
        if sql == "ROLLBACK" {
            state.forget();
        }
    }
    assert_eq!(numbers, [Some(1), Some(1), Some(2), None, Some(3)]);
}

#[test]
fn savepoints_of_transactions_with_ids_begin_none() {
    let mut state = State::default();
    state.start(&effect("SAVEPOINT a"), true);
    assert_eq!(state, State::default());
    state.start(&effect("BEGIN"), true);
    state.start(&effect("SAVEPOINT a"), true);
    assert_eq!(state.transaction.unwrap().savepoints.len(), 1);
}

#[test]
fn settings_are_changes_and_transactions_are_not() {
    for (sql, expected) in [
        ("SELECT 1", false),
        ("BEGIN", false),
        ("SET a = 1", true),
        ("USE a.b", true),
        ("CREATE TEMP TABLE t (a int)", true),
    ] {
        let mut state = State::default();
        state.start(&effect(sql), false);
        assert_eq!(state.has_settings(), expected, "{sql}");
        state.forget();
        assert!(!state.has_settings());
    }
}
