//! Tests of sessions, which contain the connection state of SQLite for one client.

use std::sync::Arc;

use arrow_flight::FlightDescriptor;
use arrow_flight::sql::{CommandStatementQuery, ProstMessageExt};
use futures_util::StreamExt;
use prost::Message;
use tonic::{Code, Status};

use super::keeper::Client;
use super::support::{Served, cells, served};
use crate::engine::{Cancel, Database, Job, Placeholder, Plan, Session, Sql, Transaction};

pub(super) const COMMIT: i32 = 1;
const ROLLBACK: i32 = 2;

pub(super) async fn with_table() -> Served {
    let served = served().await;
    served
        .service
        .execute_batch(
            "CREATE TABLE t (a INTEGER PRIMARY KEY, b INT); CREATE TABLE c (a INT REFERENCES t)",
        )
        .unwrap();
    served
}

#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(result: Result<T, Status>, code: Code, message: &str) {
    let status = result.unwrap_err();
    assert!(status.message().contains(message), "{status:?}");
    assert_eq!(status.code(), code, "{status:?}");
}

pub(super) const NUMBERS: &str = "SELECT last_insert_rowid(), changes(), total_changes()";

#[tokio::test]
async fn j4_numbers_belong_to_one_client() {
    let served = with_table().await;
    let mut first = Client::keeper(&served).await;
    let mut second = first.sibling();
    assert_eq!(
        first.rows(NUMBERS).await.unwrap(),
        cells(&[&["0", "0", "0"]])
    );
    first
        .update("INSERT INTO t (b) VALUES (1), (1)")
        .await
        .unwrap();
    second.update("INSERT INTO t (b) VALUES (2)").await.unwrap();
    first.update("UPDATE t SET b = 3").await.unwrap();
    first.update("CREATE TABLE other (a)").await.unwrap();
    assert_eq!(
        first.rows("SELECT count(*) FROM t").await.unwrap(),
        cells(&[&["3"]])
    );
    assert_eq!(
        first.rows(NUMBERS).await.unwrap(),
        cells(&[&["2", "3", "5"]])
    );
    assert_eq!(
        second.rows(NUMBERS).await.unwrap(),
        cells(&[&["3", "1", "1"]])
    );
    // Inside a change, and inside a change that is sent as a query.
    let child = "INSERT INTO c VALUES (last_insert_rowid()) RETURNING a";
    assert_eq!(second.rows(child).await.unwrap(), cells(&[&["3"]]));
    assert_eq!(served.service.open_sessions(), 2);
}

#[tokio::test]
async fn j4_numbers_of_transaction_stay_in_session() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let id = client.begin().await.unwrap();
    let insert = "INSERT INTO t (a, b) VALUES (7, 1)";
    client.update_in(insert, Some(&id)).await.unwrap();
    let inside = client.rows_in(NUMBERS, Some(&id)).await.unwrap();
    assert_eq!(inside, cells(&[&["7", "1", "1"]]));
    let busy = "the connection of this session is in a transaction";
    refused(client.rows(NUMBERS).await, Code::FailedPrecondition, busy);
    // A statement without state runs outside, as for a client without sessions.
    let outside = client.rows("SELECT count(*) FROM t").await.unwrap();
    assert_eq!(outside, cells(&[&["0"]]));
    client.end(&id, COMMIT).await.unwrap();
    assert_eq!(
        client.rows(NUMBERS).await.unwrap(),
        cells(&[&["7", "1", "1"]])
    );
    // A second, concurrent transaction has a separate connection.
    let (one, two) = (client.begin().await.unwrap(), client.begin().await.unwrap());
    client.end(&two, ROLLBACK).await.unwrap();
    client.end(&one, ROLLBACK).await.unwrap();
    assert_eq!(
        client.rows(NUMBERS).await.unwrap(),
        cells(&[&["7", "1", "1"]])
    );
}

/// A client that drops `BeginTransaction` sends its next statement concurrently.
#[test]
fn j4_concurrent_change_runs_on_another_connection() {
    let database = Arc::new(Database::open(None).unwrap());
    let session = Arc::new(Session::new(&database, false));
    session.reserve();
    let cancel = Cancel::default();
    let plan = |text: &str| {
        let conn = database.connect().unwrap();
        let sql = Sql::parse(text).unwrap();
        Plan::new(&conn, &conn, sql, Placeholder::Any).unwrap()
    };
    let create = |conn: &rusqlite::Connection| Ok(conn.execute_batch("CREATE TABLE t (a)")?);
    session
        .run(Job::of(&plan("CREATE TABLE t (a)")), &cancel, create)
        .unwrap();
    let transaction = Transaction::begin(&database, Some(Arc::clone(&session))).unwrap();
    assert!(session.is_in_transaction());
    let insert = |conn: &rusqlite::Connection| Ok(conn.execute_batch("INSERT INTO t VALUES (1)")?);
    let job = plan("INSERT INTO t VALUES (1)");
    session.run(Job::of(&job), &cancel, insert).unwrap();
    drop(transaction);
    assert!(!session.is_in_transaction());
    let rows: i64 = session
        .run(Job::of(&plan("SELECT count(*) FROM t")), &cancel, |conn| {
            Ok(conn.query_row("SELECT count(*) FROM t", [], |row| row.get(0))?)
        })
        .unwrap();
    assert_eq!(rows, 1);
}

/// SQLite rolls back the complete transaction if a write is interrupted, and the client that dropped it gets no response.
#[test]
fn f7_reports_rollback_after_cancelled_write() {
    let database = Arc::new(Database::open(None).unwrap());
    let session = Arc::new(Session::new(&database, false));
    session.reserve();
    database
        .connect()
        .unwrap()
        .execute_batch("CREATE TABLE t (a)")
        .unwrap();
    let run = |sql: &'static str, cancelled: bool| {
        let conn = database.connect().unwrap();
        let plan = Plan::new(&conn, &conn, Sql::parse(sql).unwrap(), Placeholder::Any).unwrap();
        let cancel = Cancel::default();
        session.run(Job::of(&plan), &cancel, |conn| {
            if cancelled {
                cancel.cancel();
            }
            Ok(conn.execute_batch(sql)?)
        })
    };
    run("BEGIN", false).unwrap();
    run("INSERT INTO t VALUES (1)", false).unwrap();
    let endless = "INSERT INTO t WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
    run(endless, true).unwrap_err();
    assert!(session.is_stateful());
    let told = run("INSERT INTO t VALUES (2)", false).unwrap_err();
    assert!(told.message().contains("was rolled back"), "{told}");
    assert!(!session.is_stateful());
    run("INSERT INTO t VALUES (3)", false).unwrap();
    let conn = database.connect().unwrap();
    let rows: i64 = conn
        .query_row("SELECT sum(a) FROM t", [], |row| row.get(0))
        .unwrap();
    assert_eq!(rows, 3);
}

#[tokio::test]
async fn j4_client_without_cookies_gets_hint() {
    let served = with_table().await;
    let mut client = Client::over(served.channel.clone());
    for (sql, message) in [
        ("SELECT last_insert_rowid()", "RETURNING"),
        ("SELECT b FROM t WHERE a = changes()", "RETURNING"),
        ("INSERT INTO c VALUES (LAST_INSERT_ROWID ())", "RETURNING"),
        ("VALUES (total_changes())", "RETURNING"),
        ("BEGIN", "BeginTransaction and EndTransaction"),
        ("COMMIT", "BeginTransaction and EndTransaction"),
        ("SAVEPOINT s", "BeginSavepoint"),
        ("CREATE TEMP TABLE s (a)", "send BeginTransaction first"),
        (
            "CREATE TABLE IF NOT EXISTS temp.s (a)",
            "send BeginTransaction first",
        ),
        ("PRAGMA foreign_keys = OFF", "send BeginTransaction first"),
    ] {
        for _ in 0..2 {
            client.cookie = None;
            refused(client.update(sql).await, Code::FailedPrecondition, message);
            client.cookie = None;
            refused(
                client.info(sql, None).await,
                Code::FailedPrecondition,
                message,
            );
        }
    }
    // All other statements work as before.
    for _ in 0..2 {
        client.cookie = None;
        client.update("INSERT INTO t (b) VALUES (1)").await.unwrap();
    }
    client.cookie = None;
    let id = client.begin().await.unwrap();
    client
        .update_in("PRAGMA defer_foreign_keys = ON", Some(&id))
        .await
        .unwrap();
    client
        .update_in("CREATE TEMP TABLE s (a)", Some(&id))
        .await
        .unwrap();
    client.end(&id, COMMIT).await.unwrap();
    client.cookie = None;
    assert_eq!(
        client.rows("SELECT max(a) FROM t").await.unwrap(),
        cells(&[&["2"]])
    );
    assert_eq!(
        client.rows("PRAGMA foreign_keys").await.unwrap(),
        cells(&[&["1"]])
    );
    assert_eq!(served.service.open_sessions(), 0);
}

#[tokio::test]
async fn j4_late_cookie_does_not_return_earlier_numbers() {
    let served = with_table().await;
    let mut client = Client::over(served.channel.clone());
    client.rows("SELECT 1").await.unwrap();
    assert_eq!(client.cookie, None);
    client.update("INSERT INTO t (b) VALUES (1)").await.unwrap();
    assert!(client.cookie.is_some());
    let unknown = "last_insert_rowid() is unknown";
    refused(
        client.rows(NUMBERS).await,
        Code::FailedPrecondition,
        unknown,
    );
    client.update("INSERT INTO t (b) VALUES (1)").await.unwrap();
    let numbers = "SELECT last_insert_rowid(), changes()";
    assert_eq!(client.rows(numbers).await.unwrap(), cells(&[&["2", "1"]]));
    refused(
        client.rows(NUMBERS).await,
        Code::FailedPrecondition,
        "total_changes() is unknown",
    );
    // The error of a first statement also sets the cookie.
    let mut other = Client::over(served.channel.clone());
    other.update("CREATE TEMP TABLE s (a)").await.unwrap_err();
    other.update("CREATE TEMP TABLE s (a)").await.unwrap();
    assert_eq!(other.update("INSERT INTO s VALUES (1)").await.unwrap(), 1);
}

#[tokio::test]
async fn f7_runs_transactions_by_sql() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let mut other = client.sibling();
    let count = "SELECT count(*) FROM t";
    client.update("BEGIN IMMEDIATE").await.unwrap();
    client.update("INSERT INTO t (b) VALUES (1)").await.unwrap();
    assert_eq!(client.rows(count).await.unwrap(), cells(&[&["1"]]));
    assert_eq!(other.rows(count).await.unwrap(), cells(&[&["0"]]));
    let twice = "cannot start a transaction within a transaction";
    refused(client.update("BEGIN").await, Code::InvalidArgument, twice);
    refused(client.begin().await, Code::InvalidArgument, twice);
    for sql in ["SAVEPOINT s", "DELETE FROM t", "ROLLBACK TO s", "RELEASE s"] {
        client.update(sql).await.unwrap();
    }
    // It also runs as a query.
    assert_eq!(client.rows("COMMIT").await.unwrap(), cells(&[]));
    assert_eq!(other.rows(count).await.unwrap(), cells(&[&["1"]]));
    let none = "no transaction is active";
    refused(client.update("COMMIT").await, Code::InvalidArgument, none);
    client.update("BEGIN").await.unwrap();
    client.update("DELETE FROM t").await.unwrap();
    client.update("ROLLBACK").await.unwrap();
    client.update("SAVEPOINT s").await.unwrap();
    client.update("INSERT INTO t (b) VALUES (2)").await.unwrap();
    assert_eq!(other.rows(count).await.unwrap(), cells(&[&["1"]]));
    client.update("RELEASE s").await.unwrap();
    assert_eq!(other.rows(count).await.unwrap(), cells(&[&["2"]]));
}

/// Planning a write in a transaction by SQL opens no snapshot.
#[tokio::test]
async fn f7_j1_first_write_after_begin_has_no_conflict() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let mut other = client.sibling();
    client.update("BEGIN").await.unwrap();
    let command = CommandStatementQuery {
        query: "INSERT INTO t (b) VALUES (1) RETURNING b".to_owned(),
        transaction_id: None,
    };
    let descriptor = FlightDescriptor::new_cmd(command.as_any().encode_to_vec());
    let request = client.request(descriptor);
    client.flight.get_schema(request).await.unwrap();
    other.update("INSERT INTO t (b) VALUES (9)").await.unwrap();
    assert_eq!(
        client.update("INSERT INTO t (b) VALUES (1)").await.unwrap(),
        1
    );
    client.update("COMMIT").await.unwrap();
    assert_eq!(
        other.rows("SELECT count(*) FROM t").await.unwrap(),
        cells(&[&["2"]])
    );
}

#[tokio::test]
async fn f7_rejects_begin_inside_transaction_action() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let id = client.begin().await.unwrap();
    refused(
        client.update_in("BEGIN", Some(&id)).await,
        Code::InvalidArgument,
        "cannot start a transaction within a transaction",
    );
    refused(
        client.update_in("COMMIT", Some(&id)).await,
        Code::InvalidArgument,
        "EndTransaction",
    );
    client
        .update_in("INSERT INTO t (b) VALUES (1)", Some(&id))
        .await
        .unwrap();
    client.end(&id, COMMIT).await.unwrap();
    assert_eq!(
        client.rows("SELECT count(*) FROM t").await.unwrap(),
        cells(&[&["1"]])
    );
}

#[tokio::test]
async fn f7_temporary_tables_belong_to_one_session() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let mut other = client.sibling();
    client
        .update("CREATE TEMP TABLE s AS SELECT 5 AS a")
        .await
        .unwrap();
    assert_eq!(
        client.rows("SELECT a FROM s").await.unwrap(),
        cells(&[&["5"]])
    );
    refused(
        other.rows("SELECT a FROM s").await,
        Code::InvalidArgument,
        "no such table: s",
    );
    other.update("CREATE TABLE temp.s (a)").await.unwrap();
    assert_eq!(other.rows("SELECT a FROM s").await.unwrap(), cells(&[]));
    // Also in a transaction of the action.
    let id = client.begin().await.unwrap();
    client
        .update_in("INSERT INTO t (b) SELECT a FROM s", Some(&id))
        .await
        .unwrap();
    client.update_in("DELETE FROM s", Some(&id)).await.unwrap();
    client.end(&id, COMMIT).await.unwrap();
    assert_eq!(client.rows("SELECT a FROM s").await.unwrap(), cells(&[]));
    assert_eq!(
        client.rows("SELECT b FROM t").await.unwrap(),
        cells(&[&["5"]])
    );
    client.close().await.unwrap();
    refused(
        client.rows("SELECT a FROM s").await,
        Code::InvalidArgument,
        "no such table: s",
    );
}

#[tokio::test]
async fn f7_settings_belong_to_one_session() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let mut other = client.sibling();
    client.update("PRAGMA foreign_keys = OFF").await.unwrap();
    assert_eq!(
        client.rows("PRAGMA foreign_keys").await.unwrap(),
        cells(&[&["0"]])
    );
    assert_eq!(
        other.rows("PRAGMA foreign_keys").await.unwrap(),
        cells(&[&["1"]])
    );
    assert_eq!(client.update("INSERT INTO c VALUES (99)").await.unwrap(), 1);
    let failed = "FOREIGN KEY constraint failed";
    refused(
        other.update("INSERT INTO c VALUES (99)").await,
        Code::FailedPrecondition,
        failed,
    );
    // This setting returns a row.
    let timeout = client.rows("PRAGMA busy_timeout = 100").await.unwrap();
    assert_eq!(timeout, cells(&[&["100"]]));
    assert_eq!(
        client.rows("PRAGMA busy_timeout").await.unwrap(),
        cells(&[&["100"]])
    );
}

#[tokio::test]
async fn f7_closing_session_rolls_back() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let mut other = client.sibling();
    client.update("BEGIN").await.unwrap();
    client.update("INSERT INTO t (b) VALUES (1)").await.unwrap();
    client.close().await.unwrap();
    assert_eq!(
        other.update("INSERT INTO t (b) VALUES (2)").await.unwrap(),
        1
    );
    let mut third = client.sibling();
    let id = third.begin().await.unwrap();
    third
        .update_in("INSERT INTO t (b) VALUES (1)", Some(&id))
        .await
        .unwrap();
    third.close().await.unwrap();
    assert_eq!(
        other.update("INSERT INTO t (b) VALUES (2)").await.unwrap(),
        1
    );
    refused(
        third.end(&id, COMMIT).await,
        Code::NotFound,
        "no such transaction",
    );
    assert_eq!(
        other.rows("SELECT b FROM t").await.unwrap(),
        cells(&[&["2"], &["2"]])
    );
    refused(client.close().await, Code::NotFound, "no such session");
    assert_eq!(served.service.open_sessions(), 1);
}

#[tokio::test]
async fn j4_runs_statement_next_to_unread_stream() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    client.update("CREATE TEMP TABLE s (a)").await.unwrap();
    let many = "WITH RECURSIVE n(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n WHERE x < 300000) SELECT x FROM n";
    let info = client.info(many, None).await.unwrap();
    let mut unread = client.stream(info).await.unwrap();
    let mut rows = unread.next().await.unwrap().unwrap().num_rows();
    // The stream is far from its end, and the session still works.
    client.update("INSERT INTO s VALUES (1)").await.unwrap();
    client.update("BEGIN").await.unwrap();
    assert_eq!(
        client.rows("SELECT a FROM s").await.unwrap(),
        cells(&[&["1"]])
    );
    client.update("COMMIT").await.unwrap();
    while let Some(batch) = unread.next().await {
        rows += batch.unwrap().num_rows();
    }
    assert_eq!(rows, 300_000);
}
