//! Pools: a few shared connections, the cost of a ping, and recovery after a server outage.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flightsql::{
    Connection, Error, Executor, FlightSqlPool, FlightSqlPoolOptions, query, query_scalar,
};
use flightsql_testkit::{Rpc, ServerHandle, SqliteConfig, TestServer};
use futures_util::TryStreamExt;

use crate::common::{count, options, pool, server};

/// A pool of one connection that pings the server before each use.
async fn asking(server: &TestServer) -> FlightSqlPool {
    FlightSqlPoolOptions::new()
        .max_connections(1)
        .connect_with(options(&server.url()).ping_after(Duration::ZERO))
        .await
        .unwrap()
}

fn pings(server: &ServerHandle) -> usize {
    let calls = server.calls_of(Rpc::GetFlightInfo);
    calls
        .iter()
        .filter(|call| call.command() == Some("CommandGetSqlInfo"))
        .count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_share_a_small_pool() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (task INTEGER, n INTEGER)")
        .unwrap();
    let pool = pool(&server, 4).await;
    let tasks = (0..40_i64).map(|task| {
        let pool = pool.clone();
        tokio::spawn(async move {
            for n in 0..5_i64 {
                query("INSERT INTO t VALUES (?, ?)")
                    .bind(task)
                    .bind(n)
                    .execute(&pool)
                    .await
                    .unwrap();
                let echo: i64 = query_scalar("SELECT ? * 1000 + ?")
                    .bind(task)
                    .bind(n)
                    .fetch_one(&pool)
                    .await
                    .unwrap();
                assert_eq!(echo, task * 1000 + n);
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(count(&pool, "t").await, 200);
    let distinct: i64 = query_scalar("SELECT count(DISTINCT task * 10 + n) FROM t")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(distinct, 200);
    assert!(pool.size() <= 4, "{} connections", pool.size());
}

#[tokio::test]
async fn ping_after_recent_response_is_local() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    pool.execute("SELECT 1").await.unwrap();
    server.clear_calls();
    for _ in 0..10 {
        pool.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(server.count(Rpc::GetFlightInfo), 10);
    assert_eq!(server.count(Rpc::DoGet), 10);
    assert_eq!(server.count_all(), 20);
}

#[tokio::test]
async fn ping_after_zero_asks_the_server() {
    let server = server().await;
    let pool = asking(&server).await;
    pool.execute("SELECT 1").await.unwrap();
    server.clear_calls();
    pool.acquire().await.unwrap().ping().await.unwrap();
    assert!(pings(&server) >= 2, "{} pings", pings(&server));
}

#[tokio::test]
async fn a_server_without_sql_info_is_alive_all_the_same() {
    let config = SqliteConfig::new().sql_info(false);
    let server = TestServer::builder()
        .sqlite(config)
        .cookies(true)
        .start()
        .await
        .unwrap();
    let pool = asking(&server).await;
    for _ in 0..3 {
        pool.execute("SELECT 1").await.unwrap();
    }
    assert!(pings(&server) >= 3, "{} pings", pings(&server));
    // One session, so one connection all the time.
    assert_eq!(server.sessions(), 1);
}

#[tokio::test]
async fn a_pool_recovers_from_a_restarted_server() {
    let server = server().await;
    let pool = pool(&server, 3).await;
    // Prepared, and unknown to the next run.
    let insert = "INSERT INTO t VALUES (?)";
    for run in 1..=3_i64 {
        server
            .sqlite()
            .execute_batch("CREATE TABLE t (id INTEGER)")
            .unwrap();
        // The end of the old socket may be noticed only by its next use, and a write is not tried again.
        let mut failed = 0;
        while let Err(error) = query(insert).bind(run).execute(&pool).await {
            assert!(matches!(error, Error::Io(_)), "{error:?}");
            failed += 1;
            assert!(
                failed <= 3,
                "every connection failed, and then a new one: {error:?}"
            );
        }
        let ids: Vec<i64> = query_scalar("SELECT id FROM t")
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(ids, [run]);
        server.kill().await;
        server.restart().await.unwrap();
    }
}

#[tokio::test]
async fn while_the_server_is_away_errors_say_so() {
    let server = server().await;
    let pool = FlightSqlPoolOptions::new()
        .max_connections(2)
        .acquire_timeout(Duration::from_millis(300))
        .connect(&server.url())
        .await
        .unwrap();
    pool.execute("SELECT 1").await.unwrap();
    server.kill().await;
    for _ in 0..3 {
        // SQLx tries a refused port again until the time is up.
        let error = pool.execute("SELECT 1").await.unwrap_err();
        assert!(
            matches!(error, Error::Io(_) | Error::PoolTimedOut),
            "{error:?}"
        );
    }
    server.restart().await.unwrap();
    pool.execute("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_transaction_does_not_survive_a_restart() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let mut tx = pool.begin().await.unwrap();
    tx.execute("CREATE TABLE t (id INTEGER)").await.unwrap();
    server.kill().await;
    server.restart().await.unwrap();
    let error = tx.execute("CREATE TABLE t (id INTEGER)").await.unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    let tables: i64 = query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

#[tokio::test]
async fn hooks_run_on_the_connection() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE log (what TEXT)")
        .unwrap();
    let released = Arc::new(AtomicUsize::new(0));
    let releases = Arc::clone(&released);
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| {
            Box::pin(async move {
                connection
                    .execute("INSERT INTO log VALUES ('connect')")
                    .await
                    .map(drop)
            })
        })
        .before_acquire(|connection, _| {
            Box::pin(async move {
                let sql = "INSERT INTO log VALUES (?)";
                query(sql)
                    .bind("acquire")
                    .execute(connection)
                    .await
                    .map(|_| true)
            })
        })
        .after_release(move |connection, _| {
            releases.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move { Ok(!connection.is_broken()) })
        })
        .connect(&server.url())
        .await
        .unwrap();
    pool.execute("SELECT 1").await.unwrap();
    let log: Vec<String> = query_scalar("SELECT what FROM log ORDER BY rowid")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(log[0], "connect");
    assert!(
        log.len() > 1 && log[1..].iter().all(|what| what == "acquire"),
        "{log:?}"
    );
    pool.close().await;
    assert!(released.load(Ordering::SeqCst) >= 1);
}

#[tokio::test]
async fn a_connection_that_a_hook_turns_down_is_replaced() {
    let server = TestServer::builder().cookies(true).start().await.unwrap();
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .before_acquire(|_, meta| Box::pin(async move { Ok(meta.age.is_zero()) }))
        .connect(&server.url())
        .await
        .unwrap();
    for _ in 0..3 {
        pool.execute("SELECT 1").await.unwrap();
    }
    // A new connection is not shown to the hook; an old one is refused each time.
    assert_eq!(server.sessions(), 3);
}

#[tokio::test]
async fn closing_a_pool_gives_everything_back() {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let pool = FlightSqlPoolOptions::new()
        .max_connections(3)
        .connect(&format!("{}/main", server.url()))
        .await
        .unwrap();
    let mut held = Vec::new();
    for id in 0..3_i64 {
        let mut connection = pool.acquire().await.unwrap();
        let insert = "INSERT INTO t VALUES (?)";
        query(insert)
            .bind(id)
            .execute(&mut *connection)
            .await
            .unwrap();
        let select = "SELECT count(*) FROM t WHERE id <> ?";
        query(select)
            .bind(id)
            .fetch_one(&mut *connection)
            .await
            .unwrap();
        held.push(connection);
    }
    assert_eq!(server.sqlite().open_prepared(), 6);
    drop(held);
    pool.close().await;
    assert_eq!(server.sqlite().open_prepared(), 0);
    assert_eq!(server.sqlite().open_transactions(), 0);
    // The server notices on its own time that a stream was reset.
    server
        .wait_until(|server| server.sqlite().open_cursors() == 0)
        .await;
    let closed = server.calls_of(Rpc::DoAction);
    let closed = closed
        .iter()
        .filter(|call| call.command() == Some("CloseSession"));
    assert_eq!(closed.count(), 3);
    let error = pool.acquire().await.unwrap_err();
    assert!(matches!(error, Error::PoolClosed), "{error:?}");
}

#[tokio::test]
async fn dropping_a_pool_gives_everything_back_too() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let mut held = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
    for connection in &mut held {
        query("SELECT ?")
            .bind(1_i64)
            .fetch_one(&mut **connection)
            .await
            .unwrap();
    }
    assert_eq!(server.sqlite().open_prepared(), 2);
    drop(held);
    drop(pool);
    server
        .wait_until(|server| server.sqlite().open_prepared() == 0)
        .await;
}

#[tokio::test]
async fn connection_returns_to_pool_after_dropped_stream() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";
    for _ in 0..3 {
        let mut rows = query(endless).fetch(&pool);
        for _ in 0..10 {
            assert!(rows.try_next().await.unwrap().is_some());
        }
    }
    let one: i64 = query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
    assert_eq!((one, pool.size()), (1, 1));
    server.wait_until(|server| server.open_streams() == 0).await;
    server
        .wait_until(|server| server.sqlite().open_cursors() == 0)
        .await;
}

/// Counts the uses of connections.
#[derive(Clone, Default)]
struct Uses(Arc<AtomicUsize>);

impl flightsql::observe::Observer for Uses {
    fn connection_released(&self, event: &flightsql::observe::ConnectionEvent<'_>) {
        assert_eq!(event.error_type, None);
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

#[tokio::test]
async fn a_pool_has_gauges_and_reports_uses() {
    let server = TestServer::sqlite().await.unwrap();
    let uses = Uses::default();
    let options = options(&server.url()).channels(1).observer(uses.clone());
    let pool = flightsql::pool_options().max_connections(3);
    let pool = pool.connect_with(options).await.unwrap();
    let mut one = pool.acquire().await.unwrap();
    let mut two = pool.acquire().await.unwrap();
    let now = flightsql::observe::pool_metrics(&pool);
    assert_eq!((now.used, now.idle, now.max, now.min), (2, 0, 3, 0));
    assert_eq!((now.channels.len(), now.channels[0].sessions), (1, 2));
    one.return_to_pool().await;
    two.return_to_pool().await;
    let now = flightsql::observe::pool_metrics(&pool);
    assert_eq!((now.used, now.idle), (0, 2));
    assert_eq!(uses.0.load(Ordering::Acquire), 2);
    pool.close().await;
}

#[tokio::test]
async fn a_use_without_its_begin_is_not_reported() {
    let server = TestServer::sqlite().await.unwrap();
    let uses = Uses::default();
    let options = options(&server.url()).observer(uses.clone());
    let pool = flightsql::pool_options().max_connections(1);
    let pool = pool.before_acquire(|_, _| Box::pin(std::future::ready(Ok(true))));
    let pool = pool.connect_with(options).await.unwrap();
    for _ in 0..3 {
        pool.acquire().await.unwrap().return_to_pool().await;
    }
    assert_eq!(uses.0.load(Ordering::Acquire), 1);
}
