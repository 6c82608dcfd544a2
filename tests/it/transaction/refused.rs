//! Transactions that cannot begin or end: the error is clear, and the earlier state is unchanged.

use flightsql::{Connection, Error, Executor, FlightSqlConnection, query};
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Fault, Reply, Rpc, Script, SqliteConfig, TestServer};

use super::{insert, settled, with_table};
use crate::common::{connect, count, pool, server};

#[tokio::test]
async fn a_late_commit_error_surfaces_and_the_connection_stays_usable() {
    let server = server().await;
    let schema = "CREATE TABLE parent (id INTEGER PRIMARY KEY);
         CREATE TABLE child (p INTEGER REFERENCES parent(id) DEFERRABLE INITIALLY DEFERRED)";
    server.sqlite().execute_batch(schema).unwrap();
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    query("INSERT INTO child VALUES (?)")
        .bind(7_i64)
        .execute(&mut *tx)
        .await
        .unwrap();
    let error = tx.commit().await.unwrap_err();
    assert!(
        error
            .as_database_error()
            .unwrap()
            .is_foreign_key_violation(),
        "{error:?}"
    );

    assert!(!connection.is_in_transaction() && !connection.is_broken());
    settled(&server).await;
    assert_eq!(count(&mut connection, "child").await, 0);
    let mut tx = connection.begin().await.unwrap();
    tx.execute("INSERT INTO parent VALUES (7)").await.unwrap();
    tx.execute("INSERT INTO child VALUES (7)").await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&mut connection, "child").await, 1);
}

#[tokio::test]
async fn commit_returns_error_in_trailers() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    let late = Status::failed_precondition("too late");
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("EndTransaction")
            .fail_after(0, late),
    );
    let error = tx.commit().await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().message(), "too late");
    assert!(!connection.is_in_transaction());
}

#[tokio::test]
async fn a_commit_without_an_answer_breaks_the_connection() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let tx = connection.begin().await.unwrap();
    server.fault(
        Fault::new(Rpc::DoAction)
            .command("EndTransaction")
            .drop_connection(),
    );
    let error = tx.commit().await.unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    assert!(connection.is_broken());
    let again = connection.execute("SELECT 1").await.unwrap_err();
    assert!(again.to_string().contains("no longer usable"), "{again}");
}

#[tokio::test]
async fn a_server_without_transactions_refuses_begin_before_any_sql() {
    let server = TestServer::builder()
        .sqlite(SqliteConfig::new().transactions(false))
        .start()
        .await
        .unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let mut connection = connect(&server).await;
    let error = connection.begin().await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("does not support transactions"), "{text}");
    assert!(server.calls().iter().all(|call| call.sql().is_none()));
    assert_eq!(
        server.count(Rpc::DoPut) + server.count(Rpc::GetFlightInfo),
        0
    );

    assert!(!connection.is_in_transaction());
    insert(&mut connection, 1).await;
    assert_eq!(count(&mut connection, "t").await, 1);
}

#[tokio::test]
async fn a_dialect_without_transactions_asks_nobody() {
    let server = with_table().await;
    let url = format!("datafusion+{}", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    server.clear_calls();
    let error = connection.begin().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("(dialect `datafusion`) does not support transactions"),
        "{error}"
    );
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn a_failed_savepoint_leaves_the_outer_transaction_alone() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    for (code, expected) in [
        (Code::Internal, "out of savepoints"),
        (Code::Unimplemented, "this server has no savepoints"),
    ] {
        let refused = Fault::new(Rpc::DoAction)
            .command("BeginSavepoint")
            .status(code, "out of savepoints");
        server.fault(refused);
        let error = tx.begin().await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert!(tx.is_in_transaction());
    }
    insert(&mut tx, 2).await;
    // The next one works again.
    let mut inner = tx.begin().await.unwrap();
    insert(&mut inner, 3).await;
    inner.rollback().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 2);
}

#[tokio::test]
async fn rejected_savepoint_rollback_keeps_outer_transaction() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    let mut inner = tx.begin().await.unwrap();
    insert(&mut inner, 2).await;
    let refused = Fault::new(Rpc::DoAction)
        .command("EndSavepoint")
        .status(Code::Internal, "not now");
    server.fault(refused);
    let error = inner.rollback().await.unwrap_err();
    assert!(error.to_string().contains("not now"), "{error}");
    // The dropped savepoint is rolled back once more, in the background.
    insert(&mut tx, 3).await;
    assert!(tx.is_in_transaction());
    tx.commit().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 2);
}

#[tokio::test]
async fn begin_with_is_refused_at_the_first_level() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    server.clear_calls();
    let error = connection.begin_with("BEGIN IMMEDIATE").await.unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    assert!(error.to_string().contains("use `begin`"), "{error}");
    assert!(!connection.is_in_transaction());
    assert_eq!(server.count_all(), 0);

    let pool = pool(&server, 1).await;
    let error = pool.begin_with("BEGIN").await.unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    assert_eq!(count(&pool, "t").await, 0);
}

#[tokio::test]
async fn begin_with_is_refused_inside_and_the_transaction_goes_on() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    let error = tx.begin_with("SAVEPOINT mine").await.unwrap_err();
    assert!(
        matches!(error, Error::InvalidSavePointStatement),
        "{error:?}"
    );
    assert!(tx.is_in_transaction());
    insert(&mut tx, 2).await;
    let mut inner = tx.begin().await.unwrap();
    insert(&mut inner, 3).await;
    inner.begin_with("SAVEPOINT mine").await.unwrap_err();
    inner.commit().await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 3);
}

#[tokio::test]
async fn an_empty_reply_to_begin_is_an_error() {
    let script = Script::new().do_action("BeginTransaction", Reply::empty());
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = connect(&server).await;
    let error = connection.begin().await.unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(!connection.is_in_transaction());
    script.assert_used();
}
