//! Rows of endpoints on other servers, plaintext and TLS.

use flightsql::{FlightSqlPoolOptions, query_scalar};
use flightsql_testkit::{Cluster, Rpc, TestServer, Tls};

use super::{cluster, connect, options_of, planned, secured, works};

#[tokio::test]
async fn rows_of_all_endpoints_arrive_in_order() {
    let cluster = cluster().await;
    let [first, second] = [cluster.location(0), cluster.location(1)];
    for list in [
        "location_allow=127.0.0.1",
        "location_allow=127.0.0.0/8",
        "locations=allow_list&location_allow=[::1]&location_allow=127.0.0.1",
    ] {
        let mut connection = connect(&cluster, list).await;
        let endpoints = [
            vec![first.clone()],
            vec![],
            vec![second.clone()],
            vec![first.clone(), second.clone()],
            vec!["arrow-flight-reuse-connection://?".to_owned()],
            vec![
                first.clone(),
                "arrow-flight-reuse-connection://?".to_owned(),
            ],
        ];
        let found = planned(&cluster, &mut connection, endpoints).await;
        assert_eq!(found.unwrap(), [100, 1, 202, 103, 4, 5], "{list}");
    }
    assert_eq!(cluster.reads(), [9, 6, 3]);
}

#[tokio::test]
async fn rows_arrive_over_tls() {
    let cluster = secured([Tls::generated(), Tls::generated()]).await;
    let mut connection = connect(&cluster, "location_allow=localhost").await;
    let endpoints = [[cluster.location(1)], [cluster.location(0)]];
    assert!(endpoints[0][0].starts_with("grpc+tls://localhost:"));
    let found = planned(&cluster, &mut connection, endpoints).await;
    assert_eq!(found.unwrap(), [200, 101]);
    works(&cluster, &mut connection).await;
}

#[tokio::test]
async fn a_server_name_is_the_one_of_the_own_server() {
    let nodes = [Tls::generated(), Tls::generated_for(["front.example"])];
    let builder = |tls: Tls| TestServer::builder().tls(tls);
    let front = builder(Tls::generated_for(["front.example"]));
    let cluster = Cluster::start(front, nodes.map(builder)).await.unwrap();
    let query = "location_allow=localhost&tls_server_name=front.example";
    let mut connection = connect(&cluster, query).await;
    let found = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    assert_eq!(found.unwrap(), [100]);
    let error = planned(&cluster, &mut connection, [[cluster.location(1)]]).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("another name"), "{text}");
}

#[tokio::test]
async fn a_listed_port_is_the_only_one() {
    let cluster = cluster().await;
    let port = cluster.node(0).port().unwrap();
    let mut connection = connect(&cluster, &format!("location_allow=127.0.0.1:{port}")).await;
    let [first, second] = [cluster.location(0), cluster.location(1)];
    let found = planned(&cluster, &mut connection, [[second.clone(), first]]).await;
    assert_eq!(found.unwrap(), [100]);
    let error = planned(&cluster, &mut connection, [[second]]).await;
    let expected = format!(
        "set `location_allow=127.0.0.1:{}`",
        cluster.node(1).port().unwrap()
    );
    let text = error.unwrap_err().to_string();
    assert!(text.contains(&expected), "{text}");
    assert_eq!(cluster.reads(), [0, 1, 0]);
}

#[tokio::test]
async fn a_name_is_listed_by_its_addresses() {
    let cluster = cluster().await;
    let list = "location_allow=127.0.0.1&location_allow=::1";
    let mut connection = connect(&cluster, list).await;
    let location = cluster.location(0).replace("127.0.0.1", "localhost");
    // The name has a kind that needs a literal entry, unless the server itself is of that kind.
    let found = planned(&cluster, &mut connection, [[location.clone()]]).await;
    assert_eq!(found.unwrap(), [100]);
    let mut connection = connect(&cluster, "location_allow=127.0.0.9").await;
    let error = planned(&cluster, &mut connection, [[location]]).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("is not in `location_allow`"), "{text}");
    assert_eq!(cluster.reads(), [0, 1, 0]);
}

#[tokio::test]
async fn a_map_replaces_unreachable_names() {
    let cluster = cluster().await;
    let [port0, port1] = [0, 1].map(|node| cluster.node(node).port().unwrap());
    let front = cluster.front().port().unwrap();
    let query = format!(
        "location_map=be1.internal=127.0.0.1&location_map=be2.internal:9419=127.0.0.1:{port1}\
         &location_map=0.0.0.0:1=127.0.0.1:{port0}&location_map=fe.internal=127.0.0.1:{front}\
         &location_allow=127.0.0.1"
    );
    let mut connection = connect(&cluster, &query).await;
    let endpoints = [
        format!("grpc+tcp://be1.internal:{port0}"),
        "grpc+tcp://BE2.internal.:9419".to_owned(),
        "grpc+tcp://0.0.0.0:1".to_owned(),
        "grpc+tls://fe.internal:8070".to_owned(),
        format!("grpc+tcp://0.0.0.0:{front}"),
    ];
    let endpoints = endpoints.map(|location| [location]);
    let found = planned(&cluster, &mut connection, endpoints).await;
    assert_eq!(found.unwrap(), [100, 201, 102, 3, 4]);
}

#[tokio::test]
async fn a_pool_shares_the_channels_to_the_nodes() {
    let cluster = cluster().await;
    let pool = FlightSqlPoolOptions::new()
        .max_connections(4)
        .connect_with(options_of(&cluster, "location_allow=127.0.0.1"))
        .await
        .unwrap();
    for _ in 0..20 {
        cluster.plan([[cluster.location(0)], [cluster.location(1)]]);
        let found: Vec<i64> = query_scalar("SELECT n").fetch_all(&pool).await.unwrap();
        assert_eq!(found, [100, 201]);
    }
    assert_eq!(cluster.reads(), [0, 20, 20]);
    assert_eq!(cluster.node(0).connections(), 1);
    assert_eq!(cluster.node(1).connections(), 1);
    // Endpoints that are read at once spread over a few channels.
    let gate = cluster.node(0).gate(Rpc::DoGet);
    let tasks: Vec<_> = (0..4)
        .map(|_| {
            cluster.plan([[cluster.location(0)]]);
            let pool = pool.clone();
            tokio::spawn(async move { query_scalar::<_, i64>("SELECT n").fetch_all(&pool).await })
        })
        .collect();
    gate.reached_by(4).await;
    assert_eq!(cluster.node(0).connections(), 4);
    gate.open();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), [100]);
    }
}
