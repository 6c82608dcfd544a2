//! Changes of a session on the server: the driver records them, a reset undoes them, and a pool gives none to its next user.

mod options;
mod pool;
mod reset;
mod text_transactions;

use std::sync::Arc;

use flightsql::dialect::{DialectProfile, presets};
use flightsql::{ConnectOptions, FlightSqlConnectOptions, FlightSqlConnection};
use flightsql_testkit::{Reply, Rpc, Script, ServerHandle, TestServer};

use crate::common::{options, server};

const TABLE: &str = "CREATE TABLE t (a INTEGER PRIMARY KEY, b INT)";

async fn with_table() -> TestServer {
    let server = server().await;
    server.sqlite().execute_batch(TABLE).unwrap();
    server
}

/// A server that accepts every update and every change of session options, and reports nothing.
async fn obedient() -> TestServer {
    let script = Script::new()
        .do_put(Reply::update_count(0).always())
        .do_action("SetSessionOptions", Reply::action_bytes("").always())
        .do_action("CloseSession", Reply::action_bytes("").always());
    TestServer::scripted(script).await.unwrap()
}

/// The SQL of all updates so far.
fn updates(server: &ServerHandle) -> Vec<String> {
    let calls = server.calls_of(Rpc::DoPut);
    calls.iter().filter_map(|call| call.sql()).collect()
}

/// The number of RPCs of an action.
fn actions(server: &ServerHandle, name: &str) -> usize {
    let calls = server.calls_of(Rpc::DoAction);
    calls
        .iter()
        .filter(|call| call.command() == Some(name))
        .count()
}

fn with_dialect(url: &str, change: impl FnOnce(&mut DialectProfile)) -> FlightSqlConnectOptions {
    let mut profile = presets::ansi();
    change(&mut profile);
    options(url).dialect(Arc::new(profile))
}

async fn open(options: FlightSqlConnectOptions) -> FlightSqlConnection {
    options.connect().await.unwrap()
}

/// One row.
fn batch() -> arrow_array::RecordBatch {
    let column = Arc::new(arrow_array::Int64Array::from(vec![1]));
    arrow_array::RecordBatch::try_from_iter([("a", column as _)]).unwrap()
}
