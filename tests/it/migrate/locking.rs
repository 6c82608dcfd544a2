//! The migration lock: two migrators at once, a lock that stays, and no lock.

use std::sync::Arc;
use std::time::Duration;

use flightsql::dialect::{DialectProfile, MigrationSql};
use flightsql::migrate::{Migrate, MigrateError};
use flightsql::{ConnectOptions, Connection, FlightSqlConnectOptions, query, query_scalar};
use flightsql_testkit::{Rpc, TestServer};

use super::{TABLE, migrator, simple, three, versions};
use crate::common::{connect, count, options, pool, server};

const LOCK: &str = "_sqlx_migrations_lock";

fn waiting(server: &TestServer, wait: Duration) -> FlightSqlConnectOptions {
    let mut sql = MigrationSql::default();
    sql.lock_wait = Some(wait);
    let mut dialect = DialectProfile::new("waiting");
    dialect.migrations = Some(sql);
    options(&server.url()).dialect(Arc::new(dialect))
}

/// A lock timeout that is short enough for a test.
fn short_timeout(server: &TestServer) -> FlightSqlConnectOptions {
    waiting(server, Duration::from_millis(80))
}

/// Waits longer than a busy machine needs, and not as long as a lock that stays is worth.
fn long_timeout(server: &TestServer) -> FlightSqlConnectOptions {
    waiting(server, Duration::from_secs(20))
}

#[tokio::test(flavor = "multi_thread")]
async fn two_migrators_at_once_apply_each_migration_once() {
    let server = server().await;
    // An insert that ran twice would show, and a second `CREATE TABLE` would fail.
    let steps = || {
        migrator([
            simple(1, "CREATE TABLE seen (n INTEGER)"),
            simple(2, "INSERT INTO seen VALUES (2)"),
            simple(3, "INSERT INTO seen VALUES (3)"),
        ])
    };
    let mut running = Vec::new();
    for _ in 0..4 {
        let url = server.url();
        running.push(tokio::spawn(async move {
            let pool = flightsql::FlightSqlPool::connect(&url).await?;
            steps().run(&pool).await
        }));
    }
    for run in running {
        run.await.unwrap().unwrap();
    }
    let mut connection = connect(&server).await;
    assert_eq!(
        versions(&mut connection, TABLE).await,
        [(1, true), (2, true), (3, true)]
    );
    let seen: Vec<i64> = query_scalar("SELECT n FROM seen ORDER BY n")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(seen, [2, 3]);
    assert_eq!(count(&mut connection, LOCK).await, 0);
}

#[tokio::test]
async fn lock_timeout_names_owner_and_statement() {
    let server = server().await;
    let mut holder = connect(&server).await;
    holder.lock().await.unwrap();
    let pool = flightsql::FlightSqlPoolOptions::new()
        .connect_with(short_timeout(&server))
        .await
        .unwrap();
    let error = three().run(&pool).await.unwrap_err();
    let MigrateError::Execute(flightsql::Error::Io(io)) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(io.kind(), std::io::ErrorKind::TimedOut);
    let text = error.to_string();
    let id = std::process::id();
    assert!(text.contains(&format!("process {id} (")), "{text}");
    assert!(text.contains(" since 2"), "{text}");
    assert!(text.contains("DELETE FROM _sqlx_migrations_lock"), "{text}");
    // The failed attempt did not affect the owner.
    holder.unlock().await.unwrap();
    three().run(&pool).await.unwrap();
    assert_eq!(count(&pool, LOCK).await, 0);
}

#[tokio::test]
async fn releases_lock_when_connection_is_reused_or_dropped() {
    let server = server().await;
    let mut first = connect(&server).await;
    let mut second = short_timeout(&server).connect().await.unwrap();
    first.lock().await.unwrap();
    assert!(second.lock().await.is_err());
    first.ping().await.unwrap();
    second.lock().await.unwrap();
    second.close().await.unwrap();
    first.lock().await.unwrap();
    let sql = query("SELECT 1").execute(&mut first);
    sql.await.unwrap();
    let mut third = short_timeout(&server).connect().await.unwrap();
    third.lock().await.unwrap();
    // And twice by one connection is the same lock, acquired again.
    third.lock().await.unwrap();
    third.unlock().await.unwrap();
    assert_eq!(count(&mut third, LOCK).await, 0);
}

/// The server does not respond and the caller drops the future, both while the row is inserted and while it is deleted.
#[tokio::test]
async fn releases_lock_of_dropped_caller() {
    let server = server().await;
    let mut first = connect(&server).await;
    // The table is there from now on.
    first.lock().await.unwrap();

    let gate = server.gate(Rpc::DoPut);
    tokio::select! {
        biased;
        unlocked = first.unlock() => panic!("unlocked although the gate was closed: {unlocked:?}"),
        () = gate.reached() => {}
    }
    // It ended with its caller, so it is sent again.
    server.wait_until(|_| gate.arrived() == 2).await;
    gate.open();
    let mut second = long_timeout(&server).connect().await.unwrap();
    second.lock().await.unwrap();
    second.unlock().await.unwrap();

    let gate = server.gate(Rpc::DoPut);
    let (made, put) = (gate.arrived() + 1, gate.arrived() + 2);
    tokio::select! {
        biased;
        locked = first.lock() => panic!("locked although the gate was closed: {locked:?}"),
        () = async {
            gate.reached().await;
            assert_eq!(gate.arrived(), made);
            gate.pass_one();
            server.wait_until(|_| gate.arrived() == put).await;
        } => {}
    }
    // The insert continues without its caller, so that the delete cannot run before the insert.
    server.wait_until(|_| gate.arrived() == put + 1).await;
    assert_eq!(gate.waiting(), 2);
    gate.open();
    second.lock().await.unwrap();
    second.unlock().await.unwrap();
    assert_eq!(count(&mut second, LOCK).await, 0);
}

#[tokio::test]
async fn a_run_that_is_dropped_gives_its_lock_back() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    // Dropped after each number of polls, until a run is over before that.
    for polls in 0.. {
        let steps = migrator([simple(1, "CREATE TABLE IF NOT EXISTS a (n INTEGER)")]);
        let mut run = Box::pin(steps.run(&pool));
        let mut over = false;
        for _ in 0..polls {
            tokio::select! {
                biased;
                ended = &mut run => { ended.unwrap(); over = true; break; }
                () = tokio::task::yield_now() => {}
            }
        }
        drop(run);
        let mut other = long_timeout(&server).connect().await.unwrap();
        other.lock().await.unwrap();
        other.unlock().await.unwrap();
        other.close().await.unwrap();
        if over {
            break;
        }
        assert!(polls < 5_000, "the run does not end");
    }
    migrator([simple(1, "CREATE TABLE IF NOT EXISTS a (n INTEGER)")])
        .run(&pool)
        .await
        .unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
}

#[tokio::test]
async fn without_locking_no_lock_is_taken() {
    let server = server().await;
    let mut holder = connect(&server).await;
    holder.lock().await.unwrap();
    let mut unlocked = three();
    unlocked.set_locking(false);
    let pool = pool(&server, 1).await;
    unlocked.run(&pool).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await.len(), 3);
    unlocked.undo(&pool, 0).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await.len(), 0);
    holder.unlock().await.unwrap();
}

/// Keys are not enforced there.
fn keyless() -> DialectProfile {
    let mut sql = MigrationSql::default();
    sql.lock_wait = None;
    sql.primary_key = String::new();
    let mut dialect = DialectProfile::new("keyless");
    dialect.migrations = Some(sql);
    dialect
}

#[tokio::test]
async fn an_engine_without_keys_has_no_lock() {
    let server = server().await;
    let options = options(&server.url()).dialect(Arc::new(keyless()));
    let pool = flightsql::FlightSqlPoolOptions::new()
        .connect_with(options)
        .await
        .unwrap();
    three().run(&pool).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await.len(), 3);
    let no_table = query_scalar::<_, i64>("SELECT count(*) FROM _sqlx_migrations_lock");
    assert!(no_table.fetch_one(&pool).await.is_err());
}

/// The lock belongs to the connection, also after its session was opened again.
#[tokio::test]
async fn releases_lock_after_another_login() {
    let server = TestServer::builder().basic("ann", "pass");
    let server = server.start().await.unwrap();
    let url = server.url().replacen("://", "://ann:pass@", 1);
    let mut connection = options(&url).connect().await.unwrap();
    connection.lock().await.unwrap();
    connection.unlock().await.unwrap();
    for fails in [false, true] {
        server.revoke_tokens();
        connection.lock().await.unwrap();
        if fails {
            server.revoke_tokens();
            let step = simple(1, "CREATE nothing");
            let failed = connection.apply(TABLE, &step).await;
            failed.unwrap_err();
        }
        // Any other use releases the lock.
        assert_eq!(count(&mut connection, LOCK).await, 0);
    }
    assert!(server.count(Rpc::Handshake) > 2);
}
