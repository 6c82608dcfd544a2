//! Queries, updates, prepared statements and descriptions.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use arrow_schema::DataType;
use flightsql_client::{Client, ConnectOptions, Session, StatementRequest, connect};
use flightsql_testkit::{Gate, Rpc, SqliteConfig, TestServer};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::{NONE, all, numbers, read, session};

/// A hundred rows.
const HUNDRED: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

fn creations(server: &TestServer) -> usize {
    let calls = server.calls_of(Rpc::DoAction);
    let created = calls
        .iter()
        .filter(|call| call.command() == Some("CreatePreparedStatement"));
    created.count()
}

async fn insert(session: &mut Session, rows: &[i64]) -> u64 {
    let insert = StatementRequest::new("INSERT INTO t VALUES (?)").bind(numbers(rows));
    session.execute(insert).await.unwrap().rows_affected()
}

#[tokio::test]
async fn query_returns_batches_and_their_schema() {
    let (_server, mut session) = session().await;
    let batches = session.query("SELECT 7 AS n").await.unwrap();
    assert_eq!(batches.schema().unwrap().field(0).name(), "n");
    assert_eq!(batches.query_result(), None);
    assert_eq!(read(batches).await, [7]);
}

#[tokio::test]
async fn query_of_an_update_returns_its_count() {
    let (_server, mut session) = session().await;
    let batches = session
        .query("INSERT INTO t VALUES (1), (2)")
        .await
        .unwrap();
    assert_eq!(
        batches.query_result().unwrap().known_rows_affected(),
        Some(2)
    );
    assert_eq!(batches.count().await, 0);
}

#[tokio::test]
async fn binds_many_rows_to_an_update_and_one_to_a_query() {
    let (_server, mut session) = session().await;
    assert_eq!(insert(&mut session, &[1, 2, 3]).await, 3);
    let query = StatementRequest::new("SELECT n FROM t WHERE n > ? ORDER BY n");
    let found = session
        .query(query.clone().bind(numbers(&[1])))
        .await
        .unwrap();
    assert_eq!(read(found).await, [2, 3]);
    let two_rows = session.query(query.bind(numbers(&[1, 2]))).await;
    assert!(two_rows.unwrap_err().is_argument());
}

#[tokio::test]
async fn refuses_a_wrong_number_of_values() {
    let (_server, mut session) = session().await;
    let wrong = StatementRequest::new("SELECT ? + ?").bind(numbers(&[1]));
    let error = session.query(wrong).await.unwrap_err();
    assert!(error.is_argument(), "{error:?}");
    let error = session.execute("").await.unwrap_err();
    assert!(error.is_argument(), "{error:?}");
}

#[tokio::test]
async fn persistent_statements_are_prepared_once() {
    let (server, mut session) = session().await;
    for n in 0..3 {
        insert(&mut session, &[n]).await;
    }
    assert_eq!(creations(&server), 1);
    for n in 0..3 {
        let once = StatementRequest::new("INSERT INTO t VALUES (? + 1)").persistent(false);
        session.execute(once.bind(numbers(&[n]))).await.unwrap();
    }
    assert_eq!(creations(&server), 4);
    session.flush().await;
    assert_eq!(server.sqlite().open_prepared(), 1);
}

#[tokio::test]
async fn own_statements_are_prepared_once_and_closed_on_drop() {
    let options: ConnectOptions = "flightsql+tcp://h:1?statement_cache_capacity=0"
        .parse()
        .unwrap();
    let server = TestServer::sqlite().await.unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (n BIGINT)")
        .unwrap();
    let options = options.host("127.0.0.1").port(server.port().unwrap());
    let mut session = Client::new(options).unwrap().session().await.unwrap();
    let insert = session.prepare("INSERT INTO t VALUES (?)").await.unwrap();
    assert_eq!(insert.sql(), "INSERT INTO t VALUES (?)");
    for n in 0..3 {
        let request = StatementRequest::from(&insert).bind(numbers(&[n]));
        assert_eq!(session.execute(request).await.unwrap().rows_affected(), 1);
    }
    assert_eq!(creations(&server), 1);
    let select = session.prepare("SELECT n FROM t ORDER BY n").await.unwrap();
    assert_eq!(select.schema().unwrap().fields().len(), 1);
    assert_eq!(read(session.query(&select).await.unwrap()).await, [0, 1, 2]);
    assert_eq!(creations(&server), 2);
    drop((insert, select));
    session.flush().await;
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn a_handle_outlives_its_statement_while_it_is_read() {
    let config = SqliteConfig::new().batch_rows(10);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut session = connect(&server.url()).await.unwrap();
    let select = session.prepare(HUNDRED).await.unwrap();
    let mut batches = session.query(&select).await.unwrap();
    drop(select);
    let mut rows = 0;
    while let Some(batch) = batches.try_next().await.unwrap() {
        rows += batch.num_rows();
        assert_eq!(server.sqlite().open_prepared(), 1);
    }
    assert_eq!(rows, 100);
    drop(batches);
    session.flush().await;
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn follows_a_handle_that_the_server_replaces() {
    let config = SqliteConfig::new().replace_handles(true);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut session = connect(&server.url()).await.unwrap();
    let select = session.prepare("SELECT ? + 1").await.unwrap();
    for n in 0..3 {
        let request = StatementRequest::from(&select).bind(numbers(&[n]));
        assert_eq!(read(session.query(request).await.unwrap()).await, [n + 1]);
    }
    assert_eq!(creations(&server), 1);
    drop(select);
    session.flush().await;
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn a_statement_of_another_transaction_runs_by_its_text() {
    let (server, mut session) = session().await;
    let insert = session.prepare("INSERT INTO t VALUES (?)").await.unwrap();
    let mut transaction = session.begin().await.unwrap();
    let request = StatementRequest::from(&insert).bind(numbers(&[1]));
    transaction.execute(request).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(all(&mut session).await, NONE);
    assert_eq!(creations(&server), 2);
    let mut other = connect(&server.url()).await.unwrap();
    let request = StatementRequest::from(&insert).bind(numbers(&[2]));
    other.execute(request).await.unwrap();
    assert_eq!(all(&mut session).await, [2]);
}

#[tokio::test]
async fn another_session_reads_a_statement_in_its_own_dialect() {
    let server = TestServer::sqlite().await.unwrap();
    let open = |dialect: &str| {
        let url = format!("{dialect}+{}", server.url());
        async move { connect(&url).await.unwrap() }
    };
    let (mut ansi, mut sqlite) = (open("ansi").await, open("sqlite").await);
    // Standard SQL nests comments, so this text has a placeholder there, and none on SQLite.
    let select = ansi
        .prepare("SELECT 7 AS n /* /* */ -- */ + ?")
        .await
        .unwrap();
    assert_eq!(read(sqlite.query(&select).await.unwrap()).await, [7]);
    assert_eq!(creations(&server), 1);
}

#[tokio::test]
async fn a_forgotten_handle_runs_by_its_text() {
    let (server, mut session) = session().await;
    let insert = session.prepare("INSERT INTO t VALUES (?)").await.unwrap();
    let select = session
        .prepare("SELECT n FROM t WHERE n > ?")
        .await
        .unwrap();
    server.sqlite().forget_prepared();
    let request = StatementRequest::from(&insert).bind(numbers(&[1]));
    assert_eq!(session.execute(request).await.unwrap().rows_affected(), 1);
    let request = StatementRequest::from(&select).bind(numbers(&[0]));
    assert_eq!(read(session.query(request).await.unwrap()).await, [1]);
    // A transaction has failed with its statement.
    let mut transaction = session.begin().await.unwrap();
    let inside = transaction
        .prepare("INSERT INTO t VALUES (?)")
        .await
        .unwrap();
    server.sqlite().forget_prepared();
    let request = StatementRequest::from(&inside).bind(numbers(&[2]));
    assert!(transaction.execute(request).await.is_err());
}

#[tokio::test]
async fn prepares_the_placeholders_of_the_dialect_on_request() {
    let server = TestServer::sqlite().await.unwrap();
    let url = format!("datafusion+{}?placeholders=rewrite", server.url());
    let mut session = connect(&url).await.unwrap();
    let select = session.prepare("SELECT ? + ?").await.unwrap();
    assert_eq!(select.sql(), "SELECT ? + ?");
    let calls = server.calls_of(Rpc::DoAction);
    let prepared = calls.last().unwrap().sql();
    assert_eq!(prepared.as_deref(), Some("SELECT $1 + $2"));
    let column = |n: i64| Arc::new(Int64Array::from(vec![n])) as ArrayRef;
    let row = RecordBatch::try_from_iter([("a", column(3)), ("b", column(4))]).unwrap();
    for _ in 0..2 {
        let request = StatementRequest::from(&select).bind(row.clone());
        assert_eq!(read(session.query(request).await.unwrap()).await, [7]);
    }
    assert_eq!(creations(&server), 1);
}

#[tokio::test]
async fn debug_shows_neither_text_nor_handle() {
    let (server, mut session) = session().await;
    let select = session.prepare("SELECT 'secret'").await.unwrap();
    let shown = format!("{select:?} {:?}", StatementRequest::from(&select));
    assert!(shown.contains("Query"), "{shown}");
    assert!(
        !shown.contains("secret") && !shown.contains("handle"),
        "{shown}"
    );
    drop(select);
    session.flush().await;
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn runs_scripts_until_the_first_error() {
    let (_server, mut session) = session().await;
    let script = "INSERT INTO t VALUES (1); -- one\n UPDATE t SET n = 2; SELECT n FROM t;";
    let done = session.execute_script(script).await.unwrap();
    assert_eq!(done.rows_affected(), 2);
    let failing = "INSERT INTO t VALUES (3); SELECT wrong FROM t; INSERT INTO t VALUES (4)";
    let error = session.execute_script(failing).await.unwrap_err();
    assert!(error.server().is_some());
    assert_eq!(all(&mut session).await, [2, 3]);
    assert_eq!(
        session.execute_script(" ; ").await.unwrap().rows_affected(),
        0
    );
}

#[tokio::test]
async fn describes_without_running() {
    let (_server, mut session) = session().await;
    let described = session
        .describe("SELECT n FROM t WHERE n = ?")
        .await
        .unwrap();
    assert_eq!(described.schema().field(0).name(), "n");
    assert_eq!(
        described.mapped_schema().field(0).data_type(),
        &DataType::Int64
    );
    assert_eq!(described.parameter_count(), Some(1));
    let insert = session.describe("INSERT INTO t VALUES (1)").await.unwrap();
    assert!(insert.schema().fields().is_empty());
    assert_eq!(all(&mut session).await, NONE);
}

#[tokio::test]
async fn dropping_a_stream_stops_the_server() {
    let config = SqliteConfig::new().batch_rows(1);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut session = connect(&server.url()).await.unwrap();
    let mut batches = session.query(HUNDRED).await.unwrap();
    assert_eq!(batches.try_next().await.unwrap().unwrap().num_rows(), 1);
    drop(batches);
    server
        .wait_until(|server| server.open_streams() == 0 && server.sqlite().open_cursors() == 0)
        .await;
    assert_eq!(read(session.query("SELECT 7").await.unwrap()).await, [7]);
}

#[tokio::test]
async fn dropping_a_future_leaves_the_session_usable() {
    let (server, mut session) = session().await;
    for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
        let gate: Gate = server.gate(rpc);
        let running = async {
            let batches = session.query("SELECT n FROM t").await.unwrap();
            batches.count().await
        };
        tokio::select! {
            _ = running => panic!("the gate is closed"),
            _ = gate.reached() => {}
        }
        gate.open();
        assert_eq!(all(&mut session).await, NONE);
    }
    session.flush().await;
    assert_eq!(server.open_streams(), 0);
}
