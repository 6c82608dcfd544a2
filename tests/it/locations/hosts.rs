//! Hosts that are dead, silent or not who they claim to be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use flightsql::{Connection as _, Error, FlightSqlConnection};
use flightsql_testkit::{Fault, Rpc, Tls, tonic::Code};
use tokio::net::TcpListener;

use super::{cluster, connect, options_of, planned, secured, works};

/// A port on which no process listens.
async fn dead() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("grpc+tcp://{}", listener.local_addr().unwrap())
}

/// A server that accepts connections and never responds, and the number of its connections.
async fn silent() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    tokio::spawn(async move {
        let mut sockets = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::SeqCst);
            sockets.push(socket);
        }
    });
    (address, count)
}

#[tokio::test]
async fn a_dead_host_is_followed_by_the_next_location() {
    let cluster = cluster().await;
    let mut connection = connect(&cluster, "location_allow=127.0.0.1").await;
    let (first, second) = (cluster.location(0), cluster.location(1));
    let endpoints = [
        vec![dead().await, first.clone()],
        vec![dead().await, dead().await, second],
        vec![dead().await, first],
    ];
    let found = planned(&cluster, &mut connection, endpoints).await;
    assert_eq!(found.unwrap(), [100, 201, 102]);
}

#[tokio::test]
async fn dead_hosts_alone_are_a_typed_error() {
    let cluster = cluster().await;
    let mut connection = connect(&cluster, "location_allow=127.0.0.1").await;
    let one = dead().await;
    let address = one.replace("grpc+tcp://", "");
    let error = planned(&cluster, &mut connection, [[one.clone()]]).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    let expected = format!("cannot connect to {address}: the server refused the connection");
    assert!(error.to_string().contains(&expected), "{error}");
    works(&cluster, &mut connection).await;
    let error = planned(&cluster, &mut connection, [[one, dead().await]]).await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains("none of the 2 locations of the endpoint can be reached"),
        "{text}"
    );
    works(&cluster, &mut connection).await;
}

#[tokio::test]
async fn a_silent_host_ends_within_connect_timeout() {
    let cluster = cluster().await;
    let (silent, connections) = silent().await;
    let query = "location_allow=127.0.0.1&connect_timeout=1s";
    let mut connection = connect(&cluster, query).await;
    let begun = Instant::now();
    let location = format!("grpc+tcp://{silent}");
    let error = planned(&cluster, &mut connection, [[location.clone()]]).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    let expected = format!("{silent} was not reached within its share of `connect_timeout`");
    assert!(error.to_string().contains(&expected), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    works(&cluster, &mut connection).await;

    // The host is not tried again soon, neither alone nor next to another one.
    let error = planned(&cluster, &mut connection, [[location.clone()]]).await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.contains(&format!("no connect to {silent} is tried")),
        "{text}"
    );
    let endpoints = vec![[location, cluster.location(0)]; 1000];
    let found = planned(&cluster, &mut connection, endpoints).await.unwrap();
    assert_eq!(found, (100..1100).collect::<Vec<i64>>());
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let nodes = [Tls::generated_for(["other.example"]), Tls::generated()];
    let cluster = secured(nodes).await;
    let mut connection = connect(&cluster, "location_allow=localhost").await;
    let error = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    let error = error.unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    let expected = format!(
        "localhost:{}: its certificate is for another name",
        cluster.node(0).port().unwrap()
    );
    assert!(error.to_string().contains(&expected), "{error}");
    assert_eq!(cluster.node(0).count_all(), 0);
    works(&cluster, &mut connection).await;
    // Another location of the endpoint still serves it.
    let locations = [cluster.location(0), cluster.location(1)];
    let found = planned(&cluster, &mut connection, [locations]).await;
    assert_eq!(found.unwrap(), [200]);
}

#[tokio::test]
async fn a_read_is_planned_again_after_a_node_has_failed() {
    let cluster = cluster().await;
    let options = options_of(&cluster, "location_allow=127.0.0.1").retries(1);
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    let fault = Fault::new(Rpc::DoGet);
    for fault in [
        fault.clone().status(Code::Unavailable, "draining"),
        fault.drop_connection(),
    ] {
        cluster.node(0).fault(fault);
        cluster.plan([[cluster.location(0)]]);
        let again = [[cluster.location(1)]];
        let found = planned(&cluster, &mut connection, again).await;
        assert_eq!(found.unwrap(), [200]);
    }
    assert_eq!(cluster.reads(), [0, 2, 2]);
}

#[tokio::test]
async fn an_error_after_the_request_is_final() {
    let cluster = cluster().await;
    let mut connection = connect(&cluster, "location_allow=127.0.0.1").await;
    let locations = || [[cluster.location(0), cluster.location(1)]];
    for code in [Code::Unavailable, Code::Internal] {
        cluster
            .node(0)
            .fault(Fault::new(Rpc::DoGet).status(code, "not now"));
        let error = planned(&cluster, &mut connection, locations()).await;
        assert!(error.unwrap_err().to_string().contains("not now"));
    }
    cluster
        .node(0)
        .fault(Fault::new(Rpc::DoGet).drop_connection());
    let error = planned(&cluster, &mut connection, locations()).await;
    assert!(matches!(error.unwrap_err(), Error::Io(_)));
    assert_eq!(cluster.reads(), [0, 3, 0]);
    works(&cluster, &mut connection).await;
}
