//! Classes, splitting, and the end of a statement.

use proptest::prelude::*;

use super::*;
use StatementClass::{Ddl, Dml, DmlReturning, Empty, Query, Session, Transaction, Unknown};

fn class(sql: &str) -> StatementClass {
    classify(
        &StatementText::new(sql, &Syntax::default()),
        &BTreeMap::new(),
    )
}

#[test]
fn classes() {
    let cases: &[(StatementClass, &[&str])] = &[
        (
            Query,
            &[
                "SELECT 1",
                "select 1;",
                " -- why\n /* not */ Select 1",
                "(SELECT 1) UNION (SELECT 2)",
                "((SELECT 1))",
                "VALUES (1)",
                "TABLE t",
                "SHOW TABLES",
                "DESCRIBE t",
                "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
                "PRAGMA table_info('t')",
                "PRAGMA user_version",
                "FROM t",
                "WITH a AS (SELECT 1) SELECT * FROM a",
                "WITH RECURSIVE a(n) AS (SELECT 1 UNION SELECT n FROM a) SELECT * FROM a",
                "WITH a AS (SELECT 1), b AS MATERIALIZED (SELECT 2) (SELECT * FROM a, b)",
                "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d",
                "WITH replace AS (SELECT 1) SELECT * FROM replace",
                "WITH a AS (SELECT 1), \"insert\" AS (SELECT 1), update AS (SELECT 2) SELECT 1",
                "SELECT 'x' AS returning",
                ";; SELECT 1",
            ],
        ),
        (
            Dml,
            &[
                "INSERT INTO t VALUES (1)",
                "insert into t select 'returning' from u",
                "UPDATE t SET a = (SELECT max(returning) FROM u)",
                "DELETE FROM t",
                "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
                "REPLACE INTO t VALUES (1)",
                "COPY t FROM 'f'",
                "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
                "WITH a AS (SELECT 1) UPDATE t SET x = 1",
                "WITH a AS (SELECT 1) DELETE FROM t",
                "INSERT INTO t VALUES (1); SELECT 1 RETURNING",
            ],
        ),
        (
            DmlReturning,
            &[
                "INSERT INTO t VALUES (1) RETURNING id",
                "update t set a = 1 returning *",
                "WITH a AS (SELECT 1) DELETE FROM t RETURNING id",
            ],
        ),
        (
            Ddl,
            &[
                "CREATE TABLE t (a int)",
                "drop table t",
                "ALTER TABLE t ADD b int",
                "TRUNCATE t",
                "VACUUM",
            ],
        ),
        (
            Session,
            &["SET a = 1", "RESET a", "USE db", "PRAGMA foreign_keys = ON"],
        ),
        (
            Transaction,
            &[
                "BEGIN",
                "START TRANSACTION",
                "COMMIT",
                "END",
                "ROLLBACK TO s",
                "SAVEPOINT s",
                "RELEASE s",
            ],
        ),
        (
            Unknown,
            &[
                "CALL f()",
                "FLY",
                "\"SELECT\" 1",
                "'SELECT'",
                "1",
                ") SELECT",
            ],
        ),
        (
            Empty,
            &["", "  \n", "-- SELECT 1", "/* a */ ; ;", "/* SELECT 1", "("],
        ),
    ];
    for (expected, texts) in cases {
        for sql in *texts {
            assert_eq!(class(sql), *expected, "{sql}");
        }
    }
}

#[test]
fn statements_are_those_with_content() {
    let count = |sql| statements(sql, &Syntax::default());
    assert_eq!(count(""), 0);
    assert_eq!(count(";-- a\n;"), 0);
    assert_eq!(count("SELECT 1"), 1);
    assert_eq!(count("SELECT ';'; -- ;"), 1);
    assert_eq!(count("SELECT 1; SELECT 2"), 2);
}

#[test]
fn split_leaves_the_semicolons_out() {
    let sql = " INSERT INTO t VALUES (';') ;\n;-- next\nSELECT 1; ";
    assert_eq!(
        split(sql, &Syntax::default()),
        ["INSERT INTO t VALUES (';')", "-- next\nSELECT 1"]
    );
}

#[test]
fn a_trigger_is_one_statement() {
    let trigger = "CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN \
                   UPDATE t SET a = CASE WHEN b THEN 1 ELSE 2 END; DELETE FROM u; END";
    let sql = format!("{trigger}; SELECT 1");
    assert_eq!(split(&sql, &Syntax::default()), [trigger, "SELECT 1"]);
    // A transaction is not a body, nor is a table named so.
    assert_eq!(
        statements("BEGIN; INSERT INTO t VALUES (1); END", &Syntax::default()),
        3
    );
    assert_eq!(
        statements(
            "CREATE TABLE x AS TABLE function; BEGIN; END",
            &Syntax::default()
        ),
        3
    );
}

#[test]
fn only_semicolons_at_the_end_are_stripped() {
    let strip = |sql| strip_trailing_semicolon(sql, &Syntax::default());
    assert_eq!(strip("SELECT 1;"), "SELECT 1");
    assert_eq!(strip("SELECT 1 ; ; -- done"), "SELECT 1 ");
    assert_eq!(strip("SELECT 1; SELECT 2"), "SELECT 1; SELECT 2");
    assert_eq!(strip("SELECT ';'"), "SELECT ';'");
    assert_eq!(strip("SELECT 1 -- ;"), "SELECT 1 -- ;");
    assert_eq!(strip(";"), "");
    assert_eq!(strip(""), "");
}

#[test]
fn b1_a_query_with_a_word_of_change_may_change_something() {
    let may = |sql| may_change(sql, &Syntax::default());
    for sql in [
        "WITH i AS (INSERT INTO t VALUES (?) RETURNING id) SELECT id FROM i",
        "SELECT a INTO b FROM t",
        "explain analyze select 1",
        "SELECT * FROM t FOR UPDATE",
    ] {
        assert!(may(sql), "{sql}");
    }
    for sql in [
        "SELECT 'INSERT', \"update\", replace(a, 'x', 'y') FROM t -- DELETE",
        "WITH i AS (SELECT 1) SELECT * FROM i WHERE inserted = ?",
    ] {
        assert!(!may(sql), "{sql}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_no_stripping_changes_the_class(sql in any::<String>()) {
        let stripped = strip_trailing_semicolon(&sql, &Syntax::default());
        prop_assert_eq!(class(stripped), class(&sql));
        prop_assert_eq!(statements(&sql, &Syntax::default()) == 0, sql_is_blank(&sql));
    }
}

fn sql_is_blank(sql: &str) -> bool {
    tokens(sql, &Syntax::default()).all(|t| !t.is_significant() || t.kind == TokenKind::Semicolon)
}
