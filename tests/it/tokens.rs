//! Tokens that do not last: files, providers, logins by payload, over TLS.

mod file;
mod headers;
mod login;
mod provider;
mod revoked;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flightsql::options::{BoxError, Token, TokenProvider};
use flightsql::{
    AssertSqlSafe, Connection as _, Error, Executor as _, FlightSqlConnectOptions,
    FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions, query, query_scalar,
};
use flightsql_testkit::{Rpc, ServerHandle, TestServer, TestServerBuilder, Tls};

use crate::common::options;

/// A server with TLS that needs a token. The token `unused` is never sent.
async fn server() -> TestServer {
    secured(TestServer::builder().bearer("unused")).await
}

async fn secured(builder: TestServerBuilder) -> TestServer {
    builder.tls(Tls::generated()).start().await.unwrap()
}

/// The options for the server with this user and password, or with this query.
fn trusting(server: &TestServer, login: &str, query: &str) -> FlightSqlConnectOptions {
    let url = server.url().replacen("://", &format!("://{login}"), 1) + query;
    options(&url).tls_ca_pem(server.ca_pem().unwrap())
}

async fn connect(options: &FlightSqlConnectOptions) -> FlightSqlConnection {
    FlightSqlConnection::connect_with(options).await.unwrap()
}

async fn refused(options: &FlightSqlConnectOptions) -> Error {
    FlightSqlConnection::connect_with(options)
        .await
        .unwrap_err()
}

async fn pool(options: &FlightSqlConnectOptions, size: u32) -> FlightSqlPool {
    let options = options.clone();
    let pool = FlightSqlPoolOptions::new().max_connections(size);
    pool.connect_with(options).await.unwrap()
}

async fn select(connection: &mut FlightSqlConnection, number: i64) -> Result<i64, Error> {
    let sql = AssertSqlSafe(format!("SELECT {number}"));
    query_scalar(sql).fetch_one(connection).await
}

/// The `authorization` of each `GetFlightInfo`, in order.
fn sent(server: &TestServer) -> Vec<String> {
    let calls = server.calls_of(Rpc::GetFlightInfo);
    let header = |call: &flightsql_testkit::Call| call.header("authorization").unwrap().to_owned();
    calls.iter().map(header).collect()
}

/// Moves tokio's clock, which tokens and servers of this test use. Only for tests with one thread.
async fn later(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// A provider whose tokens `issued-1`, `issued-2`, … the server accepts for this time.
#[derive(Clone)]
struct Issuer {
    server: ServerHandle,
    life: Option<Duration>,
    count: Arc<AtomicUsize>,
}

impl Issuer {
    fn new(server: &TestServer, life: impl Into<Option<Duration>>) -> Self {
        Self {
            server: server.handle(),
            life: life.into(),
            count: Arc::default(),
        }
    }

    /// The number of tokens so far.
    fn count(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

#[async_trait::async_trait]
impl TokenProvider for Issuer {
    async fn token(&self) -> Result<Token, BoxError> {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let text = format!("issued-{number}");
        self.server.add_token(&text, self.life);
        let token = Token::bearer(text);
        Ok(match self.life {
            Some(life) => token.expires_in(life),
            None => token,
        })
    }
}
