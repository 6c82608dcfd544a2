//! Prepared statements that the server lost, or whose table changed: prepared again, and never run twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flightsql::arrow::array::{Int64Array, RecordBatch};
use flightsql::dialect::presets::sqlite;
use flightsql::{
    ConnectOptions, Connection, FlightSqlArguments, FlightSqlConnection, query, query_as,
    query_scalar, query_with,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc, TestServer};
use futures_util::TryStreamExt;

use crate::common::{connect, count, options, pool, server, server_error};

const READ: &str = "SELECT id FROM t WHERE id >= ? ORDER BY id";
const WRITE: &str = "INSERT INTO t VALUES (?)";
const PREPARED_QUERY: &str = "CommandPreparedStatementQuery";
const PREPARED_UPDATE: &str = "CommandPreparedStatementUpdate";

/// The codes with which servers report an unknown handle.
const CODES: [Code; 5] = [
    Code::NotFound,
    Code::InvalidArgument,
    Code::FailedPrecondition,
    Code::Internal,
    Code::Unknown,
];

async fn table() -> TestServer {
    let server = server().await;
    let sql = "CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1), (2)";
    server.sqlite().execute_batch(sql).unwrap();
    server
}

async fn read(connection: &mut FlightSqlConnection) -> Result<Vec<i64>, flightsql::Error> {
    query_scalar(READ).bind(2_i64).fetch_all(connection).await
}

async fn write(connection: &mut FlightSqlConnection) -> Result<u64, flightsql::Error> {
    let done = query(WRITE).bind(3_i64).execute(connection).await?;
    Ok(done.rows_affected())
}

fn prepares(server: &TestServer) -> usize {
    actions(server, "CreatePreparedStatement")
}

fn actions(server: &TestServer, name: &str) -> usize {
    let calls = server.calls_of(Rpc::DoAction);
    calls
        .iter()
        .filter(|call| call.command() == Some(name))
        .count()
}

/// The three RPCs of a bound query.
fn stages() -> [Fault; 3] {
    [
        Fault::new(Rpc::DoPut).command(PREPARED_QUERY),
        Fault::new(Rpc::GetFlightInfo).command(PREPARED_QUERY),
        Fault::new(Rpc::DoGet),
    ]
}

#[tokio::test]
async fn b1_a_query_with_a_forgotten_handle_is_prepared_anew() {
    let server = table().await;
    let mut connection = connect(&server).await;
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
    for code in CODES {
        for stage in stages() {
            let what = format!("{code:?} {stage:?}");
            server.clear_calls();
            server.fault(stage.status(code, "no such handle"));
            assert_eq!(read(&mut connection).await.unwrap(), [2], "{what}");
            assert_eq!(prepares(&server), 1, "{what}");
            // The old handle is closed, and the new one is used from now on.
            connection.flush().await.unwrap();
            assert_eq!(actions(&server, "ClosePreparedStatement"), 1, "{what}");
            server.clear_calls();
            assert_eq!(read(&mut connection).await.unwrap(), [2], "{what}");
            assert_eq!(server.count_all(), 3, "{what}");
            assert_eq!(connection.cached_statements_size(), 1);
        }
    }
    assert_eq!(server.sqlite().open_prepared(), 1);
}

#[tokio::test]
async fn b1_rereads_batches_and_rows_of_lost_handle() {
    let server = table().await;
    let mut connection = connect(&server).await;
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
    server.sqlite().forget_prepared();
    let batches = connection.fetch_arrow(query(READ).bind(1_i64)).await;
    let batches: Vec<_> = batches.unwrap().try_collect().await.unwrap();
    assert_eq!(
        batches.iter().map(|batch| batch.num_rows()).sum::<usize>(),
        2
    );
    server.sqlite().forget_prepared();
    let one: i64 = query_scalar(READ)
        .bind(2_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 2);
    server.sqlite().forget_prepared();
    let mut rows = query_as::<_, (i64,)>(READ)
        .bind(1_i64)
        .fetch(&mut connection);
    assert_eq!(rows.try_next().await.unwrap(), Some((1,)));
    // Rows were returned, so a failure from here on is an error.
    server.sqlite().forget_prepared();
    assert_eq!(rows.try_next().await.unwrap(), Some((2,)));
    assert_eq!(rows.try_next().await.unwrap(), None);
}

#[tokio::test]
async fn b1_pool_reads_despite_lost_handles() {
    let server = table().await;
    let pool = pool(&server, 4).await;
    let done = AtomicUsize::new(0);
    let reader = async || {
        for _ in 0..100 {
            let ids: Vec<i64> = query_scalar(READ)
                .bind(2_i64)
                .fetch_all(&pool)
                .await
                .unwrap();
            assert_eq!(ids, [2]);
            // Rarely enough that no statement meets two of them.
            if done.fetch_add(1, Ordering::Relaxed) % 100 == 99 {
                server.sqlite().forget_prepared();
            }
        }
    };
    futures_util::future::join_all((0..8).map(|_| reader())).await;
    assert_eq!(done.into_inner(), 800);
    // 4 connections, and at most one more time for each after a cleanup.
    let prepares = prepares(&server);
    assert!((8..=36).contains(&prepares), "{prepares}");
}

#[tokio::test]
async fn b1_update_reruns_only_for_unknown_handle() {
    let server = table().await;
    let mut connection = connect(&server).await;
    assert_eq!(write(&mut connection).await.unwrap(), 1);
    // The server reports an unknown handle, so nothing has run.
    server.sqlite().forget_prepared();
    assert_eq!(write(&mut connection).await.unwrap(), 1);
    assert_eq!(count(&mut connection, "t").await, 4);
    for code in CODES.into_iter().filter(|code| *code != Code::NotFound) {
        let update = Fault::new(Rpc::DoPut).command(PREPARED_UPDATE);
        let update = server.fault(update.status(code, "disk full"));
        let error = write(&mut connection).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().message(), "disk full");
        assert_eq!(update.hits(), 1, "{code:?}");
        // Evicted: the next call prepares it again.
        server.clear_calls();
        assert_eq!(write(&mut connection).await.unwrap(), 1);
        assert_eq!(prepares(&server), 1, "{code:?}");
    }
    assert_eq!(count(&mut connection, "t").await, 8);
}

#[tokio::test]
async fn b1_update_reruns_if_error_names_handle() {
    let server = table().await;
    let mut profile = sqlite();
    profile.errors.stale_handle = vec!["prepared statement not found".to_owned()];
    let options = options(&server.url()).dialect(Arc::new(profile));
    let mut connection = options.connect().await.unwrap();
    assert_eq!(write(&mut connection).await.unwrap(), 1);
    let update = || Fault::new(Rpc::DoPut).command(PREPARED_UPDATE);
    let unknown = update().status(Code::InvalidArgument, "prepared statement not found");
    server.fault(unknown);
    assert_eq!(write(&mut connection).await.unwrap(), 1);
    assert_eq!(count(&mut connection, "t").await, 4);
}

/// A violated constraint does not mean an invalid handle.
#[tokio::test]
async fn b1_a_constraint_violation_keeps_the_statement() {
    let server = server().await;
    let sql = "CREATE TABLE t (id BIGINT PRIMARY KEY)";
    server.sqlite().execute_batch(sql).unwrap();
    let mut connection = connect(&server).await;
    assert_eq!(write(&mut connection).await.unwrap(), 1);
    server.clear_calls();
    for _ in 0..3 {
        let error = write(&mut connection).await.unwrap_err();
        assert!(error.as_database_error().unwrap().is_unique_violation());
    }
    assert_eq!(server.count_all(), 3);
}

#[tokio::test]
async fn b1_transaction_returns_error_and_evicts_statement() {
    let server = table().await;
    let mut connection = connect(&server).await;
    let mut transaction = connection.begin().await.unwrap();
    assert_eq!(read(&mut transaction).await.unwrap(), [2]);
    assert_eq!(write(&mut transaction).await.unwrap(), 1);
    server.sqlite().forget_prepared();
    let error = read(&mut transaction).await.unwrap_err();
    assert_eq!(
        server_error(&error).status(),
        flightsql::StatusCode::NotFound
    );
    let error = write(&mut transaction).await.unwrap_err();
    assert_eq!(
        server_error(&error).status(),
        flightsql::StatusCode::NotFound
    );
    assert_eq!(read(&mut transaction).await.unwrap(), [2, 3]);
    assert_eq!(write(&mut transaction).await.unwrap(), 1);
    transaction.commit().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 4);
}

#[tokio::test]
async fn b1_a_second_failure_is_the_error() {
    let server = table().await;
    let mut connection = connect(&server).await;
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
    let binds = Fault::new(Rpc::DoPut).command(PREPARED_QUERY).times(2);
    server.fault(binds.status(Code::Internal, "the same again"));
    let error = read(&mut connection).await.unwrap_err();
    assert_eq!(
        error.as_database_error().unwrap().message(),
        "the same again"
    );
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
    // A statement that can no longer be prepared is an error with the reason.
    server.sqlite().execute_batch("DROP TABLE t").unwrap();
    let error = read(&mut connection).await.unwrap_err();
    let error = error.as_database_error().unwrap().message().to_owned();
    assert!(error.contains("no such table: t"), "{error}");
}

/// A value that the server always refuses costs two more RPCs three times in a row, and then no more.
#[tokio::test]
async fn b1_a_statement_that_always_fails_is_no_longer_evicted() {
    let server = table().await;
    let mut connection = connect(&server).await;
    for stage in stages() {
        assert_eq!(read(&mut connection).await.unwrap(), [2]);
        let what = format!("{stage:?}");
        server.fault(stage.always().status(Code::InvalidArgument, "bad value"));
        for failed in 1..=5 {
            server.clear_calls();
            read(&mut connection).await.unwrap_err();
            connection.flush().await.unwrap();
            let (prepared, binds) = if failed <= 3 { (1, 2) } else { (0, 1) };
            assert_eq!(prepares(&server), prepared, "{what} {failed}");
            assert_eq!(server.count(Rpc::DoPut), binds, "{what} {failed}");
        }
        server.clear_faults();
        server.clear_calls();
        assert_eq!(read(&mut connection).await.unwrap(), [2]);
        assert_eq!(server.count_all(), 3);
    }
}

#[tokio::test]
async fn b2_a_table_with_other_types_is_prepared_anew() {
    let server = table().await;
    let mut connection = connect(&server).await;
    let sql = "SELECT * FROM t WHERE id = ?";
    let found: i64 = query_scalar(sql)
        .bind(2_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, 2);
    let recreated =
        "DROP TABLE t; CREATE TABLE t (id TEXT, n BIGINT); INSERT INTO t VALUES ('x', 7)";
    server.sqlite().execute_batch(recreated).unwrap();
    let found: (String, i64) = query_as(sql)
        .bind("x")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(found, ("x".to_owned(), 7));
    // The refusal comes before anything is sent, so a transaction may prepare again as well.
    let mut transaction = connection.begin().await.unwrap();
    query(sql)
        .bind("x")
        .execute(&mut *transaction)
        .await
        .unwrap();
    let again = "DROP TABLE t; CREATE TABLE t (id BLOB)";
    query(again.split_once("; ").unwrap().0)
        .execute(&mut *transaction)
        .await
        .unwrap();
    query(again.split_once("; ").unwrap().1)
        .execute(&mut *transaction)
        .await
        .unwrap();
    let none = query(sql)
        .bind(vec![1_u8])
        .fetch_optional(&mut *transaction)
        .await
        .unwrap();
    assert!(none.is_none());
    transaction.rollback().await.unwrap();
}

/// The caller's own mistake stays an error, and does not cost RPCs forever.
#[tokio::test]
async fn b2_a_value_of_another_type_is_refused() {
    let server = table().await;
    let mut connection = connect(&server).await;
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
    for failed in 1..=5 {
        server.clear_calls();
        let error = query(READ).bind("x").fetch_all(&mut connection).await;
        assert!(
            matches!(error, Err(flightsql::Error::Encode(_))),
            "{error:?}"
        );
        connection.flush().await.unwrap();
        assert_eq!(prepares(&server), usize::from(failed <= 3), "{failed}");
    }
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
}

/// Bad values stop the evictions, and a cleanup of the server must not make that permanent.
#[tokio::test]
async fn b1_evicts_lost_handle_after_any_failures() {
    let server = table().await;
    let mut connection = connect(&server).await;
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
    let bind = Fault::new(Rpc::DoPut).command(PREPARED_QUERY).always();
    server.fault(bind.status(Code::InvalidArgument, "bad value"));
    for _ in 0..5 {
        read(&mut connection).await.unwrap_err();
    }
    server.clear_faults();
    server.sqlite().forget_prepared();
    assert_eq!(read(&mut connection).await.unwrap(), [2]);
}

/// A query that may change something as well has no second run.
#[tokio::test]
async fn b1_does_not_rerun_query_that_may_write() {
    let server = table().await;
    let mut connection = connect(&server).await;
    let sql = "EXPLAIN QUERY PLAN SELECT id FROM t WHERE id = ?";
    let explain = async |connection: &mut FlightSqlConnection| {
        query(sql).bind(1_i64).fetch_all(connection).await
    };
    explain(&mut connection).await.unwrap();
    for stage in stages() {
        let fault = server.fault(stage.status(Code::NotFound, "no such handle"));
        explain(&mut connection).await.unwrap_err();
        assert_eq!(fault.hits(), 1);
        // Evicted all the same.
        explain(&mut connection).await.unwrap();
    }
}

/// `NOT_FOUND` may come from one of the rows, after others were stored.
#[tokio::test]
async fn b1_several_rows_do_not_run_again() {
    let server = table().await;
    let mut connection = connect(&server).await;
    let rows = || {
        let ids = Int64Array::from(vec![7, 8]);
        let rows = RecordBatch::try_from_iter([("id", Arc::new(ids) as _)]).unwrap();
        query_with(WRITE, FlightSqlArguments::from_batch(rows))
    };
    rows().execute(&mut connection).await.unwrap();
    let update = Fault::new(Rpc::DoPut).command(PREPARED_UPDATE);
    let fault = server.fault(update.status(Code::NotFound, "no such parent"));
    rows().execute(&mut connection).await.unwrap_err();
    assert_eq!(fault.hits(), 1);
    assert_eq!(count(&mut connection, "t").await, 4);
    rows().execute(&mut connection).await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 6);
}
