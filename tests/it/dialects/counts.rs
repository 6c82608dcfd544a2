//! Tests of row counts in a result, and of parameters that the server counts.

use std::sync::{Arc, Mutex};

use flightsql::arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, UInt64Array};
use flightsql::dialect::{CountedBy, DialectProfile, Route, presets};
use flightsql::{ConnectOptions, Connection, Executor, FlightSqlConnection, query};
use flightsql_testkit::arrow_flight::utils::flight_data_to_batches;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::TryStreamExt as _;

use super::changed;

const UPDATE: &str = "UPDATE t SET a = 1";

async fn scripted(script: Script, dialect: DialectProfile) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::scripted(script).await.unwrap();
    let options: flightsql::FlightSqlConnectOptions = server.url().parse().unwrap();
    let connection = options.dialect(Arc::new(dialect)).connect().await.unwrap();
    (server, connection)
}

/// An engine that runs changes as queries, whose result is this column.
async fn counting(name: &str, column: ArrayRef) -> (TestServer, FlightSqlConnection) {
    let batch = RecordBatch::try_from_iter([(name, column)]).unwrap();
    let script = Script::new()
        .get_flight_info(Reply::ticket(batch.schema(), "t").always())
        .do_get(Reply::batches(batch.schema(), [batch]).always());
    let mut dialect = presets::duckdb();
    dialect.statements.route = Some(Route::Query);
    dialect.statements.count_columns.push("rows_changed".into());
    scripted(script, dialect).await
}

#[tokio::test]
async fn a2_count_column_has_any_case_and_integer_type() {
    let columns: [(&str, ArrayRef, Option<u64>); 6] = [
        ("Count", Arc::new(Int64Array::from(vec![3])), Some(3)),
        ("COUNT", Arc::new(Int32Array::from(vec![4])), Some(4)),
        (
            "Rows_Changed",
            Arc::new(UInt64Array::from(vec![u64::MAX])),
            Some(u64::MAX),
        ),
        ("count", Arc::new(Int64Array::from(vec![-1])), None),
        ("count", Arc::new(Int64Array::from(vec![None])), None),
        ("id", Arc::new(Int64Array::from(vec![5])), None),
    ];
    for (name, column, expected) in columns {
        let (_server, mut connection) = counting(name, column).await;
        let done = connection.execute(UPDATE).await.unwrap();
        assert_eq!(done.known_rows_affected(), expected, "{name}");
        let mut stream = connection.fetch_arrow(UPDATE).await.unwrap();
        assert_eq!(stream.query_result(), None, "{name}");
        stream.try_next().await.unwrap();
        let done = stream
            .query_result()
            .and_then(|done| done.known_rows_affected());
        assert_eq!(done, expected, "{name}");
    }
}

#[tokio::test]
async fn a8_rejects_negative_count_except_minus_one() {
    let (_server, mut connection) = counting("Count", Arc::new(Int64Array::from(vec![-2]))).await;
    let error = connection.execute(UPDATE).await.unwrap_err().to_string();
    assert!(error.contains("the row count -2;"), "{error}");

    for count in [-2, i64::MIN] {
        let script = Script::new().do_put(Reply::update_count(count).always());
        let (_server, mut connection) = scripted(script, presets::ansi()).await;
        let error = connection.execute(UPDATE).await.unwrap_err().to_string();
        assert!(
            error.contains(&format!("the row count {count};")),
            "{error}"
        );
    }
}

/// Placeholders that are not in the driver's syntax.
const UNKNOWN: [&str; 4] = [
    "SELECT PREPARED STATEMENT",
    "SELECT {p:Int64}",
    "SELECT %s",
    "SELECT #{p}",
];

/// A server that reports no parameters, and accepts any number.
fn taking_any() -> Script {
    taking(Reply::empty().always())
}

fn taking(put: Reply) -> Script {
    let one: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    let batch = RecordBatch::try_from_iter([("one", one)]).unwrap();
    let schema = batch.schema();
    Script::new()
        .do_action(
            "CreatePreparedStatement",
            Reply::prepared("handle", Some(&schema), None).always(),
        )
        .do_action("ClosePreparedStatement", Reply::empty().always())
        .do_put(put)
        .get_flight_info(Reply::ticket(schema.clone(), "t").always())
        .do_get(Reply::batches(schema, [batch]).always())
}

#[tokio::test]
async fn h3_server_that_counts_parameters_receives_bound_values() {
    let counting = changed(|own| own.parameters.counted_by = CountedBy::Server);
    let (server, mut connection) = scripted(taking_any(), counting).await;
    for sql in UNKNOWN {
        let row = query(sql).bind(7_i64).fetch_one(&mut connection).await;
        assert!(row.is_ok(), "{sql}: {row:?}");
        let described = connection.describe(flightsql::SqlSafeStr::into_sql_str(sql));
        assert!(described.await.unwrap().parameters.is_none(), "{sql}");
    }
    assert_eq!(server.count(Rpc::DoPut), UNKNOWN.len());

    // The check is the default.
    let (server, mut connection) = scripted(taking_any(), presets::ansi()).await;
    for sql in UNKNOWN {
        let row = query(sql).bind(7_i64).fetch_one(&mut connection).await;
        let error = row.unwrap_err();
        assert!(error.to_string().contains("0 parameters"), "{sql}: {error}");
    }
    assert_eq!(server.count(Rpc::DoPut), 0);
    connection.close().await.unwrap();
}

/// The SQL of each prepared statement, and the names of the columns that were bound.
async fn bound(dialect: DialectProfile, sql: &str, builder: bool) -> (Vec<String>, Vec<String>) {
    let names = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&names);
    let put = Reply::with(move |request| {
        let batches = flight_data_to_batches(request.data()).unwrap();
        let schema = batches[0].schema();
        let names = schema.fields().iter().map(|field| field.name().clone());
        *kept.lock().unwrap() = names.collect();
        Reply::empty()
    });
    let (server, mut connection) = scripted(taking(put.always()), dialect).await;
    match builder {
        true => {
            let mut builder = flightsql::QueryBuilder::<flightsql::FlightSql>::new(sql);
            builder.push_bind(7_i64).push(", ").push_bind("a");
            builder.build().fetch_one(&mut connection).await.unwrap();
        }
        false => {
            let query = query(flightsql::AssertSqlSafe(sql)).bind(7_i64).bind("a");
            query.fetch_one(&mut connection).await.unwrap();
        }
    }
    let calls = server.calls();
    let texts = calls.iter().filter_map(|call| call.sql()).collect();
    let names = names.lock().unwrap().clone();
    (texts, names)
}

#[tokio::test]
async fn bound_columns_and_casts_are_named_as_the_dialect_says() {
    let named =
        |template: &str| changed(|own| own.parameters.column_name = Some(template.to_owned()));
    let (_, names) = bound(named("{name}"), "SELECT :price, :kind", false).await;
    assert_eq!(names, ["price", "kind"]);
    let (_, names) = bound(named("p{n}"), "SELECT :price, :kind", false).await;
    assert_eq!(names, ["p1", "p2"]);
    let (_, names) = bound(named("{name}"), "SELECT ?, ?", false).await;
    assert_eq!(names, ["1", "2"]);

    let mut casting = named("{name}");
    casting.parameters.cast = true;
    casting.parameters.placeholder = ":p{n}".to_owned();
    casting.types.names = [("text".parse().unwrap(), "STRING".to_owned())].into();
    let (texts, names) = bound(casting.clone(), "SELECT ", true).await;
    assert_eq!(texts[0], "SELECT CAST(:p1 AS BIGINT), CAST(:p2 AS STRING)");
    assert_eq!(names, ["p1", "p2"]);
    // SQL written by hand is unchanged.
    let (texts, _) = bound(casting, "SELECT :a, :b", false).await;
    assert_eq!(texts[0], "SELECT :a, :b");
}
