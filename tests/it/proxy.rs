//! Connections through an HTTP proxy: to the server, to other addresses of endpoints, and to a token server.

mod elsewhere;
mod environment;
mod refused;
#[cfg(feature = "oauth")]
mod tokens;
mod tunnel;

use std::time::Duration;

use flightsql::{
    Connection as _, Error, FlightSqlConnectOptions, FlightSqlConnection, query_scalar,
};
use flightsql_testkit::{ProxyServer, TestServer, Tls};

use crate::common::options;

/// A name that only the proxy knows.
const HOST: &str = "db.example";
const USER: &str = "proxy-user";
const PASSWORD: &str = "pl4nted-proxy-pw";
/// User and password in base64.
const BASIC: &str = "cHJveHktdXNlcjpwbDRudGVkLXByb3h5LXB3";

/// A proxy that requires credentials, and knows the server by a name.
async fn proxy_of(server: &TestServer) -> ProxyServer {
    let proxy = ProxyServer::start().await.unwrap();
    proxy.require(USER, PASSWORD);
    route(&proxy, server);
    proxy
}

/// Lets the proxy find the server at `db.example`, with the port of the server.
fn route(proxy: &ProxyServer, server: &TestServer) {
    let port = server.port().unwrap();
    proxy.route(format!("{HOST}:{port}"), format!("127.0.0.1:{port}"));
}

/// The address of a proxy with its credentials.
fn with_login(proxy: &ProxyServer) -> String {
    let (scheme, address) = proxy
        .url()
        .split_once("://")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    format!("{scheme}://{USER}:{PASSWORD}@{address}")
}

/// The plaintext URL of a server under the name that the proxy knows.
fn url(server: &TestServer) -> String {
    format!("flightsql+tcp://{HOST}:{}", server.port().unwrap())
}

/// A server with TLS, and options for the name in its certificate.
async fn secured() -> (TestServer, FlightSqlConnectOptions) {
    let tls = Tls::generated_for([HOST, "localhost"]);
    let server = TestServer::builder().tls(tls).start().await.unwrap();
    let url = format!("flightsql://{HOST}:{}", server.port().unwrap());
    let own = options(&url).tls_ca_pem(server.ca_pem().unwrap());
    (server, own)
}

async fn one(options: &FlightSqlConnectOptions) -> i64 {
    let mut connection = within(FlightSqlConnection::connect_with(options))
        .await
        .unwrap();
    let one = within(query_scalar("SELECT 1").fetch_one(&mut connection)).await;
    connection.close().await.unwrap();
    one.unwrap()
}

/// The error of a connect, which contains no credentials.
async fn fails(options: &FlightSqlConnectOptions) -> Error {
    let error = within(FlightSqlConnection::connect_with(options)).await;
    let error = error.unwrap_err();
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(inner) = source {
        text += &format!(" {inner} {inner:?}");
        source = inner.source();
    }
    assert!(!text.contains(PASSWORD) && !text.contains(BASIC), "{text}");
    error
}

/// The text of an I/O error.
#[track_caller]
fn io(error: &Error) -> (std::io::ErrorKind, String) {
    match error {
        Error::Io(io) => (io.kind(), error.to_string()),
        other => panic!("{other:?}"),
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    let limit = Duration::from_secs(20);
    tokio::time::timeout(limit, future)
        .await
        .expect("a wait ended")
}
