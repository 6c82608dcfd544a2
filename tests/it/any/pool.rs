//! Pools of `Any`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flightsql::any::{Any, AnyPoolOptions};
use flightsql::{query, query_scalar};
use futures_util::TryStreamExt;

use super::{install_default_drivers, pool};
use crate::common::server;

#[tokio::test]
async fn a_pool_shares_one_database() {
    let server = server().await;
    let pool = pool(&server, 4).await;
    query("CREATE TABLE t (n INTEGER)")
        .execute(&pool)
        .await
        .unwrap();
    let mut tasks = Vec::new();
    for n in 0..10_i32 {
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            query("INSERT INTO t VALUES (?)")
                .bind(n)
                .execute(&pool)
                .await
        }));
    }
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().rows_affected(), 1);
    }
    let stream = query_scalar::<Any, i64>("SELECT n FROM t ORDER BY n").fetch(&pool);
    let all: Vec<i64> = stream.try_collect().await.unwrap();
    assert_eq!(all, (0..10).collect::<Vec<_>>());
    pool.close().await;
}

#[tokio::test]
async fn callbacks_see_any_connections() {
    install_default_drivers();
    let server = server().await;
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let pool = AnyPoolOptions::new()
        .max_connections(1)
        .after_connect(move |connection, _| {
            count.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                assert_eq!(connection.backend_name(), "Flight SQL");
                Ok(())
            })
        })
        .after_release(|_, _| Box::pin(async { Ok(false) }))
        .connect(&server.url())
        .await
        .unwrap();
    for _ in 0..3 {
        let one: i64 = query_scalar::<Any, _>("SELECT 1")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(one, 1);
    }
    assert_eq!(made.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_dropped_stream_leaves_the_connection_usable() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let many = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c LIMIT 100000) SELECT n FROM c";
    for _ in 0..3 {
        let mut stream = query_scalar::<Any, i64>(many).fetch(&pool);
        assert_eq!(stream.try_next().await.unwrap(), Some(1));
        drop(stream);
        let one: i64 = query_scalar::<Any, _>("SELECT 1")
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(one, 1);
    }
}
