//! Statements: their results, and the number of RPCs.

use flightsql::{Connection, Executor, Row, query, query_as, query_scalar};
use flightsql_testkit::Rpc;
use futures_util::TryStreamExt;

use crate::common::{connect, pool, server};

#[tokio::test]
async fn a_query_without_parameters_takes_two_calls() {
    let server = server().await;
    let mut connection = connect(&server).await;
    server.clear_calls();

    let row = query("SELECT 1 AS one, 'two' AS two")
        .fetch_one(&mut connection)
        .await
        .unwrap();

    assert_eq!(row.get::<i64, _>("one"), 1);
    assert_eq!(row.get::<&str, _>("two"), "two");
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
    assert_eq!(server.count(Rpc::DoGet), 1);
    assert_eq!(server.count_all(), 2);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_prepared_query_takes_three_calls_once_it_is_cached() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let mut add = async |a: i64, b: i64| -> i64 {
        query_scalar("SELECT ? + ?")
            .bind(a)
            .bind(b)
            .fetch_one(&mut connection)
            .await
            .unwrap()
    };

    assert_eq!(add(1, 2).await, 3);
    assert_eq!(server.count_all(), 4);
    server.clear_calls();
    assert_eq!(add(20, 22).await, 42);
    assert_eq!(server.count(Rpc::DoPut), 1);
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
    assert_eq!(server.count(Rpc::DoGet), 1);
    assert_eq!(server.count_all(), 3);
}

#[tokio::test]
async fn updates_through_a_pool_really_run_and_count() {
    let server = server().await;
    let pool = pool(&server, 2).await;

    query("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)")
        .execute(&pool)
        .await
        .unwrap();
    server.clear_calls();
    let done = query("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(2));
    assert_eq!(server.count_all(), 1);

    for (id, name) in [(3_i64, Some("c")), (4, None)] {
        let done = query("INSERT INTO t VALUES (?, ?)")
            .bind(id)
            .bind(name)
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(done.rows_affected(), 1);
    }
    let all: Vec<(i64, Option<String>)> = query_as("SELECT id, name FROM t ORDER BY id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        all,
        [
            (1, Some("a".to_owned())),
            (2, Some("b".to_owned())),
            (3, Some("c".to_owned())),
            (4, None)
        ]
    );
    let gone = query("DELETE FROM t WHERE id > ?")
        .bind(2_i64)
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(gone.rows_affected(), 2);
}

#[tokio::test]
async fn a_prepared_update_takes_one_call() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (id INTEGER)")
        .await
        .unwrap();
    let insert = "INSERT INTO t VALUES (?)";
    query(insert)
        .bind(1_i64)
        .execute(&mut connection)
        .await
        .unwrap();
    server.clear_calls();
    query(insert)
        .bind(2_i64)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(server.count(Rpc::DoPut), 1);
    assert_eq!(server.count_all(), 1);
}

#[tokio::test]
async fn many_rows_come_in_order_over_many_batches() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i FROM n";
    let mut rows = query(sql).fetch(&mut connection);
    let mut expected = 0;
    while let Some(row) = rows.try_next().await.unwrap() {
        expected += 1;
        assert_eq!(row.get::<i64, _>(0), expected);
    }
    drop(rows);
    assert_eq!(expected, 30_000);
    assert_eq!(
        query(sql).fetch_all(&mut connection).await.unwrap().len(),
        30_000
    );
}
