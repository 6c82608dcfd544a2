//! Reads run again before their first row, and nothing else does.

use std::time::Duration;

use flightsql::{
    Connection as _, Executor as _, FlightSqlConnection, FlightSqlPoolOptions, StatusCode, query,
    query_scalar,
};
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Fault, Reply, Rpc, Script, TestServer};
use futures_util::TryStreamExt as _;
use prost::Message as _;

use crate::common::{connect, server, server_error};

/// A connection to a server with the table `t (n)` and one row.
async fn with_table(options: &str) -> (TestServer, FlightSqlConnection) {
    let server = server().await;
    let table = "CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1)";
    server.sqlite().execute_batch(table).unwrap();
    let url = format!("{}?{options}", server.url());
    let connection = FlightSqlConnection::connect(&url).await.unwrap();
    server.clear_calls();
    (server, connection)
}

fn unavailable(rpc: Rpc, times: usize) -> Fault {
    Fault::new(rpc)
        .status(Code::Unavailable, "starting")
        .times(times)
}

async fn one(connection: &mut FlightSqlConnection) -> Result<i64, flightsql::Error> {
    query_scalar("SELECT n FROM t").fetch_one(connection).await
}

#[track_caller]
fn is_unavailable<T>(result: Result<T, flightsql::Error>) {
    let error = result.err().unwrap();
    assert_eq!(server_error(&error).status(), StatusCode::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_read_runs_again_while_the_server_is_unavailable() {
    let (server, mut connection) = with_table("").await;
    for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
        server.clear_calls();
        server.fault(unavailable(rpc, 3));
        assert_eq!(one(&mut connection).await.unwrap(), 1);
        assert_eq!(server.count(Rpc::GetFlightInfo), 4);
    }
    // A failure at the head of the stream is one before the first row, too.
    server.clear_calls();
    let status = Status::unavailable("moving");
    server.fault(Fault::new(Rpc::DoGet).fail_after(0, status.clone()));
    server.fault(Fault::new(Rpc::DoGet).nth(2).fail_after(1, status));
    assert_eq!(one(&mut connection).await.unwrap(), 1);
    assert_eq!(server.count(Rpc::DoGet), 3);
}

#[tokio::test(start_paused = true)]
async fn a_read_with_values_is_bound_again() {
    let (server, mut connection) = with_table("").await;
    for rpc in [Rpc::DoPut, Rpc::GetFlightInfo, Rpc::DoGet] {
        server.fault(unavailable(rpc, 2));
        let found: i64 = query_scalar("SELECT n FROM t WHERE n = ?")
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(found, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_last_error_is_returned_when_the_retries_are_used_up() {
    let (server, mut connection) = with_table("retries=2").await;
    server.fault(unavailable(Rpc::GetFlightInfo, 100));
    is_unavailable(one(&mut connection).await);
    assert_eq!(server.count(Rpc::GetFlightInfo), 3);
    let (server, mut connection) = with_table("retries=0").await;
    server.fault(unavailable(Rpc::GetFlightInfo, 100));
    is_unavailable(one(&mut connection).await);
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_runs_once() {
    let (server, mut connection) = with_table("").await;
    for sql in [
        "INSERT INTO t VALUES (2)",
        "DELETE FROM t",
        "INSERT INTO t VALUES (2) RETURNING n",
        "WITH a AS (SELECT 1) INSERT INTO t SELECT * FROM a",
        "CREATE TABLE u (n BIGINT)",
    ] {
        for rpc in [Rpc::DoPut, Rpc::GetFlightInfo, Rpc::DoAction] {
            server.fault(unavailable(rpc, 1));
        }
        is_unavailable(query(sql).fetch_all(&mut connection).await);
        server.clear_faults();
    }
    server.fault(unavailable(Rpc::DoPut, 1));
    let insert = query("INSERT INTO t VALUES (?)").bind(3_i64);
    is_unavailable(insert.execute(&mut connection).await);
    assert_eq!(one(&mut connection).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_in_a_transaction_runs_again() {
    let (server, mut connection) = with_table("").await;
    let mut transaction = connection.begin().await.unwrap();
    server.fault(unavailable(Rpc::GetFlightInfo, 1));
    is_unavailable(one(&mut transaction).await);
    assert_eq!(one(&mut transaction).await.unwrap(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_result_that_has_begun_is_not_read_again() {
    let config = flightsql_testkit::SqliteConfig::new().batch_rows(1);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut connection = connect(&server).await;
    // The schema and one batch.
    let status = Status::unavailable("moving");
    server.fault(Fault::new(Rpc::DoGet).fail_after(2, status));
    let mut rows = query_scalar::<_, i64>("SELECT 1 UNION ALL SELECT 2").fetch(&mut connection);
    assert_eq!(rows.try_next().await.unwrap(), Some(1));
    is_unavailable(rows.try_next().await);
    assert_eq!(server.count(Rpc::DoGet), 1);
}

#[tokio::test(start_paused = true)]
async fn catalogs_descriptions_and_preparation_run_again() {
    let (server, mut connection) = with_table("").await;
    for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
        server.fault(unavailable(rpc, 2));
        let tables = connection.catalog().tables().named("t").fetch_all().await;
        assert_eq!(tables.unwrap().len(), 1);
    }
    server.fault(unavailable(Rpc::DoAction, 2));
    let described = connection.describe(flightsql::SqlSafeStr::into_sql_str("SELECT n FROM t"));
    assert_eq!(described.await.unwrap().columns.len(), 1);
    server.fault(unavailable(Rpc::DoAction, 2));
    let prepared = connection.prepare(flightsql::SqlSafeStr::into_sql_str("SELECT n FROM t"));
    prepared.await.unwrap();
}

/// `google.rpc.Status` with one `RetryInfo`.
fn retry_info(seconds: i64) -> Vec<u8> {
    #[derive(prost::Message)]
    struct Value {
        #[prost(int64, tag = "1")]
        seconds: i64,
    }
    #[derive(prost::Message)]
    struct RetryInfo {
        #[prost(message, optional, tag = "1")]
        delay: Option<Value>,
    }
    #[derive(prost::Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    #[derive(prost::Message)]
    struct Details {
        #[prost(message, repeated, tag = "3")]
        details: Vec<Any>,
    }
    let delay = Some(Value { seconds });
    let any = Any {
        type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
        value: RetryInfo { delay }.encode_to_vec(),
    };
    let details = vec![any];
    Details { details }.encode_to_vec()
}

#[tokio::test(start_paused = true)]
async fn a_full_server_says_when_to_come_back() {
    let (server, mut connection) = with_table("").await;
    let full = |seconds| {
        let details = retry_info(seconds).into();
        let status = Status::with_details(Code::ResourceExhausted, "full", details);
        Fault::new(Rpc::GetFlightInfo).error(status)
    };
    server.fault(full(7));
    let begun = tokio::time::Instant::now();
    assert_eq!(one(&mut connection).await.unwrap(), 1);
    assert_eq!(begun.elapsed().as_secs(), 7);
    // Nobody waits for an hour, and without the delay the error is not temporary.
    server.fault(full(3600));
    let error = one(&mut connection).await.unwrap_err();
    let delay = server_error(&error).retry_delay();
    assert_eq!(delay, Some(Duration::from_secs(3600)));
    server.fault(Fault::new(Rpc::GetFlightInfo).status(Code::ResourceExhausted, "full"));
    let error = one(&mut connection).await.unwrap_err();
    assert_eq!(server_error(&error).retry_delay(), None);
    assert!(flightsql::is_retryable(&error));
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_not_made_worse() {
    let server = server().await;
    let url = format!("{}?retries=5", server.url());
    let pool = FlightSqlPoolOptions::new().max_connections(4);
    let pool = pool.connect(&url).await.unwrap();
    server.clear_calls();
    server.fault(unavailable(Rpc::GetFlightInfo, usize::MAX));
    for _ in 0..200 {
        is_unavailable(pool.execute("SELECT 1").await);
    }
    // 200 first attempts, and the reserve.
    assert_eq!(server.count(Rpc::GetFlightInfo), 200 + 100);
    server.clear_faults();
    for _ in 0..10 {
        pool.execute("SELECT 1").await.unwrap();
    }
    server.clear_calls();
    server.fault(unavailable(Rpc::GetFlightInfo, usize::MAX));
    for _ in 0..5 {
        is_unavailable(pool.execute("SELECT 1").await);
    }
    // Ten successes give two retries.
    assert_eq!(server.count(Rpc::GetFlightInfo), 5 + 2);
}

#[tokio::test]
async fn a_statement_that_ends_its_server_runs_three_times() {
    let (server, mut connection) = with_table("").await;
    server.fault(Fault::new(Rpc::DoGet).drop_connection().always());
    let error = one(&mut connection).await.unwrap_err();
    assert!(matches!(error, flightsql::Error::Io(_)), "{error}");
    assert!(flightsql::is_retryable(&error));
    assert_eq!(server.count(Rpc::DoGet), 3);
    server.clear_faults();
    assert_eq!(one(&mut connection).await.unwrap(), 1);
}

#[tokio::test]
async fn a_reopened_session_has_its_options_and_first_statements() {
    let server = server().await;
    let mut dialect = flightsql::dialect::presets::sqlite();
    dialect.session.bootstrap = vec!["CREATE TEMP TABLE own (n BIGINT)".to_owned()];
    let options = crate::common::options(&format!("{}?session.tenant=blue", server.url()));
    let options = options.dialect(std::sync::Arc::new(dialect));
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    for _ in 0..2 {
        server.fault(Fault::new(Rpc::GetFlightInfo).drop_connection());
        let found: i64 = query_scalar("SELECT count(*) FROM own")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(found, 0);
    }
    let set = server.calls_of(Rpc::DoAction);
    let set = set
        .iter()
        .filter(|call| call.command() == Some("SetSessionOptions"));
    assert_eq!(set.count(), 3);
}

/// Asserts that each RPC so far had this header.
#[track_caller]
fn all_have(server: &TestServer, rpcs: &[Rpc], value: &str) {
    let calls = server.calls();
    let found: Vec<Rpc> = calls.iter().map(flightsql_testkit::Call::rpc).collect();
    assert_eq!(found, rpcs);
    for call in calls {
        assert_eq!(call.header_values("x-request-id"), [value]);
    }
}

fn tagged(
    id: &str,
) -> flightsql::query::QueryScalar<'_, flightsql::FlightSql, i64, flightsql::FlightSqlArguments> {
    query_scalar("SELECT n FROM t")
        .header("x-request-id", id)
        .timeout(Duration::from_secs(30))
}

#[tokio::test(start_paused = true)]
async fn a_retry_carries_the_header_of_its_statement() {
    use Rpc::{DoGet, GetFlightInfo};
    let (server, mut connection) = with_table("").await;
    server.fault(unavailable(GetFlightInfo, 2));
    server.fault(unavailable(DoGet, 1));
    let found = tagged("waited").fetch_one(&mut connection).await;
    assert_eq!(found.unwrap(), 1);
    let sent = [
        GetFlightInfo,
        GetFlightInfo,
        GetFlightInfo,
        DoGet,
        GetFlightInfo,
        DoGet,
    ];
    all_have(&server, &sent, "waited");
}

#[tokio::test]
async fn a_retry_on_a_new_session_carries_the_header_of_its_statement() {
    use Rpc::{DoGet, GetFlightInfo};
    let (server, mut connection) = with_table("").await;
    for (rpc, sent) in [
        (GetFlightInfo, &[GetFlightInfo, GetFlightInfo, DoGet][..]),
        (DoGet, &[GetFlightInfo, DoGet, GetFlightInfo, DoGet]),
    ] {
        let before = server.connections();
        server.fault(Fault::new(rpc).drop_connection());
        let found = tagged("reopened").fetch_one(&mut connection).await;
        assert_eq!(found.unwrap(), 1);
        assert_eq!(server.connections(), before + 1);
        all_have(&server, sent, "reopened");
        server.clear_calls();
    }
    // The next statement has no header.
    assert_eq!(one(&mut connection).await.unwrap(), 1);
    let calls = server.calls();
    assert!(
        calls
            .iter()
            .all(|call| call.header("x-request-id").is_none())
    );
}

#[tokio::test(start_paused = true)]
async fn the_timeout_of_a_statement_limits_its_retries() {
    let (server, mut connection) = with_table("retries=50").await;
    server.fault(unavailable(Rpc::GetFlightInfo, usize::MAX));
    let begun = tokio::time::Instant::now();
    let query = tagged("limited").timeout(Duration::from_secs(5));
    let error = query.fetch_one(&mut connection).await.unwrap_err();
    let waited = begun.elapsed();
    assert!(waited <= Duration::from_secs(5), "{waited:?}: {error}");
    assert!(waited > Duration::from_secs(2), "{waited:?}: {error}");
    let attempts = server.count(Rpc::GetFlightInfo);
    assert!((3..20).contains(&attempts), "{attempts}");
    let text = error.to_string();
    assert!(text.contains("within 5s; raise `timeout`"), "{text}");
}

/// The server reports that the statement changes something, which its text does not tell.
#[tokio::test(start_paused = true)]
async fn a_statement_that_the_server_calls_an_update_runs_once() {
    #[derive(prost::Message)]
    struct Any {
        #[prost(string, tag = "1")]
        type_url: String,
        #[prost(bytes = "vec", tag = "2")]
        value: Vec<u8>,
    }
    let prepared = Any {
        type_url:
            "type.googleapis.com/arrow.flight.protocol.sql.ActionCreatePreparedStatementResult"
                .to_owned(),
        // The handle `h`, and `is_update`.
        value: vec![0x0a, 1, b'h', 0x20, 1],
    };
    let script = Script::new()
        .do_action(
            "CreatePreparedStatement",
            Reply::action_bytes(prepared.encode_to_vec()).always(),
        )
        .do_action("ClosePreparedStatement", Reply::empty().always())
        .do_put(Reply::error(Code::Unavailable, "starting"))
        .do_put(Reply::update_count(1).always());
    let server = TestServer::scripted(script).await.unwrap();
    let mut connection = connect(&server).await;
    let touch = query("SELECT touch(?)").bind(1_i64);
    is_unavailable(touch.execute(&mut connection).await);
    assert_eq!(server.count(Rpc::DoPut), 1);
}

/// A delay that the server asks for is a part of the time of the statement.
#[tokio::test(start_paused = true)]
async fn delays_of_retries_end_with_the_limit_of_the_statement() {
    let (server, mut connection) = with_table("metadata_timeout=3s").await;
    let status = Status::with_details(Code::ResourceExhausted, "full", retry_info(9).into());
    server.fault(Fault::new(Rpc::GetFlightInfo).error(status).always());
    let limit = Duration::from_secs(2);
    let begun = tokio::time::Instant::now();
    let timed_out = |error: flightsql::Error, seconds| {
        assert!(
            matches!(&error, flightsql::Error::Io(io) if io.kind() == std::io::ErrorKind::TimedOut),
            "{error}"
        );
        assert_eq!(begun.elapsed().as_secs(), seconds);
    };
    let one = query("SELECT n FROM t").timeout(limit);
    timed_out(one.fetch_one(&mut connection).await.unwrap_err(), 2);
    let options = flightsql::options::StatementOptions::new().timeout(limit);
    let mut catalog = connection.catalog().options(options);
    timed_out(catalog.tables().fetch_all().await.unwrap_err(), 4);
    let mut catalog = connection.catalog();
    timed_out(catalog.tables().fetch_all().await.unwrap_err(), 7);
}
