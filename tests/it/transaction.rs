//! Transactions and savepoints: their effects outside, and the state after them.
//!
//! Every command kind inside a transaction is in `transaction/commands.rs`, refusals in `transaction/refused.rs`.

mod commands;
mod refused;

use flightsql::{Connection, Executor, FlightSqlConnection, FlightSqlPool, query, query_scalar};
use flightsql_testkit::{Rpc, TestServer};

use crate::common::{connect, count, pool, server};

/// A server with an empty table `t (id)`.
async fn with_table() -> TestServer {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        .unwrap();
    server
}

async fn ids(pool: &FlightSqlPool) -> Vec<i64> {
    query_scalar("SELECT id FROM t ORDER BY id")
        .fetch_all(pool)
        .await
        .unwrap()
}

async fn insert(connection: &mut FlightSqlConnection, id: i64) {
    let done = query("INSERT INTO t VALUES (?)")
        .bind(id)
        .execute(connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
}

/// Waits until the server has no open transaction.
async fn settled(server: &TestServer) {
    server
        .wait_until(|server| server.sqlite().open_transactions() == 0)
        .await;
}

#[tokio::test]
async fn a_commit_makes_rows_visible_to_others() {
    let server = with_table().await;
    let pool = pool(&server, 2).await;
    let mut tx = pool.begin().await.unwrap();
    insert(&mut tx, 1).await;
    assert_eq!(count(&mut *tx, "t").await, 1);
    assert_eq!(count(&pool, "t").await, 0);
    tx.commit().await.unwrap();
    assert_eq!(ids(&pool).await, [1]);
    assert_eq!(server.sqlite().open_transactions(), 0);
}

#[tokio::test]
async fn a_rollback_takes_everything_back() {
    let server = with_table().await;
    let pool = pool(&server, 1).await;
    let mut tx = pool.begin().await.unwrap();
    insert(&mut tx, 1).await;
    tx.execute("INSERT INTO t VALUES (2)").await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(server.sqlite().open_transactions(), 0);
    assert_eq!(count(&pool, "t").await, 0);
}

#[tokio::test]
async fn dropping_rolls_back_in_a_pool() {
    let server = with_table().await;
    let pool = pool(&server, 1).await;
    let mut tx = pool.begin().await.unwrap();
    insert(&mut tx, 1).await;
    drop(tx);
    // The only connection: it is free again, and clean.
    assert_eq!(count(&pool, "t").await, 0);
    settled(&server).await;
}

#[tokio::test]
async fn dropping_rolls_back_without_a_pool_and_without_another_use() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    assert_eq!(server.sqlite().open_transactions(), 1);
    drop(tx);
    settled(&server).await;
    assert!(!connection.is_in_transaction());
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn dropping_the_connection_rolls_back() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    // The transaction is never dropped: only the connection is left to clean up.
    std::mem::forget(tx);
    assert!(connection.is_in_transaction());
    drop(connection);
    settled(&server).await;
}

#[tokio::test]
async fn closing_the_connection_rolls_back_before_it_returns() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    std::mem::forget(tx);
    connection.close().await.unwrap();
    assert_eq!(server.sqlite().open_transactions(), 0);
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn a_statement_right_after_a_drop_runs_outside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    for id in 1..=20 {
        let mut tx = connection.begin().await.unwrap();
        insert(&mut tx, id + 100).await;
        drop(tx);
        insert(&mut connection, id).await;
    }
    assert_eq!(count(&mut connection, "t").await, 20);
    settled(&server).await;
}

#[tokio::test]
async fn savepoints_commit_roll_back_and_drop_at_each_level() {
    let server = with_table().await;
    let pool = pool(&server, 1).await;
    let mut tx = pool.begin().await.unwrap();
    insert(&mut tx, 1).await;
    {
        let mut kept = tx.begin().await.unwrap();
        insert(&mut kept, 2).await;
        {
            let mut undone = kept.begin().await.unwrap();
            insert(&mut undone, 3).await;
            undone.rollback().await.unwrap();
        }
        {
            let mut dropped = kept.begin().await.unwrap();
            insert(&mut dropped, 4).await;
            let mut inner = dropped.begin().await.unwrap();
            insert(&mut inner, 5).await;
            inner.commit().await.unwrap();
            assert_eq!(count(&mut *dropped, "t").await, 4);
        }
        assert_eq!(count(&mut *kept, "t").await, 2);
        insert(&mut kept, 6).await;
        kept.commit().await.unwrap();
    }
    {
        let mut dropped = tx.begin().await.unwrap();
        insert(&mut dropped, 7).await;
    }
    insert(&mut tx, 8).await;
    tx.commit().await.unwrap();
    assert_eq!(ids(&pool).await, [1, 2, 6, 8]);
    assert_eq!(server.sqlite().open_transactions(), 0);
}

#[tokio::test]
async fn rolling_back_outside_takes_committed_savepoints_along() {
    let server = with_table().await;
    let pool = pool(&server, 1).await;
    let mut tx = pool.begin().await.unwrap();
    let mut inner = tx.begin().await.unwrap();
    insert(&mut inner, 1).await;
    inner.commit().await.unwrap();
    assert_eq!(count(&mut *tx, "t").await, 1);
    drop(tx);
    assert_eq!(count(&pool, "t").await, 0);
}

#[tokio::test]
async fn is_in_transaction_follows_the_levels() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    assert!(!connection.is_in_transaction());
    let mut tx = connection.begin().await.unwrap();
    assert!(tx.is_in_transaction());
    let inner = tx.begin().await.unwrap();
    assert!(inner.is_in_transaction());
    drop(inner);
    assert!(tx.is_in_transaction());
    tx.commit().await.unwrap();
    assert!(!connection.is_in_transaction());
    let tx = connection.begin().await.unwrap();
    drop(tx);
    assert!(!connection.is_in_transaction());
}

#[tokio::test]
async fn closure_commits_on_ok_and_rolls_back_on_err() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let seven = connection
        .transaction(|tx| {
            Box::pin(async move {
                insert(tx, 1).await;
                Ok::<_, flightsql::Error>(7)
            })
        })
        .await
        .unwrap();
    assert_eq!(seven, 7);
    assert_eq!(count(&mut connection, "t").await, 1);

    let error = connection
        .transaction(|tx| {
            Box::pin(async move {
                insert(tx, 2).await;
                tx.execute("INSERT INTO nowhere VALUES (1)").await?;
                Ok::<_, flightsql::Error>(())
            })
        })
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("no such table: nowhere"),
        "{error}"
    );
    assert_eq!(count(&mut connection, "t").await, 1);
    settled(&server).await;
}

#[tokio::test]
async fn a_failed_statement_leaves_the_transaction_usable() {
    let server = with_table().await;
    let pool = pool(&server, 1).await;
    let mut tx = pool.begin().await.unwrap();
    insert(&mut tx, 1).await;
    let error = query("INSERT INTO t VALUES (?)")
        .bind(1_i64)
        .execute(&mut *tx)
        .await
        .unwrap_err();
    assert!(
        error.as_database_error().unwrap().is_unique_violation(),
        "{error:?}"
    );
    insert(&mut tx, 2).await;
    tx.commit().await.unwrap();
    assert_eq!(ids(&pool).await, [1, 2]);
}

#[tokio::test]
async fn a_transaction_costs_two_calls() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    let tx = connection.begin().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(server.count(Rpc::DoAction), 2);
    assert_eq!(server.count_all(), 2);
}
