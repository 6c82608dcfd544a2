//! Queries through a proxy.

use flightsql::{FlightSqlPoolOptions, query_scalar};
use flightsql_testkit::{ProxyReply, ProxyServer, TestServer, Tls};
use tokio::net::TcpListener;

use super::{
    HOST, PASSWORD, USER, fails, io, one, proxy_of, route, secured, url, with_login, within,
};
use crate::common::options;

#[tokio::test]
async fn the_proxy_looks_up_the_name_of_the_server() {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    let own = options(&format!("{}?proxy={}", url(&server), with_login(&proxy)));
    assert_eq!(one(&own).await, 1);
    assert_eq!(
        proxy.targets(),
        [format!("{HOST}:{}", server.port().unwrap())]
    );
    let request = &proxy.requests()[0];
    assert_eq!(request.method(), "CONNECT");
    assert_eq!(request.header("host"), Some(request.target()));
    let login = (USER.to_owned(), PASSWORD.to_owned());
    assert_eq!(request.credentials(), Some(login));
    // The server does not see them.
    for call in server.calls() {
        assert_eq!(call.header("proxy-authorization"), None);
    }
    assert!(server.count_all() > 0);
}

#[tokio::test]
async fn a_server_may_send_its_first_bytes_with_the_response() {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    proxy.reply_with(ProxyReply::joined());
    // The proxy connects to the target as it is written.
    let own = format!("{}?proxy={}", server.url(), proxy.url());
    assert_eq!(one(&options(&own)).await, 1);
    assert_eq!(proxy.targets(), [server.address()]);
}

#[tokio::test]
async fn tls_runs_from_end_to_end() {
    let (server, own) = secured().await;
    let proxy = proxy_of(&server).await;
    let own = own.proxy(&with_login(&proxy));
    assert_eq!(one(&own).await, 1);

    let other = own.clone().tls_server_name("localhost");
    assert_eq!(one(&other).await, 1);
    let error = fails(&own.clone().tls_server_name("other.example")).await;
    assert!(matches!(error, flightsql::Error::Tls(_)), "{error:?}");
    let text = error.to_string();
    let place = format!("through the proxy {} (`proxy`): ", proxy.address());
    assert!(
        text.contains(&place) && text.contains("its certificate is for another name"),
        "{text}"
    );
}

#[tokio::test]
async fn a_proxy_may_have_tls_of_its_own() {
    let (server, own) = secured().await;
    let tls = Tls::generated();
    let proxy = ProxyServer::with_tls(&tls).await.unwrap();
    proxy.require(USER, PASSWORD);
    route(&proxy, &server);
    let own = own.proxy(&with_login(&proxy));
    // The CA of the proxy is unknown, so the proxy gets no credentials.
    let error = fails(&own).await;
    assert!(matches!(error, flightsql::Error::Tls(_)), "{error:?}");
    let place = format!("the proxy {} (`proxy`): ", proxy.address());
    assert!(error.to_string().contains(&place), "{error}");
    assert_eq!(proxy.requests().len(), 0);

    assert_eq!(one(&own.tls_ca_pem(tls.ca_pem().unwrap())).await, 1);
    assert_eq!(proxy.requests().len(), 1);
    // A plaintext server, and TLS options for the proxy alone.
    let plain = TestServer::sqlite().await.unwrap();
    route(&proxy, &plain);
    let own = options(&url(&plain)).proxy(&with_login(&proxy));
    assert_eq!(one(&own.tls_ca_pem(tls.ca_pem().unwrap())).await, 1);
    assert_eq!(proxy.requests().len(), 2);
}

#[tokio::test]
async fn a_pool_opens_one_tunnel_per_channel() {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    let own = options(&url(&server))
        .proxy(&with_login(&proxy))
        .channels(2);
    let pool = FlightSqlPoolOptions::new()
        .max_connections(6)
        .min_connections(6);
    let pool = within(pool.connect_with(own)).await.unwrap();
    let queries = (0..24).map(|_| query_scalar::<_, i64>("SELECT 1").fetch_one(&pool));
    let rows = within(futures_util::future::try_join_all(queries))
        .await
        .unwrap();
    assert_eq!(rows, [1; 24]);
    within(pool.close()).await;
    assert_eq!(proxy.requests().len(), 2);
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_refused_server_is_reported_by_the_proxy() {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    server.kill().await;
    let own = options(&url(&server)).proxy(&with_login(&proxy));
    let (kind, text) = io(&fails(&own).await);
    assert_eq!(kind, std::io::ErrorKind::ConnectionRefused);
    let target = format!("{HOST}:{}", server.port().unwrap());
    let expected = format!(
        "the proxy {} (`proxy`): it returned 502 Bad Gateway for `CONNECT {target}`; check host and port of the server, and \
         that the proxy can reach it",
        proxy.address()
    );
    assert!(text.contains(&expected), "{text}");
}

#[tokio::test]
async fn the_next_host_is_tried_through_the_proxy() {
    let server = TestServer::sqlite().await.unwrap();
    let proxy = proxy_of(&server).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    proxy.route("dead.example:1", listener.local_addr().unwrap().to_string());
    drop(listener);
    let target = format!("{HOST}:{}", server.port().unwrap());
    let own = options(&format!("flightsql+tcp://dead.example:1,{target}"));
    assert_eq!(one(&own.proxy(&with_login(&proxy))).await, 1);
    assert_eq!(proxy.targets(), ["dead.example:1", &target]);
}
