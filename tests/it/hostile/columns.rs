//! Results whose columns the server does not report, which are absent and not empty.

use std::sync::Arc;

use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{Column as _, Error, Executor as _, FlightSqlPoolOptions, SqlSafeStr as _, query};
use flightsql_testkit::arrow_flight::{FlightInfo, SchemaResult};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, raw};
use futures_util::TryStreamExt as _;

use super::{Hostile, ints, plans::endpoint, protocol_error};
use crate::common::server_error;

const CREATE: &str = "CreatePreparedStatement";
const PREPARED: &str = "CommandPreparedStatementQuery";
const STATEMENT: &str = "CommandStatementQuery";
const NOTHING: &str = "the server returned neither columns nor rows for a query";

fn nothing() -> Schema {
    Schema::empty()
}

/// A plan without columns whose one stream has no message.
fn empty_stream(hostile: &Hostile) {
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::flight_info(FlightInfo {
            endpoint: vec![endpoint("t")],
            ..FlightInfo::default()
        }))
        .do_get(Reply::empty());
}

fn no_endpoint(hostile: &Hostile) {
    let script = hostile.script.clone();
    script.get_flight_info(Reply::info(nothing(), []));
}

#[tokio::test]
async fn k2_query_without_endpoint_and_columns_is_an_error() {
    let mut hostile = Hostile::new().await;
    for answer in [no_endpoint, empty_stream] {
        for sql in [
            "SELECT n FROM t",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "VALUES (1)",
        ] {
            answer(&hostile);
            let rows = query(sql).fetch_all(&mut hostile.connection).await;
            let error = protocol_error(rows.map(|rows| rows.len()));
            assert!(error.contains(NOTHING), "{sql}: {error}");
        }
        // The batch API, a transaction of the pool and `execute` say the same.
        answer(&hostile);
        let batches = hostile.connection.fetch_arrow("SELECT n").await;
        let batches = match batches {
            Ok(batches) => batches.try_collect::<Vec<_>>().await,
            Err(error) => Err(error),
        };
        assert!(protocol_error(batches).contains(NOTHING));
        answer(&hostile);
        let done = hostile.connection.execute("SELECT n").await;
        assert!(protocol_error(done).contains(NOTHING));
        answer(&hostile);
        let row = hostile.connection.fetch_optional("SELECT n").await;
        assert!(protocol_error(row.map(drop)).contains(NOTHING));
    }
    hostile.works().await;
    no_endpoint(&hostile);
    let pool = FlightSqlPoolOptions::new().max_connections(1);
    let pool = pool.connect(&hostile.server.url()).await.unwrap();
    let rows = pool.fetch_all("SELECT n").await;
    assert!(protocol_error(rows.map(drop)).contains(NOTHING));
}

#[tokio::test]
async fn k2_bound_query_without_endpoint_and_columns_is_an_error() {
    let mut hostile = Hostile::new().await;
    let script = hostile.script.clone();
    script
        .do_action(CREATE, Reply::prepared("handle", Some(&ints()), None))
        .on(Rpc::DoPut, PREPARED, Reply::empty().times(2));
    for answer in [no_endpoint, empty_stream] {
        answer(&hostile);
        let rows = query("SELECT n FROM t WHERE n = ?").bind(1_i64);
        let rows = rows.fetch_all(&mut hostile.connection).await;
        assert!(protocol_error(rows.map(drop)).contains(NOTHING));
    }
    hostile.works().await;
}

#[tokio::test]
async fn k2_columns_without_rows_stay_an_empty_result() {
    let mut hostile = Hostile::new().await;
    let found = hostile.ints(Reply::info(ints(), []), []).await;
    assert_eq!(found.unwrap(), [0_i64; 0]);
    // Columns in the plan, and a stream without a message.
    let found = hostile.stream([]).await;
    assert_eq!(found.unwrap(), [0_i64; 0]);
    // No columns in the plan, and a stream that begins with some.
    let script = hostile.script.clone();
    script
        .get_flight_info(Reply::flight_info(FlightInfo {
            endpoint: vec![endpoint("t")],
            ..FlightInfo::default()
        }))
        .do_get(Reply::raw([raw::schema(&ints())]));
    let rows = query("SELECT n").fetch_all(&mut hostile.connection).await;
    assert!(rows.unwrap().is_empty());
    hostile.works().await;
}

#[tokio::test]
async fn k2_other_statements_may_return_nothing_as_queries() {
    let mut hostile = Hostile::with_options("dialect=datafusion").await;
    for sql in [
        "CREATE TABLE t (n BIGINT)",
        "SET a = 1",
        "DELETE FROM t",
        "PRAGMA a = 1",
    ] {
        for answer in [no_endpoint, empty_stream] {
            answer(&hostile);
            hostile.connection.execute(sql).await.unwrap();
        }
    }
    hostile.works().await;
}

#[tokio::test]
async fn k2_listing_without_endpoint_and_columns_is_an_error() {
    let mut hostile = Hostile::new().await;
    no_endpoint(&hostile);
    let tables = hostile.connection.catalog().tables().fetch_all().await;
    assert!(protocol_error(tables).contains("neither columns nor rows"));
    hostile.works().await;
}

/// Returns the names of the columns that the server reports without running the statement.
async fn described(hostile: &mut Hostile, sql: &'static str) -> Result<Vec<String>, Error> {
    let described = hostile.connection.describe(sql.into_sql_str()).await?;
    Ok(names(described.columns.iter().map(|column| column.name())))
}

fn names<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    names.map(str::to_owned).collect()
}

fn commands(hostile: &Hostile, rpc: Rpc) -> Vec<String> {
    let calls = hostile.server.calls_of(rpc);
    let commands = calls.iter().map(|call| call.command().unwrap_or_default());
    names(commands)
}

fn close(hostile: &Hostile) {
    let script = hostile.script.clone();
    script.do_action("ClosePreparedStatement", Reply::empty().always());
}

#[tokio::test]
async fn h2_reads_absent_dataset_schema_by_handle() {
    let mut hostile = Hostile::new().await;
    close(&hostile);
    let two = Schema::new(vec![
        Field::new("a", DataType::Int64, false),
        Field::new("b", DataType::Utf8, true),
    ]);
    for absent in [None, Some(nothing())] {
        let script = hostile.script.clone();
        script
            .do_action(CREATE, Reply::prepared("handle", absent.as_ref(), None))
            .on(Rpc::GetSchema, PREPARED, Reply::schema(&two));
        let columns = described(&mut hostile, "SELECT a, b FROM t").await;
        assert_eq!(columns.unwrap(), ["a", "b"]);
    }
    let script = hostile.script.clone();
    script
        .do_action(CREATE, Reply::prepared("handle", None, None))
        .on(Rpc::GetSchema, PREPARED, Reply::schema(&two));
    let prepared = hostile
        .connection
        .prepare("SELECT a, b FROM t".into_sql_str());
    let prepared = prepared.await.unwrap();
    let columns = flightsql::Statement::columns(&prepared).iter();
    assert_eq!(names(columns.map(|column| column.name())), ["a", "b"]);
    assert_eq!(commands(&hostile, Rpc::GetSchema), [PREPARED; 3]);
}

#[tokio::test]
async fn h2_next_route_describes_what_the_handle_does_not() {
    let mut hostile = Hostile::new().await;
    close(&hostile);
    for refusal in [
        Reply::error(Code::Unimplemented, "no schema of handles"),
        Reply::error(Code::Internal, "no schema of handles"),
        Reply::schema_result(SchemaResult::default()),
    ] {
        let script = hostile.script.clone();
        script
            .do_action(CREATE, Reply::prepared("handle", None, None))
            .on(Rpc::GetSchema, PREPARED, refusal)
            .on(Rpc::GetSchema, STATEMENT, Reply::schema(ints()));
        let columns = described(&mut hostile, "SELECT n FROM t").await;
        assert_eq!(columns.unwrap(), ["n"]);
    }
}

#[tokio::test]
async fn h2_query_whose_columns_nobody_reports_is_an_error() {
    let mut hostile = Hostile::new().await;
    close(&hostile);
    let script = hostile.script.clone();
    script.do_action(CREATE, Reply::prepared("handle", None, None).always());
    for _ in 0..2 {
        let script = hostile.script.clone();
        script.get_schema(Reply::error(Code::Unimplemented, "no schemas").times(2));
        let error = described(&mut hostile, "SELECT n FROM t")
            .await
            .unwrap_err();
        let error = server_error(&error);
        assert!(error.is_unsupported(), "{error}");
        let text = error.to_string();
        assert!(
            text.starts_with("the server does not report the columns of this query"),
            "{text}"
        );
    }
    // Of a table too, which is described where its columns are not listed.
    let tables = flightsql::arrow::array::RecordBatch::try_from_iter([(
        "table_name",
        Arc::new(flightsql::arrow::array::StringArray::from(vec!["t"])) as _,
    )])
    .unwrap();
    let script = hostile.script.clone();
    script
        .on(
            Rpc::GetFlightInfo,
            "CommandGetTables",
            Reply::ticket(tables.schema(), "tables"),
        )
        .do_get(Reply::batches(tables.schema(), [tables]))
        .get_schema(Reply::error(Code::Unimplemented, "no schemas").times(2));
    let error = hostile.connection.catalog().columns_of("t").await;
    let error = error.unwrap_err();
    assert!(server_error(&error).is_unsupported(), "{error}");
}

#[tokio::test]
async fn h2_does_not_query_columns_of_updates() {
    let mut hostile = Hostile::new().await;
    close(&hostile);
    let script = hostile.script.clone();
    script.do_action(CREATE, Reply::prepared("handle", None, None).always());
    for sql in ["DELETE FROM t", "CREATE TABLE t (n BIGINT)"] {
        assert!(described(&mut hostile, sql).await.unwrap().is_empty());
    }
    assert_eq!(hostile.server.count(Rpc::GetSchema), 0);
    // The type is unknown, and the server does not report it.
    let script = hostile.script.clone();
    script.get_schema(Reply::error(Code::InvalidArgument, "no query"));
    assert!(
        described(&mut hostile, "OPTIMIZE t")
            .await
            .unwrap()
            .is_empty()
    );
    let script = hostile.script.clone();
    script.get_schema(Reply::schema(ints()));
    assert_eq!(described(&mut hostile, "CALL f()").await.unwrap(), ["n"]);
    hostile.works().await;
}

#[tokio::test]
async fn h2_broken_schema_of_a_handle_is_an_error() {
    let mut hostile = Hostile::new().await;
    close(&hostile);
    let script = hostile.script.clone();
    script
        .do_action(CREATE, Reply::prepared("handle", None, None))
        .get_schema(Reply::schema_result(SchemaResult {
            schema: vec![1, 2, 3].into(),
        }));
    let error = protocol_error(described(&mut hostile, "SELECT n FROM t").await);
    assert!(error.contains("the server's schema is bad"), "{error}");
    hostile.works().await;
}

#[tokio::test]
async fn h2_query_with_an_absent_dataset_runs_as_a_query() {
    let mut hostile = Hostile::new().await;
    let script = hostile.script.clone();
    script
        .do_action(CREATE, Reply::prepared("handle", None, None))
        .on(Rpc::DoPut, PREPARED, Reply::empty())
        .on(Rpc::GetFlightInfo, PREPARED, Reply::ticket(ints(), "t"))
        .do_get(Reply::batches(ints(), [super::int_batch([7])]));
    let row = query("SELECT n FROM t WHERE n = ?").bind(7_i64);
    let row = row.fetch_one(&mut hostile.connection).await.unwrap();
    assert_eq!(flightsql::Row::get::<i64, _>(&row, 0), 7);
    assert_eq!(hostile.server.count(Rpc::GetSchema), 0);
    hostile.works().await;
}
