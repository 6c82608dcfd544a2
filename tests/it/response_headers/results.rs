//! Headers and trailers of results.

use flightsql::response::{ResponseHeader, ResponseHeaderValue};
use flightsql::{
    Connection as _, Either, Executor as _, FlightSqlConnection, FlightSqlPoolOptions, query,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Script, TestServer};
use futures_util::TryStreamExt as _;

use super::{PLAN, UPDATE, plan, rows, scripted, texts};

/// A query with a header of the plan, a header of the rows, and trailers after them.
fn query_script() -> Script {
    let rows = rows()
        .header("x-own", "head")
        .header("date", "today")
        .header("set-cookie", "a=b")
        .trailer("x-own", "tail")
        .trailer("x-other", "unlisted");
    Script::new()
        .get_flight_info(plan().header("x-request-id", "plan-1"))
        .do_get(rows)
}

const OF_QUERY: [(&str, &str, &str); 3] = [
    (PLAN, "x-request-id", "plan-1"),
    ("DoGet", "x-own", "head"),
    ("DoGet", "x-own", "tail"),
];

#[tokio::test]
async fn query_returns_headers_and_late_trailers() {
    let script = query_script();
    let (_server, mut connection) = scripted(&script, "response_headers=x-own").await;
    let done = query("SELECT 1").execute(&mut connection).await.unwrap();
    assert_eq!(texts(done.response_headers()), OF_QUERY);
    assert_eq!(done.response_headers().get("x-own"), Some("tail"));
    assert_eq!(&connection.response_headers(), done.response_headers());
    script.assert_used();
}

#[tokio::test]
async fn rows_on_a_pool_end_with_their_headers() {
    let script = query_script();
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let url = format!("{}?response_headers=x-own", server.url());
    let pool = FlightSqlPoolOptions::new().connect(&url).await.unwrap();
    let mut steps = pool.fetch_many("SELECT 1");
    let (mut rows, mut headers) = (0, None);
    while let Some(step) = steps.try_next().await.unwrap() {
        match step {
            Either::Right(_) => rows += 1,
            Either::Left(done) => headers = Some(done.response_headers().clone()),
        }
    }
    assert_eq!((rows, texts(&headers.unwrap())), (2, OF_QUERY.to_vec()));
}

#[tokio::test]
async fn batches_have_their_trailers_at_the_end() {
    let (_server, mut connection) = scripted(&query_script(), "response_headers=x-own").await;
    let mut stream = connection.fetch_arrow("SELECT 1").await.unwrap();
    stream.try_next().await.unwrap().unwrap();
    assert_eq!(texts(&stream.response_headers()), OF_QUERY[..2]);
    while stream.try_next().await.unwrap().is_some() {}
    assert_eq!(texts(&stream.response_headers()), OF_QUERY);
}

#[tokio::test]
async fn updates_and_scripts_return_their_headers() {
    let count = |id| {
        Reply::update_count(1)
            .header("x-request-id", id)
            .trailer("x-trace-id", id)
    };
    let script = Script::new()
        .do_put(count("one"))
        .do_put(count("two"))
        .do_put(Reply::update_count(1));
    let (_server, mut connection) = scripted(&script, "").await;
    let sql = flightsql::raw_sql("DELETE FROM t; DELETE FROM u");
    let done = sql.execute(&mut connection).await.unwrap();
    assert_eq!(done.rows_affected(), 2);
    assert_eq!(
        texts(done.response_headers()),
        [
            (UPDATE, "x-request-id", "one"),
            (UPDATE, "x-trace-id", "one"),
            (UPDATE, "x-request-id", "two"),
            (UPDATE, "x-trace-id", "two"),
        ]
    );
    // The connection has those of its last statement.
    assert_eq!(connection.response_headers().len(), 2);
    let done = query("DELETE FROM v")
        .execute(&mut connection)
        .await
        .unwrap();
    assert!(done.response_headers().is_empty());
    assert!(connection.response_headers().is_empty());
}

#[tokio::test]
async fn preset_keeps_the_trailers_of_its_engine() {
    let timings = [
        ("x-influxdata-planning-duration-seconds", "0.002"),
        ("x-influxdata-execution-duration-seconds", "0.5"),
    ];
    for (dialect, kept) in [("influxdb", &timings[..]), ("datafusion", &[])] {
        let rows = timings
            .iter()
            .fold(rows(), |rows, (name, value)| rows.trailer(name, value));
        let script = Script::new().get_flight_info(plan()).do_get(rows);
        let server = TestServer::scripted(script).await.unwrap();
        let url = format!("{dialect}+{}", server.url());
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        let done = query("SELECT 1").execute(&mut connection).await.unwrap();
        let headers = done.response_headers().iter();
        let headers: Vec<_> = headers.map(|h| (h.name(), h.text().unwrap())).collect();
        assert_eq!(headers, kept, "{dialect}");
    }
}

#[tokio::test]
async fn long_value_is_noted_and_the_result_stays() {
    let long = "x".repeat(60_000);
    let script = Script::new()
        .get_flight_info(plan().header("x-request-id", &long))
        .do_get(rows().trailer("x-trace-bin", &long));
    let (_server, mut connection) = scripted(&script, "response_headers=x-trace-bin").await;
    let found = connection.fetch_all("SELECT 1").await.unwrap();
    assert_eq!(found.len(), 2);
    let headers = connection.response_headers();
    let values: Vec<_> = headers.iter().map(ResponseHeader::value).collect();
    let too_long = ResponseHeaderValue::TooLong { size: 60_000 };
    assert_eq!(values, [&too_long, &too_long]);
    assert_eq!(headers.get("x-request-id"), None);
    assert_eq!(headers.get_bytes("x-trace-bin"), None);
}

#[tokio::test]
async fn binary_header_returns_bytes() {
    let script = Script::new()
        .get_flight_info(plan())
        .do_get(rows().header("x-trace-bin", b"\0\xff\x01"));
    let (_server, mut connection) = scripted(&script, "response_headers=x-trace-bin").await;
    connection.fetch_all("SELECT 1").await.unwrap();
    let headers = connection.response_headers();
    assert_eq!(headers.get_bytes("x-trace-bin"), Some(&b"\0\xff\x01"[..]));
}

#[tokio::test]
async fn many_values_leave_the_last_ones() {
    let plan = (0..5000).fold(plan(), |plan, n| plan.header("x-request-id", n.to_string()));
    let script = Script::new().get_flight_info(plan).do_get(rows());
    let (_server, mut connection) = scripted(&script, "").await;
    connection.fetch_all("SELECT 1").await.unwrap();
    let headers = connection.response_headers();
    assert_eq!((headers.len(), headers.omitted()), (64, 5000 - 64));
    assert_eq!(headers.get("x-request-id"), Some("4999"));
}

#[tokio::test(start_paused = true)]
async fn retry_leaves_headers_of_the_last_attempt() {
    let failure = |id| Reply::error(Code::Unavailable, "starting").header("x-request-id", id);
    let script = Script::new()
        .get_flight_info(plan().header("x-request-id", "plan-1"))
        .do_get(failure("rows-1"))
        .get_flight_info(plan().header("x-request-id", "plan-2"))
        .do_get(rows().trailer("x-request-id", "rows-2"));
    let (_server, mut connection) = scripted(&script, "").await;
    connection.fetch_all("SELECT 1").await.unwrap();
    assert_eq!(
        texts(&connection.response_headers()),
        [
            (PLAN, "x-request-id", "plan-2"),
            ("DoGet", "x-request-id", "rows-2")
        ]
    );
    script.assert_used();
}

#[tokio::test]
async fn transactions_and_catalog_queries_have_headers() {
    let script = Script::new()
        .do_action(
            "BeginTransaction",
            Reply::error(Code::Internal, "no").header("x-request-id", "begin"),
        )
        .get_flight_info(Reply::error(Code::Internal, "no").header("x-request-id", "tables"));
    let (_server, mut connection) = scripted(&script, "").await;
    connection.begin().await.unwrap_err();
    assert_eq!(
        connection.response_headers().get("x-request-id"),
        Some("begin")
    );
    connection.catalog().tables().fetch_all().await.unwrap_err();
    assert_eq!(
        connection.response_headers().get("x-request-id"),
        Some("tables")
    );
}
