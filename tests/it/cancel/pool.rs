//! Drops through a pool of one connection: the next user of the pool is served after any drop.

use flightsql::{FlightSqlPool, query, query_scalar};
use futures_util::TryStreamExt;

use super::{HUNDRED, every_stop, nothing_left, tables};
use crate::common::{connect, count, pool};

async fn drop_at_every_await(rows: &[i64], operation: impl AsyncFn(&FlightSqlPool)) {
    let server = tables().await;
    let mut observer = connect(&server).await;
    let observer = tokio::sync::Mutex::new(&mut observer);
    every_stop(async |stop| {
        let pool = pool(&server, 1).await;
        let done = stop.run(&server, operation(&pool)).await.is_some();
        let two: i64 = query_scalar("SELECT 1 + 1").fetch_one(&pool).await.unwrap();
        assert_eq!(two, 2, "{stop:?}");
        pool.close().await;
        nothing_left(&server).await;
        let left = count(&mut **observer.lock().await, "t").await;
        assert!(rows.contains(&left), "{stop:?}: {left} rows");
        server.sqlite().execute_batch("DELETE FROM t").unwrap();
        done
    })
    .await;
}

#[tokio::test]
async fn statements() {
    drop_at_every_await(&[0, 1], async |pool| {
        query("INSERT INTO t VALUES (?)")
            .bind(1_i64)
            .execute(pool)
            .await
            .unwrap();
        let rows = query(HUNDRED).fetch_all(pool).await.unwrap();
        assert_eq!(rows.len(), 100);
    })
    .await;
}

#[tokio::test]
async fn a_stream_left_in_the_middle() {
    drop_at_every_await(&[0], async |pool| {
        let mut rows = query(HUNDRED).fetch(pool);
        for _ in 0..15 {
            rows.try_next().await.unwrap().unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_transaction() {
    drop_at_every_await(&[0], async |pool| {
        let mut transaction = pool.begin().await.unwrap();
        query("INSERT INTO t VALUES (1)")
            .execute(&mut *transaction)
            .await
            .unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_committed_transaction() {
    drop_at_every_await(&[0, 1], async |pool| {
        let mut transaction = pool.begin().await.unwrap();
        query("INSERT INTO t VALUES (1)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_rolled_back_transaction() {
    drop_at_every_await(&[0], async |pool| {
        let mut transaction = pool.begin().await.unwrap();
        query("INSERT INTO t VALUES (1)")
            .execute(&mut *transaction)
            .await
            .unwrap();
        transaction.rollback().await.unwrap();
    })
    .await;
}
