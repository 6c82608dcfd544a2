//! Classes, splitting, and the end of a statement.

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
