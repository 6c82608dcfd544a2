//! Ten thousand statements on one connection, half of them dropped before their end.

use flightsql::{AssertSqlSafe, Connection, FlightSqlConnection, Row, query, query_scalar};
use flightsql_testkit::{SqliteConfig, TestServer};
use futures_util::TryStreamExt;

use super::{nothing_left, polled};

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
const ENDLESS_BOUND: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i > ?";

/// Fewer than the different statements, so that the cache always evicts some.
const CACHE: usize = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_statements() {
    let config = SqliteConfig::new().batch_rows(4);
    let server = TestServer::builder().sqlite(config).record_calls(false);
    let server = server.start().await.unwrap();
    let table = "CREATE TABLE t (id INTEGER)";
    server.sqlite().execute_batch(table).unwrap();
    let url = format!("{}?statement_cache_capacity={CACHE}", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let mut dropped = 0;
    for number in 0..5_000 {
        whole(&mut connection, number).await;
        dropped += usize::from(half(&mut connection, number).await);
    }
    // One poll is rarely, but sometimes, enough for a complete response.
    assert!(
        dropped >= 4_900,
        "{dropped} statements were dropped half-way"
    );
    assert!(!connection.is_broken());
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
    connection.close().await.unwrap();
    nothing_left(&server).await;
    assert_eq!(server.sqlite().open_prepared(), 0);
    assert_eq!(server.sqlite().open_transactions(), 0);
    assert_eq!(server.connections(), 1, "no connection was lost");
}

/// A statement that gets to its end.
async fn whole(connection: &mut FlightSqlConnection, number: i64) {
    match number % 10 {
        0 => {
            let mut transaction = connection.begin().await.unwrap();
            let done = query("INSERT INTO t VALUES (1)").execute(&mut *transaction);
            assert_eq!(done.await.unwrap().rows_affected(), 1);
            transaction.commit().await.unwrap();
        }
        1 => {
            let sql = AssertSqlSafe(format!("SELECT ? + {}", number % 37));
            let sum: i64 = query_scalar(sql)
                .bind(number)
                .fetch_one(connection)
                .await
                .unwrap();
            assert_eq!(sum, number + number % 37);
        }
        2 => {
            let unkept = query_scalar("SELECT ?").bind(number).persistent(false);
            let same: i64 = unkept.fetch_one(connection).await.unwrap();
            assert_eq!(same, number);
        }
        3..6 => {
            let one = query_scalar::<_, i64>("SELECT 1").fetch_one(connection);
            assert_eq!(one.await.unwrap(), 1);
        }
        _ => {
            let done = query("DELETE FROM t WHERE id = 0").execute(connection);
            assert_eq!(done.await.unwrap().rows_affected(), 0);
        }
    }
}

/// Drops a statement half-way; returns whether it was dropped.
async fn half(connection: &mut FlightSqlConnection, number: i64) -> bool {
    // So few that the response has hardly ever arrived.
    let polls = usize::from(number / 10 % 2 == 0);
    match number % 10 {
        0 => {
            let mut rows = query(ENDLESS).fetch(connection);
            let row = rows.try_next().await.unwrap().unwrap();
            row.get::<i64, _>(0) == 1
        }
        1 => {
            let unkept = query(ENDLESS_BOUND).bind(0_i64).persistent(false);
            let mut rows = unkept.fetch(connection);
            let row = rows.try_next().await.unwrap().unwrap();
            row.get::<i64, _>(0) == 1
        }
        2..5 => {
            let sql = format!("SELECT ? * {}", number % 41);
            let fetch = query(AssertSqlSafe(sql)).bind(1_i64).fetch_one(connection);
            polled(fetch, polls).await.is_none()
        }
        5 | 6 => polled(connection.begin(), polls).await.is_none(),
        7 => {
            let mut transaction = connection.begin().await.unwrap();
            let select = query("SELECT count(*) FROM t").fetch_one(&mut *transaction);
            // The transaction is dropped after it.
            polled(select, polls).await.is_none()
        }
        _ => {
            let delete = query("DELETE FROM t WHERE id = 0").execute(connection);
            polled(delete, polls).await.is_none()
        }
    }
}
