//! Doris and StarRocks, scripted as their sources state: the frontend (FE) plans, and the backends (BE) serve.
//!
//! A BE checks no token: the ticket contains the id of the query. The FE reports `grpc+tcp://BE:PORT` for a query, and the
//! address that it listens on for statements without a query.

use flightsql::{Connection, FlightSqlConnection};
use flightsql_testkit::{Cluster, Rpc, TestServer};

use super::planned;
use crate::common::options;

async fn frontend() -> Cluster {
    let builder = TestServer::builder;
    let front = builder().basic("root", "pass-of-root");
    Cluster::start(front, [builder(), builder()]).await.unwrap()
}

#[tokio::test]
async fn a_cluster_needs_one_more_key() {
    for dialect in ["doris", "starrocks"] {
        let cluster = frontend().await;
        let url = cluster.front().url();
        let url = url.replace("flightsql+tcp://", "flightsql+tcp://root:pass-of-root@");
        let own = format!("{dialect}+{url}");
        let mut connection = FlightSqlConnection::connect(&own).await.unwrap();
        let be = cluster.location(0);
        // Without the key, the error states it.
        let error = planned(&cluster, &mut connection, [[be.clone()]]).await;
        let address = be.replace("grpc+tcp://", "");
        let expected = format!("set `location_allow={address}` to read it from there");
        let text = error.unwrap_err().to_string();
        assert!(text.contains(&expected), "{dialect}: {text}");

        let own = options(&format!("{own}?location_allow=127.0.0.0/8"));
        let mut connection = FlightSqlConnection::connect_with(&own).await.unwrap();
        let endpoints = [[be], [cluster.location(1)]];
        let found = planned(&cluster, &mut connection, endpoints).await;
        assert_eq!(found.unwrap(), [100, 201], "{dialect}");
        // `SHOW` and `SET` run on the FE, which listens on all addresses.
        let fe = format!("grpc+tcp://0.0.0.0:{}", cluster.front().port().unwrap());
        let found = planned(&cluster, &mut connection, [[fe]]).await;
        assert_eq!(found.unwrap(), [0], "{dialect}");
        for node in [0, 1] {
            for call in cluster.node(node).calls_of(Rpc::DoGet) {
                assert_eq!(call.header("authorization"), None);
            }
        }
    }
}

#[tokio::test]
async fn a_mapped_backend_is_reached_through_a_port() {
    let cluster = frontend().await;
    let port = cluster.node(0).port().unwrap();
    let url = cluster.front().url();
    let url = url.replace(
        "flightsql+tcp://",
        "starrocks+flightsql+tcp://root:pass-of-root@",
    );
    let map = format!("location_map=be-0.be-search.default.svc.cluster.local=127.0.0.1:{port}");
    let own = options(&format!("{url}?{map}&location_allow=127.0.0.1"));
    let mut connection = FlightSqlConnection::connect_with(&own).await.unwrap();
    let location = "grpc+tcp://be-0.be-search.default.svc.cluster.local:9419";
    let found = planned(&cluster, &mut connection, [[location]]).await;
    assert_eq!(found.unwrap(), [100]);
}
