//! Endpoints on other addresses, through a proxy.

use flightsql::{Connection as _, Error, FlightSqlConnection, query_scalar};
use flightsql_testkit::{Cluster, ProxyServer, TestServer};

use super::{HOST, route, with_login, within};
use crate::common::options;

/// A cluster whose front only the proxy finds, so that the front is not on a special address.
async fn cluster() -> (Cluster, ProxyServer) {
    let builder = TestServer::builder;
    let started = Cluster::start(builder(), [builder(), builder()]).await;
    let (cluster, proxy) = (started.unwrap(), ProxyServer::start().await.unwrap());
    route(&proxy, cluster.front());
    (cluster, proxy)
}

async fn connect(cluster: &Cluster, proxy: &ProxyServer, query: &str) -> FlightSqlConnection {
    let port = cluster.front().port().unwrap();
    let own = options(&format!("flightsql+tcp://{HOST}:{port}?retries=0&{query}"));
    let own = own.proxy(&with_login(proxy));
    within(FlightSqlConnection::connect_with(&own))
        .await
        .unwrap()
}

async fn planned(
    cluster: &Cluster,
    connection: &mut FlightSqlConnection,
    location: &str,
) -> Result<Vec<i64>, Error> {
    cluster.plan([[location]]);
    within(query_scalar("SELECT n").fetch_all(connection)).await
}

/// The targets of the proxy after the front.
fn others(proxy: &ProxyServer) -> Vec<String> {
    proxy.targets().split_off(1)
}

#[tokio::test]
async fn a_listed_address_is_reached_through_the_proxy() {
    let (cluster, proxy) = cluster().await;
    let mut connection = connect(&cluster, &proxy, "location_allow=127.0.0.1").await;
    let found = planned(&cluster, &mut connection, &cluster.location(0)).await;
    assert_eq!(found.unwrap(), [100]);
    assert_eq!(others(&proxy), [cluster.node(0).address()]);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn the_proxy_gets_the_checked_address_of_a_name() {
    let (cluster, proxy) = cluster().await;
    let mut connection = connect(&cluster, &proxy, "location_allow=localhost").await;
    let port = cluster.node(0).port().unwrap();
    let found = planned(
        &cluster,
        &mut connection,
        &format!("grpc://localhost:{port}"),
    )
    .await;
    assert_eq!(found.unwrap(), [100]);
    // The name may have an IPv6 address before the IPv4 address, which the server does not listen on.
    let others = others(&proxy);
    assert_eq!(others.last(), Some(&format!("127.0.0.1:{port}")));
    assert!(
        others.iter().all(|target| !target.contains("localhost")),
        "{others:?}"
    );
}

#[tokio::test]
async fn special_addresses_need_their_entry_as_without_a_proxy() {
    let (cluster, proxy) = cluster().await;
    let mut connection = connect(
        &cluster,
        &proxy,
        "location_allow=0.0.0.0/0&location_allow=::/0",
    )
    .await;
    for (location, expected) in [
        (cluster.location(0), "which is a loopback address"),
        (
            "grpc+tcp://169.254.169.254:80".to_owned(),
            "which is a cloud metadata address",
        ),
        ("grpc+tcp://localhost:1".to_owned(), "a loopback address"),
    ] {
        let error = planned(&cluster, &mut connection, &location)
            .await
            .unwrap_err();
        assert!(error.to_string().contains(expected), "{location}: {error}");
    }
    assert_eq!(others(&proxy), [""; 0]);
}

#[tokio::test]
async fn a_name_that_is_not_found_here_is_not_sent_to_the_proxy() {
    let (cluster, proxy) = cluster().await;
    // The resolver refuses a label of 64 characters without asking a server.
    let name = format!("{}.example", "x".repeat(64));
    let mut connection = connect(&cluster, &proxy, "location_allow=*.example").await;
    let error = planned(&cluster, &mut connection, &format!("grpc://{name}:1")).await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("is looked up before the proxy connects") && text.contains("`location_map`"),
        "{text}"
    );
    assert_eq!(others(&proxy), [""; 0]);
}

#[tokio::test]
async fn a_silent_proxy_is_named_in_the_error_of_a_location() {
    let (cluster, proxy) = cluster().await;
    let mut connection = connect(
        &cluster,
        &proxy,
        "location_allow=127.0.0.1&connect_timeout=1s",
    )
    .await;
    proxy.reply_with(flightsql_testkit::ProxyReply::never());
    let error = planned(&cluster, &mut connection, &cluster.location(0)).await;
    let expected = format!(
        "{} was not reached through the proxy {} (`proxy`) within its share of `connect_timeout`",
        cluster.node(0).address(),
        proxy.address()
    );
    let text = error.unwrap_err().to_string();
    assert!(text.contains(&expected), "{text}");
}
