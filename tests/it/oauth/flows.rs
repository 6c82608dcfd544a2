//! Client credentials and token exchange: the form that is sent, and the number of requests.

use std::collections::HashSet;
use std::time::Duration;

use flightsql::options::{ClientAuth, OAuth};
use flightsql::{Connection as _, FlightSqlConnection, FlightSqlPoolOptions, query_scalar};
use futures_util::future::try_join_all;

use super::{JWT, SECRET, Servers, later, select, sent};
use crate::common::options;

/// Runs a query on each of 8 connections at once.
async fn round(connections: &mut [FlightSqlConnection]) {
    let queries = connections.iter_mut().map(select);
    assert_eq!(try_join_all(queries).await.unwrap(), [1; 8]);
}

#[tokio::test]
async fn eight_tasks_request_one_token_per_expiry() {
    let servers = Servers::start().await;
    servers.tokens.life(Duration::from_secs(2));
    let options = servers.options(servers.client_credentials());
    let opened = (0..8).map(|_| FlightSqlConnection::connect_with(&options));
    let mut connections = try_join_all(opened).await.unwrap();
    for expiries in 1..=4 {
        servers.sql.clear_calls();
        round(&mut connections).await;
        round(&mut connections).await;
        assert_eq!(servers.tokens.requests().len(), expiries);
        let used = sent(&servers.sql);
        assert_eq!(used.len(), 16);
        assert_eq!(HashSet::<String>::from_iter(used).len(), 1);
        later(Duration::from_secs(2)).await;
    }
}

#[tokio::test]
async fn refreshes_a_token_before_it_expires() {
    let servers = Servers::start().await;
    servers.tokens.life(Duration::from_secs(2));
    let options = servers.options(servers.client_credentials());
    let opened = (0..8).map(|_| FlightSqlConnection::connect_with(&options));
    let mut connections = try_join_all(opened).await.unwrap();
    later(Duration::from_millis(1900)).await;
    round(&mut connections).await;
    servers.tokens.received(2).await;
    // The first token has expired, and the second one is in use.
    later(Duration::from_millis(200)).await;
    round(&mut connections).await;
    assert_eq!(servers.tokens.requests().len(), 2);
}

#[tokio::test]
async fn a_pool_shares_the_token_and_replaces_a_revoked_one() {
    let servers = Servers::start().await;
    let options = servers.options(servers.client_credentials());
    let pool = FlightSqlPoolOptions::new().max_connections(4);
    let pool = pool.connect_with(options).await.unwrap();
    let queries = (0..8).map(|_| query_scalar::<_, i64>("SELECT 1").fetch_one(&pool));
    assert_eq!(try_join_all(queries).await.unwrap(), [1; 8]);
    assert_eq!(servers.tokens.requests().len(), 1);

    servers.tokens.revoke_tokens();
    // Reads run again with the next token.
    let queries = (0..8).map(|_| query_scalar::<_, i64>("SELECT 1").fetch_one(&pool));
    assert_eq!(try_join_all(queries).await.unwrap(), [1; 8]);
    assert_eq!(servers.tokens.requests().len(), 2);
}

#[tokio::test]
async fn sends_client_credentials_as_the_rfc_says() {
    let servers = Servers::start().await;
    let oauth = servers.client_credentials().scope("read write");
    let options = servers.options(oauth.clone());
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    select(&mut connection).await.unwrap();
    let in_form = servers.options(oauth.client_auth(ClientAuth::Body));
    FlightSqlConnection::connect_with(&in_form).await.unwrap();

    let requests = servers.tokens.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].line(), "POST /token");
    for (name, value) in [
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "application/json"),
        // base64("reports:pl4nted-cl1ent-secret")
        (
            "authorization",
            "Basic cmVwb3J0czpwbDRudGVkLWNsMWVudC1zZWNyZXQ=",
        ),
    ] {
        assert_eq!(requests[0].header(name), Some(value));
    }
    let host = servers.tokens.uri().strip_prefix("https://").unwrap();
    assert_eq!(requests[0].header("host"), host.strip_suffix("/token"));
    let grant = ("grant_type", "client_credentials");
    assert_eq!(requests[0].form(), [grant, ("scope", "read write")]);
    assert_eq!(requests[1].header("authorization"), None);
    assert_eq!(
        requests[1].form(),
        [
            grant,
            ("scope", "read write"),
            ("client_id", "reports"),
            ("client_secret", SECRET)
        ]
    );
}

#[tokio::test]
async fn exchanges_a_token_with_all_fields_of_a_url() {
    let servers = Servers::start().await;
    let url = format!(
        "{}?oauth.flow=token_exchange&oauth.token_uri={}&oauth.client_id=reports&oauth.client_secret={SECRET}\
         &oauth.exchange.subject_token=sub.j%26ct&oauth.exchange.subject_token_type={JWT}\
         &oauth.exchange.actor_token=actor&oauth.exchange.actor_token_type={JWT}\
         &oauth.exchange.requested_token_type=urn:ietf:params:oauth:token-type:access_token\
         &oauth.exchange.scope=a%20b&oauth.exchange.aud=sql&oauth.exchange.resource=https://db/x",
        servers.sql.url(),
        servers.tokens.uri()
    );
    let options = options(&url).tls_ca_pem(servers.sql.ca_pem().unwrap());
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    assert_eq!(select(&mut connection).await.unwrap(), 1);
    let requests = servers.tokens.requests();
    assert_eq!(requests.len(), 1);
    assert!(requests[0].header("authorization").is_some());
    assert_eq!(
        requests[0].form(),
        [
            (
                "grant_type",
                "urn:ietf:params:oauth:grant-type:token-exchange"
            ),
            ("subject_token", "sub.j&ct"),
            ("subject_token_type", JWT),
            ("actor_token", "actor"),
            ("actor_token_type", JWT),
            (
                "requested_token_type",
                "urn:ietf:params:oauth:token-type:access_token"
            ),
            ("scope", "a b"),
            ("audience", "sql"),
            ("resource", "https://db/x"),
        ]
    );
}

#[tokio::test]
async fn plaintext_is_accepted_on_this_machine() {
    let tokens = flightsql_testkit::TokenServer::start().await.unwrap();
    let sql = flightsql_testkit::TestServer::builder().tokens_of(&tokens);
    let sql = sql.start().await.unwrap();
    let oauth = OAuth::client_credentials(tokens.uri(), "reports", SECRET);
    let options = options(&sql.url()).oauth(oauth);
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    assert_eq!(select(&mut connection).await.unwrap(), 1);
}

#[tokio::test]
async fn a_localhost_name_is_this_machine_without_a_resolver() {
    let tokens = flightsql_testkit::TokenServer::start().await.unwrap();
    tokens.client("reports", SECRET);
    let sql = flightsql_testkit::TestServer::builder().tokens_of(&tokens);
    let sql = sql.start().await.unwrap();
    // The resolver of many systems asks the network for this name, which could send the secrets to another machine.
    let uri = tokens.uri().replace("127.0.0.1", "tokens.localhost");
    let oauth = OAuth::client_credentials(uri, "reports", SECRET);
    let options = options(&sql.url()).oauth(oauth);
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    assert_eq!(select(&mut connection).await.unwrap(), 1);
    assert_eq!(tokens.requests().len(), 1);
}
