//! Token servers that refuse, redirect, hang, or are not token servers: a typed error with a hint, and no secret.

use std::io;
use std::time::Duration;

use flightsql::options::OAuth;
use flightsql::{Connection as _, Error, FlightSqlConnection};
use flightsql_testkit::{TestServer, Tls, TokenReply, TokenServer};

use super::{JWT, SECRET, Servers, refused};

#[tokio::test]
async fn rejects_responses_that_contain_no_token() {
    let servers = Servers::start().await;
    let elsewhere = "https://other.example/pl4nted-cl1ent-secret";
    for (reply, expected) in [
        (
            TokenReply::html(200),
            "did not respond with a JSON object; check `oauth.token_uri`",
        ),
        (
            TokenReply::html(404),
            "status 404 and without an error of OAuth",
        ),
        (
            TokenReply::redirect(302, elsewhere),
            "the redirect 302, which the client never follows",
        ),
        (TokenReply::redirect(307, elsewhere), "the redirect 307"),
        (TokenReply::endless(), "is larger than 65536 bytes"),
        (TokenReply::json(200, "{}"), "without `access_token`"),
        (TokenReply::token(0), "a token that has already expired"),
        (
            TokenReply::json(200, r#"{"access_token":"t","token_type":"mac"}"#),
            "type `mac`",
        ),
    ] {
        servers.tokens.reply_with(reply);
        let before = servers.tokens.requests().len();
        let error = servers.refused().await;
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(expected), "{text}");
        // Neither a redirect nor an error causes another request.
        assert_eq!(servers.tokens.requests().len(), before + 1);
    }
    assert_eq!(servers.sql.count_all(), 0);
}

#[tokio::test]
async fn reports_the_error_of_the_token_server() {
    let servers = Servers::start().await;
    servers.tokens.client("reports", "another");
    let error = servers.refused().await;
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("refused the client credentials: invalid_client (no such client); check `oauth.client_id`"),
        "{text}"
    );
}

#[tokio::test]
async fn masks_secrets_that_the_token_server_repeats() {
    let servers = Servers::start().await;
    // base64("reports:pl4nted-cl1ent-secret")
    let basic = "cmVwb3J0czpwbDRudGVkLWNsMWVudC1zZWNyZXQ=";
    let description = format!("{SECRET} {basic}");
    servers
        .tokens
        .reply_with(TokenReply::error("invalid_client", &description));
    let text = servers.refused().await.to_string();
    assert!(text.contains("(*** ***)"), "{text}");

    servers.tokens.reply_with(TokenReply::error(
        "invalid_grant",
        "pl4nted-subject pl4nted-actor",
    ));
    let oauth = OAuth::token_exchange(servers.tokens.uri(), "pl4nted-subject", JWT)
        .actor_token("pl4nted-actor", JWT);
    let error = refused(&servers.options(oauth)).await;
    assert!(!format!("{error:?}").contains("pl4nted"), "{error:?}");
    assert!(error.to_string().contains("(*** ***)"), "{error}");
}

#[tokio::test]
async fn a_silent_token_server_ends_at_the_connect_timeout() {
    let servers = Servers::start().await;
    servers.tokens.reply_with(TokenReply::never());
    let options = servers.options(servers.client_credentials());
    let error = refused(&options.connect_timeout(Duration::from_millis(300))).await;
    let Error::Io(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    let text = error.to_string();
    assert!(
        text.contains(
            "the request for a token was not answered within 300ms; raise `connect_timeout`"
        ),
        "{text}"
    );
}

#[tokio::test]
async fn a_token_server_that_is_away_is_an_io_error() {
    let servers = Servers::start().await;
    servers.tokens.reply_with(TokenReply::close());
    servers.tokens.reply_with(TokenReply::html(503));
    for expected in [
        "ended before the response",
        "the token server localhost responded with status 503; try again later",
    ] {
        let error = servers.refused().await;
        assert!(matches!(error, Error::Io(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
    let gone = OAuth::client_credentials("https://127.0.0.1:1/token", "reports", SECRET);
    let error = refused(&servers.options(gone)).await;
    let Error::Io(error) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused);
    assert!(
        error
            .to_string()
            .starts_with("the token server: cannot connect to 127.0.0.1:1"),
        "{error}"
    );
}

#[tokio::test]
async fn checks_the_certificate_of_the_token_server() {
    let other = TokenServer::with_tls(&Tls::generated()).await.unwrap();
    let servers = Servers::start().await;
    let oauth = OAuth::client_credentials(other.uri(), "reports", SECRET);
    let error = refused(&servers.options(oauth)).await;
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("the token server: no TLS connection") && text.contains("from an unknown CA"),
        "{text}"
    );

    assert_eq!(other.requests().len(), 0);
}

#[tokio::test]
async fn tls_server_name_is_the_name_of_the_sql_server_only() {
    let tls = Tls::generated_for(["other.example"]);
    let tokens = TokenServer::with_tls(&tls).await.unwrap();
    let sql = TestServer::builder().tokens_of(&tokens).tls(tls);
    let servers = Servers {
        sql: sql.start().await.unwrap(),
        tokens,
    };
    let options = servers.options(servers.client_credentials());
    let error = refused(&options.tls_server_name("other.example")).await;
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("the token server: ") && text.contains("for another name; check the address"),
        "{text}"
    );
    assert_eq!(servers.tokens.requests().len(), 0);
}

#[tokio::test]
async fn sends_no_secret_to_a_plaintext_address() {
    let servers = Servers::start().await;
    let uri = servers
        .tokens
        .uri()
        .replace("https://localhost", "http://127.0.0.1");
    let oauth = OAuth::client_credentials(uri, "reports", SECRET);
    let error = refused(&servers.options(oauth)).await;
    // A TLS server does not understand plaintext.
    assert!(
        matches!(error, Error::Io(_) | Error::Protocol(_)),
        "{error:?}"
    );
    let oauth = OAuth::client_credentials("http://login.example.com/token", "reports", SECRET);
    let error = refused(&servers.options(oauth)).await;
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    assert!(
        error.to_string().contains("must begin with `https://`"),
        "{error}"
    );
    assert_eq!(servers.tokens.requests().len(), 0);
}

#[tokio::test]
async fn a_server_that_rejects_the_token_causes_no_login_loop() {
    let tokens = TokenServer::start().await.unwrap();
    let sql = TestServer::builder()
        .bearer("another")
        .start()
        .await
        .unwrap();
    let oauth = OAuth::client_credentials(tokens.uri(), "reports", SECRET);
    let options = crate::common::options(&sql.url()).oauth(oauth);
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    super::select(&mut connection).await.unwrap_err();
    assert!(tokens.requests().len() <= 2, "{:?}", tokens.requests());
}
