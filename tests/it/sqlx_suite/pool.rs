//! Pools, as in SQLx's own tests: few connections, many tasks, and hooks that reject connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::time::Duration;

use flightsql::{
    Executor, FlightSqlConnection, FlightSqlPoolOptions, Row, query, query_as, query_scalar,
};
use flightsql_testkit::{Fault, Rpc, TestServer};
use futures_util::{FutureExt, TryStreamExt};

use crate::common::{count, options, pool, server};

#[tokio::test]
async fn a_text_of_two_statements_gives_the_rows_of_both() {
    let server = server().await;
    let pool = FlightSqlPoolOptions::new()
        .min_connections(2)
        .max_connections(2)
        .test_before_acquire(false)
        .connect(&server.url())
        .await
        .unwrap();
    let rows = pool.fetch_all("SELECT 1; SELECT 2").await.unwrap();
    let values: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(values, [1, 2]);
    let count = pool
        .fetch("SELECT 1; SELECT 2")
        .try_fold(0, |count, _| async move { Ok(count + 1) })
        .await
        .unwrap();
    assert_eq!(count, 2);
}

#[tokio::test]
async fn it_fails_and_recovers_ten_times_with_a_pool() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    for i in 0..10_i64 {
        let failed = pool
            .execute("INSERT INTO not_found (\"column\") VALUES (10)")
            .await;
        assert!(failed.unwrap_err().as_database_error().is_some());
        let echo: i64 = query_scalar("SELECT ?")
            .bind(i)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(echo, i);
    }
}

#[tokio::test]
async fn after_connect_runs_once_for_each_connection() {
    let server = TestServer::builder().cookies(true).start().await.unwrap();
    let counter = Arc::new(AtomicUsize::new(0));
    let calls = Arc::clone(&counter);
    let pool = FlightSqlPoolOptions::new()
        .after_connect(move |_, meta| {
            assert_eq!((meta.age, meta.idle_for), (Duration::ZERO, Duration::ZERO));
            calls.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Ok(()) })
        })
        .connect(&server.url())
        .await
        .unwrap();
    for _ in 0..4 {
        pool.acquire()
            .await
            .unwrap()
            .execute("SELECT 1")
            .await
            .unwrap();
    }
    pool.close().await;
    assert!(counter.load(Ordering::SeqCst) >= 1);
    assert_eq!(counter.load(Ordering::SeqCst), server.sessions());
}

/// More transactions than connections, each failed and dropped.
#[tokio::test]
async fn failed_transactions_give_their_connection_back() {
    let server = server().await;
    let pool = FlightSqlPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_secs(30))
        .connect(&server.url())
        .await
        .unwrap();
    for _ in 0..6 {
        let mut tx = pool.begin().await.unwrap();
        query("blah blah").execute(&mut *tx).await.unwrap_err();
        drop(tx);
    }
    assert!(pool.size() <= 2);
    pool.close().await;
    assert_eq!(server.sqlite().open_transactions(), 0);
}

/// The numbers of one connection, in the row of its own id.
type Stats = (i64, i64, i64);

/// Counts one call of a hook, and returns the row.
async fn counted(
    connection: &mut FlightSqlConnection,
    sql: &'static str,
) -> Result<Stats, flightsql::Error> {
    query_as(sql).fetch_one(connection).await
}

const CURRENT: &str = "SELECT id, acquired, released FROM conn_stats ORDER BY id DESC LIMIT 1";

/// Connections with even numbers are turned down by the third `before_acquire`, those with odd ones by the fourth
/// `after_release`; one connection at a time, so the newest row is its own.
#[tokio::test]
async fn hooks_decide_which_connection_lives_on() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch(
            "CREATE TABLE conn_stats (id BIGINT PRIMARY KEY, acquired BIGINT DEFAULT 0, released BIGINT DEFAULT 0)",
        )
        .unwrap();
    let next = AtomicI64::new(0);
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        .after_connect(move |connection, _| {
            let id = next.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                let insert = query("INSERT INTO conn_stats (id) VALUES (?)").bind(id);
                insert.execute(connection).await.map(drop)
            })
        })
        .before_acquire(|connection, meta| {
            assert_ne!(meta.age, Duration::ZERO);
            Box::pin(async move {
                let sql = "UPDATE conn_stats SET acquired = acquired + 1
                    WHERE id = (SELECT max(id) FROM conn_stats) RETURNING id, acquired, released";
                let (id, acquired, _) = counted(connection, sql).await?;
                Ok(id % 2 == 1 || acquired < 3)
            })
        })
        .after_release(|connection, meta| {
            assert_eq!(meta.idle_for, Duration::ZERO);
            Box::pin(async move {
                let sql = "UPDATE conn_stats SET released = released + 1
                    WHERE id = (SELECT max(id) FROM conn_stats) RETURNING id, acquired, released";
                let (id, _, released) = counted(connection, sql).await?;
                Ok(id % 2 == 0 || released < 4)
            })
        })
        .connect_lazy_with(options(&server.url()));
    let expected: [Stats; 11] = [
        (0, 0, 0),
        (0, 1, 1),
        (0, 2, 2),
        (1, 0, 0),
        (1, 1, 1),
        (1, 2, 2),
        (1, 3, 3),
        (2, 0, 0),
        (2, 1, 1),
        (2, 2, 2),
        (3, 0, 0),
    ];
    for stats in expected {
        let found: Stats = query_as(CURRENT).fetch_one(&pool).await.unwrap();
        assert_eq!(found, stats);
    }
    pool.close().await;
}

/// An idle connection beyond its lifetime is closed, and a new one replaces it.
#[tokio::test]
async fn a_connection_past_its_life_is_replaced() {
    let server = TestServer::builder().cookies(true).start().await.unwrap();
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .max_lifetime(Duration::from_nanos(1))
        .connect(&server.url())
        .await
        .unwrap();
    for _ in 0..3 {
        pool.execute("SELECT 1").await.unwrap();
    }
    assert!(pool.size() <= 1);
    assert!(server.sessions() >= 3, "{} sessions", server.sessions());
}

/// Uses one thread and one connection, which each task acquires twice.
#[tokio::test]
async fn tasks_that_acquire_twice_do_not_starve_each_other() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let tasks = (0..20).map(|_| {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut connection = pool.acquire().await?;
            query("SELECT 1").fetch_one(&mut *connection).await?;
            drop(connection);
            tokio::task::yield_now().await;
            pool.acquire().await.map(drop)
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap().unwrap();
    }
    assert_eq!(pool.size(), 1);
}

/// Futures of `acquire` dropped before and after their first poll, while others work, and then a close.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_acquires_neither_block_nor_leak() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (n INTEGER)")
        .unwrap();
    let pool = pool(&server, 2).await;
    let workers = (0..8_i64).map(|n| {
        let pool = pool.clone();
        tokio::spawn(async move {
            for _ in 0..10 {
                let insert = query("INSERT INTO t VALUES (?)").bind(n);
                insert.execute(&pool).await.unwrap();
                drop(pool.acquire());
                drop(pool.acquire().now_or_never());
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert_eq!(count(&pool, "t").await, 80);
    assert!(pool.size() <= 2);
    tokio::time::timeout(Duration::from_secs(60), pool.close())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_reader_and_a_writer_share_a_pool() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE kv (k INTEGER PRIMARY KEY, v INTEGER)")
        .unwrap();
    let pool = pool(&server, 2).await;
    let (mut reader, mut writer) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
    let reads = tokio::spawn(async move {
        let mut last = 0;
        for _ in 0..100 {
            let rows = query("SELECT v FROM kv")
                .fetch_all(&mut *reader)
                .await
                .unwrap();
            assert!(rows.len() >= last);
            last = rows.len();
        }
    });
    let writes = tokio::spawn(async move {
        for i in 0..100_i64 {
            let insert = query("INSERT INTO kv VALUES (?, ?)").bind(i).bind(i * i);
            insert.execute(&mut *writer).await.unwrap();
        }
    });
    reads.await.unwrap();
    writes.await.unwrap();
    assert_eq!(count(&pool, "kv").await, 100);
}

/// The ping of a returned connection gets no response, and its slot in the pool is released nevertheless.
#[tokio::test]
async fn unresponsive_returned_connection_frees_its_slot() {
    let server = TestServer::builder().cookies(true).start().await.unwrap();
    let url = format!("{}?close_timeout=400ms&ping_after=0s", server.url());
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(60))
        .connect(&url)
        .await
        .unwrap();
    let held = pool.acquire().await.unwrap();
    let sessions = server.sessions();
    let ping = server.fault(
        Fault::new(Rpc::GetFlightInfo)
            .command("CommandGetSqlInfo")
            .hang(),
    );
    drop(held);
    let mut next = pool.acquire().await.unwrap();
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut *next)
        .await
        .unwrap();
    assert_eq!((one, ping.hits()), (1, 1));
    assert_eq!(server.sessions(), sessions + 1);
}
