//! Headers, timeouts and limits of one statement.

#[cfg(all(
    feature = "macros",
    feature = "testkit",
    feature = "chrono",
    feature = "json",
    feature = "uuid",
    feature = "rust_decimal"
))]
mod checked;
mod columnar;
mod headers;
mod limits;
mod rejected;
mod secrets;
mod signatures;
mod timeouts;

use flightsql_testkit::{Call, SqliteConfig, TestServer};

/// A header of the tests.
const ID: &str = "x-request-id";

/// A hundred rows, in ten batches on [`batched`].
const HUNDRED: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) SELECT i FROM n";

/// A server with the table `t` and batches of ten rows.
async fn batched() -> TestServer {
    let config = SqliteConfig::new().batch_rows(10);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let table = "CREATE TABLE t (id BIGINT); INSERT INTO t VALUES (1), (2), (3)";
    server.sqlite().execute_batch(table).unwrap();
    server
}

/// The values of a header in the RPCs since the last call, and a short name of each RPC.
fn sent(server: &TestServer, header: &str) -> Vec<(String, Option<String>)> {
    let calls = server.calls();
    server.clear_calls();
    let name = |call: &Call| match call.command() {
        Some(command) => command.trim_start_matches("Command").to_owned(),
        None => format!("{:?}", call.rpc()),
    };
    let value = |call: &Call| match call.header_values(header)[..] {
        [] => None,
        [value] => Some(value.to_owned()),
        ref several => panic!("{several:?}"),
    };
    calls.iter().map(|call| (name(call), value(call))).collect()
}

/// Asserts that each RPC had the header, and returns their names.
#[track_caller]
fn all_sent(server: &TestServer, expected: &str) -> Vec<String> {
    let calls = sent(server, ID);
    assert!(!calls.is_empty(), "nothing was sent");
    let names = calls.into_iter().map(|(name, value)| {
        assert_eq!(value.as_deref(), Some(expected), "{name}");
        name
    });
    names.collect()
}

/// Asserts that RPCs were sent, and that none had the header.
#[track_caller]
fn none_sent(server: &TestServer) {
    let calls = sent(server, ID);
    assert!(!calls.is_empty(), "nothing was sent");
    for (name, value) in calls {
        assert_eq!(value, None, "{name}");
    }
}
