//! Tests of writers that run concurrently with writers and readers.

use std::sync::Arc;

use arrow_flight::FlightDescriptor;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_flight::sql::{CommandStatementQuery, EndTransaction, ProstMessageExt};
use bytes::Bytes;
use prost::Message;
use tokio::sync::{Barrier, Semaphore};
use tonic::transport::Channel;

use super::support::{Served, batch, cells, ints, served, served_after, served_with};
use crate::engine::{
    Cancel, Database, End, Exists, Job, Missing, Target, Transaction, find, ingest, random,
};
use crate::service::SqliteConfig;
use crate::service::site::Site;

type Client = FlightSqlServiceClient<Channel>;

async fn with_table() -> Served {
    served_after("CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)").await
}

async fn update(client: &mut Client, sql: &str, id: &Bytes) -> i64 {
    client
        .execute_update(sql.to_owned(), Some(id.clone()))
        .await
        .unwrap()
}

/// Runs another writer, which would make a snapshot too old.
async fn another_writes(served: &mut Served) {
    let sql = "INSERT INTO t VALUES (9, 9)";
    assert_eq!(served.update(sql).await.unwrap(), 1);
}

#[tokio::test]
async fn j1_planning_write_opens_no_snapshot() {
    let mut served = with_table().await;
    let id = served.begin().await;
    // Plan in three ways before another writer commits.
    let mut prepared = served.prepare_in("INSERT INTO t VALUES (1, 1)", &id).await;
    let mut reader = served.prepare_in("SELECT max(b) FROM t", &id).await;
    let command = CommandStatementQuery {
        query: "INSERT INTO t VALUES (2, 2) RETURNING b + 1".to_owned(),
        transaction_id: Some(id.clone()),
    };
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let mut flight = arrow_flight::FlightClient::new(served.channel.clone());
    flight.get_schema(descriptor).await.unwrap();
    another_writes(&mut served).await;

    assert_eq!(prepared.execute_update().await.unwrap(), 1);
    let info = reader.execute().await.unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["9"]]));
    served.end(&id, EndTransaction::Commit).await;
    assert_eq!(served.count("t").await, 2);
}

#[tokio::test]
async fn j1_write_with_temporary_tables_opens_no_snapshot() {
    let mut served = with_table().await;
    let id = served.begin().await;
    served
        .update_in("CREATE TEMP TABLE s (b INT)", &id)
        .await
        .unwrap();
    served
        .update_in("INSERT INTO s VALUES (7)", &id)
        .await
        .unwrap();
    let mut copy = served
        .prepare_in("INSERT INTO t (b) SELECT b FROM s RETURNING a, b", &id)
        .await;
    another_writes(&mut served).await;
    assert_eq!(copy.execute_update().await.unwrap(), 1);
    served.end(&id, EndTransaction::Commit).await;
    assert_eq!(served.count("t").await, 2);
}

#[tokio::test]
async fn j1_savepoint_before_write_opens_no_snapshot() {
    let mut served = with_table().await;
    let id = served.begin().await;
    served.update_in("SAVEPOINT p", &id).await.unwrap();
    let mut insert = served.prepare_in("INSERT INTO t VALUES (1, 1)", &id).await;
    another_writes(&mut served).await;
    assert_eq!(insert.execute_update().await.unwrap(), 1);
    served.update_in("ROLLBACK TO p", &id).await.unwrap();
    served.end(&id, EndTransaction::Commit).await;
    assert_eq!(served.count("t").await, 1);
}

#[tokio::test]
async fn j1_late_writer_gets_snapshot_error() {
    let mut served = with_table().await;
    let id = served.begin().await;
    assert_eq!(
        served.rows_in("SELECT count(*) FROM t", &id).await,
        cells(&[&["0"]])
    );
    another_writes(&mut served).await;
    let error = served
        .update_in("INSERT INTO t VALUES (1, 1)", &id)
        .await
        .unwrap_err();
    let arrow_flight::error::FlightError::Tonic(status) = error else {
        panic!("{error:?}");
    };
    assert_eq!(status.code(), tonic::Code::Aborted);
    assert_eq!(
        status.message(),
        "database is locked (SQLITE_BUSY_SNAPSHOT, 517)"
    );
    // The snapshot stays readable.
    assert_eq!(
        served.rows_in("SELECT count(*) FROM t", &id).await,
        cells(&[&["0"]])
    );
    served.end(&id, EndTransaction::Rollback).await;
    assert_eq!(served.count("t").await, 1);
}

/// Runs a hundred tasks, at most twenty in parallel, which write in five transactions each and with autocommit.
async fn load(mut served: Served) {
    const TASKS: usize = 100;
    const TRANSACTIONS: usize = 5;
    served
        .service
        .execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)")
        .unwrap();
    let places = Arc::new(Semaphore::new(20));
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..TASKS {
        let places = Arc::clone(&places);
        let mut client = FlightSqlServiceClient::new(served.channel.clone());
        tasks.spawn(async move {
            for _ in 0..TRANSACTIONS {
                let _place = places.acquire().await.unwrap();
                let id = client.begin_transaction().await.unwrap();
                let sql = format!("INSERT INTO t (b) VALUES ({task})");
                assert_eq!(update(&mut client, &sql, &id).await, 1);
                client
                    .end_transaction(id, EndTransaction::Commit)
                    .await
                    .unwrap();
            }
            let _place = places.acquire().await.unwrap();
            let sql = format!("INSERT INTO t (b) VALUES ({task})");
            assert_eq!(client.execute_update(sql, None).await.unwrap(), 1);
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
    assert_eq!(served.count("t").await, TASKS * (TRANSACTIONS + 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j1_writers_wait_for_each_other() {
    load(served().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn j1_writers_of_file_wait_for_each_other() {
    let dir = tempdir();
    load(served_with(SqliteConfig::new().path(dir.0.join("j1.db"))).await).await;
}

/// Begins, reads and ends twenty read-only transactions while a writer holds the lock.
#[tokio::test]
async fn j1_readers_never_wait_for_writer() {
    let mut served = with_table().await;
    let writer = served.begin().await;
    served
        .update_in("INSERT INTO t VALUES (1, 1)", &writer)
        .await
        .unwrap();
    let together = Arc::new(Barrier::new(20));
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let together = Arc::clone(&together);
        let mut client = FlightSqlServiceClient::new(served.channel.clone());
        let mut reader = FlightSqlServiceClient::new(served.channel.clone());
        readers.spawn(async move {
            let id = client.begin_transaction().await.unwrap();
            let mut rows = 0;
            for _ in 0..2 {
                let info = client
                    .execute("SELECT a FROM t".to_owned(), Some(id.clone()))
                    .await
                    .unwrap();
                let ticket = info.endpoint[0].ticket.clone().unwrap();
                let stream = reader.do_get(ticket).await.unwrap();
                let batches: Vec<_> = futures_util::TryStreamExt::try_collect(stream)
                    .await
                    .unwrap();
                rows += batches.iter().map(|batch| batch.num_rows()).sum::<usize>();
                // All transactions are open at the same time.
                together.wait().await;
            }
            client
                .end_transaction(id, EndTransaction::Commit)
                .await
                .unwrap();
            rows
        });
    }
    // The readers are done and the writer is still active, so no reader waited.
    while let Some(rows) = readers.join_next().await {
        assert_eq!(rows.unwrap(), 0);
    }
    served
        .update_in("INSERT INTO t VALUES (2, 2)", &writer)
        .await
        .unwrap();
    served.end(&writer, EndTransaction::Commit).await;
    assert_eq!(served.count("t").await, 2);
}

#[tokio::test]
async fn j1_ended_writer_frees_lock() {
    let mut served = with_table().await;
    let first = served.begin().await;
    served
        .update_in("INSERT INTO t VALUES (1, 1)", &first)
        .await
        .unwrap();
    let mut other = FlightSqlServiceClient::new(served.channel.clone());
    let second = other.begin_transaction().await.unwrap();
    let (waits, ()) = tokio::join!(
        update(&mut other, "INSERT INTO t VALUES (1, 2)", &second),
        async {
            served.end(&first, EndTransaction::Rollback).await;
        }
    );
    assert_eq!(waits, 1);
    other
        .end_transaction(second, EndTransaction::Commit)
        .await
        .unwrap();
    assert_eq!(
        served.rows("SELECT a, b FROM t").await.1,
        cells(&[&["1", "2"]])
    );
}

/// Plans an ingest before the other writer commits: as the first statement of a transaction, and with autocommit.
#[test]
fn j1_planning_ingest_opens_no_snapshot() {
    let database = Arc::new(Database::open(None).unwrap());
    let other = database.connect().unwrap();
    other
        .execute_batch("CREATE TABLE t (a INT PRIMARY KEY)")
        .unwrap();
    let target = Target {
        table: "t".to_owned(),
        temporary: false,
        if_missing: Missing::Fail,
        if_exists: Exists::Append,
    };
    let transaction = Arc::new(Transaction::begin(&database, None).unwrap());
    let cancel = Cancel::default();
    for (site, number) in [
        (Site::Transaction(Arc::clone(&transaction)), 1),
        (Site::Pool(Arc::clone(&database)), 2),
    ] {
        let found = site
            .plan(None, &cancel, |conn, catalog| find(conn, catalog, &target))
            .unwrap();
        other
            .execute_batch(&format!("INSERT INTO t VALUES (-{number})"))
            .unwrap();
        let rows = batch(vec![("a", ints([number]))]);
        let schema = rows.schema();
        let mut rows = Some(rows);
        let inserted = site.run(Job::ingest(), &cancel, |conn| {
            ingest(conn, &target, found.as_ref(), &schema, &mut || {
                Ok(rows.take())
            })
        });
        assert_eq!(inserted, Ok(1));
        if number == 1 {
            transaction.end(End::Keep).unwrap();
        }
    }
}

/// Waiting writers get the lock in order of arrival, and a writer with a timeout leaves the queue.
#[test]
fn j1_serves_writers_in_arrival_order() {
    let database = Arc::new(Database::open(None).unwrap());
    let first = database.connect().unwrap();
    first.execute_batch("CREATE TABLE t (a INT)").unwrap();
    let turn = database.writers().turn(&first, Job::ingest()).unwrap();
    let impatient = database.connect().unwrap();
    impatient.execute_batch("PRAGMA busy_timeout = 0").unwrap();
    let error = database
        .writers()
        .turn(&impatient, Job::ingest())
        .unwrap_err();
    assert_eq!(error.message(), "database is locked");
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    let mut threads = Vec::new();
    for number in 0..5 {
        let (waiting, order) = (Arc::clone(&database), Arc::clone(&order));
        threads.push(std::thread::spawn(move || {
            let conn = waiting.connect().unwrap();
            let _turn = waiting.writers().turn(&conn, Job::ingest()).unwrap();
            order.lock().unwrap().push(number);
        }));
        // The next writer starts after this one waits.
        while database.writers().waiting() <= number {
            std::thread::yield_now();
        }
    }
    drop(turn);
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4]);
}

struct TempDir(std::path::PathBuf);

fn tempdir() -> TempDir {
    let name = format!("flightsql-j1-{:032x}", random());
    let path = std::env::temp_dir().join(name);
    std::fs::create_dir(&path).unwrap();
    TempDir(path)
}

impl Drop for TempDir {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
