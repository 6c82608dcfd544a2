//! The host that a connect chooses, and the error if there is none.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use flightsql::options::HostOrder;
use flightsql::{ConnectOptions as _, FlightSqlPoolOptions, StatusCode};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Tls};
use sqlx_core::url::Url;

use super::*;
use crate::common::{server, server_error};

/// The address of a port that accepts connections and sends nothing, and the number of connections.
async fn silent() -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    tokio::spawn(async move {
        let mut sockets = Vec::new();
        while let Ok((socket, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            sockets.push(socket);
        }
    });
    (address, count)
}

#[tokio::test]
async fn uses_the_first_host_that_works() {
    let (first, second) = (server().await, server().await);
    let list = url(
        "",
        &[dead().await, first.address(), second.address()],
        "channels=3",
    );
    let options = options(&list);
    let mut connections = Vec::new();
    for n in 0..3 {
        let mut connection = connect_with(&options).await.unwrap();
        assert_eq!(select(&mut connection, n).await.unwrap(), n);
        connections.push(connection);
    }
    assert_eq!((first.connections(), second.connections()), (3, 0));
}

#[tokio::test]
async fn every_form_of_a_url_lists_the_hosts() {
    let server = server().await;
    let dead = dead().await;
    let list = url("", &[dead.clone(), server.address()], "");
    let keys = format!("flightsql+tcp://{dead}?host={}", server.address());
    // From here on, SQLx has parsed the URL.
    let parsed = FlightSqlConnectOptions::from_url(&keys.parse::<Url>().unwrap());
    let printed = options(&list).to_url_lossy().to_string();
    let built = FlightSqlConnectOptions::new()
        .plaintext()
        .hosts([dead.clone(), server.address()]);
    for options in [
        options(&list),
        options(&keys),
        parsed.unwrap(),
        options(&printed),
        built,
    ] {
        assert_eq!(options.get_hosts().len(), 2);
        let mut connection = connect_with(&options).await.unwrap();
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    }
    for text in [&list, &keys] {
        let pool = soon(FlightSqlPoolOptions::new().connect(text))
            .await
            .unwrap();
        let one: i64 = query_scalar("SELECT 1").fetch_one(&pool).await.unwrap();
        assert_eq!(one, 1);
    }
    assert_eq!(server.connections(), 7);
}

/// `Any` parses URLs before the driver sees them.
#[cfg(feature = "any")]
#[tokio::test]
async fn any_lists_hosts_as_keys() {
    use flightsql::any::{AnyConnection, install_default_drivers};
    install_default_drivers();
    let server = server().await;
    let dead = dead().await;
    let keys = format!("flightsql+tcp://{dead}?host={}", server.address());
    let mut connection = soon(AnyConnection::connect(&keys)).await.unwrap();
    connection.ping().await.unwrap();
    assert_eq!(server.connections(), 1);
    let list = url("", &[dead, server.address()], "");
    let error = soon(AnyConnection::connect(&list)).await.unwrap_err();
    assert!(error.to_string().contains("invalid port number"), "{error}");
}

#[tokio::test]
async fn the_error_names_all_hosts() {
    let hosts = [dead().await, dead().await, dead().await];
    let error = connect(&url("ann:secret@", &hosts, "")).await.unwrap_err();
    assert!(
        matches!(&error, Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused)
    );
    let text = error.to_string();
    for host in &hosts {
        assert!(
            text.contains(&format!("cannot connect to {host}: the server refused")),
            "{text}"
        );
    }
    assert!(!text.contains("secret"), "{text}");
}

#[tokio::test]
async fn leaves_a_silent_host_after_its_share() {
    let server = server().await;
    let (silent, tried) = silent().await;
    for query in ["connect_timeout=2s", "host_connect_timeout=100ms"] {
        let hosts = [silent.clone(), server.address()];
        let mut connection = connect(&url("", &hosts, query)).await.unwrap();
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    }
    assert_eq!(tried.load(Ordering::SeqCst), 2);
    // No share is left for the second one.
    let hosts = [silent.clone(), server.address()];
    let query = "connect_timeout=300ms&host_connect_timeout=300ms";
    let error = connect(&url("", &hosts, query))
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("300ms"), "{error}");
    assert_eq!(server.connections(), 2);
}

/// A host costs its time once, not at each channel.
#[tokio::test]
async fn tries_a_slow_host_last_for_a_while() {
    let server = server().await;
    let (silent, tried) = silent().await;
    let hosts = [silent, server.address()];
    let options = options(&url("", &hosts, "host_connect_timeout=1s&channels=4"));
    let mut connections = Vec::new();
    for _ in 0..4 {
        connections.push(connect_with(&options).await.unwrap());
    }
    assert_eq!(server.connections(), 4);
    assert_eq!(tried.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn stops_at_a_wrong_password() {
    let (first, second) = (guarded().await, guarded().await);
    let hosts = [dead().await, first.address(), second.address()];
    let error = connect(&url("ann:another@", &hosts, "")).await.unwrap_err();
    assert_eq!(server_error(&error).status(), StatusCode::Unauthenticated);
    assert_eq!((handshakes(&first), second.connections()), (1, 0));
}

#[tokio::test]
async fn stops_at_another_certificate() {
    let start = async || {
        TestServer::builder()
            .tls(Tls::generated())
            .start()
            .await
            .unwrap()
    };
    let (first, second) = (start().await, start().await);
    let list = |hosts: [&TestServer; 2]| {
        let text = format!("flightsql://{},{}", hosts[0].address(), hosts[1].address());
        options(&text).tls_ca_pem(second.ca_pem().unwrap())
    };
    let error = connect_with(&list([&first, &second])).await.unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    assert!(error.to_string().contains("unknown CA"), "{error}");
    assert_eq!(second.connections(), 0);
    let mut connection = connect_with(&list([&second, &first])).await.unwrap();
    assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
}

#[tokio::test]
async fn leaves_a_host_that_fails_at_login() {
    let faults: [fn(Fault) -> Fault; 3] = [
        |fault| fault.status(Code::Unavailable, "no backend for pass"),
        Fault::hang,
        Fault::drop_connection,
    ];
    for fault in faults {
        let (first, second) = (guarded().await, guarded().await);
        first.fault(fault(Fault::new(Rpc::Handshake)).always());
        let hosts = [first.address(), second.address()];
        let options = options(&url("ann:pass@", &hosts, "host_connect_timeout=500ms"));
        let mut connection = connect_with(&options).await.unwrap();
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
        assert!(handshakes(&first) >= 1);
        assert_eq!(handshakes(&second), 1);
        // A further connection does not begin with the host that has failed.
        let before = handshakes(&first);
        let mut connection = connect_with(&options).await.unwrap();
        assert_eq!(select(&mut connection, 2).await.unwrap(), 2);
        assert_eq!(handshakes(&first), before);

        second.fault(fault(Fault::new(Rpc::Handshake)).always());
        let error = connect(&url("ann:pass@", &hosts, "connect_timeout=1s"))
            .await
            .unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&first.address()), "{text}");
        assert!(!text.contains("pass"), "{text}");
    }
}

#[tokio::test]
async fn a_random_order_reaches_all_hosts() {
    let servers = [server().await, server().await, server().await];
    let hosts = servers.each_ref().map(|server| server.address());
    let options = options(&url("", &hosts, "channels=60")).host_order(HostOrder::Random);
    let mut connections = Vec::new();
    for n in 0..60 {
        let mut connection = connect_with(&options).await.unwrap();
        assert_eq!(select(&mut connection, n).await.unwrap(), n);
        connections.push(connection);
    }
    let counts = servers.each_ref().map(|server| server.connections());
    assert_eq!(counts.iter().sum::<u64>(), 60);
    // The probability of fewer than 3 of 60 at one of them is below one in a million.
    assert!(counts.iter().all(|count| *count >= 3), "{counts:?}");
}

#[tokio::test]
async fn dropping_a_connect_leaves_the_options_usable() {
    let server = server().await;
    let (silent, tried) = silent().await;
    let options = options(&url(
        "",
        &[silent, server.address()],
        "channels=1&connect_timeout=5s",
    ));
    {
        let mut connecting = std::pin::pin!(options.connect());
        let begun = Instant::now();
        while tried.load(Ordering::SeqCst) == 0 {
            assert!(begun.elapsed() < LIMIT);
            tokio::select! {
                _ = &mut connecting => panic!("the first host is silent"),
                () = tokio::task::yield_now() => {}
            }
        }
    }
    let mut connection = connect_with(&options.host_connect_timeout(Duration::from_millis(50)))
        .await
        .unwrap();
    assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
}
