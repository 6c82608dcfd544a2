//! A connection responds, keeps its state, prepares, and recovers from every failure.

use std::collections::BTreeMap;

use flightsql::{
    Column, Connection, Either, Error, Executor, FlightSqlConnection, FlightSqlRow, Row,
    SqlSafeStr, Statement, TypeInfo, query, query_as, query_scalar, raw_sql,
};
use flightsql_testkit::{Rpc, TestServer};
use futures_util::TryStreamExt;

use super::{number, with_tweets};
use crate::common::{connect, count, options, server};

/// Statements are closed in the background.
async fn open_prepared(server: &TestServer, count: usize) {
    server
        .wait_until(|server| server.sqlite().open_prepared() == count)
        .await;
}

#[tokio::test]
async fn a_connection_answers_pings_between_queries() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection.ping().await.unwrap();
    let (one,): (i32,) = query_as("SELECT 1 AS id")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    connection.ping().await.unwrap();
    let (two,): (i32,) = query_as("SELECT 2 AS id")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((one, two), (1, 2));
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_hundred_connections_one_after_another() {
    let server = server().await;
    for _ in 0..100 {
        let mut connection = connect(&server).await;
        let all: Vec<(i32,)> = query_as("SELECT 1")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(all, [(1,)]);
    }
}

#[tokio::test]
async fn ping_after_first_row_keeps_all_written() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE processed (val INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    let first: i64 = query_scalar(
        "INSERT INTO processed WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50)
         SELECT i FROM n WHERE true RETURNING val",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(first, 1);
    connection.ping().await.unwrap();
    assert_eq!(count(&mut connection, "processed").await, 50);
}

#[tokio::test]
async fn it_fails_and_recovers_ten_times() {
    let server = server().await;
    let mut connection = connect(&server).await;
    for i in 0..10_i64 {
        let failed = connection
            .execute("INSERT INTO not_found (\"column\") VALUES (10)")
            .await;
        let error = failed.unwrap_err();
        assert_eq!(
            error.as_database_error().unwrap().message(),
            "no such table: not_found"
        );
        let echo: i64 = query_scalar("SELECT ?")
            .bind(i)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(echo, i);
    }
    // And a string that is not SQL at all, before a stream.
    connection
        .execute("definitely not a correct query")
        .await
        .unwrap_err();
    let mut rows = connection.fetch("SELECT 1");
    let row = rows.try_next().await.unwrap().unwrap();
    assert_eq!(row.get::<i32, _>(0), 1);
    assert!(rows.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn statements_are_kept_unless_they_are_text_or_not_persistent() {
    let server = server().await;
    let mut connection = connect(&server).await;
    assert_eq!(connection.cached_statements_size(), 0);

    let row = connection.fetch_one("SELECT 100 AS val").await.unwrap();
    assert_eq!(row.get::<i32, _>("val"), 100);
    assert_eq!(connection.cached_statements_size(), 0);

    for i in 0..2_i32 {
        let row = query("SELECT ? AS val")
            .bind(i)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.get::<i32, _>("val"), i);
    }
    assert_eq!(connection.cached_statements_size(), 1);
    assert_eq!(server.sqlite().open_prepared(), 1);
    connection.clear_cached_statements().await.unwrap();
    assert_eq!(connection.cached_statements_size(), 0);
    open_prepared(&server, 0).await;

    for i in 0..2_i32 {
        let row = query("SELECT ? AS val")
            .bind(i)
            .persistent(false)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(row.get::<i32, _>("val"), i);
    }
    assert_eq!(connection.cached_statements_size(), 0);
    open_prepared(&server, 0).await;
}

#[tokio::test]
async fn a_cache_of_one_closes_the_statement_before() {
    let server = server().await;
    let url = format!("{}?statement_cache_capacity=1", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    for (sql, expected) in [
        ("SELECT ? + 0", 7),
        ("SELECT ? + 1", 8),
        ("SELECT ? + 2", 9),
        ("SELECT ? + 3", 10),
    ] {
        let sum: i64 = query_scalar(sql)
            .bind(7_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(sum, expected);
        assert_eq!(connection.cached_statements_size(), 1);
    }
    open_prepared(&server, 1).await;
}

#[tokio::test]
async fn without_a_cache_everything_works_and_nothing_stays_open() {
    let server = server().await;
    let by_url = options(&format!("{}?statement_cache_capacity=0", server.url()));
    let by_builder = options(&server.url()).statement_cache_capacity(0);
    for options in [by_url, by_builder] {
        let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
        for i in 1..=10_i32 {
            let echo: i32 = query_scalar("SELECT ?")
                .bind(i)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(echo, i);
            assert_eq!(connection.cached_statements_size(), 0);
        }
        open_prepared(&server, 0).await;
    }
}

#[tokio::test]
async fn it_prepares_and_then_executes_inside_a_transaction() {
    let server = with_tweets().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    tx.execute("INSERT INTO tweet (id, text) VALUES (2, 'Hello, World')")
        .await
        .unwrap();
    let statement = tx
        .prepare("SELECT * FROM tweet WHERE id = ?".into_sql_str())
        .await
        .unwrap();
    let columns: Vec<_> = statement
        .columns()
        .iter()
        .map(|column| (column.name(), column.type_info().name()))
        .collect();
    assert_eq!(
        columns,
        [
            ("id", "BIGINT"),
            ("text", "TEXT"),
            ("is_sent", "BOOLEAN"),
            ("owner_id", "BIGINT")
        ]
    );
    let Some(Either::Left([parameter])) = statement.parameters() else {
        panic!("{:?}", statement.parameters());
    };
    assert_eq!(parameter.name(), "BIGINT");
    let row = statement
        .query()
        .bind(2_i64)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(row.get::<&str, _>("text"), "Hello, World");
    tx.rollback().await.unwrap();
}

#[tokio::test]
async fn a_table_that_was_read_half_way_can_be_dropped() {
    let server = server().await;
    let mut connection = connect(&server).await;
    for sql in [
        "CREATE TABLE foobar (id INTEGER)",
        "INSERT INTO foobar VALUES (42)",
        "INSERT INTO foobar VALUES (43)",
    ] {
        connection.execute(sql).await.unwrap();
    }
    let id: i32 = query_scalar("SELECT id FROM foobar WHERE id > ?")
        .bind(0)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(id, 42);
    let mut rows = query("SELECT id FROM foobar").fetch(&mut connection);
    let row = rows.try_next().await.unwrap().unwrap();
    assert_eq!(row.get::<i32, _>("id"), 42);
    drop(rows);
    connection.execute("DROP TABLE foobar").await.unwrap();
    let gone = connection.execute("SELECT id FROM foobar").await;
    assert!(matches!(gone, Err(Error::Database(_))), "{gone:?}");
}

#[tokio::test]
async fn dropped_connection_does_not_affect_next() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE stuff (name INTEGER, value INTEGER)")
        .unwrap();
    let mut connection = connect(&server).await;
    let gate = server.gate(Rpc::DoPut);
    let writer = tokio::spawn(async move {
        for i in 0..1000_i64 {
            query("INSERT INTO stuff VALUES (?, 0)")
                .bind(i)
                .execute(&mut connection)
                .await
                .unwrap();
        }
    });
    gate.reached().await;
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    gate.open();
    let mut next = connect(&server).await;
    assert!(count(&mut next, "stuff").await <= 1);
    open_prepared(&server, 0).await;
}

#[tokio::test]
async fn rows_outlive_their_connection() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let rows: Vec<FlightSqlRow> = query("SELECT 'hello' AS title UNION ALL SELECT 'world'")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    drop(connection);
    server
        .wait_until(|server| server.running_calls() == 0)
        .await;
    drop(server);
    let titles: Vec<&str> = rows.iter().map(|row| row.get("title")).collect();
    assert_eq!(titles, ["hello", "world"]);
}

#[tokio::test]
async fn connecting_running_and_closing_may_be_spawned() {
    let server = server().await;
    let url = server.url();
    let done = tokio::spawn(async move {
        let mut connection = FlightSqlConnection::connect(&url).await?;
        let done = raw_sql("SELECT 1; SELECT 2")
            .execute(&mut connection)
            .await?;
        connection.close().await?;
        Ok::<_, Error>(done)
    });
    assert_eq!(done.await.unwrap().unwrap().rows_affected(), 0);
}

/// Reads and writes in many small transactions, and compares them with a model.
#[tokio::test]
async fn many_small_transactions_keep_what_they_wrote() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE kv (k INTEGER PRIMARY KEY, v INTEGER); CREATE INDEX by_v ON kv (v)",
        )
        .unwrap();
    let mut connection = connect(&server).await;
    let mut model = BTreeMap::new();
    for i in 0..150_i64 {
        let (key, value) = (i * 7919 % 23, i * 104_729 % 1000);
        let mut tx = connection.begin().await.unwrap();
        let there = query("SELECT 1 FROM kv WHERE k = ?")
            .bind(key)
            .fetch_optional(&mut *tx)
            .await
            .unwrap();
        assert_eq!(there.is_some(), model.contains_key(&key));
        let sql = match there {
            Some(_) => "UPDATE kv SET v = ?1 WHERE k = ?2",
            None => "INSERT INTO kv (v, k) VALUES (?1, ?2)",
        };
        let done = query(sql)
            .bind(value)
            .bind(key)
            .execute(&mut *tx)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1);
        tx.commit().await.unwrap();
        model.insert(key, value);
    }
    let all: Vec<(i64, i64)> = query_as("SELECT k, v FROM kv ORDER BY k")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all, model.into_iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn buffers_may_be_shrunk_between_queries() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let data = vec![7_u8; 1 << 20];
    let back: Vec<u8> = query_scalar("SELECT ?")
        .bind(&data)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(back == data);
    connection.shrink_buffers();
    let back: i64 = query_scalar("SELECT ?")
        .bind(12_345_678_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(back, 12_345_678);
}

/// Larger than gRPC's default limit of a message.
#[tokio::test]
async fn a_value_of_many_packets_goes_there_and_back() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE large (data BLOB)")
        .await
        .unwrap();
    let data = "0123456789abcdef".repeat(400_000).into_bytes();
    query("INSERT INTO large VALUES (?)")
        .bind(&data)
        .execute(&mut connection)
        .await
        .unwrap();
    let back: Vec<u8> = query_scalar("SELECT data FROM large")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(back == data, "{} bytes came back", back.len());
    let length = number(&mut connection, "SELECT length(data) FROM large").await;
    assert_eq!(length, 6_400_000);
}

#[tokio::test]
async fn dropped_transactions_leave_nothing_one_after_another() {
    let server: TestServer = with_tweets().await;
    let mut connection = connect(&server).await;
    for id in 10..15_i64 {
        assert!(!connection.is_in_transaction());
        let mut tx = connection.begin().await.unwrap();
        let mut inner = tx.begin().await.unwrap();
        query("INSERT INTO tweet (id, text) VALUES (?, 'never')")
            .bind(id)
            .execute(&mut *inner)
            .await
            .unwrap();
        drop(inner);
        assert!(tx.is_in_transaction());
        drop(tx);
        assert_eq!(count(&mut connection, "tweet").await, 1);
    }
    assert_eq!(server.sqlite().open_transactions(), 0);
}
