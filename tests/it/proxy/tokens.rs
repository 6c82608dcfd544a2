//! The requests to a token server, through a proxy.

use std::time::Duration;

use flightsql::options::OAuth;
use flightsql_testkit::{ProxyReply, ProxyServer, TestServer, Tls, TokenServer};

use super::{fails, io, one, proxy_of, with_login};
use crate::common::options;

struct Servers {
    tokens: TokenServer,
    sql: TestServer,
    proxy: ProxyServer,
}

impl Servers {
    async fn start(tokens_have_tls: bool) -> Self {
        let tls = Tls::generated();
        let tokens = match tokens_have_tls {
            true => TokenServer::with_tls(&tls).await.unwrap(),
            false => TokenServer::start().await.unwrap(),
        };
        let sql = TestServer::builder().tokens_of(&tokens).tls(tls);
        let sql = sql.start().await.unwrap();
        let proxy = proxy_of(&sql).await;
        Self { tokens, sql, proxy }
    }

    fn options(&self) -> flightsql::FlightSqlConnectOptions {
        let own = options(&self.sql.url()).tls_ca_pem(self.sql.ca_pem().unwrap());
        let own = own.oauth(OAuth::client_credentials(self.tokens.uri(), "id", "secret"));
        own.proxy(&with_login(&self.proxy))
    }

    /// `host:port` of the token server.
    fn token_address(&self) -> String {
        let uri = self.tokens.uri();
        let (_, rest) = uri.split_once("://").unwrap();
        rest.split('/').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn a_token_is_requested_through_the_proxy() {
    let servers = Servers::start(true).await;
    assert_eq!(one(&servers.options()).await, 1);
    let sql = format!("localhost:{}", servers.sql.port().unwrap());
    assert_eq!(servers.proxy.targets(), [sql, servers.token_address()]);
    assert_eq!(servers.tokens.requests().len(), 1);
}

#[tokio::test]
async fn a_plaintext_token_server_is_reached_directly() {
    let servers = Servers::start(false).await;
    assert_eq!(one(&servers.options()).await, 1);
    // Its request with the secret stays on this machine.
    assert_eq!(servers.proxy.requests().len(), 1);
    assert_eq!(servers.tokens.requests().len(), 1);
}

#[tokio::test]
async fn a_bad_proxy_is_named_in_the_error_of_a_token() {
    let servers = Servers::start(true).await;
    servers.proxy.reply_with(ProxyReply::tunnel());
    servers
        .proxy
        .reply_with(ProxyReply::status(403, "Forbidden"));
    let (_, text) = io(&fails(&servers.options()).await);
    let expected = format!(
        "the token server: the proxy {} (`proxy`): it returned 403 Forbidden for `CONNECT {}`",
        servers.proxy.address(),
        servers.token_address()
    );
    assert!(text.contains(&expected), "{text}");

    servers.proxy.reply_with(ProxyReply::tunnel());
    servers.proxy.reply_with(ProxyReply::never());
    let own = servers.options().connect_timeout(Duration::from_secs(1));
    let (_, text) = io(&fails(&own).await);
    let place = format!("through the proxy {} (`proxy`): ", servers.proxy.address());
    assert!(
        text.contains(&place) && text.contains("`connect_timeout`"),
        "{text}"
    );
    assert_eq!(servers.tokens.requests().len(), 0);
}
