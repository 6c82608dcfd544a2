//! Connections share channels, and a slow consumer of one does not stop the others.

use std::time::Duration;

use flightsql::{
    ConnectOptions, Connection, FlightSqlConnectOptions, FlightSqlConnection, FlightSqlPoolOptions,
    query, query_scalar,
};
use flightsql_testkit::TestServer;
use futures_util::TryStreamExt;
use futures_util::future::join_all;

use crate::common::server;
use crate::relay::{Relay, Rules};

fn options(server: &TestServer, channels: usize) -> FlightSqlConnectOptions {
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    options.channels(channels)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn paused_readers_do_not_stop_the_calls_of_their_channel() {
    let server = server().await;
    let options = options(&server, 1);
    // 16 times the default stream window, in rows of 10 kB, unread but for the first.
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                   SELECT printf('%010000d', i) AS wide FROM n";
    let mut readers = Vec::new();
    for _ in 0..20 {
        readers.push(options.connect().await.unwrap());
    }
    let mut streams = Vec::new();
    for reader in &mut readers {
        let mut rows = query(endless).fetch(reader);
        assert!(rows.try_next().await.unwrap().is_some());
        streams.push(rows);
    }
    let mut other = options.connect().await.unwrap();
    for n in 0..20_i64 {
        let same: i64 = query_scalar("SELECT ? + 0")
            .bind(n)
            .fetch_one(&mut other)
            .await
            .unwrap();
        assert_eq!(same, n);
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn a_channel_carries_no_more_connections_than_servers_allow_streams() {
    let server = server().await;
    let options = options(&server, 2);
    let mut connections = Vec::new();
    for _ in 0..2 {
        connections.push(options.connect().await.unwrap());
    }
    assert_eq!(server.connections(), 2);
    for _ in 2..128 {
        connections.push(options.connect().await.unwrap());
    }
    assert_eq!(server.connections(), 2);
    connections.push(options.connect().await.unwrap());
    assert_eq!(server.connections(), 3);
    connections.truncate(1);
    connections.push(options.connect().await.unwrap());
    assert_eq!(server.connections(), 3);
}

/// Longer than any response in this test.
const PATIENCE: Duration = Duration::from_secs(10);

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

async fn narrow(server: &TestServer, streams: u32) -> (Relay, FlightSqlConnectOptions) {
    let rules = Rules {
        streams: Some(streams),
        ..Rules::default()
    };
    let relay = Relay::start(server, rules).await;
    let options = relay.url("channels=1").parse().unwrap();
    (relay, options)
}

async fn answers(connection: &mut FlightSqlConnection) {
    let sum = query_scalar("SELECT ? + 1")
        .bind(1_i64)
        .fetch_one(connection);
    let sum: i64 = tokio::time::timeout(PATIENCE, sum)
        .await
        .expect("a stream was free")
        .unwrap();
    assert_eq!(sum, 2);
}

#[tokio::test]
async fn b4_unread_results_do_not_exhaust_few_streams() {
    let server = server().await;
    for (streams, channels) in [(1, 4), (2, 4), (3, 2), (4, 2), (5, 1)] {
        let (relay, options) = narrow(&server, streams).await;
        let mut connections = Vec::new();
        for _ in 0..3 {
            connections.push(options.connect().await.unwrap());
        }
        let mut results = Vec::new();
        for reader in &mut connections {
            let mut rows = query(ENDLESS).fetch(reader);
            assert!(rows.try_next().await.unwrap().is_some());
            results.push(rows);
        }
        let mut other = options.connect().await.unwrap();
        answers(&mut other).await;
        assert_eq!(relay.connections(), channels, "{streams} streams");
    }
}

#[tokio::test]
async fn b4_connections_opened_at_once_share_no_more_than_fit() {
    let server = server().await;
    let (relay, options) = narrow(&server, 2).await;
    let opened = join_all((0..5).map(|_| options.connect())).await;
    let mut connections: Vec<_> = opened.into_iter().map(Result::unwrap).collect();
    assert_eq!(relay.connections(), 5);
    let results = connections.iter_mut().map(|reader| async {
        let mut batches = reader.fetch_arrow(ENDLESS).await.unwrap();
        assert!(batches.try_next().await.unwrap().is_some());
        batches
    });
    let results = tokio::time::timeout(PATIENCE, join_all(results)).await;
    assert_eq!(results.unwrap().len(), 5);
}

#[tokio::test]
async fn b4_pool_replaces_connections_when_the_server_lowers_its_limit() {
    let server = server().await;
    let (relay, options) = narrow(&server, 100).await;
    let pool = FlightSqlPoolOptions::new().max_connections(4);
    let pool = pool.connect_with(options).await.unwrap();
    drop(join_all((0..4).map(|_| pool.acquire())).await);
    assert_eq!(relay.connections(), 1);
    relay.allow_streams(1);
    relay.acknowledged().await;
    let held = join_all((0..4).map(|_| pool.acquire())).await;
    let mut held: Vec<_> = held.into_iter().map(Result::unwrap).collect();
    let mut results = Vec::new();
    for (number, reader) in held.iter_mut().enumerate() {
        let rows = tokio::time::timeout(PATIENCE, async {
            let mut rows = query(ENDLESS).fetch(&mut **reader);
            assert!(rows.try_next().await.unwrap().is_some());
            rows
        });
        let rows = rows.await;
        results.push(rows.unwrap_or_else(|_| panic!("no stream was free for {number}")));
    }
}

#[tokio::test]
async fn b4_connection_that_no_longer_fits_says_so() {
    let server = server().await;
    let (relay, options) = narrow(&server, 100).await;
    let mut one = options.connect().await.unwrap();
    let mut two = options.connect().await.unwrap();
    answers(&mut one).await;
    relay.allow_streams(2);
    relay.acknowledged().await;
    let error = one.ping().await.unwrap_err().to_string();
    assert!(
        error.contains("the server now allows fewer HTTP/2 streams"),
        "{error}"
    );
    drop(one);
    two.ping().await.unwrap();
    let transaction = two.begin().await.unwrap();
    transaction.commit().await.unwrap();
}
