//! The embedded server behaves as SQLite: writers wait, and sequence numbers, temporary tables and SQL transactions belong to one
//! connection.

use std::sync::Arc;

use flightsql::dialect::presets;
use flightsql::{Connection, Executor, FlightSqlConnection, query, query_scalar};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, ServerHandle, SqliteConfig, TestServer};
use futures_util::TryStreamExt;
use tokio::sync::Barrier;

use crate::common::{connect, count, pool, server, server_error};

const TABLE: &str = "CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)";

async fn with_table() -> TestServer {
    let server = server().await;
    server.sqlite().execute_batch(TABLE).unwrap();
    server
}

async fn insert(connection: &mut FlightSqlConnection, value: i64) -> u64 {
    let done = query("INSERT INTO t (b) VALUES (?)").bind(value);
    done.execute(connection).await.unwrap().rows_affected()
}

async fn number(connection: &mut FlightSqlConnection, sql: &'static str) -> i64 {
    query_scalar(sql).fetch_one(connection).await.unwrap()
}

/// A hundred tasks write in five transactions each, next to readers that are done before the writer they started under.
async fn load(server: &TestServer) {
    let writers = pool(server, 20).await;
    let readers = pool(server, 20).await;
    let mut held = writers.begin().await.unwrap();
    assert_eq!(insert(&mut held, 0).await, 1);
    let together = Arc::new(Barrier::new(20));
    let mut reading = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let (readers, together) = (readers.clone(), Arc::clone(&together));
        reading.spawn(async move {
            let mut tx = readers.begin().await.unwrap();
            let first = count(&mut *tx, "t").await;
            together.wait().await;
            let second = count(&mut *tx, "t").await;
            tx.commit().await.unwrap();
            (first, second)
        });
    }
    while let Some(counts) = reading.join_next().await {
        assert_eq!(counts.unwrap(), (0, 0));
    }
    held.commit().await.unwrap();

    let mut writing = tokio::task::JoinSet::new();
    for task in 0..100 {
        let writers = writers.clone();
        writing.spawn(async move {
            for _ in 0..5 {
                let mut tx = writers.begin().await.unwrap();
                assert_eq!(insert(&mut tx, task).await, 1);
                tx.commit().await.unwrap();
            }
        });
    }
    while let Some(done) = writing.join_next().await {
        done.unwrap();
    }
    assert_eq!(count(&readers, "t").await, 501);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j1_writers_of_a_pool_wait_for_each_other() {
    load(&with_table().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j1_writers_of_file_pool_wait() {
    let path = std::env::temp_dir().join(format!("flightsql-j1-{}.db", std::process::id()));
    let config = SqliteConfig::new().path(&path);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    server.sqlite().execute_batch(TABLE).unwrap();
    load(&server).await;
    drop(server);
    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", path.display())));
    }
}

#[tokio::test]
async fn j1_late_writer_fails_as_in_sqlite() {
    let server = with_table().await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    let mut tx = first.begin().await.unwrap();
    assert_eq!(count(&mut *tx, "t").await, 0);
    insert(&mut second, 1).await;
    let error = query("INSERT INTO t (b) VALUES (2)")
        .execute(&mut *tx)
        .await
        .unwrap_err();
    let error = server_error(&error);
    assert_eq!(
        flightsql::error::DatabaseError::message(error),
        "database is locked (SQLITE_BUSY_SNAPSHOT, 517)"
    );
    assert!(error.is_retryable());
    tx.rollback().await.unwrap();
    insert(&mut first, 2).await;
    assert_eq!(count(&mut first, "t").await, 2);
}

#[tokio::test]
async fn j1_a_dropped_writer_frees_the_lock() {
    let server = with_table().await;
    let pool = pool(&server, 2).await;
    let mut tx = pool.begin().await.unwrap();
    let mut inner = tx.begin().await.unwrap();
    insert(&mut inner, 1).await;
    drop(inner);
    drop(tx);
    let mut other = pool.acquire().await.unwrap();
    assert_eq!(insert(&mut other, 2).await, 1);
    assert_eq!(count(&pool, "t").await, 1);
}

#[tokio::test]
async fn j4_numbers_are_those_of_the_connection() {
    let server = with_table().await;
    let (mut first, mut second) = (connect(&server).await, connect(&server).await);
    assert_eq!(number(&mut first, "SELECT last_insert_rowid()").await, 0);
    insert(&mut first, 1).await;
    insert(&mut second, 2).await;
    assert_eq!(number(&mut first, "SELECT last_insert_rowid()").await, 1);
    assert_eq!(number(&mut second, "SELECT last_insert_rowid()").await, 2);
    assert_eq!(number(&mut first, "SELECT total_changes()").await, 1);
    // Of a transaction, in it and after it, through a pool, and as batches.
    let mut tx = first.begin().await.unwrap();
    query("INSERT INTO t VALUES (70, 1), (71, 1)")
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(number(&mut tx, "SELECT last_insert_rowid()").await, 71);
    tx.commit().await.unwrap();
    assert_eq!(
        number(&mut first, "SELECT last_insert_rowid() + changes()").await,
        73
    );
    let pool = pool(&server, 3).await;
    let mut pooled = pool.acquire().await.unwrap();
    insert(&mut pooled, 3).await;
    insert(&mut second, 4).await;
    let stream = pooled
        .fetch_arrow("SELECT last_insert_rowid() AS id")
        .await
        .unwrap();
    let batches: Vec<_> = stream.try_collect().await.unwrap();
    let column = batches[0].column(0);
    assert_eq!(format!("{column:?}").matches("72").count(), 1, "{column:?}");
}

#[tokio::test]
async fn f7_first_statement_begins_or_creates_temporary_table() {
    let server = with_table().await;
    let mut first = connect(&server).await;
    let mut second = connect(&server).await;
    first.execute("BEGIN").await.unwrap();
    insert(&mut first, 1).await;
    assert_eq!(count(&mut second, "t").await, 0);
    first.execute("ROLLBACK").await.unwrap();
    assert_eq!(count(&mut first, "t").await, 0);

    second
        .execute("CREATE TEMP TABLE s (a INTEGER)")
        .await
        .unwrap();
    let done = query("INSERT INTO s VALUES (?), (?)").bind(1).bind(2);
    assert_eq!(done.execute(&mut second).await.unwrap().rows_affected(), 2);
    let mut tx = second.begin().await.unwrap();
    query("INSERT INTO t (b) SELECT a FROM s")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&mut second, "s").await, 2);
    assert_eq!(count(&mut first, "t").await, 2);
    let error = first.execute("SELECT * FROM s").await.unwrap_err();
    assert!(error.to_string().contains("no such table: s"), "{error}");

    let mut third = connect(&server).await;
    third
        .execute("PRAGMA recursive_triggers = ON")
        .await
        .unwrap();
    assert_eq!(number(&mut third, "PRAGMA recursive_triggers").await, 1);
    assert_eq!(number(&mut first, "PRAGMA recursive_triggers").await, 0);
}

#[tokio::test]
async fn f7_nested_sql_begin_is_sqlite_error() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    let error = tx.execute("BEGIN").await.unwrap_err();
    let message = "cannot start a transaction within a transaction";
    assert!(error.to_string().contains(message), "{error}");
    insert(&mut tx, 1).await;
    tx.commit().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 1);
}

/// The session that the server opened on its own is closed once, by `close` and by a drop.
#[tokio::test]
async fn h6_a_session_opened_by_cookie_is_closed_once() {
    let server = with_table().await;
    let closes = || {
        let calls = server.calls_of(Rpc::DoAction);
        let closes = calls
            .iter()
            .filter(|call| call.command() == Some("CloseSession"));
        closes.count()
    };
    let mut reader = connect(&server).await;
    count(&mut reader, "t").await;
    reader.close().await.unwrap();
    assert_eq!(closes(), 0);

    let mut first = connect(&server).await;
    first.execute("BEGIN").await.unwrap();
    insert(&mut first, 1).await;
    assert_eq!(server.sqlite().open_sessions(), 1);
    first.close().await.unwrap();
    assert_eq!((closes(), server.sqlite().open_sessions()), (1, 0));

    let mut second = connect(&server).await;
    assert_eq!(insert(&mut second, 2).await, 1);
    drop(second);
    server
        .wait_until(|server| server.sqlite().open_sessions() == 0)
        .await;
    assert_eq!(closes(), 2);
    assert_eq!(count(&mut connect(&server).await, "t").await, 1);
}

/// A connect that fails after the server opened a session closes it.
#[tokio::test]
async fn h6_session_of_failed_connect_is_closed_once() {
    let opened = |reply: Reply| reply.header("set-cookie", "arrow_flight_session_id=1");
    let closed = || Reply::action_bytes("").always();
    let failing = [
        // A refused login, refused options, and a first statement that fails.
        (
            "ann:pass@",
            Script::new().handshake(opened(Reply::error(Code::Unauthenticated, "expired"))),
        ),
        (
            "",
            Script::new().do_action(
                "SetSessionOptions",
                opened(Reply::error(Code::Internal, "out of order")),
            ),
        ),
        (
            "",
            Script::new()
                .do_action("SetSessionOptions", opened(Reply::action_bytes("")))
                .do_put(Reply::error(Code::InvalidArgument, "no such variable")),
        ),
    ];
    for (login, script) in failing {
        let server = TestServer::scripted(script.do_action("CloseSession", closed()));
        let server = server.await.unwrap();
        let mut dialect = presets::ansi();
        dialect.session.bootstrap = vec!["SET a = 1".to_owned()];
        let options = crate::common::options(&format!(
            "flightsql+tcp://{login}{}/sales",
            server.address()
        ));
        let options = options.dialect(Arc::new(dialect));
        FlightSqlConnection::connect_with(&options)
            .await
            .unwrap_err();
        let closes = |server: &ServerHandle| {
            let calls = server.calls_of(Rpc::DoAction);
            let named = calls
                .iter()
                .filter(|call| call.command() == Some("CloseSession"));
            named.filter(|call| call.header("cookie").is_some()).count()
        };
        server.wait_until(|server| closes(server) == 1).await;
        server
            .wait_until(|server| server.running_calls() == 0)
            .await;
        assert_eq!(closes(&server), 1);
    }
}

/// A planned statement has run, whatever becomes of its rows.
#[tokio::test]
async fn f1_a_returning_statement_that_nobody_reads_has_run_once() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let sql = "INSERT INTO t (b) VALUES (1), (2) RETURNING a";
    drop(connection.fetch_arrow(sql).await.unwrap());
    assert_eq!(count(&mut connection, "t").await, 2);
    let ids: Vec<i64> = query_scalar(sql).fetch_all(&mut connection).await.unwrap();
    assert_eq!(ids, [3, 4]);
    let mut tx = connection.begin().await.unwrap();
    drop(tx.fetch_arrow(sql).await.unwrap());
    tx.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 4);
}

#[tokio::test]
async fn f4_a_pragma_that_sets_something_returns_its_row() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let timeout: i64 = query_scalar("PRAGMA busy_timeout = 100")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(timeout, 100);
    // Other settings have none.
    let done = query("PRAGMA foreign_keys = ON")
        .execute(&mut connection)
        .await;
    assert_eq!(done.unwrap().rows_affected(), 0);
}
