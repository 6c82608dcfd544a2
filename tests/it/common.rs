//! Shared helpers: a server, a connection, a pool.

use flightsql::{
    AssertSqlSafe, Connection, FlightSqlConnectOptions, FlightSqlConnection, FlightSqlExecutor,
    FlightSqlPool, FlightSqlPoolOptions, query_scalar,
};
use flightsql_testkit::TestServer;

/// A fresh SQLite server.
pub(crate) async fn server() -> TestServer {
    TestServer::sqlite().await.unwrap()
}

/// A connection to `server`.
pub(crate) async fn connect(server: &TestServer) -> FlightSqlConnection {
    FlightSqlConnection::connect(&server.url()).await.unwrap()
}

/// A connection to `server` that repeats no read.
pub(crate) async fn connect_once(server: &TestServer) -> FlightSqlConnection {
    let url = format!("{}?retries=0", server.url());
    FlightSqlConnection::connect(&url).await.unwrap()
}

/// A pool of at most `size` connections to `server`.
pub(crate) async fn pool(server: &TestServer, size: u32) -> FlightSqlPool {
    FlightSqlPoolOptions::new()
        .max_connections(size)
        .connect(&server.url())
        .await
        .unwrap()
}

/// The options of a URL.
pub(crate) fn options(url: &str) -> FlightSqlConnectOptions {
    url.parse().unwrap()
}

/// Counts the rows of a table as `executor` sees them.
pub(crate) async fn count<'c>(executor: impl FlightSqlExecutor<'c>, table: &str) -> i64 {
    let sql = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
    query_scalar(sql).fetch_one(executor).await.unwrap()
}

/// The server's response in an error.
#[track_caller]
pub(crate) fn server_error(error: &flightsql::Error) -> &flightsql::FlightSqlDatabaseError {
    match error.as_database_error() {
        Some(database) => database.downcast_ref(),
        None => panic!("not an answer of the server: {error:?}"),
    }
}
