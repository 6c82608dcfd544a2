//! Connections share channels, and no reader of one may stop the others.

use flightsql::{ConnectOptions, FlightSqlConnectOptions, query, query_scalar};
use flightsql_testkit::TestServer;
use futures_util::TryStreamExt;

use crate::common::server;

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
