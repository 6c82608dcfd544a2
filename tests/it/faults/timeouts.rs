//! Servers that never respond: an option limits each RPC, and the error names it.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flightsql::dialect::DialectProfile;
use flightsql::{
    ConnectOptions, Connection, Error, FlightSqlConnectOptions, FlightSqlConnection, query,
    query_scalar,
};
use flightsql_testkit::{Fault, Rpc, SqliteConfig, TestServer};

use super::wire_error;
use crate::common::connect;

/// Short, but longer than a busy machine needs for a response.
const LIMIT: &str = "400ms";

/// Longer than this means that a limit had no effect.
const PATIENCE: Duration = Duration::from_secs(8);

async fn served(option: &str) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::builder()
        .sqlite(SqliteConfig::new().batch_rows(10))
        .start()
        .await
        .unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE t (id INTEGER)")
        .unwrap();
    let url = format!("{}?{option}={LIMIT}", server.url());
    let connection = FlightSqlConnection::connect(&url).await.unwrap();
    (server, connection)
}

/// The error of an RPC without a response.
async fn timed_out<T>(option: &str, call: impl Future<Output = Result<T, Error>>) -> String {
    let begun = Instant::now();
    let Ok(result) = tokio::time::timeout(PATIENCE, call).await else {
        panic!("`{option}` had no effect");
    };
    let Err(error) = result else {
        panic!("the call was answered");
    };
    let (kind, text) = wire_error(&error);
    assert_eq!(kind, ErrorKind::TimedOut, "{text}");
    assert!(
        text.contains(&format!("within {LIMIT}; raise `{option}`")),
        "{text}"
    );
    assert!(
        begun.elapsed() >= Duration::from_millis(350),
        "{:?}",
        begun.elapsed()
    );
    text
}

async fn works(connection: &mut FlightSqlConnection) {
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

const MANY: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

#[tokio::test]
async fn planning_is_under_query_timeout() {
    let (server, mut connection) = served("query_timeout").await;
    server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    let text = timed_out(
        "query_timeout",
        query("SELECT 1").fetch_one(&mut connection),
    )
    .await;
    assert!(
        text.starts_with("GetFlightInfo(CommandStatementQuery) was not answered"),
        "{text}"
    );
    works(&mut connection).await;

    server.fault(
        Fault::new(Rpc::DoAction)
            .command("CreatePreparedStatement")
            .hang(),
    );
    let bound = query("SELECT ? + 1").bind(1_i64).fetch_one(&mut connection);
    let text = timed_out("query_timeout", bound).await;
    assert!(
        text.starts_with("DoAction(CreatePreparedStatement)"),
        "{text}"
    );

    server.fault(Fault::new(Rpc::DoPut).hang());
    let bound = query("SELECT ? + 2").bind(1_i64).fetch_one(&mut connection);
    let text = timed_out("query_timeout", bound).await;
    assert!(
        text.starts_with("DoPut(CommandPreparedStatementQuery)"),
        "{text}"
    );
    works(&mut connection).await;
    connection.close().await.unwrap();
    assert_eq!(server.sqlite().open_prepared(), 0);
}

#[tokio::test]
async fn reading_is_under_fetch_timeout_before_and_between_its_messages() {
    let (server, mut connection) = served("fetch_timeout").await;
    for fault in [
        Fault::new(Rpc::DoGet).hang(),
        Fault::new(Rpc::DoGet).hang_after(0),
        Fault::new(Rpc::DoGet).hang_after(1),
        Fault::new(Rpc::DoGet).hang_after(3),
    ] {
        server.fault(fault);
        let text = timed_out("fetch_timeout", query(MANY).fetch_all(&mut connection)).await;
        assert!(text.starts_with("DoGet was not answered"), "{text}");
        works(&mut connection).await;
    }
    server.wait_until(|server| server.open_streams() == 0).await;
}

#[tokio::test]
async fn silence_is_under_idle_timeout_in_every_call() {
    let (server, mut connection) = served("idle_timeout").await;
    for fault in [
        Fault::new(Rpc::GetFlightInfo).hang(),
        Fault::new(Rpc::DoGet).hang(),
        Fault::new(Rpc::DoGet).hang_after(0),
        Fault::new(Rpc::DoGet).hang_after(3),
    ] {
        server.fault(fault.clone());
        timed_out("idle_timeout", query(MANY).fetch_all(&mut connection)).await;
        works(&mut connection).await;
    }
    for fault in [
        Fault::new(Rpc::DoPut).hang(),
        Fault::new(Rpc::DoPut).hang_after(0),
    ] {
        server.fault(fault);
        timed_out(
            "idle_timeout",
            query("DELETE FROM t").execute(&mut connection),
        )
        .await;
        works(&mut connection).await;
    }
    server.fault(Fault::new(Rpc::DoAction).hang());
    timed_out("idle_timeout", connection.begin()).await;
    works(&mut connection).await;
}

#[tokio::test]
async fn a_slow_stream_is_not_an_idle_one() {
    let server = TestServer::scripted(slow_script()).await.unwrap();
    let url = format!("{}?idle_timeout=600ms", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    // Ten messages, 150 ms apart: longer than the limit in all.
    let rows = query("SELECT").fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 0);
}

fn slow_script() -> flightsql_testkit::Script {
    use flightsql::arrow::schema::{DataType, Field, Schema};
    use flightsql_testkit::{Reply, Script, raw};
    let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
    let mut reply = Reply::raw([raw::schema(&schema)]);
    for _ in 0..10 {
        let pause = Duration::from_millis(150);
        reply = reply
            .then_wait(pause)
            .then_raw([raw::app_metadata("alive")]);
    }
    Script::new()
        .get_flight_info(Reply::ticket(&schema, "t"))
        .do_get(reply)
}

#[tokio::test]
async fn changes_are_under_update_timeout() {
    let (server, mut connection) = served("update_timeout").await;
    for fault in [
        Fault::new(Rpc::DoPut).hang(),
        Fault::new(Rpc::DoPut).hang_after(0),
    ] {
        server.fault(fault);
        let plain = query("DELETE FROM t").execute(&mut connection);
        let text = timed_out("update_timeout", plain).await;
        assert!(text.starts_with("DoPut(CommandStatementUpdate)"), "{text}");
        works(&mut connection).await;
    }
    server.fault(Fault::new(Rpc::DoPut).hang());
    let bound = query("DELETE FROM t WHERE id = ?")
        .bind(1_i64)
        .execute(&mut connection);
    let text = timed_out("update_timeout", bound).await;
    assert!(
        text.starts_with("DoPut(CommandPreparedStatementUpdate)"),
        "{text}"
    );

    server.fault(Fault::new(Rpc::DoAction).command("BeginTransaction").hang());
    let text = timed_out("update_timeout", connection.begin()).await;
    assert!(text.starts_with("DoAction(BeginTransaction)"), "{text}");
    works(&mut connection).await;
}

#[tokio::test]
async fn a_commit_that_is_not_answered_breaks_the_connection() {
    let (server, mut connection) = served("update_timeout").await;
    let transaction = connection.begin().await.unwrap();
    server.fault(Fault::new(Rpc::DoAction).command("EndTransaction").hang());
    let text = timed_out("update_timeout", transaction.commit()).await;
    assert!(text.starts_with("DoAction(EndTransaction)"), "{text}");
    assert!(connection.is_broken());
    let error = query("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    let (kind, text) = wire_error(&error);
    assert_eq!(kind, ErrorKind::NotConnected);
    assert!(
        text.contains("the server did not respond to a commit, so its outcome is unknown"),
        "{text}"
    );
}

#[tokio::test]
async fn a_rollback_that_is_not_answered_holds_nobody_up() {
    let (server, mut connection) = served("close_timeout").await;
    let transaction = connection.begin().await.unwrap();
    server.fault(Fault::new(Rpc::DoAction).command("EndTransaction").hang());
    timed_out("close_timeout", transaction.rollback()).await;
    works(&mut connection).await;

    // The same for one without a caller: the next use waits for it, and no longer than this.
    let transaction = connection.begin().await.unwrap();
    server.fault(Fault::new(Rpc::DoAction).command("EndTransaction").hang());
    drop(transaction);
    tokio::time::timeout(PATIENCE, works(&mut connection))
        .await
        .unwrap();
}

#[tokio::test]
async fn a_close_that_is_not_answered_holds_nobody_up() {
    let (server, mut connection) = served("close_timeout").await;
    query("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let close = server.fault(
        Fault::new(Rpc::DoAction)
            .command("ClosePreparedStatement")
            .hang(),
    );
    tokio::time::timeout(PATIENCE, connection.close())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(close.hits(), 1);
}

#[tokio::test]
async fn a_ping_is_under_close_timeout() {
    let (server, connection) = served("close_timeout").await;
    drop(connection);
    let url = format!("{}?close_timeout={LIMIT}&ping_after=0s", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    timed_out("close_timeout", connection.ping()).await;
    connection.ping().await.unwrap();
}

#[tokio::test]
async fn a_login_is_under_connect_timeout() {
    let server = TestServer::builder().basic("u", "p").start().await.unwrap();
    let url = format!(
        "flightsql+tcp://u:p@{}?connect_timeout={LIMIT}",
        server.address()
    );
    for fault in [
        Fault::new(Rpc::Handshake).hang(),
        Fault::new(Rpc::Handshake).hang_after(0),
    ] {
        server.fault(fault);
        let text = timed_out("connect_timeout", FlightSqlConnection::connect(&url)).await;
        assert!(text.starts_with("Handshake"), "{text}");
    }
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    works(&mut connection).await;
}

/// Everything before the first use of a connection shares one `connect_timeout`.
#[tokio::test]
async fn d3_calls_at_connect_are_under_connect_timeout() {
    let server = TestServer::sqlite().await.unwrap();
    let options = |more: &str| -> FlightSqlConnectOptions {
        let url = format!("{}?connect_timeout={LIMIT}{more}", server.url());
        url.parse().unwrap()
    };
    let mut first = DialectProfile::new("own");
    first.session.bootstrap = vec!["SELECT 1".to_owned()];
    let first = options("").dialect(Arc::new(first));
    let sql_info = || Fault::new(Rpc::GetFlightInfo).command("CommandGetSqlInfo");
    for (options, fault, step) in [
        (
            options("&session.x=1"),
            Fault::new(Rpc::DoAction)
                .command("SetSessionOptions")
                .hang(),
            "DoAction(SetSessionOptions)",
        ),
        (
            options("&dialect=auto"),
            sql_info().hang(),
            "GetSqlInfo for `dialect=auto`",
        ),
        (
            options("&dialect=auto"),
            Fault::new(Rpc::DoGet).hang_after(0),
            "GetSqlInfo for `dialect=auto`",
        ),
        (
            first.clone(),
            Fault::new(Rpc::GetFlightInfo).hang(),
            "the first statement of the connection",
        ),
        (
            first,
            Fault::new(Rpc::DoGet).hang_after(1),
            "the first statement of the connection",
        ),
    ] {
        server.clear_faults();
        server.fault(fault);
        let text = timed_out("connect_timeout", options.connect()).await;
        assert!(
            text.starts_with(&format!("{step} was not answered")),
            "{text}"
        );
    }
}

/// Steps that are each fast enough, and together are not.
#[tokio::test]
async fn d3_connect_timeout_is_one_budget() {
    let server = TestServer::builder().basic("u", "p").start().await.unwrap();
    let slow = Duration::from_millis(250);
    server.fault(Fault::new(Rpc::Handshake).delay(slow));
    server.fault(Fault::new(Rpc::DoAction).delay(slow));
    let url = format!(
        "flightsql+tcp://u:p@{}?connect_timeout={LIMIT}&session.x=1",
        server.address()
    );
    let text = timed_out("connect_timeout", FlightSqlConnection::connect(&url)).await;
    assert!(text.starts_with("DoAction(SetSessionOptions)"), "{text}");
}

#[tokio::test]
async fn d3_listings_are_under_metadata_timeout_to_their_last_row() {
    let (server, mut connection) = served("metadata_timeout").await;
    for (fault, operation) in [
        (
            Fault::new(Rpc::GetFlightInfo).hang(),
            "GetFlightInfo(CommandGetTables)",
        ),
        (Fault::new(Rpc::DoGet).hang(), "DoGet"),
        (Fault::new(Rpc::DoGet).hang_after(1), "DoGet"),
    ] {
        server.fault(fault);
        let listing = async { connection.catalog().tables().fetch_all().await };
        let text = timed_out("metadata_timeout", listing).await;
        assert!(
            text.starts_with(&format!("{operation} was not answered")),
            "{text}"
        );
        works(&mut connection).await;
    }
    server.fault(Fault::new(Rpc::DoGet).hang_after(0));
    let info = async { connection.catalog().server_info().await };
    timed_out("metadata_timeout", info).await;
    // A limit of the user's own for rows comes first.
    let url = format!("{}?fetch_timeout={LIMIT}", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    server.fault(Fault::new(Rpc::DoGet).hang_after(0));
    let listing = async { connection.catalog().tables().fetch_all().await };
    timed_out("fetch_timeout", listing).await;
}

#[tokio::test]
async fn a_silent_port_is_under_connect_timeout() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "flightsql+tcp://{}?connect_timeout={LIMIT}",
        silent.local_addr().unwrap()
    );
    timed_out("connect_timeout", FlightSqlConnection::connect(&url)).await;
}

#[tokio::test]
async fn without_a_limit_the_caller_may_set_one() {
    let server = TestServer::sqlite().await.unwrap();
    let mut connection = connect(&server).await;
    server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    let call = query("SELECT 1").fetch_one(&mut connection);
    assert!(
        tokio::time::timeout(Duration::from_millis(100), call)
            .await
            .is_err()
    );
    works(&mut connection).await;
}
