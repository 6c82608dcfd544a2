//! Tokens, headers, cookies and certificates: each stays on its server unless the options permit it.

use flightsql::{Connection, FlightSqlConnection};
use flightsql_testkit::{Cluster, Rpc, TestServer, Tls};

use super::{connect, options_of, planned, works};

/// A cluster whose front has a user and a cookie for each session.
async fn guarded() -> Cluster {
    let builder = TestServer::builder;
    let front = builder().basic("ann", "hunter22").cookies(true);
    Cluster::start(front, [builder(), builder()]).await.unwrap()
}

/// Connects with a password and a secret header.
async fn with_secrets(cluster: &Cluster, query: &str) -> FlightSqlConnection {
    let own = options_of(cluster, query)
        .username("ann")
        .password("hunter22")
        .header("x-tenant", "tenant-secret");
    FlightSqlConnection::connect_with(&own).await.unwrap()
}

/// The headers that the nodes received, without those of gRPC itself.
fn received(cluster: &Cluster) -> Vec<(String, String)> {
    let calls = [0, 1].map(|node| cluster.node(node).calls());
    let headers = calls.iter().flatten().flat_map(|call| call.headers());
    let own = |name: &str| !matches!(name, "te" | "content-type" | "user-agent");
    let headers = headers.filter(|(name, _)| own(name));
    headers.cloned().collect()
}

async fn read_twice(cluster: &Cluster, connection: &mut FlightSqlConnection) {
    for _ in 0..2 {
        let endpoints = [[cluster.location(0)], [cluster.location(1)]];
        let found = planned(cluster, connection, endpoints).await;
        assert_eq!(found.unwrap(), [100, 201]);
    }
    assert_eq!(cluster.reads(), [0, 2, 2]);
}

#[tokio::test]
async fn nodes_receive_no_credentials() {
    let cluster = guarded().await;
    for query in [
        "location_allow=127.0.0.1",
        "location_allow=127.0.0.1&location_credentials=none",
    ] {
        let mut connection = with_secrets(&cluster, query).await;
        let endpoints = [[cluster.location(0)], [cluster.location(1)]];
        let found = planned(&cluster, &mut connection, endpoints).await;
        assert_eq!(found.unwrap(), [100, 201]);
    }
    assert_eq!(cluster.reads(), [0, 2, 2]);
    assert_eq!(received(&cluster), []);
    // The front received all of them.
    let call = cluster.front().calls_of(Rpc::GetFlightInfo).pop().unwrap();
    for name in ["authorization", "cookie", "x-tenant"] {
        assert!(call.header(name).is_some(), "{name}");
    }
}

#[tokio::test]
async fn listed_nodes_receive_credentials_on_request() {
    let cluster = guarded().await;
    let query = "location_allow=127.0.0.1&location_credentials=allow_list";
    let mut connection = with_secrets(&cluster, query).await;
    read_twice(&cluster, &mut connection).await;
    let token = cluster.front().tokens().pop().unwrap();
    let each = [
        ("authorization".to_owned(), format!("Bearer {token}")),
        ("x-tenant".to_owned(), "tenant-secret".to_owned()),
    ];
    let mut found = received(&cluster);
    found.sort();
    let [token, header] = each;
    let expected = [vec![token; 4], vec![header; 4]].concat();
    // Never a cookie.
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_token_and_a_cookie_of_a_node_go_nowhere() {
    let cluster = guarded().await;
    let query = "location_allow=127.0.0.1&location_credentials=allow_list";
    let mut connection = with_secrets(&cluster, query).await;
    read_twice(&cluster, &mut connection).await;
    works(&cluster, &mut connection).await;
    let token = cluster.front().tokens().pop().unwrap();
    let servers = [cluster.front(), cluster.node(0), cluster.node(1)];
    for call in servers.iter().flat_map(|server| server.calls()) {
        for (name, value) in call.headers() {
            assert!(!value.contains("of-a-node"), "{name} of {:?}", call.rpc());
        }
        if call.rpc() != Rpc::Handshake {
            let sent = call.header("authorization").unwrap();
            assert_eq!(sent, format!("Bearer {token}"));
        }
    }
}

#[tokio::test]
async fn a_catalog_header_is_a_header_of_the_options() {
    let builder = TestServer::builder;
    let cluster = Cluster::start(builder(), [builder(), builder()])
        .await
        .unwrap();
    for (query, expected) in [
        ("location_allow=127.0.0.1", None),
        (
            "location_allow=127.0.0.1&location_credentials=allow_list",
            Some("sales"),
        ),
    ] {
        let own = options_of(&cluster, query)
            .dialect_name("influxdb")
            .unwrap()
            .header("database", "sales");
        let mut connection = FlightSqlConnection::connect_with(&own).await.unwrap();
        let found = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
        assert_eq!(found.unwrap(), [100]);
        let call = cluster.node(0).calls().pop().unwrap();
        assert_eq!(call.header("database"), expected);
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_on_request_only() {
    let tls = Tls::generated();
    let builder = || TestServer::builder().mutual_tls(tls.clone());
    let cluster = Cluster::start(builder(), [builder(), builder()])
        .await
        .unwrap();
    let with_identity = |query: &str| {
        options_of(&cluster, query)
            .tls_client_identity(tls.client_pem().unwrap(), tls.client_key_pem().unwrap())
    };
    let own = with_identity("location_allow=localhost");
    let mut connection = FlightSqlConnection::connect_with(&own).await.unwrap();
    let error = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    let error = error.unwrap_err();
    assert!(matches!(error, flightsql::Error::Tls(_)), "{error:?}");
    let port = cluster.node(0).port().unwrap();
    assert!(
        error.to_string().contains(&format!("localhost:{port}")),
        "{error}"
    );
    works(&cluster, &mut connection).await;

    let own = with_identity("location_allow=localhost&location_credentials=allow_list");
    let mut connection = FlightSqlConnection::connect_with(&own).await.unwrap();
    let found = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    assert_eq!(found.unwrap(), [100]);
}

#[tokio::test]
async fn unauthenticated_at_a_node_leaves_the_session_alone() {
    use flightsql_testkit::Fault;
    use flightsql_testkit::tonic::Code;

    let cluster = guarded().await;
    let mut connection = with_secrets(&cluster, "location_allow=127.0.0.1").await;
    cluster
        .node(1)
        .fault(Fault::new(Rpc::DoGet).status(Code::Unauthenticated, "who are you?"));
    let endpoints = [[cluster.location(0)], [cluster.location(1)]];
    let error = planned(&cluster, &mut connection, endpoints)
        .await
        .unwrap_err();
    let port = cluster.node(1).port().unwrap();
    assert_eq!(
        error.to_string(),
        format!(
            "error returned from database: who are you? (UNAUTHENTICATED from DoGet), endpoint 1 at 127.0.0.1:{port}"
        )
    );
    let found = crate::common::server_error(&error);
    assert_eq!(found.endpoint(), Some(1));
    assert_eq!(found.origin(), Some(format!("127.0.0.1:{port}").as_str()));
    works(&cluster, &mut connection).await;
    connection.ping().await.unwrap();
    assert_eq!(cluster.front().count(Rpc::Handshake), 1);
}

#[tokio::test]
async fn a_node_that_vanishes_leaves_the_session_alone() {
    use flightsql_testkit::Fault;

    let cluster = guarded().await;
    let mut connection = connect_guarded(&cluster).await;
    cluster.node(0).fault(Fault::new(Rpc::DoGet).cut_after(1));
    let error = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    let error = error.unwrap_err();
    assert!(matches!(error, flightsql::Error::Io(_)), "{error:?}");
    let port = cluster.node(0).port().unwrap();
    assert!(
        error.to_string().contains(&format!("127.0.0.1:{port}")),
        "{error}"
    );
    works(&cluster, &mut connection).await;
    // The next endpoint there gets a new channel.
    let found = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    assert_eq!(found.unwrap(), [100]);
    assert_eq!(cluster.node(0).connections(), 2);
}

async fn connect_guarded(cluster: &Cluster) -> FlightSqlConnection {
    with_secrets(cluster, "location_allow=127.0.0.1").await
}

#[tokio::test]
async fn a_restarted_node_gets_a_new_channel() {
    let builder = TestServer::builder;
    let cluster = Cluster::start(builder(), [builder(), builder()])
        .await
        .unwrap();
    let mut connection = connect(&cluster, "location_allow=127.0.0.1").await;
    for round in 1..=2 {
        let found = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
        assert_eq!(found.unwrap(), [100]);
        assert_eq!(cluster.node(0).connections(), round);
        cluster.node(0).stop().await;
        cluster.node(0).restart().await.unwrap();
    }
}
