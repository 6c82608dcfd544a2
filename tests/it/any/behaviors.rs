//! Behavior of `Any` in SQLx's own test list.

use flightsql::any::{Any, AnyRow, AnyTypeInfoKind};
use flightsql::{AssertSqlSafe, Executor, FromRow, Row, query, query_as, query_scalar};
use futures_util::StreamExt;

use super::{connect, kind, pool};
use crate::common::server;

#[tokio::test]
async fn a_text_of_two_statements_gives_the_rows_of_both() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let rows = pool.fetch_all("SELECT 1; SElECT 2").await.unwrap();
    let numbers: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(numbers, [1, 2]);
}

#[tokio::test]
async fn it_fails_and_recovers_ten_times() {
    let server = server().await;
    let mut connection = connect(&server).await;
    for n in 0..10_i64 {
        let failed = connection
            .execute("INSERT INTO not_found (n) VALUES (10)")
            .await;
        assert!(failed.unwrap_err().as_database_error().is_some());
        let sql = AssertSqlSafe(format!("SELECT {n}"));
        let row = connection.fetch_one(sql).await.unwrap();
        assert_eq!(row.get_unchecked::<i64, _>(0), n);
    }
}

#[tokio::test]
async fn it_fails_and_recovers_ten_times_with_a_pool() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    for n in 0..10_i64 {
        let failed = pool.execute("INSERT INTO not_found (n) VALUES (10)").await;
        assert!(failed.unwrap_err().as_database_error().is_some());
        let sql = AssertSqlSafe(format!("SELECT {n} AS n"));
        let row = pool.fetch_one(sql).await.unwrap();
        assert_eq!(row.get::<i64, _>("n"), n);
    }
}

#[tokio::test]
async fn binds_may_be_borrowed_for_any_time() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let string = "Hello, world!".to_owned();
    let tuple = &("Hello, world!".to_owned(),);
    let sql = "SELECT 'Hello, world!' WHERE 'Hello, world!' IN (?, ?, ?, ?, ?, ?, ?)";
    let query = query::<Any>(sql)
        .bind(&string)
        .bind(&string[..])
        .bind(Some(&string))
        .bind(Some(&string[..]))
        .bind(&None::<String>)
        .bind(string.clone())
        .bind(&tuple.0);
    let row = query.fetch_one(&mut connection).await.unwrap();
    assert_eq!(row.get::<String, _>(0), string);
}

#[tokio::test]
async fn sixty_four_bits_stay() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let number: i64 = query_scalar::<Any, _>("SELECT 4294967296")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(number, 1 << 32);
}

#[tokio::test]
async fn text_and_bytes_are_told_apart() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (text TEXT, bytes BLOB)")
        .await
        .unwrap();
    query("INSERT INTO t VALUES (?, ?)")
        .bind("text")
        .bind(vec![0xff_u8, 0])
        .execute(&mut connection)
        .await
        .unwrap();
    let row = connection.fetch_one("SELECT * FROM t").await.unwrap();
    assert_eq!(kind(&row, 0), AnyTypeInfoKind::Text);
    assert_eq!(kind(&row, 1), AnyTypeInfoKind::Blob);
    assert_eq!(row.get::<String, _>("text"), "text");
    assert_eq!(row.get::<Vec<u8>, _>("bytes"), [0xff, 0]);
    assert!(row.try_get::<String, _>("bytes").is_err());
}

#[derive(Debug, PartialEq)]
struct NotOne;

impl FromRow<'_, AnyRow> for NotOne {
    fn from_row(row: &AnyRow) -> flightsql::Result<Self> {
        match row.try_get::<i64, _>(0)? {
            1 => Err(flightsql::Error::RowNotFound),
            _ => Ok(Self),
        }
    }
}

#[tokio::test]
async fn unreadable_row_does_not_end_stream() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let rows: Vec<Option<NotOne>> =
        query_as::<Any, _>("SELECT 0 UNION ALL SELECT 1 UNION ALL SELECT 2")
            .fetch(&pool)
            .map(Result::ok)
            .collect()
            .await;
    assert_eq!(rows, [Some(NotOne), None, Some(NotOne)]);
}
