//! `describe`: names, types and nullability as the server reports them, without execution.
//!
//! SQLx works nullability out for SQLite itself, from the engine's bytecode. Here it is the server's word, the
//! `is_nullable` of an Arrow field, so what this server cannot tell is nullable.

use flightsql::{
    Column, Connection, Describe, Either, Executor, FlightSql, FlightSqlConnection, SqlSafeStr,
    StatusCode, Type, TypeInfo,
};

use super::with_tweets;
use crate::common::{connect, count, server_error};

async fn describe(connection: &mut FlightSqlConnection, sql: &'static str) -> Describe<FlightSql> {
    connection
        .describe(sql.into_sql_str())
        .await
        .unwrap_or_else(|error| panic!("{sql}: {error}"))
}

/// Name, type and nullability of each column.
async fn columns(
    connection: &mut FlightSqlConnection,
    sql: &'static str,
) -> Vec<(String, String, Option<bool>)> {
    let described = describe(connection, sql).await;
    let columns = described.columns().iter().enumerate();
    columns
        .map(|(place, column)| {
            assert_eq!(column.ordinal(), place);
            let (name, kind) = (column.name(), column.type_info().name());
            (name.to_owned(), kind.to_owned(), described.nullable(place))
        })
        .collect()
}

/// The types only, in their order.
async fn kinds(connection: &mut FlightSqlConnection, sql: &'static str) -> Vec<String> {
    let columns = columns(connection, sql).await;
    columns.into_iter().map(|(_, kind, _)| kind).collect()
}

fn of(name: &str, kind: &str, nullable: bool) -> (String, String, Option<bool>) {
    (name.to_owned(), kind.to_owned(), Some(nullable))
}

fn tweet() -> [(String, String, Option<bool>); 4] {
    [
        of("id", "BIGINT", false),
        of("text", "TEXT", false),
        of("is_sent", "BOOLEAN", false),
        of("owner_id", "BIGINT", true),
    ]
}

#[tokio::test]
async fn a_table_is_described_with_its_constraints() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for sql in [
        "SELECT * FROM tweet",
        "SELECT * FROM tweet ORDER BY id",
        "SELECT * FROM tweet ORDER BY owner_id DESC, text ASC",
        "SELECT * FROM tweet WHERE id = ? LIMIT 10",
    ] {
        assert_eq!(columns(&mut connection, sql).await, tweet(), "{sql}");
    }
    let aliased = columns(&mut connection, "SELECT text AS tweet_text FROM tweet").await;
    assert_eq!(aliased, [of("tweet_text", "TEXT", false)]);
}

/// Through a subquery the types stay; whether NULL may come is not told and so it may.
#[tokio::test]
async fn subqueries_and_compounds_keep_types_and_names() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for sql in [
        "SELECT * FROM (SELECT * FROM tweet)",
        "WITH cte AS (SELECT * FROM tweet) SELECT * FROM cte",
        "WITH cte AS MATERIALIZED (SELECT * FROM tweet) SELECT * FROM cte",
        "SELECT * FROM tweet UNION ALL SELECT * FROM tweet",
    ] {
        let found = columns(&mut connection, sql).await;
        let names: Vec<&str> = found.iter().map(|(name, _, _)| &**name).collect();
        assert_eq!(names, ["id", "text", "is_sent", "owner_id"], "{sql}");
        let kinds: Vec<&str> = found.iter().map(|(_, kind, _)| &**kind).collect();
        assert_eq!(kinds, ["BIGINT", "TEXT", "BOOLEAN", "BIGINT"], "{sql}");
        assert_eq!(found[3].2, Some(true), "{sql}");
    }
}

#[tokio::test]
async fn expressions_have_types_and_the_engines_names() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let found = columns(
        &mut connection,
        "SELECT 1, 5.12, 'Hello', x'deadbeef', CAST(1 AS REAL), count(*) FROM tweet",
    )
    .await;
    let kinds: Vec<(&str, &str)> = found
        .iter()
        .map(|(name, kind, _)| (&**name, &**kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("1", "BIGINT"),
            ("5.12", "DOUBLE PRECISION"),
            ("'Hello'", "VARCHAR"),
            ("x'deadbeef'", "VARBINARY"),
            ("CAST(1 AS REAL)", "DOUBLE PRECISION"),
            ("count(*)", "BIGINT"),
        ]
    );
    let found = columns(&mut connection, "SELECT *, 5, 'Hello' FROM accounts").await;
    assert_eq!(found[..3], {
        [
            of("id", "INTEGER", false),
            of("name", "TEXT", false),
            of("is_active", "BOOLEAN", true),
        ]
    });
    assert_eq!((&*found[3].1, &*found[4].1), ("BIGINT", "VARCHAR"));
}

#[tokio::test]
async fn literals_of_a_subquery_keep_their_types() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for sql in [
        "SELECT 'a', NULL",
        "SELECT * FROM (SELECT 'a', NULL)",
        "WITH cte AS (SELECT 'a', NULL) SELECT * FROM cte",
        "WITH cte AS MATERIALIZED (SELECT 'a', NULL) SELECT * FROM cte",
        "WITH RECURSIVE cte(a, b) AS (SELECT 'a', NULL UNION ALL SELECT a || a, NULL FROM cte WHERE length(a) < 3)
             SELECT * FROM cte",
    ] {
        let found = columns(&mut connection, sql).await;
        let kinds: Vec<&str> = found.iter().map(|(_, kind, _)| &**kind).collect();
        assert_eq!(kinds, ["VARCHAR", "NULL"], "{sql}");
        assert_eq!(found[1].2, Some(true), "{sql}");
    }
}

#[tokio::test]
async fn an_empty_table_has_the_types_that_were_declared() {
    let server = with_tweets().await;
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE empty_types (i1 INTEGER, r1 REAL, t1 TEXT, b1 BLOB,
                 i2 INTEGER NOT NULL, r2 REAL NOT NULL, t2 TEXT NOT NULL, b2 BLOB NOT NULL)",
        )
        .unwrap();
    let mut connection = connect(&server).await;
    let found = columns(&mut connection, "SELECT * FROM empty_types").await;
    let expected = [
        of("i1", "INTEGER", true),
        of("r1", "REAL", true),
        of("t1", "TEXT", true),
        of("b1", "BLOB", true),
        of("i2", "INTEGER", false),
        of("r2", "REAL", false),
        of("t2", "TEXT", false),
        of("b2", "BLOB", false),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn parameters_are_described_where_the_server_can_tell() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let described = describe(&mut connection, "SELECT id FROM tweet WHERE text = ?").await;
    let Some(Either::Left(parameters)) = described.parameters() else {
        panic!("{described:?}");
    };
    assert_eq!(parameters.len(), 1);
    assert!(<String as Type<FlightSql>>::compatible(&parameters[0]));

    // Without any context, the server reports a count; next to a known type, a parameter without a type.
    let described = describe(&mut connection, "SELECT ?").await;
    assert!(
        matches!(described.parameters(), Some(Either::Right(1))),
        "{described:?}"
    );
    let described = describe(&mut connection, "SELECT ? FROM tweet WHERE text = ?").await;
    let Some(Either::Left([any, text])) = described.parameters() else {
        panic!("{described:?}");
    };
    assert!(any.is_null() && !text.is_null(), "{described:?}");
    let cast = kinds(&mut connection, "SELECT CAST(? AS REAL)").await;
    assert_eq!(cast, ["DOUBLE PRECISION"]);
}

/// None of these statements runs.
#[tokio::test]
async fn changes_have_no_columns_unless_they_return_some() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for sql in [
        "INSERT INTO tweet (id, text) VALUES (2, 'Hello')",
        "UPDATE accounts SET is_active = 1 WHERE name = ?",
        "DELETE FROM accounts",
    ] {
        let described = describe(&mut connection, sql).await;
        assert_eq!(described.columns().len(), 0, "{sql}");
    }
    for sql in [
        "INSERT INTO tweet (id, text) VALUES (2, 'Hello') RETURNING *",
        "INSERT INTO tweet (id, text) VALUES (?, ?) RETURNING *",
        "UPDATE tweet SET is_sent = 0 WHERE text = ? RETURNING *",
        "DELETE FROM tweet WHERE text = ? RETURNING *",
    ] {
        let found = columns(&mut connection, sql).await;
        let names: Vec<&str> = found.iter().map(|(name, _, _)| &**name).collect();
        assert_eq!(names, ["id", "text", "is_sent", "owner_id"], "{sql}");
    }
    assert_eq!(count(&mut connection, "tweet").await, 1);
    assert_eq!(count(&mut connection, "accounts").await, 1);
    assert_eq!(
        server.sqlite().open_prepared(),
        connection.cached_statements_size()
    );
}

#[tokio::test]
async fn a_bad_statement_is_the_servers_error() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let error = connection
        .describe("SELECT 1 FROM not_found".into_sql_str())
        .await
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error.as_database_error().unwrap().message(),
        "no such table: not_found"
    );
    let error = server_error(&error);
    assert_eq!(error.status(), StatusCode::InvalidArgument);
    assert_eq!(error.operation(), "DoAction(CreatePreparedStatement)");
    connection.ping().await.unwrap();
}

/// A column of the optional side of a join may be NULL, whatever its table declares; no nullable column is reported as NOT NULL.
#[tokio::test]
async fn outer_joins_make_columns_nullable() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for (sql, certain) in [
        ("SELECT tweet.id FROM tweet", true),
        (
            "SELECT tweet.id FROM accounts LEFT JOIN tweet ON tweet.id = 99",
            false,
        ),
        (
            "SELECT tweet.id FROM tweet RIGHT JOIN accounts ON tweet.id = 99",
            false,
        ),
        (
            "SELECT tweet.id FROM tweet FULL JOIN accounts ON tweet.id = 99",
            false,
        ),
    ] {
        let found = columns(&mut connection, sql).await;
        assert_eq!(found, [of("id", "BIGINT", !certain)], "{sql}");
    }
}

#[tokio::test]
async fn grouped_and_windowed_columns_have_types() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for (sql, kind) in [
        ("SELECT id FROM tweet GROUP BY id", "BIGINT"),
        (
            "SELECT text FROM tweet GROUP BY 1 LIMIT -1 OFFSET 1",
            "TEXT",
        ),
        (
            "SELECT text FROM tweet GROUP BY text HAVING count(*) > 1",
            "TEXT",
        ),
        ("SELECT count(1) FROM accounts", "BIGINT"),
        ("SELECT sum(id) FROM tweet", "BIGINT"),
        ("SELECT coalesce(sum(id), 0) FROM tweet", "BIGINT"),
        ("SELECT text FROM tweet ORDER BY id DESC LIMIT 10", "TEXT"),
        ("SELECT row_number() OVER () FROM accounts", "BIGINT"),
        (
            "SELECT percent_rank() OVER () FROM accounts",
            "DOUBLE PRECISION",
        ),
        ("SELECT first_value(name) OVER () FROM accounts", "VARCHAR"),
    ] {
        let found = columns(&mut connection, sql).await;
        assert_eq!(found.len(), 1, "{sql}");
        assert_eq!(found[0].1, kind, "{sql}");
    }
    let sum = columns(&mut connection, "SELECT sum(id) FROM tweet").await;
    assert_eq!(sum[0].2, Some(true));
}

#[tokio::test]
async fn functions_of_dates_and_recursive_queries_have_types() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    for (sql, kind) in [
        ("SELECT date('now')", "VARCHAR"),
        ("SELECT time('now')", "VARCHAR"),
        ("SELECT datetime('now')", "VARCHAR"),
        ("SELECT julianday('now')", "DOUBLE PRECISION"),
        ("SELECT strftime('%Y', 'now')", "VARCHAR"),
        (
            "WITH RECURSIVE d(day) AS (SELECT date('2022-10-01') UNION ALL
                 SELECT date(day, '+1 day') FROM d WHERE day < '2022-10-05') SELECT day FROM d",
            "VARCHAR",
        ),
        (
            "WITH RECURSIVE cte(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM cte WHERE a < 3) SELECT a FROM cte",
            "BIGINT",
        ),
    ] {
        assert_eq!(kinds(&mut connection, sql).await, [kind], "{sql}");
    }
}
