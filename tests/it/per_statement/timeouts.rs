//! Timeouts of a statement.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use flightsql::options::StatementOptions;
use flightsql::{Connection as _, Error, FlightSqlConnection, query, query_scalar};
use flightsql_testkit::{Fault, Rpc, TestServer};
use futures_util::TryStreamExt as _;

use super::{HUNDRED, batched};
use crate::common::{connect, pool};

const LIMIT: Duration = Duration::from_millis(400);

/// Longer than this means that a limit had no effect.
const PATIENCE: Duration = Duration::from_secs(8);

/// Asserts that a statement ends with its own limit, and returns the text.
async fn timed_out<T>(option: &str, run: impl Future<Output = Result<T, Error>>) -> String {
    let begun = Instant::now();
    let ended = tokio::time::timeout(PATIENCE, run).await;
    let ended = ended.unwrap_or_else(|_| panic!("`{option}` had no effect"));
    let Err(Error::Io(error)) = ended else {
        panic!("not a timeout");
    };
    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
    let text = error.to_string();
    assert!(
        text.contains(&format!("within 400ms; raise `{option}`")),
        "{text}"
    );
    assert!(
        begun.elapsed() >= LIMIT.mul_f32(0.9),
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

/// A fault of each step of a statement, and the SQL and name of the step.
fn steps() -> [(Fault, &'static str, &'static str); 5] {
    let prepare = Fault::new(Rpc::DoAction).command("CreatePreparedStatement");
    [
        (
            Fault::new(Rpc::GetFlightInfo).hang(),
            HUNDRED,
            "GetFlightInfo",
        ),
        (Fault::new(Rpc::DoGet).hang(), HUNDRED, "DoGet"),
        (Fault::new(Rpc::DoGet).hang_after(3), HUNDRED, "DoGet"),
        (
            prepare.hang(),
            "SELECT id FROM t WHERE id = ?",
            // The RPC has a task of its own, so either limit may end first.
            "",
        ),
        (
            Fault::new(Rpc::DoPut).hang(),
            "DELETE FROM t WHERE id = 9",
            "DoPut",
        ),
    ]
}

#[tokio::test]
async fn limit_each_step_of_a_statement() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    for (fault, sql, name) in steps() {
        server.fault(fault);
        let mut query = query(sql).timeout(LIMIT);
        if sql.contains('?') {
            query = query.bind(1_i64);
        }
        let text = timed_out("timeout", query.fetch_all(&mut connection)).await;
        assert!(text.contains(name), "{text}");
        works(&mut connection).await;
    }
}

#[tokio::test]
async fn limit_statement_through_pool() {
    let server = batched().await;
    let pool = pool(&server, 1).await;
    server.fault(Fault::new(Rpc::DoGet).hang_after(1));
    let scalar = query_scalar::<_, i64>(HUNDRED).timeout(LIMIT);
    timed_out("timeout", scalar.fetch_all(&pool)).await;
    let one: i64 = query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn limit_all_steps_together() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    // Each step alone is within the limit.
    let delay = LIMIT.mul_f32(0.6);
    server.fault(Fault::new(Rpc::GetFlightInfo).delay(delay));
    server.fault(Fault::new(Rpc::DoGet).delay(delay));
    let query = query(HUNDRED).timeout(LIMIT);
    let text = timed_out("timeout", query.fetch_all(&mut connection)).await;
    assert!(text.starts_with("DoGet"), "{text}");
}

#[tokio::test]
async fn bound_a_slow_reader() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let mut rows = query(HUNDRED).timeout(LIMIT).fetch(&mut connection);
    assert!(rows.try_next().await.unwrap().is_some());
    // The time of the caller counts, as with `fetch_timeout`.
    tokio::time::sleep(LIMIT).await;
    let error = rows.try_collect::<Vec<_>>().await.unwrap_err().to_string();
    assert!(error.contains("within 400ms; raise `timeout`"), "{error}");
    works(&mut connection).await;
}

async fn slow(options: &str) -> (TestServer, FlightSqlConnection) {
    let server = batched().await;
    let url = format!("{}?{options}", server.url());
    let connection = FlightSqlConnection::connect(&url).await.unwrap();
    for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
        server.fault(Fault::new(rpc).delay(Duration::from_millis(300)).always());
    }
    (server, connection)
}

#[tokio::test]
async fn take_the_place_of_shorter_ones_of_the_connection() {
    let (_server, mut connection) = slow("query_timeout=50ms&fetch_timeout=50ms").await;
    let plain = query("SELECT 1").fetch_one(&mut connection).await;
    assert!(plain.unwrap_err().to_string().contains("`query_timeout`"));
    let longer = query("SELECT 1").timeout(PATIENCE);
    longer.fetch_one(&mut connection).await.unwrap();
    let unlimited = query("SELECT 1").timeout(None);
    unlimited.fetch_one(&mut connection).await.unwrap();
    let each = StatementOptions::new()
        .query_timeout(PATIENCE)
        .fetch_timeout(None);
    let each = query("SELECT 1").options(each);
    each.fetch_one(&mut connection).await.unwrap();
    // Only the plan may take longer.
    let one = query("SELECT 1").options(StatementOptions::new().query_timeout(PATIENCE));
    let error = one
        .fetch_one(&mut connection)
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("`fetch_timeout`"), "{error}");
}

#[tokio::test]
async fn of_the_statement_are_named_each() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let options =
        |change: fn(StatementOptions) -> StatementOptions| change(StatementOptions::new());
    server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    let query_timeout = query(HUNDRED).options(options(|o| o.query_timeout(LIMIT)));
    timed_out("query_timeout", query_timeout.fetch_all(&mut connection)).await;
    server.fault(Fault::new(Rpc::DoGet).hang_after(2));
    let fetch_timeout =
        query(HUNDRED).options(options(|o| o.fetch_timeout(LIMIT).timeout(PATIENCE)));
    timed_out("fetch_timeout", fetch_timeout.fetch_all(&mut connection)).await;
    server.fault(Fault::new(Rpc::DoPut).hang());
    let update_timeout = query("DELETE FROM t").options(options(|o| o.update_timeout(LIMIT)));
    timed_out("update_timeout", update_timeout.execute(&mut connection)).await;
    works(&mut connection).await;
}

#[tokio::test]
async fn reach_the_server_as_grpc_timeout() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    query("SELECT 1")
        .timeout(Duration::from_secs(30))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let info = &server.calls_of(Rpc::GetFlightInfo)[0];
    let sent = info.header("grpc-timeout").unwrap();
    let (number, unit) = sent.split_at(sent.len() - 1);
    let number: u64 = number.parse().unwrap();
    let millis = match unit {
        "n" => number / 1_000_000,
        "u" => number / 1_000,
        "m" => number,
        "S" => number * 1_000,
        _ => panic!("{sent}"),
    };
    // The rest of the limit, and the second by which the server's deadline is later.
    assert!((20_000..=31_000).contains(&millis), "{sent}");
    server.clear_calls();
    works(&mut connection).await;
    assert_eq!(
        server.calls_of(Rpc::GetFlightInfo)[0].header("grpc-timeout"),
        None
    );
}
