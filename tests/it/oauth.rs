//! Tokens of an OAuth token server, over TLS: flows, refreshes, and bad token servers.

mod flows;
mod refused;

use std::time::Duration;

use flightsql::options::OAuth;
use flightsql::{
    Connection as _, Error, FlightSqlConnectOptions, FlightSqlConnection, query_scalar,
};
use flightsql_testkit::{Rpc, ServerHandle, TestServer, Tls, TokenServer};

use crate::common::options;

const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";
const SECRET: &str = "pl4nted-cl1ent-secret";

/// A token server, and a Flight SQL server that accepts its tokens, with one certificate authority.
struct Servers {
    tokens: TokenServer,
    sql: TestServer,
}

impl Servers {
    async fn start() -> Self {
        let tls = Tls::generated();
        let tokens = TokenServer::with_tls(&tls).await.unwrap();
        tokens.client("reports", SECRET);
        let sql = TestServer::builder().tokens_of(&tokens).tls(tls);
        let sql = sql.start().await.unwrap();
        Self { tokens, sql }
    }

    /// Options that trust both servers.
    fn options(&self, oauth: OAuth) -> FlightSqlConnectOptions {
        let options = options(&self.sql.url()).tls_ca_pem(self.sql.ca_pem().unwrap());
        options.oauth(oauth)
    }

    fn client_credentials(&self) -> OAuth {
        OAuth::client_credentials(self.tokens.uri(), "reports", SECRET)
    }

    async fn refused(&self) -> Error {
        let options = self.options(self.client_credentials());
        refused(&options).await
    }
}

async fn refused(options: &FlightSqlConnectOptions) -> Error {
    let error = FlightSqlConnection::connect_with(options).await;
    let error = error.unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(!text.contains(SECRET), "{text}");
    error
}

async fn select(connection: &mut FlightSqlConnection) -> Result<i64, Error> {
    query_scalar("SELECT 1").fetch_one(connection).await
}

/// The `authorization` of each `GetFlightInfo`, in order.
fn sent(server: &ServerHandle) -> Vec<String> {
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
