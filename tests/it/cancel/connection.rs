//! Statements, prepares, ingests, pings, connects and closes of one connection.

use std::sync::Arc;

use flightsql::arrow::array::{Int64Array, RecordBatch};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{
    Connection, Executor, FlightSqlConnection, Row, Statement, query, query_scalar, raw_sql,
};
use flightsql_testkit::{Fault, Rpc, TestServer};
use futures_util::TryStreamExt;

use super::{Breaks, HUNDRED, drop_at_every_await, every_stop, nothing_left, tables, works};
use crate::common::{connect, server};

#[tokio::test]
async fn fetch_one() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let row = query(HUNDRED).fetch_one(connection).await.unwrap();
        assert_eq!(row.get::<i64, _>(0), 1);
    })
    .await;
}

#[tokio::test]
async fn fetch_one_with_a_parameter() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        for round in 0..2_i64 {
            let row = query("SELECT ? + 1")
                .bind(round)
                .fetch_one(&mut *connection)
                .await
                .unwrap();
            assert_eq!(row.get::<i64, _>(0), round + 1);
        }
    })
    .await;
}

#[tokio::test]
async fn fetch_one_with_a_parameter_and_without_the_cache() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let query = query_scalar("SELECT ? + 1").bind(1_i64).persistent(false);
        let two: i64 = query.fetch_one(connection).await.unwrap();
        assert_eq!(two, 2);
    })
    .await;
}

#[tokio::test]
async fn fetch_to_the_middle() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   SELECT i FROM n WHERE i > ?";
        let mut rows = query(sql).bind(0_i64).fetch(connection);
        for expected in 1..25 {
            let row = rows.try_next().await.unwrap().unwrap();
            assert_eq!(row.get::<i64, _>(0), expected);
        }
    })
    .await;
}

#[tokio::test]
async fn fetch_all() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let rows = query(HUNDRED).fetch_all(connection).await.unwrap();
        assert_eq!(rows.len(), 100);
    })
    .await;
}

#[tokio::test]
async fn fetch_arrow() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let batches = connection.fetch_arrow(HUNDRED).await.unwrap();
        let batches: Vec<RecordBatch> = batches.try_collect().await.unwrap();
        assert_eq!(
            batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
            100
        );
    })
    .await;
}

#[tokio::test]
async fn execute() {
    drop_at_every_await(&[0, 1], Breaks::Never, async |connection| {
        query("INSERT INTO t VALUES (1)")
            .execute(connection)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn execute_with_a_parameter() {
    drop_at_every_await(&[0, 1, 2], Breaks::Never, async |connection| {
        for id in 0..2_i64 {
            query("INSERT INTO t VALUES (?)")
                .bind(id)
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn raw_sql_of_several_statements() {
    drop_at_every_await(&[0, 1, 2], Breaks::Never, async |connection| {
        let sql = "INSERT INTO t VALUES (1); SELECT id FROM t; INSERT INTO t VALUES (2)";
        raw_sql(sql).execute(connection).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_returned_row_is_a_written_row() {
    let server = tables().await;
    let mut connection = connect(&server).await;
    for expected in 1..20_i64 {
        let id: i64 = query_scalar("INSERT INTO t VALUES (7) RETURNING id")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(id, 7);
        assert_eq!(crate::common::count(&mut connection, "t").await, expected);
    }
}

#[tokio::test]
async fn prepare() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let sql = flightsql::SqlSafeStr::into_sql_str("SELECT 1 + ?");
        let statement = connection.prepare(sql).await.unwrap();
        assert_eq!(statement.columns().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn describe() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let sql = flightsql::SqlSafeStr::into_sql_str("INSERT INTO t VALUES (?)");
        let described = connection.describe(sql).await.unwrap();
        assert_eq!(described.columns().len(), 0);
    })
    .await;
}

#[tokio::test]
async fn ingest() {
    drop_at_every_await(&[0, 100, 200, 300], Breaks::Never, async |connection| {
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, true)]));
        let ids = Arc::new(Int64Array::from_iter_values(0..100));
        let batch = RecordBatch::try_new(schema, vec![ids]).unwrap();
        let done = connection
            .ingest("t")
            .batches(vec![batch; 3])
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 300);
    })
    .await;
}

#[tokio::test]
async fn ping() {
    let server = tables().await;
    let url = format!("{}?ping_after=0s", server.url());
    every_stop(async |stop| {
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        let done = stop.run(&server, connection.ping()).await;
        works(&mut connection).await;
        connection.close().await.unwrap();
        nothing_left(&server).await;
        done.map(Result::unwrap).is_some()
    })
    .await;
}

#[tokio::test]
async fn connects() {
    let server = TestServer::builder().basic("u", "p").start().await.unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE w (id INTEGER)")
        .unwrap();
    let url = format!("flightsql+tcp://u:p@{}", server.address());
    every_stop(async |stop| {
        let done = stop.run(&server, FlightSqlConnection::connect(&url)).await;
        let got_there = done.is_some();
        let mut connection = match done {
            Some(connection) => connection.unwrap(),
            None => FlightSqlConnection::connect(&url).await.unwrap(),
        };
        works(&mut connection).await;
        connection.close().await.unwrap();
        nothing_left(&server).await;
        got_there
    })
    .await;
}

#[tokio::test]
async fn closes() {
    let server = tables().await;
    every_stop(async |stop| {
        let mut connection = connect(&server).await;
        query("SELECT ?")
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        query("SELECT ? + 1")
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(server.sqlite().open_prepared(), 2);
        let done = stop.run(&server, connection.close()).await;
        nothing_left(&server).await;
        done.map(Result::unwrap).is_some()
    })
    .await;
}

#[tokio::test]
async fn reflection() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let mut catalog = connection.catalog();
        let info = catalog.server_info().await.unwrap();
        assert_eq!(info.name(), Some("SQLite"));
        let none = catalog.tables().named("nowhere").fetch_all().await.unwrap();
        assert!(none.is_empty());
        assert!(catalog.has_table("t").await.unwrap());
        assert!(!catalog.columns_of("t").await.unwrap().is_empty());
        assert_eq!(catalog.foreign_keys("t").await.unwrap(), []);
    })
    .await;
}

/// One budget for all statements: a server that keeps silent gets the first 16 RPCs, and no further ones.
#[tokio::test]
async fn b6_closing_many_statements_takes_one_timeout() {
    let server = server().await;
    let url = format!("{}?close_timeout=300ms", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    for n in 0..30 {
        let sql = flightsql::AssertSqlSafe(format!("SELECT {n} + ?"));
        let sum: i64 = flightsql::query_scalar(sql)
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(sum, n + 1);
    }
    assert_eq!(connection.cached_statements_size(), 30);
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("ClosePreparedStatement")
            .hang(),
    );
    server.clear_calls();
    connection.close().await.unwrap();
    assert_eq!(server.count(Rpc::DoAction), 16);
}
