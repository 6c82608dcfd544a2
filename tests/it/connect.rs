//! Connecting: valid addresses, invalid addresses, and the data that a connection sends to its server.
//!
//! TLS is in `connect/tls.rs`, broken and foreign servers in `connect/wrong.rs`, secrets in `connect/secrets.rs`.

mod secrets;
#[cfg(feature = "tls")]
mod tls;
mod wrong;

use std::collections::HashSet;

use flightsql::{Connection, Executor, FlightSqlConnection, FlightSqlPoolOptions, query_scalar};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, ServerHandle, TestServer};

use crate::common::{options, server};

/// The calls of one action.
fn actions(server: &ServerHandle, name: &str) -> Vec<flightsql_testkit::Call> {
    let mut calls = server.calls_of(Rpc::DoAction);
    calls.retain(|call| call.command() == Some(name));
    calls
}

fn holds(payload: &[u8], text: &str) -> bool {
    payload
        .windows(text.len())
        .any(|part| part == text.as_bytes())
}

#[tokio::test]
async fn a_unix_socket_works() {
    let server = TestServer::builder()
        .unix_socket(true)
        .start()
        .await
        .unwrap();
    assert!(server.url().starts_with("flightsql+unix:///"));
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
    connection.close().await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn an_ipv6_address_works() {
    let listen = "[::1]:0".parse().unwrap();
    let Ok(server) = TestServer::builder().listen(listen).start().await else {
        // No IPv6 on this machine: nothing to test.
        return;
    };
    assert!(server.url().starts_with("flightsql+tcp://[::1]:"));
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn connections_of_one_options_value_share_its_channels() {
    let server = server().await;
    let options = options(&server.url()).channels(2);
    let mut connections = Vec::new();
    for _ in 0..12 {
        connections.push(FlightSqlConnection::connect_with(&options).await.unwrap());
    }
    for connection in &mut connections {
        connection.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(server.connections(), 2);

    // Clones share too, also with connections that are open.
    let clone = options.clone();
    FlightSqlConnection::connect_with(&clone).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_pool_shares_its_channels() {
    let server = server().await;
    let pool = FlightSqlPoolOptions::new()
        .max_connections(16)
        .min_connections(16)
        .connect_with(options(&server.url()).channels(3))
        .await
        .unwrap();
    let mut held = Vec::new();
    for _ in 0..16 {
        held.push(pool.acquire().await.unwrap());
    }
    for connection in &mut held {
        connection.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(pool.size(), 16);
    assert!(
        server.connections() <= 3,
        "{} connections",
        server.connections()
    );
}

#[tokio::test]
async fn options_changed_by_a_setter_do_not_share() {
    let server = server().await;
    let first = options(&server.url()).channels(1);
    let _open = FlightSqlConnection::connect_with(&first).await.unwrap();
    let _shared = FlightSqlConnection::connect_with(&first).await.unwrap();
    assert_eq!(server.connections(), 1);
    let second = first.clone().header("x-tenant", "blue");
    let _other = FlightSqlConnection::connect_with(&second).await.unwrap();
    assert_eq!(server.connections(), 2);
    let _shared = FlightSqlConnection::connect_with(&first).await.unwrap();
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn every_call_carries_user_agent_and_headers() {
    let server = server().await;
    let url = format!(
        "{}?application_name=reports&header.x-tenant=blue%20team&header.X-Trace=7",
        server.url()
    );
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let seven: i64 = query_scalar("SELECT ?")
        .bind(7_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(seven, 7);
    connection.close().await.unwrap();

    let calls = server.calls();
    // Prepare, bind, info, get, close.
    assert_eq!(calls.len(), 5);
    let agent = concat!("reports flightsql/", env!("CARGO_PKG_VERSION"));
    for call in &calls {
        let sent = call.header("user-agent").unwrap();
        assert!(sent.starts_with(agent), "{sent}");
        assert_eq!(call.header_values("x-tenant"), ["blue team"]);
        assert_eq!(call.header_values("x-trace"), ["7"]);
        assert_eq!(call.header("authorization"), None);
    }
}

#[tokio::test]
async fn catalog_and_session_options_reach_the_server_in_one_call() {
    let server = server().await;
    let url = format!("{}/main?session.time_zone=Mars_Phobos", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    assert_eq!(server.count_all(), 1);
    let set = actions(&server, "SetSessionOptions");
    for text in ["catalog", "main", "time_zone", "Mars_Phobos"] {
        assert!(holds(set[0].payload(), text), "{text} was not sent");
    }

    // The session's cookie goes with every later call, and the session is closed in the end.
    connection.execute("SELECT 1").await.unwrap();
    connection.close().await.unwrap();
    let calls = server.calls();
    let cookies: HashSet<_> = calls[1..]
        .iter()
        .map(|call| call.header("cookie"))
        .collect();
    assert_eq!(cookies.len(), 1);
    assert!(
        cookies
            .iter()
            .all(|cookie| cookie.unwrap().starts_with("arrow_flight_session_id="))
    );
    assert_eq!(actions(&server, "CloseSession").len(), 1);
}

#[tokio::test]
async fn a_refused_session_option_is_named_without_its_value() {
    let server = server().await;
    let url = format!("{}/hidden_place?session.zone=UTC", server.url());
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    assert!(
        matches!(error, flightsql::Error::Configuration(_)),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(text.contains("`catalog` (invalid value)"), "{text}");
    assert!(
        !text.contains("zone") && !text.contains("hidden_place"),
        "{text}"
    );
}

#[tokio::test]
async fn a_server_without_sessions_says_what_to_leave_out() {
    let script = Script::new().do_action(
        "SetSessionOptions",
        Reply::error(Code::Unimplemented, "no sessions here"),
    );
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let url = format!("{}/sales", server.url());
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    assert!(
        matches!(error, flightsql::Error::Configuration(_)),
        "{error:?}"
    );
    let text = error.to_string();
    assert!(
        text.contains("remove the catalog and schema from the path of the URL"),
        "{text}"
    );
    script.assert_used();
}

#[tokio::test]
async fn influxdb_wants_its_database_in_a_header() {
    let server = server().await;
    let url = format!("influxdb+{}/metrics", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(connection.dialect().name(), "influxdb");
    let calls = server.calls();
    assert_eq!(calls.len(), 2);
    for call in &calls {
        assert_eq!(call.header_values("database"), ["metrics"]);
    }

    // The same by its own key.
    server.clear_calls();
    let url = format!("influxdb+{}?database=other", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.calls()[0].header_values("database"), ["other"]);
}

#[tokio::test]
async fn options_that_cannot_work_are_refused_before_anything_is_sent() {
    let server = server().await;
    let options = options(&server.url()).header("grpc-timeout", "1S");
    let error = FlightSqlConnection::connect_with(&options)
        .await
        .unwrap_err();
    assert!(
        matches!(error, flightsql::Error::Configuration(_)),
        "{error:?}"
    );
    assert!(error.to_string().contains("grpc-timeout"), "{error}");
    assert_eq!(server.connections(), 0);
}
