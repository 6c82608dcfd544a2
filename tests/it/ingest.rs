//! Bulk ingest: every mode, every rejection, and the state after an abort.

use std::sync::Arc;
use std::time::Duration;

use arrow_array::{Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use flightsql::{
    Connection, Error, Executor, FlightSqlConnection, FlightSqlDatabaseError, FlightSqlIngest,
    IngestMode, StatusCode, query_as, query_scalar,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::{StreamExt, stream};

use crate::common::{connect, count, options, pool, server, server_error};

#[cfg(feature = "chrono")]
mod refused;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, false),
        Field::new("name", DataType::Utf8, true),
    ]))
}

/// Rows with these ids; every third has no name.
fn batch(ids: std::ops::Range<i64>) -> RecordBatch {
    let names = ids
        .clone()
        .map(|id| (id % 3 != 0).then(|| format!("name {id}")));
    let names = StringArray::from_iter(names);
    let ids = Int64Array::from_iter_values(ids);
    RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(names)]).unwrap()
}

async fn ingest(
    connection: &mut FlightSqlConnection,
    mode: IngestMode,
    ids: std::ops::Range<i64>,
) -> Result<u64, Error> {
    let done = connection
        .ingest("t")
        .mode(mode)
        .batches(vec![batch(ids)])
        .await?;
    Ok(done.known_rows_affected().unwrap())
}

/// A server with an empty table `t`, and a connection to it.
async fn with_table() -> (TestServer, FlightSqlConnection) {
    let server = server().await;
    let table = "CREATE TABLE t (id INTEGER, name TEXT)";
    server.sqlite().execute_batch(table).unwrap();
    let connection = connect(&server).await;
    (server, connection)
}

/// Waits until the server has ended the ingest, which must leave no row.
async fn leaves_no_row(server: &TestServer, connection: &mut FlightSqlConnection) {
    server
        .wait_until(|server| server.running_calls() == 0)
        .await;
    assert_eq!(count(connection, "t").await, 0);
}

#[track_caller]
fn refused(error: &Error, status: StatusCode, text: &str) {
    let error = error.as_database_error().expect("the server's own error");
    assert_eq!(
        error.downcast_ref::<FlightSqlDatabaseError>().status(),
        status
    );
    assert!(error.message().contains(text), "{error}");
}

#[tokio::test]
async fn create_makes_the_table_and_only_once() {
    let server = server().await;
    let mut connection = connect(&server).await;
    assert_eq!(
        ingest(&mut connection, IngestMode::Create, 0..4)
            .await
            .unwrap(),
        4
    );
    let all: Vec<(i64, Option<String>)> = query_as("SELECT id, name FROM t ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let name = |id: i64| Some(format!("name {id}"));
    assert_eq!(all, [(0, None), (1, name(1)), (2, name(2)), (3, None)]);

    let error = ingest(&mut connection, IngestMode::Create, 4..8)
        .await
        .unwrap_err();
    refused(&error, StatusCode::AlreadyExists, "table t already exists");
    assert_eq!(count(&mut connection, "t").await, 4);
}

#[tokio::test]
async fn append_needs_the_table() {
    let server = server().await;
    let mut connection = connect(&server).await;
    // The default.
    let error = connection
        .ingest("t")
        .batches(vec![batch(0..2)])
        .await
        .unwrap_err();
    refused(&error, StatusCode::NotFound, "no such table: t");
    connection
        .execute("CREATE TABLE t (name TEXT, id INTEGER, extra TEXT DEFAULT 'x')")
        .await
        .unwrap();
    for ids in [0..2, 2..5] {
        ingest(&mut connection, IngestMode::Append, ids)
            .await
            .unwrap();
    }
    let (ids, extras): (i64, i64) = query_as("SELECT sum(id), count(extra) FROM t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((ids, extras), (10, 5));
}

#[tokio::test]
async fn replace_drops_what_was_there() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (other TEXT)")
        .await
        .unwrap();
    for (ids, sum) in [(1..3, 3_i64), (10..12, 21)] {
        ingest(&mut connection, IngestMode::Replace, ids)
            .await
            .unwrap();
        let found: i64 = query_scalar("SELECT sum(id) FROM t")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(found, sum);
    }
}

#[tokio::test]
async fn create_append_does_what_is_needed() {
    let server = server().await;
    let mut connection = connect(&server).await;
    for expected in [3, 6] {
        ingest(&mut connection, IngestMode::CreateAppend, 0..3)
            .await
            .unwrap();
        assert_eq!(count(&mut connection, "t").await, expected);
    }
}

#[tokio::test]
async fn many_batches_go_in_one_call() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let batches = (0..50).map(|n| batch(n * 1000..(n + 1) * 1000));
    let done = connection
        .ingest("t")
        .mode(IngestMode::Create)
        .stream(schema(), stream::iter(batches.map(Ok)))
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 50_000);
    assert_eq!(server.count(Rpc::DoPut), 1);
    let sum: i64 = query_scalar("SELECT sum(id) FROM t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(sum, 49_999 * 50_000 / 2);
}

#[tokio::test]
async fn a_stream_without_batches_still_makes_the_table() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let done = connection
        .ingest("t")
        .mode(IngestMode::Create)
        .stream(schema(), stream::empty())
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 0);
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn an_empty_list_of_batches_is_an_error() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let error = connection
        .ingest("t")
        .batches(Vec::new())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
    assert!(error.to_string().contains("at least one batch"), "{error}");
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn f7_temporary_tables_live_as_long_as_their_session() {
    let server = server().await;
    let mut connection = connect(&server).await;
    fn make(connection: &mut FlightSqlConnection) -> FlightSqlIngest<'_> {
        connection
            .ingest("t")
            .mode(IngestMode::Create)
            .temporary(true)
    }
    let mut tx = connection.begin().await.unwrap();
    make(&mut tx).batches(vec![batch(0..3)]).await.unwrap();
    assert_eq!(count(&mut *tx, "temp.t").await, 3);
    tx.rollback().await.unwrap();
    assert!(connection.execute("SELECT * FROM t").await.is_err());
    make(&mut connection)
        .batches(vec![batch(0..3)])
        .await
        .unwrap();
    assert_eq!(count(&mut connection, "temp.t").await, 3);
    let mut other = connect(&server).await;
    let error = other.execute("SELECT * FROM t").await.unwrap_err();
    assert!(error.to_string().contains("no such table"), "{error}");
}

#[tokio::test]
async fn catalog_and_schema_are_sent() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let create = connection.ingest("t").mode(IngestMode::Create);
    create
        .catalog("main")
        .schema("main")
        .batches(vec![batch(0..1)])
        .await
        .unwrap();
    let error = connection
        .ingest("t")
        .catalog("elsewhere")
        .batches(vec![batch(0..1)])
        .await
        .unwrap_err();
    refused(&error, StatusCode::NotFound, "no such catalog: elsewhere");
    let error = connection
        .ingest("t")
        .schema("sub")
        .batches(vec![batch(0..1)])
        .await
        .unwrap_err();
    refused(&error, StatusCode::NotFound, "no such schema: sub");
}

#[tokio::test]
async fn a_rolled_back_transaction_takes_the_rows_along() {
    let server = server().await;
    let outside = pool(&server, 1).await;
    let mut connection = connect(&server).await;
    ingest(&mut connection, IngestMode::Create, 0..2)
        .await
        .unwrap();
    let mut tx = connection.begin().await.unwrap();
    ingest(&mut tx, IngestMode::Append, 2..10).await.unwrap();
    assert_eq!(count(&mut *tx, "t").await, 10);
    assert_eq!(count(&outside, "t").await, 2);
    drop(tx);
    assert_eq!(count(&mut connection, "t").await, 2);
}

#[tokio::test]
async fn a_row_that_is_refused_takes_all_along() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (id INTEGER CHECK (id < 5), name TEXT)")
        .await
        .unwrap();
    let batches = vec![batch(0..3), batch(3..9)];
    let error = connection.ingest("t").batches(batches).await.unwrap_err();
    assert!(
        error.as_database_error().unwrap().is_check_violation(),
        "{error:?}"
    );
    assert_eq!(count(&mut connection, "t").await, 0);
}

/// Two batches, then an error.
fn failing() -> impl stream::Stream<Item = Result<RecordBatch, Error>> + Send + 'static {
    let failed = Error::InvalidArgument("the source ran dry".to_owned());
    stream::iter([Ok(batch(0..100)), Ok(batch(100..200))]).chain(stream::iter([Err(failed)]))
}

async fn fails_with_its_source(ingest: FlightSqlIngest<'_>) {
    let error = ingest.stream(schema(), failing()).await.unwrap_err();
    assert!(
        matches!(&error, Error::InvalidArgument(why) if why == "the source ran dry"),
        "{error:?}"
    );
}

/// A batch, and then nothing more.
fn endless() -> impl stream::Stream<Item = Result<RecordBatch, Error>> + Send + 'static {
    stream::iter([Ok(batch(0..10))]).chain(stream::pending())
}

#[tokio::test]
async fn an_error_of_the_source_aborts() {
    let (server, mut connection) = with_table().await;
    fails_with_its_source(connection.ingest("t")).await;
    leaves_no_row(&server, &mut connection).await;
    // The connection and the table are as they were.
    ingest(&mut connection, IngestMode::Append, 0..3)
        .await
        .unwrap();
    assert_eq!(count(&mut connection, "t").await, 3);
}

#[tokio::test]
async fn an_error_of_the_source_aborts_inside_a_transaction() {
    let (_server, mut connection) = with_table().await;
    let mut tx = connection.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (-1, 'before')")
        .await
        .unwrap();
    fails_with_its_source(tx.ingest("t")).await;
    // The table has no row of the ingest, and the transaction continues.
    assert_eq!(count(&mut *tx, "t").await, 1);
    tx.execute("INSERT INTO t VALUES (-2, 'after')")
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let ids: Vec<i64> = query_scalar("SELECT id FROM t ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(ids, [-2, -1]);
}

#[tokio::test]
async fn a_secret_in_the_error_of_the_source_is_masked() {
    let token = "tok-0123456789-abcdef";
    let server = TestServer::builder().bearer(token).start().await.unwrap();
    let options = options(&server.url()).token(token);
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    let failed = stream::iter([Err(Error::ColumnNotFound(token.to_owned()))]);
    let ingest = connection.ingest("t").mode(IngestMode::Create);
    let error = ingest.stream(schema(), failed).await.unwrap_err();
    // The variant stays.
    assert!(
        matches!(&error, Error::ColumnNotFound(name) if name == "***"),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_ingest_that_is_dropped_aborts() {
    let (server, mut connection) = with_table().await;
    let gate = server.gate_command(Rpc::DoPut, "CommandStatementIngest");
    {
        let run = connection.ingest("t").stream(schema(), endless());
        let mut run = std::pin::pin!(run);
        tokio::select! {
            done = &mut run => panic!("an endless ingest ended: {done:?}"),
            () = gate.reached() => {}
        }
    }
    gate.open();
    leaves_no_row(&server, &mut connection).await;
}

#[tokio::test]
async fn an_ingest_that_takes_too_long_aborts() {
    let (server, mut connection) = with_table().await;
    // Only the ingest runs with this limit, because it also bounds every other update.
    let options = options(&server.url()).update_timeout(Duration::from_millis(200));
    let mut limited = FlightSqlConnection::connect_with(&options).await.unwrap();
    let error = limited
        .ingest("t")
        .stream(schema(), endless())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`update_timeout`"), "{error}");
    leaves_no_row(&server, &mut connection).await;
}

#[tokio::test]
async fn batches_of_different_columns_are_refused() {
    let (server, mut connection) = with_table().await;
    let other = Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, true),
    ]));
    let text = || Arc::new(StringArray::from(vec!["12345678", "87654321"]));
    let odd = RecordBatch::try_new(other, vec![text(), text()]).unwrap();
    for batches in [
        vec![batch(0..2), odd.clone()],
        vec![odd.project(&[0]).unwrap(), batch(0..2)],
    ] {
        let error = connection.ingest("t").batches(batches).await.unwrap_err();
        assert!(matches!(error, Error::InvalidArgument(_)), "{error:?}");
        assert!(error.to_string().contains("schema"), "{error}");
        leaves_no_row(&server, &mut connection).await;
    }
}

#[tokio::test]
async fn a_server_without_ingest_says_what_to_do() {
    let script = Script::new().on(
        Rpc::DoPut,
        "CommandStatementIngest",
        Reply::error(Code::Unimplemented, "no such command"),
    );
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = connect(&server).await;
    let error = connection
        .ingest("t")
        .batches(vec![batch(0..1)])
        .await
        .unwrap_err();
    assert!(crate::common::server_error(&error).is_unsupported());
    assert!(
        error
            .to_string()
            .contains("no bulk ingest; insert the rows"),
        "{error}"
    );
    script.assert_used();
}

#[tokio::test]
async fn an_unknown_count_is_not_taken_for_a_number() {
    let script = Script::new().do_put(Reply::update_count(-1));
    let server = TestServer::scripted(script).await.unwrap();
    let mut connection = connect(&server).await;
    let done = connection
        .ingest("t")
        .batches(vec![batch(0..1)])
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), None);
}

#[tokio::test]
async fn a_column_arrives_as_what_it_is() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let item = Arc::new(Field::new_list_field(DataType::Int64, true));
    let columns = vec![Field::new("big", DataType::LargeList(item), true)];
    let batch = RecordBatch::new_empty(Arc::new(Schema::new(columns)));
    // SQLite has no lists, and its error names the type that arrived; arrow-flight's own encoder would send `List`.
    let error = connection
        .ingest("t")
        .mode(IngestMode::Create)
        .batches(vec![batch])
        .await
        .unwrap_err();
    assert!(
        server_error(&error).to_string().contains("LargeList"),
        "{error}"
    );
}
