//! Endpoints on other addresses: which are read, what they receive, and how they fail.

mod credentials;
mod hosts;
mod presets;
mod refusals;
mod rows;

use flightsql::{Connection, Error, FlightSqlConnectOptions, FlightSqlConnection, query_scalar};
use flightsql_testkit::{Cluster, TestServer, Tls};

use crate::common::options;

/// A cluster without TLS and without authentication.
async fn cluster() -> Cluster {
    let builder = TestServer::builder;
    Cluster::start(builder(), [builder(), builder()])
        .await
        .unwrap()
}

/// A cluster whose servers have certificates of three authorities.
async fn secured(nodes: [Tls; 2]) -> Cluster {
    let builder = |tls: Tls| TestServer::builder().tls(tls);
    Cluster::start(builder(Tls::generated()), nodes.map(builder))
        .await
        .unwrap()
}

/// Options for the front, with the authorities of all servers. No read is planned again.
fn options_of(cluster: &Cluster, query: &str) -> FlightSqlConnectOptions {
    let own = options(&format!("{}?{query}", cluster.front().url())).retries(0);
    [cluster.front(), cluster.node(0), cluster.node(1)]
        .into_iter()
        .filter_map(|server| server.ca_pem())
        .fold(own, FlightSqlConnectOptions::tls_ca_pem)
}

async fn connect(cluster: &Cluster, query: &str) -> FlightSqlConnection {
    let own = options_of(cluster, query);
    FlightSqlConnection::connect_with(&own).await.unwrap()
}

/// The rows of the next plan.
async fn rows(connection: &mut FlightSqlConnection) -> Result<Vec<i64>, Error> {
    query_scalar("SELECT n").fetch_all(connection).await
}

/// The rows of a plan with these endpoints.
async fn planned<L, T>(
    cluster: &Cluster,
    connection: &mut FlightSqlConnection,
    endpoints: L,
) -> Result<Vec<i64>, Error>
where
    L: IntoIterator<Item = T>,
    T: IntoIterator<Item: Into<String>>,
{
    cluster.plan(endpoints);
    rows(connection).await
}

/// The connection still serves results of its own server.
async fn works(cluster: &Cluster, connection: &mut FlightSqlConnection) {
    let own = planned(cluster, connection, [[] as [&str; 0]]).await;
    assert_eq!(own.unwrap(), [0]);
}
