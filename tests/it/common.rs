//! What every subject needs: a server, a connection, a pool.

use flightsql::{Connection, FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions};
use flightsql_testkit::TestServer;

/// A fresh SQLite server.
pub(crate) async fn server() -> TestServer {
    TestServer::sqlite().await.unwrap()
}

/// A connection to `server`.
pub(crate) async fn connect(server: &TestServer) -> FlightSqlConnection {
    FlightSqlConnection::connect(&server.url()).await.unwrap()
}

/// A pool of at most `size` connections to `server`.
pub(crate) async fn pool(server: &TestServer, size: u32) -> FlightSqlPool {
    FlightSqlPoolOptions::new()
        .max_connections(size)
        .connect(&server.url())
        .await
        .unwrap()
}
