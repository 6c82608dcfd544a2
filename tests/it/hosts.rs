//! Several hosts in one URL: the choice at a connect, and the host of a session afterwards.

mod connect;
mod moves;

use std::future::Future;
use std::time::Duration;

use flightsql::{Connection, Error, FlightSqlConnectOptions, FlightSqlConnection, query_scalar};
use flightsql_testkit::{Rpc, TestServer, TestServerBuilder};
use tokio::net::TcpListener;

use crate::common::options;

/// The limit of each wait in these tests.
const LIMIT: Duration = Duration::from_secs(20);

async fn soon<T>(future: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(LIMIT, future).await;
    done.expect("an answer in time")
}

/// The address of a port that refuses connections.
async fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

/// A server that requires user `ann` and password `pass`.
async fn guarded() -> TestServer {
    let builder: TestServerBuilder = TestServer::builder().basic("ann", "pass");
    builder.start().await.unwrap()
}

/// The text of a URL with these hosts.
fn url(user: &str, hosts: &[String], query: &str) -> String {
    format!("flightsql+tcp://{user}{}?{query}", hosts.join(","))
}

async fn connect(url: &str) -> Result<FlightSqlConnection, Error> {
    connect_with(&options(url)).await
}

async fn connect_with(options: &FlightSqlConnectOptions) -> Result<FlightSqlConnection, Error> {
    soon(FlightSqlConnection::connect_with(options)).await
}

async fn select(connection: &mut FlightSqlConnection, n: i64) -> Result<i64, Error> {
    let query = query_scalar("SELECT ? + 0").bind(n);
    soon(query.fetch_one(connection)).await
}

/// Whether the server has received this token.
fn has_received(server: &TestServer, token: &str) -> bool {
    let expected = format!("Bearer {token}");
    let calls = server.calls();
    let mut sent = calls.iter().filter_map(|call| call.header("authorization"));
    sent.any(|sent| sent == expected)
}

/// The only token that the server has issued.
fn token(server: &TestServer) -> String {
    let tokens = server.tokens();
    assert_eq!(tokens.len(), 1, "{tokens:?}");
    tokens[0].clone()
}

fn handshakes(server: &TestServer) -> usize {
    server.count(Rpc::Handshake)
}
