//! `dialect=auto`: the driver queries the server once to detect it.

use std::sync::Arc;

use flightsql::catalog::{ServerInfo, TransactionSupport};
use flightsql::dialect::{self, Dialect, DialectProfile};
use flightsql::{
    Connection, Executor, FlightSqlConnectOptions, FlightSqlConnection, FlightSqlPoolOptions,
};
use flightsql_testkit::{Rpc, SqliteConfig, TestServer};

use crate::common::server;

fn auto(server: &TestServer) -> String {
    format!("{}?dialect=auto", server.url())
}

#[tokio::test]
async fn pool_detects_dialect_once() {
    let server = server().await;
    let pool = FlightSqlPoolOptions::new()
        .max_connections(3)
        .connect(&auto(&server))
        .await
        .unwrap();
    let mut connections = Vec::new();
    for _ in 0..3 {
        let connection = pool.acquire().await.unwrap();
        assert_eq!(connection.dialect().name(), "sqlite");
        connections.push(connection);
    }
    assert_eq!(
        (server.count(Rpc::GetFlightInfo), server.count(Rpc::DoGet)),
        (1, 1)
    );
    // The server information is kept.
    connections[0].catalog().server_info().await.unwrap();
    assert_eq!(server.count_all(), 2);
}

#[tokio::test]
async fn without_auto_nothing_is_asked() {
    let server = server().await;
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    assert_eq!(connection.dialect().name(), "ansi");
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.count_all(), 2);
}

#[tokio::test]
async fn a_server_that_says_nothing_is_ansi() {
    let config = SqliteConfig::new().sql_info(false);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut connection = FlightSqlConnection::connect(&auto(&server)).await.unwrap();
    assert_eq!(connection.dialect().name(), "ansi");
    connection.execute("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn unreachable_server_is_error_and_not_ansi() {
    let server = server().await;
    let url = auto(&server);
    server.stop().await;
    FlightSqlConnection::connect(&url).await.unwrap_err();
}

#[derive(Debug)]
struct Special(DialectProfile);

impl Dialect for Special {
    fn profile(&self) -> &DialectProfile {
        &self.0
    }

    fn detect(&self, info: &ServerInfo) -> bool {
        // The registry belongs to the process: no other test has `auto` find a server without transactions.
        info.name() == Some("SQLite") && info.transactions() == Some(TransactionSupport::None)
    }
}

#[tokio::test]
async fn a_registered_dialect_is_asked_before_the_presets() {
    let config = SqliteConfig::new().transactions(false);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let detected = async || {
        let connection = FlightSqlConnection::connect(&auto(&server)).await.unwrap();
        connection.dialect().name().to_owned()
    };
    assert_eq!(detected().await, "sqlite");
    dialect::register(Arc::new(Special(DialectProfile::new("special-sqlite")))).unwrap();
    assert_eq!(detected().await, "special-sqlite");
}

#[test]
fn auto_is_not_a_name_of_a_dialect() {
    let error = dialect::register(Arc::new(DialectProfile::new("auto"))).unwrap_err();
    assert!(error.to_string().contains("\"auto\""), "{error}");
}

#[test]
fn the_url_says_auto_and_contradictions_are_refused() {
    let options: FlightSqlConnectOptions = "flightsql+tcp://h:1?dialect=auto".parse().unwrap();
    assert_eq!(
        options.to_url_lossy().as_str(),
        "flightsql+tcp://h:1?dialect=auto"
    );
    let again: FlightSqlConnectOptions = options.to_url_lossy().as_str().parse().unwrap();
    assert_eq!(
        again.to_url_lossy(),
        options.detect_dialect().to_url_lossy()
    );
    let error = "sqlite+flightsql+tcp://h:1?dialect=auto".parse::<FlightSqlConnectOptions>();
    assert!(error.unwrap_err().to_string().contains("contradicts"));
    let error = "flightsql+tcp://h:1?dialect=outo".parse::<FlightSqlConnectOptions>();
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("must be auto or one of ansi, ")
    );
}
