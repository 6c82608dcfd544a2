//! sea-query's SQL and its binder for SQLx, unchanged, through `Any`.
//!
//! `sea-query-sqlx` implements its `SqlxValues` as arguments of SQLx's own databases and of `Any`. The driver could implement
//! them for the typed connection, because `FlightSql` is its own type, but does not do so yet.

use flightsql::{AssertSqlSafe, query_as_with, query_with};
use sea_query::{Expr, ExprTrait as _, Order, Query, SqliteQueryBuilder};
use sea_query_sqlx::SqlxBinder as _;

use super::{pool, server};

#[tokio::test]
async fn its_binder_works_through_any() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE flights (id BIGINT, origin TEXT, delay DOUBLE)")
        .unwrap();
    let pool = pool(&server, 1).await;

    let (sql, values) = Query::insert()
        .into_table("flights")
        .columns(["id", "origin", "delay"])
        .values_panic([1_i64.into(), "ZRH".into(), 2.5.into()])
        .values_panic([2_i64.into(), "it's ?".into(), Option::<f64>::None.into()])
        .build_sqlx(SqliteQueryBuilder);
    let done = query_with(AssertSqlSafe(sql), values)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 2);

    let (sql, values) = Query::select()
        .columns(["id", "origin", "delay"])
        .from("flights")
        .and_where(Expr::col("origin").is_in(["ZRH", "it's ?"]))
        .order_by("id", Order::Desc)
        .limit(10)
        .build_sqlx(SqliteQueryBuilder);
    let rows: Vec<(i64, String, Option<f64>)> = query_as_with(AssertSqlSafe(sql), values)
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        rows,
        [
            (2, "it's ?".to_owned(), None),
            (1, "ZRH".to_owned(), Some(2.5))
        ]
    );
}
