//! Transactions that statements begin and end.

use flightsql::{Connection, Error, Executor, FlightSqlConnection, TransactionManager, query};
use flightsql::{FlightSqlTransactionManager, raw_sql};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc};
use futures_util::{FutureExt as _, TryStreamExt as _};

use super::{open, updates, with_dialect, with_table};
use crate::common::{connect, count, options};

fn depth(connection: &FlightSqlConnection) -> usize {
    let depth = FlightSqlTransactionManager::get_transaction_depth(connection);
    assert_eq!(connection.is_in_transaction(), depth > 0);
    depth
}

#[tokio::test]
async fn depth_follows_statements() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let steps = [
        ("SELECT 1", 0),
        ("BEGIN", 1),
        ("SAVEPOINT a", 2),
        ("SAVEPOINT b", 3),
        ("INSERT INTO t (b) VALUES (1)", 3),
        ("ROLLBACK TO a", 2),
        ("RELEASE a", 1),
        ("COMMIT", 0),
        ("SAVEPOINT s", 1),
        ("RELEASE s", 0),
        ("BEGIN IMMEDIATE", 1),
        ("ROLLBACK", 0),
    ];
    for (sql, expected) in steps {
        connection.execute(sql).await.unwrap();
        assert_eq!(depth(&connection), expected, "{sql}");
    }
}

#[tokio::test]
async fn depth_follows_scripts_and_bound_statements() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let script = "BEGIN; INSERT INTO t (b) VALUES (1); SAVEPOINT a";
    raw_sql(script).execute(&mut connection).await.unwrap();
    assert_eq!(depth(&connection), 2);
    // The first statement of the stream runs, and the second one does not.
    let mut steps = raw_sql("RELEASE a; COMMIT").fetch_many(&mut connection);
    steps.try_next().await.unwrap();
    drop(steps);
    assert_eq!(depth(&connection), 1);
    query("COMMIT").execute(&mut connection).await.unwrap();
    assert_eq!(depth(&connection), 0);
    assert_eq!(count(&mut connection, "t").await, 1);
}

#[tokio::test]
async fn refused_statements_change_nothing() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN nonsense").await.unwrap_err();
    assert_eq!(depth(&connection), 0);
    connection.execute("BEGIN").await.unwrap();
    connection.execute("BEGIN").await.unwrap_err();
    assert_eq!(depth(&connection), 1);
    server.fault(Fault::new(Rpc::DoPut).status(Code::FailedPrecondition, "deferred constraint"));
    connection.execute("COMMIT").await.unwrap_err();
    assert_eq!(depth(&connection), 1);
    connection.execute("ROLLBACK").await.unwrap();
    assert_eq!(depth(&connection), 0);
    // Nothing is open, so this is refused, and the connection may be used on.
    connection.execute("ROLLBACK").await.unwrap_err();
    assert_eq!(depth(&connection), 0);
    assert!(connection.reset_session().await.unwrap());
}

#[tokio::test]
async fn refused_rollback_leaves_the_connection_uncertain() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN").await.unwrap();
    server.fault(Fault::new(Rpc::DoPut).status(Code::Internal, "no transaction is active"));
    connection.execute("ROLLBACK").await.unwrap_err();
    assert_eq!(depth(&connection), 0);
    assert!(!connection.reset_session().await.unwrap());
}

#[tokio::test]
async fn dropped_begin_counts_as_run() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let gate = server.gate(Rpc::DoPut);
    assert!(connection.execute("BEGIN").now_or_never().is_none());
    assert_eq!(depth(&connection), 1);
    gate.open();
    connection.execute("ROLLBACK").await.ok();
    assert_eq!(depth(&connection), 0);
}

#[tokio::test]
async fn dropped_commit_counts_as_not_run() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN").await.unwrap();
    let gate = server.gate(Rpc::DoPut);
    assert!(connection.execute("COMMIT").now_or_never().is_none());
    assert_eq!(depth(&connection), 1);
    gate.open();
}

#[tokio::test]
async fn statements_that_run_as_queries_count_at_their_end() {
    let server = with_table().await;
    let options = with_dialect(&server.url(), |profile| {
        profile.statements.route = Some(flightsql::dialect::Route::Query);
    });
    let mut connection = open(options).await;
    connection.execute("BEGIN").await.unwrap();
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    drop(connection.fetch_arrow("COMMIT").await.unwrap());
    assert_eq!(depth(&connection), 1);
    // The testkit ran it when it was planned.
    connection.execute("COMMIT").await.unwrap_err();
    assert_eq!(depth(&connection), 1);
    connection.execute("ROLLBACK").await.unwrap_err();
    assert_eq!(depth(&connection), 0);
    assert!(updates(&server).is_empty());
    assert_eq!(count(&mut connection, "t").await, 1);
    for (sql, expected) in [("BEGIN", 1), ("COMMIT", 0)] {
        connection.execute(sql).await.unwrap();
        assert_eq!(depth(&connection), expected, "{sql}");
    }
}

#[tokio::test]
async fn begin_is_refused_inside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN").await.unwrap();
    server.clear_calls();
    let error = connection.begin().await.unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    assert_eq!(
        error.to_string(),
        "a transaction that a statement began is still open; end it with `COMMIT` or `ROLLBACK` before `begin`"
    );
    assert_eq!((server.count_all(), depth(&connection)), (0, 1));
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    connection.execute("COMMIT").await.unwrap();
    connection.begin().await.unwrap().rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 1);
}

/// A ping changes nothing, not even with an RPC.
#[tokio::test]
async fn ping_inside_loses_nothing() {
    let server = with_table().await;
    let after = std::time::Duration::ZERO;
    let mut connection = open(options(&server.url()).ping_after(after)).await;
    connection.execute("BEGIN").await.unwrap();
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    server.clear_calls();
    connection.ping().await.unwrap();
    assert!(server.count_all() > 0);
    assert_eq!(depth(&connection), 1);
    assert_eq!(count(&mut connection, "t").await, 1);
    assert_eq!(count(&mut connect(&server).await, "t").await, 0);
    connection.execute("COMMIT").await.unwrap();
    assert_eq!(count(&mut connect(&server).await, "t").await, 1);
}

#[tokio::test]
async fn cached_statements_end_with_their_transaction() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let insert = "INSERT INTO t (b) VALUES (?)";
    query(insert)
        .bind(1)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.execute("BEGIN").await.unwrap();
    query(insert)
        .bind(2)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(connection.cached_statements_size(), 2);
    connection.execute("COMMIT").await.unwrap();
    query(insert)
        .bind(3)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(connection.cached_statements_size(), 1);
    connection.flush().await.unwrap();
    assert_eq!(server.sqlite().open_prepared(), 1);
    assert_eq!(count(&mut connection, "t").await, 3);
}

/// Also on a server that keeps its session after the connection is gone.
#[tokio::test]
async fn close_rolls_back() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN").await.unwrap();
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    server.clear_calls();
    connection.close().await.unwrap();
    assert_eq!(updates(&server), ["ROLLBACK"]);
    assert_eq!(count(&mut connect(&server).await, "t").await, 0);
}
