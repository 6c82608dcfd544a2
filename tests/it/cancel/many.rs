//! Ten thousand statements on one connection, half of them dropped half-way.

use flightsql::{AssertSqlSafe, Connection, FlightSqlConnection, Row, query, query_scalar};
use flightsql_testkit::{SqliteConfig, TestServer};
use futures_util::TryStreamExt;

use super::{Stop, nothing_left, polled};

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i > ?";

/// Fewer than the different texts, so that statements are always pushed out.
const CACHE: usize = 10;

#[tokio::test]
async fn ten_thousand_statements() {
    let server = TestServer::builder()
        .sqlite(SqliteConfig::new().batch_rows(4))
        .record_calls(false)
        .start()
        .await
        .unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let url = format!("{}?statement_cache_capacity={CACHE}", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let mut dropped = 0;
    for number in 0..5_000_usize {
        whole(&mut connection, number).await;
        dropped += usize::from(half(&server, &mut connection, number).await);
    }
    assert_eq!(dropped, 5_000);
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
async fn whole(connection: &mut FlightSqlConnection, number: usize) {
    let value = i64::try_from(number).unwrap();
    let found: i64 = match number % 4 {
        0 => query_scalar("SELECT 1")
            .fetch_one(connection)
            .await
            .unwrap(),
        1 => {
            let sql = format!("SELECT ? + {}", number % 37);
            let query = query_scalar(AssertSqlSafe(sql)).bind(value);
            let sum: i64 = query.fetch_one(connection).await.unwrap();
            sum - value
        }
        2 => {
            let query = query_scalar("SELECT ?").bind(value).persistent(false);
            query.fetch_one(connection).await.unwrap()
        }
        _ => {
            let mut transaction = connection.begin().await.unwrap();
            let done = query("INSERT INTO t VALUES (1)")
                .execute(&mut *transaction)
                .await
                .unwrap();
            transaction.commit().await.unwrap();
            i64::try_from(done.rows_affected()).unwrap()
        }
    };
    let expected = match number % 4 {
        0 | 3 => 1,
        1 => value % 37,
        _ => value,
    };
    assert_eq!(found, expected);
}

/// A statement that is dropped half-way; says whether it was.
async fn half(server: &TestServer, connection: &mut FlightSqlConnection, number: usize) -> bool {
    // A different place each time, and never so late that the statement may have ended.
    let polls = number / 5 % 3;
    match number % 5 {
        // A stream of which only the first row is read.
        0 => {
            let mut rows = query(ENDLESS).bind(0_i64).fetch(connection);
            let row = rows.try_next().await.unwrap().unwrap();
            row.get::<i64, _>(0) == 1
        }
        1 => {
            let sql = format!("SELECT ? * {}", number % 41);
            let fetch = query(AssertSqlSafe(sql)).bind(1_i64).fetch_one(connection);
            polled(fetch, polls).await.is_none()
        }
        2 => {
            let mut transaction = connection.begin().await.unwrap();
            let select = query("SELECT count(*) FROM t").fetch_one(&mut *transaction);
            // The transaction is dropped behind it.
            polled(select, polls).await.is_none()
        }
        3 => Stop::Polls(polls)
            .run(server, connection.begin())
            .await
            .is_none(),
        _ => {
            let query = query(ENDLESS).bind(0_i64).persistent(false);
            let mut rows = query.fetch(connection);
            rows.try_next().await.unwrap().unwrap();
            polled(rows.try_next(), polls).await;
            true
        }
    }
}
