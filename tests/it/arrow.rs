//! Results as record batches, with the same statements and values, column by column.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use flightsql::{Executor, Row, query};
use flightsql_testkit::arrow_flight::{FlightEndpoint, FlightInfo, Ticket};
use flightsql_testkit::tonic::Status;
use flightsql_testkit::{Fault, Reply, Rpc, Script, SqliteConfig, TestServer};
use futures_util::TryStreamExt;

use crate::common::{connect, count, server};

const NUMBERS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
    SELECT i, 'row ' || i AS name, CASE WHEN i % 3 = 0 THEN NULL ELSE i * 2 END AS twice FROM n";
const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

/// All values of an Int64 column.
fn numbers(batches: &[RecordBatch], column: usize) -> Vec<Option<i64>> {
    let columns = batches
        .iter()
        .map(|batch| batch.column(column).as_primitive::<Int64Type>());
    columns.flat_map(|column| column.iter()).collect()
}

async fn with_table(config: SqliteConfig) -> TestServer {
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let sql = "CREATE TABLE t (id BIGINT NOT NULL, name TEXT);
        INSERT INTO t VALUES (1, 'a'), (2, NULL), (3, 'c')";
    server.sqlite().execute_batch(sql).unwrap();
    server
}

#[tokio::test]
async fn a_statement_without_a_result_says_what_it_changed() {
    let server = with_table(SqliteConfig::new()).await;
    let mut connection = connect(&server).await;
    let bound = query("UPDATE t SET name = ?").bind("x");
    let mut changed = connection.fetch_arrow(bound).await.unwrap();
    assert_eq!(
        changed.query_result().unwrap().known_rows_affected(),
        Some(3)
    );
    assert!(changed.schema().is_none());
    assert!(changed.try_next().await.unwrap().is_none());
    assert_eq!(
        changed.query_result().unwrap().known_rows_affected(),
        Some(3)
    );
    drop(changed);

    for with_result in ["SELECT * FROM t WHERE id > 9", "DELETE FROM t RETURNING id"] {
        let stream = connection.fetch_arrow(with_result).await.unwrap();
        assert_eq!(stream.query_result(), None, "{with_result}");
    }
}

#[tokio::test]
async fn batches_hold_what_rows_hold() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let rows = query(NUMBERS).fetch_all(&mut connection).await.unwrap();
    let stream = connection.fetch_arrow(NUMBERS).await.unwrap();
    let batches: Vec<_> = stream.try_collect().await.unwrap();
    assert!(batches.len() > 1);
    assert_eq!(
        batches.iter().map(RecordBatch::num_rows).sum::<usize>(),
        rows.len()
    );

    let mut row = rows.iter();
    for batch in &batches {
        let id = batch.column(0).as_primitive::<Int64Type>();
        let name = batch.column(1).as_string::<i32>();
        let twice = batch.column(2).as_primitive::<Int64Type>();
        for index in 0..batch.num_rows() {
            let row = row.next().unwrap();
            assert_eq!(id.value(index), row.get::<i64, _>("i"));
            assert_eq!(name.value(index), row.get::<&str, _>("name"));
            let expected = (!twice.is_null(index)).then(|| twice.value(index));
            assert_eq!(expected, row.get::<Option<i64>, _>("twice"));
        }
    }
}

#[tokio::test]
async fn binds_work_and_the_statement_is_kept() {
    let server = with_table(SqliteConfig::new()).await;
    let mut connection = connect(&server).await;
    for (from, expected) in [(1_i64, vec![Some(2), Some(3)]), (2, vec![Some(3)])] {
        let query = query("SELECT id FROM t WHERE id > ? ORDER BY id").bind(from);
        let stream = connection.fetch_arrow(query).await.unwrap();
        let batches: Vec<_> = stream.try_collect().await.unwrap();
        assert_eq!(numbers(&batches, 0), expected);
    }
    assert_eq!(server.count(Rpc::DoAction), 1);
}

#[tokio::test]
async fn schema_is_available_before_and_after_batches() {
    let server = with_table(SqliteConfig::new()).await;
    let mut connection = connect(&server).await;
    let mut stream = connection
        .fetch_arrow("SELECT id, name FROM t")
        .await
        .unwrap();
    let expected = [
        // Batches may hold NULL in a column that the server reports as NOT NULL.
        ("id", DataType::Int64, true),
        ("name", DataType::Utf8, true),
    ];
    let check = |schema: &Schema| {
        let fields = schema.fields().iter();
        let found: Vec<_> = fields
            .map(|f| (f.name().as_str(), f.data_type().clone(), f.is_nullable()))
            .collect();
        assert_eq!(found, expected);
    };
    check(stream.schema().unwrap());
    let mut rows = 0;
    while let Some(batch) = stream.try_next().await.unwrap() {
        check(&batch.schema());
        rows += batch.num_rows();
    }
    check(stream.schema().unwrap());
    assert_eq!(rows, 3);
    assert!(stream.try_next().await.unwrap().is_none());
}

#[tokio::test]
async fn an_empty_result_keeps_its_columns() {
    let server = with_table(SqliteConfig::new()).await;
    let mut connection = connect(&server).await;
    for sql in [
        "SELECT id, name FROM t WHERE id > 99",
        "SELECT name, id FROM t LIMIT 0",
    ] {
        let mut stream = connection.fetch_arrow(sql).await.unwrap();
        assert!(stream.try_next().await.unwrap().is_none());
        let names = stream
            .schema()
            .unwrap()
            .fields()
            .iter()
            .map(|field| field.name().as_str());
        let names: Vec<_> = names.collect();
        assert_eq!(
            sql.contains("id, name"),
            names == ["id", "name"],
            "{names:?}"
        );
        assert_eq!(names.len(), 2);
    }
}

#[tokio::test]
async fn a_schema_that_was_not_announced_is_that_of_the_data() {
    let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(Int64Array::from(vec![4, 5]))]);
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new("t"));
    let script = Script::new()
        .get_flight_info(Reply::flight_info(
            FlightInfo::new().with_endpoint(endpoint),
        ))
        .do_get(Reply::batches(schema.as_ref().clone(), [batch.unwrap()]));
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = connect(&server).await;
    let mut stream = connection.fetch_arrow("SELECT n FROM t").await.unwrap();
    assert_eq!(stream.schema().unwrap().field(0).name(), "n");
    let batch = stream.try_next().await.unwrap().unwrap();
    assert_eq!(numbers(&[batch], 0), [Some(4), Some(5)]);
    script.assert_used();
}

#[tokio::test]
async fn several_endpoints_come_in_order() {
    let config = SqliteConfig::new().endpoints(4).batch_rows(700);
    let server = with_table(config).await;
    let mut connection = connect(&server).await;
    let stream = connection.fetch_arrow(NUMBERS).await.unwrap();
    let batches: Vec<_> = stream.try_collect().await.unwrap();
    let expected: Vec<_> = (1..=20_000).map(Some).collect();
    assert_eq!(numbers(&batches, 0), expected);
    assert_eq!(server.count(Rpc::DoGet), 4);
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);

    // The same with fewer rows than endpoints, and through rows.
    let rows = query("SELECT id FROM t ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let ids: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(ids, [1, 2, 3]);
}

#[tokio::test]
async fn a_statement_without_a_result_runs_and_gives_no_batch() {
    let server = with_table(SqliteConfig::new()).await;
    let mut connection = connect(&server).await;
    let mut stream = connection
        .fetch_arrow("INSERT INTO t VALUES (4, 'd')")
        .await
        .unwrap();
    assert!(stream.schema().is_none());
    assert!(stream.try_next().await.unwrap().is_none());
    drop(stream);
    assert_eq!(count(&mut connection, "t").await, 4);
    let delete = query("DELETE FROM t WHERE id = ?").bind(4_i64);
    let batches: Vec<_> = connection
        .fetch_arrow(delete)
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(batches.len(), 0);
    assert_eq!(count(&mut connection, "t").await, 3);
}

#[tokio::test]
async fn dropping_the_stream_half_way_stops_the_server() {
    let server = server().await;
    let mut connection = connect(&server).await;
    for batches in [0, 1, 5] {
        let mut stream = connection.fetch_arrow(ENDLESS).await.unwrap();
        for _ in 0..batches {
            assert!(stream.try_next().await.unwrap().unwrap().num_rows() > 0);
        }
        drop(stream);
        server.wait_until(|server| server.open_streams() == 0).await;
        connection.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn error_ends_stream_and_keeps_connection() {
    let server = server().await;
    let mut connection = connect(&server).await;
    // The schema and one batch come through.
    server.fault(Fault::new(Rpc::DoGet).fail_after(2, Status::internal("disk on fire")));
    let mut stream = connection.fetch_arrow(ENDLESS).await.unwrap();
    assert!(stream.try_next().await.unwrap().is_some());
    let error = stream.try_next().await.unwrap_err();
    assert!(error.to_string().contains("disk on fire"), "{error}");
    assert!(stream.try_next().await.unwrap().is_none());
    drop(stream);
    connection.execute("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn an_error_of_the_statement_comes_at_once() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let error = connection
        .fetch_arrow("SELECT * FROM nowhere")
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("no such table: nowhere"),
        "{error}"
    );
    let error = connection
        .fetch_arrow("SELECT 1; SELECT 2")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("2 statements"), "{error}");
}
