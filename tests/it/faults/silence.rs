//! Networks that drop the packets of open sockets without FIN or RST, while new sockets work.

use std::process::Command;
use std::time::{Duration, Instant};

use flightsql::{
    Connection, FlightSqlConnection, FlightSqlPool, FlightSqlPoolOptions, query_scalar,
};
use flightsql_testkit::TestServer;
use futures_util::future::join_all;

use super::wire_error;
use crate::common::server;
use crate::relay::{Relay, Rules};

/// Four connections on four channels, each used once.
async fn pool_of_four(url: &str) -> FlightSqlPool {
    let options = FlightSqlPoolOptions::new().max_connections(4);
    let pool = options.connect(url).await.unwrap();
    let held = join_all((0..4).map(|_| pool.acquire())).await;
    for connection in held {
        one(&mut connection.unwrap()).await;
    }
    pool
}

async fn one(connection: &mut FlightSqlConnection) {
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

/// Ten times faster than the defaults: a reply within 1 s, and a ping after 0.5 s.
const FAST: &str = "channels=4&ping_after=500ms&keep_alive_timeout=1s";

#[tokio::test]
async fn i2_dead_relay_delays_only_first_statement() {
    let server = server().await;
    let relay = Relay::start(&server, Rules::default()).await;
    let pool = pool_of_four(&relay.url(FAST)).await;
    assert_eq!(relay.connections(), 4);
    relay.swallow();
    // Silence, as the options mean it.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let first: i64 = query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
    let waited = begun.elapsed();
    assert_eq!(first, 1);
    // One channel is pinged for 1 s, and the others begin after a quarter of it.
    assert!(waited >= Duration::from_millis(950), "{waited:?}");
    assert!(waited < Duration::from_millis(2_500), "{waited:?}");
    assert_eq!(relay.connections(), 5);
    let begun = Instant::now();
    let held = join_all((0..4).map(|_| pool.acquire())).await;
    for connection in held {
        one(&mut connection.unwrap()).await;
    }
    assert!(
        begun.elapsed() < Duration::from_millis(900),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(relay.connections(), 8);
}

#[tokio::test]
async fn i2_new_connections_avoid_a_channel_that_does_not_answer() {
    let server = server().await;
    let relay = Relay::start(&server, Rules::default()).await;
    let url = relay.url("channels=1&ping_after=500ms&keep_alive_timeout=1s");
    let options = crate::common::options(&url);
    let mut old = flightsql::ConnectOptions::connect(&options).await.unwrap();
    one(&mut old).await;
    relay.swallow();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    let mut new = flightsql::ConnectOptions::connect(&options).await.unwrap();
    one(&mut new).await;
    assert!(
        begun.elapsed() < Duration::from_millis(900),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(relay.connections(), 2);
    let (_, text) = wire_error(&old.ping().await.unwrap_err());
    assert!(
        text.contains("did not respond to an HTTP/2 ping within `keep_alive_timeout`"),
        "{text}"
    );
}

#[tokio::test]
async fn i2_unanswered_call_condemns_the_other_channels() {
    let server = server().await;
    let relay = Relay::start(&server, Rules::default()).await;
    // An early ping after 100 to 150 ms of silence in a call; no ping when a connection is taken.
    let options =
        "retries=0&channels=4&ping_after=1h&keep_alive_timeout=1s&keep_alive_interval=1600ms";
    let pool = pool_of_four(&relay.url(options)).await;
    relay.swallow();
    let begun = Instant::now();
    let statement = query_scalar::<_, i64>("SELECT 1").fetch_one(&pool).await;
    let (_, text) = wire_error(&statement.unwrap_err());
    assert!(
        text.contains("did not respond to an HTTP/2 ping within `keep_alive_timeout`"),
        "{text}"
    );
    // The three others were pinged meanwhile, and are closed before one is acquired.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let held = join_all((0..4).map(|_| pool.acquire())).await;
    for connection in held {
        one(&mut connection.unwrap()).await;
    }
    assert!(
        begun.elapsed() < Duration::from_millis(2_500),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(relay.connections(), 8);
}

/// The environment variable that marks a run of this test binary in its own namespace.
const INSIDE: &str = "FLIGHTSQL_TEST_NAMESPACE";

/// Runs one of the ignored tests below in a network namespace of its own.
fn in_namespace(name: &str) {
    let can = Command::new("unshare").args(["--net", "true"]).output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: `unshare --net` needs root and util-linux");
        return;
    }
    let itself = std::env::current_exe().unwrap();
    let output = Command::new("unshare")
        .args(["--net", "--"])
        .arg(itself)
        .args(["--exact", "--ignored", "--nocapture", name])
        .env(INSIDE, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if said.contains("skipped: ") {
        eprintln!("{said}");
        return;
    }
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
}

fn ip(arguments: &str) -> bool {
    let arguments = arguments.split(' ');
    let output = Command::new("ip").args(arguments).output();
    output.is_ok_and(|output| output.status.success())
}

/// Brings loopback up, and lets rules come before it. `false` where this system cannot drop packets by port.
fn prepare_namespace() -> bool {
    if std::env::var_os(INSIDE).is_none() {
        eprintln!("skipped: runs only in a namespace of its own");
        return false;
    }
    let ready = ip("link set lo up")
        && ip("rule add priority 100 lookup local")
        && ip("rule del priority 0")
        && ip("rule add priority 50 ipproto tcp dport 1 blackhole");
    if !ready {
        eprintln!("skipped: `ip rule` cannot drop packets by port here");
    }
    ready
}

/// Drops what the server sends to the sockets that are open now: no data, no acknowledgment, no FIN and no RST.
fn drop_packets_of_open_sockets(server: &TestServer) {
    let port = server.port().unwrap();
    let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
    let mut dropped = 0;
    for line in table.lines().skip(1) {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let port_of = |column: &str| u16::from_str_radix(column.rsplit(':').next().unwrap(), 16);
        let (local, remote) = (port_of(columns[1]).unwrap(), port_of(columns[2]).unwrap());
        // 01 is ESTABLISHED.
        if remote == port && columns[3] == "01" {
            let rule = format!("rule add priority 50 ipproto tcp dport {local} blackhole");
            assert!(ip(&rule), "{rule}");
            dropped += 1;
        }
    }
    assert!(dropped > 0, "{table}");
}

#[test]
fn i2_dropped_packets_cost_the_first_statement_one_wait() {
    in_namespace("faults::silence::dropped_packets_before_an_acquire");
}

#[tokio::test]
#[ignore = "runs in a network namespace, by the test above"]
async fn dropped_packets_before_an_acquire() {
    if !prepare_namespace() {
        return;
    }
    let server = server().await;
    let pool = pool_of_four(&format!("{}?{FAST}", server.url())).await;
    drop_packets_of_open_sockets(&server);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let begun = Instant::now();
    for _ in 0..4 {
        let one: i64 = query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
        assert_eq!(one, 1);
    }
    let waited = begun.elapsed();
    assert!(waited < Duration::from_millis(2_500), "{waited:?}");
}

#[test]
fn i2_tcp_finds_a_dead_peer_without_pings() {
    in_namespace("faults::silence::dropped_packets_without_pings");
}

#[tokio::test]
#[ignore = "runs in a network namespace, by the test above; 30 s"]
async fn dropped_packets_without_pings() {
    if !prepare_namespace() {
        return;
    }
    let server = server().await;
    let url = format!("{}?retries=0&keep_alive_interval=0", server.url());
    let mut sender = FlightSqlConnection::connect(&url).await.unwrap();
    let mut reader = FlightSqlConnection::connect(&url).await.unwrap();
    one(&mut sender).await;
    one(&mut reader).await;
    drop_packets_of_open_sockets(&server);
    let begun = Instant::now();
    // One has sent what is never acknowledged, and the other waits for nothing.
    let sent = async {
        let error = query_scalar::<_, i64>("SELECT 1")
            .fetch_one(&mut sender)
            .await;
        (wire_error(&error.unwrap_err()), begun.elapsed())
    };
    let idle = async {
        while !reader.is_broken() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        begun.elapsed()
    };
    let both = async { tokio::join!(sent, idle) };
    let (((_, text), sent), idle) = tokio::time::timeout(Duration::from_secs(60), both)
        .await
        .expect("TCP gives up within 60 s");
    eprintln!("data in flight: {sent:?}, idle reader: {idle:?}");
    assert!(text.contains("the connection was lost"), "{text}");
    for waited in [sent, idle] {
        assert!(waited > Duration::from_secs(15), "{waited:?}");
        assert!(waited < Duration::from_secs(50), "{waited:?}");
    }
}
