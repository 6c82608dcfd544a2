//! Locations that the options do not permit: an error before anything is read, and no connection to them.

use flightsql::{Connection, Error, FlightSqlConnectOptions, FlightSqlConnection};
use flightsql_testkit::Tls;
use tokio::net::TcpListener;

use super::{cluster, connect, planned, secured, works};

#[tokio::test]
async fn refuses_locations_without_connecting() {
    let cluster = cluster().await;
    let first = cluster.location(0);
    let port = cluster.node(0).port().unwrap();
    let unlisted = format!(
        "`127.0.0.1:{port}`, which is not in `location_allow`; set `location_allow=127.0.0.1:{port}`"
    );
    let many: Vec<_> = (0..10_000)
        .map(|n| format!("grpc://10.0.0.1:{}", n + 1))
        .collect();
    let limit = "an endpoint has 10000 locations, more than the limit of 100";
    let one = |location: &str| vec![location.to_owned()];
    for (list, locations, expected) in [
        ("locations=allow_list", one(&first), unlisted.as_str()),
        ("location_allow=127.0.0.1:1", one(&first), &unlisted),
        ("location_allow=10.0.0.0/8", one(&first), &unlisted),
        ("location_allow=*.example", one(&first), &unlisted),
        (
            "location_allow=127.0.0.1",
            one("s3://bucket/key"),
            "`s3://bucket/…`, which is not the address of a Flight server",
        ),
        (
            "location_allow=127.0.0.1",
            one("grpc+unix:///tmp/other.sock"),
            "another Unix socket",
        ),
        (
            "location_allow=0.0.0.0/0",
            one("grpc://169.254.7.7:80"),
            "`169.254.7.7:80`, which is a link-local address",
        ),
        (
            "location_allow=0.0.0.0/0",
            one("grpc://169.254.169.254:80"),
            "which is a cloud metadata address",
        ),
        (
            "location_allow=*.internal",
            one("grpc://metadata.google.internal:80"),
            "which is a cloud metadata address",
        ),
        ("location_allow=10.0.0.1", many, limit),
    ] {
        let mut connection = connect(&cluster, list).await;
        // The first endpoint is valid, and is not read.
        let endpoints = [vec![], locations];
        let error = planned(&cluster, &mut connection, endpoints)
            .await
            .unwrap_err();
        let (Error::InvalidArgument(text) | Error::Protocol(text)) = &error else {
            panic!("{error:?}");
        };
        assert!(text.contains(expected), "{list}: {text}");
        assert!(text.len() < 400, "{text}");
        assert_eq!(cluster.reads(), [0, 0, 0], "{list}");
        works(&cluster, &mut connection).await;
        cluster.front().clear_calls();
    }
    assert_eq!(cluster.node(0).connections(), 0);
}

#[tokio::test]
async fn refuses_plaintext_next_to_tls() {
    let cluster = secured([Tls::generated(), Tls::generated()]).await;
    let mut connection = connect(&cluster, "location_allow=localhost").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    for scheme in ["grpc", "grpc+tcp", "http"] {
        let location = format!("{scheme}://localhost:{port}");
        let error = planned(&cluster, &mut connection, [[location]]).await;
        let text = error.unwrap_err().to_string();
        assert!(
            text.contains(&format!("`localhost:{port}` without TLS")),
            "{text}"
        );
    }
    // Nobody connected.
    let accepted = tokio::select! {
        biased;
        accepted = listener.accept() => Some(accepted),
        () = works(&cluster, &mut connection) => None,
    };
    assert!(accepted.is_none());
}

#[tokio::test]
async fn skips_locations_that_are_not_permitted() {
    let cluster = cluster().await;
    let mut connection = connect(&cluster, "location_allow=127.0.0.1").await;
    let locations = [
        "s3://bucket/key".to_owned(),
        "grpc://203.0.113.7:1".to_owned(),
        "grpc://169.254.169.254:80".to_owned(),
        cluster.location(1),
    ];
    let found = planned(&cluster, &mut connection, [locations]).await;
    assert_eq!(found.unwrap(), [200]);
}

#[tokio::test]
async fn a_wrong_entry_is_an_error_before_connecting() {
    let cluster = cluster().await;
    for (query, key) in [
        ("location_allow=grpc://be:1", "`location_allow`"),
        ("location_allow=10.0.0.1/8", "`location_allow`"),
        ("location_map=a", "`location_map`"),
        ("location_credentials=all", "`location_credentials`"),
        ("location_credentials=allow_list", "`location_credentials`"),
        ("locations=any", "`locations`"),
    ] {
        let url = format!("{}?{query}", cluster.front().url());
        let error = url.parse::<FlightSqlConnectOptions>().unwrap_err();
        assert!(error.to_string().contains(key), "{query}: {error}");
    }
    let built = crate::common::options(&cluster.front().url()).location_allow("a b");
    let error = FlightSqlConnection::connect_with(&built).await;
    assert!(error.unwrap_err().to_string().contains("`location_allow`"));
    assert_eq!(cluster.front().connections(), 0);
}

#[tokio::test]
async fn ignore_reads_all_from_the_front() {
    let cluster = cluster().await;
    let mut connection = connect(&cluster, "locations=ignore").await;
    let found = planned(&cluster, &mut connection, [[cluster.location(0)]]).await;
    assert_eq!(found.unwrap(), [0]);
    assert_eq!(cluster.reads(), [1, 0, 0]);
}
