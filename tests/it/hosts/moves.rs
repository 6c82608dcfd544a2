//! Sessions whose host stops: those without state go to another host, and nothing of theirs does.

use std::sync::{Arc, Mutex};

use flightsql::observe::{Observer, OperationEvent};
use flightsql::{Executor, FlightSqlPoolOptions, query};
use flightsql_testkit::Cluster;

use super::*;
use crate::common::server;

const TABLE: &str = "CREATE TABLE t (a BIGINT)";

/// Two servers with users and a table, and their hosts.
async fn pair(cookies: bool) -> ([TestServer; 2], [String; 2]) {
    let start = async || {
        let server = TestServer::builder().basic("ann", "pass").cookies(cookies);
        let server = server.start().await.unwrap();
        server.sqlite().execute_batch(TABLE).unwrap();
        server
    };
    let servers = [start().await, start().await];
    let hosts = servers.each_ref().map(|server| server.address());
    (servers, hosts)
}

#[tokio::test]
async fn a_session_opens_again_at_another_host() {
    for login in ["login=connection", "login=shared"] {
        // With cookies, a token belongs to one connection.
        let cookies = login != "login=shared";
        let ([first, second], hosts) = pair(cookies).await;
        let options = options(&url("ann:pass@", &hosts, login));
        let mut connection = connect_with(&options).await.unwrap();
        // A prepared statement stays in the cache of the session.
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
        assert_eq!(connection.cached_statements_size(), 1);
        assert_eq!(second.count_all(), 0);
        let old = token(&first);
        let cookie = first.calls_of(Rpc::DoGet)[0]
            .header("cookie")
            .map(str::to_owned);
        assert_eq!(cookie.is_some(), cookies);

        first.kill().await;
        assert_eq!(select(&mut connection, 2).await.unwrap(), 2);
        assert_eq!(connection.cached_statements_size(), 1);
        assert_eq!((handshakes(&first), handshakes(&second)), (1, 1));
        assert!(has_received(&second, &token(&second)));
        assert!(!has_received(&second, &old));
        for call in second.calls() {
            assert!(cookie.is_none() || call.header("cookie") != cookie.as_deref());
        }
        // The connections of one host share its token.
        let mut other = connect_with(&options).await.unwrap();
        assert_eq!(select(&mut other, 3).await.unwrap(), 3);
        let expected = if login == "login=shared" { 1 } else { 2 };
        assert_eq!(handshakes(&second), expected);

        // A session stays where it is, and a new channel goes to the first host.
        first.restart().await.unwrap();
        assert_eq!(select(&mut connection, 4).await.unwrap(), 4);
        second.kill().await;
        assert_eq!(select(&mut connection, 5).await.unwrap(), 5);
        assert!(!has_received(&first, &token_after(&second, &old)));
    }
}

/// A token that the second server has issued; `old` is of the first one.
fn token_after(second: &TestServer, old: &str) -> String {
    let calls = second.calls();
    let sent = calls
        .iter()
        .rev()
        .find_map(|call| call.header("authorization"));
    let sent = sent.and_then(|sent| sent.strip_prefix("Bearer ")).unwrap();
    assert_ne!(sent, old);
    sent.to_owned()
}

#[tokio::test]
async fn a_change_runs_once_after_a_graceful_stop() {
    let ([first, second], hosts) = pair(true).await;
    let mut connection = connect(&url("ann:pass@", &hosts, "")).await.unwrap();
    let insert = || query("INSERT INTO t VALUES (?)").bind(1_i64);
    soon(insert().execute(&mut connection)).await.unwrap();
    // GOAWAY, and then a closed port.
    first.stop().await;
    let done = soon(insert().execute(&mut connection)).await.unwrap();
    assert_eq!(done.rows_affected(), 1);
    let count: i64 = query_scalar("SELECT count(*) FROM t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((count, handshakes(&second)), (1, 1));
}

#[tokio::test]
async fn a_transaction_stays_at_its_host() {
    let ([first, second], hosts) = pair(true).await;
    let mut connection = connect(&url("ann:pass@", &hosts, "")).await.unwrap();
    let mut transaction = connection.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    first.kill().await;
    let error = soon(transaction.execute("INSERT INTO t VALUES (2)")).await;
    assert!(matches!(error, Err(Error::Io(_))), "{error:?}");
    assert!(soon(transaction.commit()).await.is_err());
    assert_eq!(second.count_all(), 0);
}

#[tokio::test]
async fn a_changed_session_stays_at_its_host() {
    let ([first, second], hosts) = pair(true).await;
    let mut connection = connect(&url("ann:pass@", &hosts, "")).await.unwrap();
    let temporary = "CREATE TEMP TABLE mine (a BIGINT)";
    soon(connection.execute(temporary)).await.unwrap();
    first.kill().await;
    let error = select(&mut connection, 1).await;
    assert!(matches!(error, Err(Error::Io(_))), "{error:?}");
    assert_eq!(second.count_all(), 0);
}

#[tokio::test]
async fn a_pool_uses_the_host_that_runs() {
    let ([first, second], hosts) = pair(true).await;
    let pool = FlightSqlPoolOptions::new().max_connections(4);
    let pool = pool.connect_with(options(&url("ann:pass@", &hosts, "channels=2")));
    let pool = soon(pool).await.unwrap();
    for round in 0..3 {
        let (running, stopped) = if round % 2 == 0 {
            (&first, &second)
        } else {
            (&second, &first)
        };
        if round > 0 {
            running.restart().await.unwrap();
        }
        stopped.kill().await;
        let reads = (0..8).map(async |n: i64| {
            let read = query_scalar("SELECT ? + 0").bind(n).fetch_one(&pool);
            let read: i64 = soon(read).await.unwrap();
            assert_eq!(read, n);
        });
        futures_util::future::join_all(reads).await;
    }
    soon(pool.close()).await;
}

/// Ports of the operations that have ended.
#[derive(Clone, Default)]
struct Ports(Arc<Mutex<Vec<Option<u16>>>>);

impl Observer for Ports {
    fn operation(&self, event: &OperationEvent<'_>) {
        if event.operation == Some("SELECT") {
            self.0.lock().unwrap().push(event.server_port);
        }
    }
}

#[tokio::test]
async fn metrics_name_the_host_of_the_session() {
    let ([first, second], hosts) = pair(false).await;
    let ports = Ports::default();
    let options = options(&url("ann:pass@", &hosts, "")).observer(ports.clone());
    let mut connection = connect_with(&options).await.unwrap();
    assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    first.kill().await;
    // Opened again before the statement starts.
    connection.clear_cached_statements().await.unwrap();
    soon(connection.execute("SELECT 1")).await.unwrap();
    assert_eq!(select(&mut connection, 2).await.unwrap(), 2);
    let ports = ports.0.lock().unwrap().clone();
    assert_eq!(ports.first(), Some(&first.port()));
    assert_eq!(ports.last(), Some(&second.port()));
}

#[tokio::test]
async fn the_own_origin_is_that_of_the_current_host() {
    let builder = TestServer::builder;
    let cluster = Cluster::start(builder(), [builder(), builder()])
        .await
        .unwrap();
    let other = server().await;
    let hosts = [dead().await, cluster.front().address(), other.address()];
    let mut connection = connect(&url("", &hosts, "retries=0")).await.unwrap();
    let mut planned = async |location: String| -> Result<Vec<i64>, Error> {
        cluster.plan([[location]]);
        soon(query_scalar("SELECT n").fetch_all(&mut connection)).await
    };
    assert_eq!(planned(format!("grpc://{}", hosts[1])).await.unwrap(), [0]);
    for foreign in [&hosts[0], &hosts[2]] {
        let error = planned(format!("grpc://{foreign}")).await.unwrap_err();
        assert!(error.to_string().contains("another origin"), "{error}");
    }
    assert_eq!(other.connections(), 0);
}
