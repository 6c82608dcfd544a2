//! TLS with certificates created for the test: trust, and the hint of each rejection.

use std::path::PathBuf;
use std::time::Duration;

use flightsql::options::TlsVerify;
use flightsql::{Connection, Error, FlightSqlConnectOptions, FlightSqlConnection, query_scalar};
use flightsql_testkit::{TestServer, Tls};
use tokio::net::TcpListener;

use crate::common::options;

async fn secured(tls: Tls) -> TestServer {
    TestServer::builder().tls(tls).start().await.unwrap()
}

fn trusting(server: &TestServer) -> FlightSqlConnectOptions {
    options(&server.url()).tls_ca_pem(server.ca_pem().unwrap())
}

async fn one(options: &FlightSqlConnectOptions) -> i64 {
    let mut connection = FlightSqlConnection::connect_with(options).await.unwrap();
    query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

/// The text of the TLS error with which connecting fails.
async fn tls_error(options: &FlightSqlConnectOptions) -> String {
    let error = FlightSqlConnection::connect_with(options)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Tls(_)), "{error:?}");
    error.to_string()
}

/// A file in the test's own directory.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[tokio::test]
async fn a_ca_given_as_pem_is_trusted() {
    let server = secured(Tls::generated()).await;
    assert!(server.url().starts_with("flightsql://localhost:"));
    assert_eq!(one(&trusting(&server)).await, 1);
}

#[tokio::test]
async fn a_ca_file_named_in_the_url_is_trusted() {
    let server = secured(Tls::generated()).await;
    let path = file("connect-ca.pem", server.ca_pem().unwrap());
    let url = format!("{}?tls_ca={}", server.url(), path.display());
    assert_eq!(one(&options(&url)).await, 1);
}

#[tokio::test]
async fn a_ca_file_that_is_missing_or_empty_is_named() {
    let server = secured(Tls::generated()).await;
    for (path, expected) in [
        (PathBuf::from("/no/such/ca.pem"), "tls_ca"),
        (
            file("connect-empty.pem", "no certificate"),
            "`tls_ca` holds no PEM certificate",
        ),
    ] {
        let options = options(&server.url()).tls_ca_file(path);
        let error = FlightSqlConnection::connect_with(&options)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn rejects_unknown_ca_with_hint_on_tls_ca() {
    let server = secured(Tls::generated()).await;
    let other = Tls::generated();
    let options = options(&server.url()).tls_ca_pem(other.ca_pem().unwrap());
    let text = tls_error(&options).await;
    assert!(
        text.contains("unknown CA") && text.contains("`tls_ca`"),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);

    // With both, the right one is found.
    assert_eq!(one(&options.tls_ca_pem(server.ca_pem().unwrap())).await, 1);
}

#[tokio::test]
async fn a_certificate_for_another_name_needs_tls_server_name() {
    let server = secured(Tls::generated_for(["db.example"])).await;
    let options = trusting(&server);
    let text = tls_error(&options).await;
    assert!(text.contains("`tls_server_name`"), "{text}");
    assert_eq!(one(&options.clone().tls_server_name("db.example")).await, 1);
    let text = tls_error(&options.tls_server_name("other.example")).await;
    assert!(text.contains("another name"), "{text}");
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let server = secured(Tls::expired()).await;
    let text = tls_error(&trusting(&server)).await;
    assert!(text.contains("has expired"), "{text}");
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_the_server_asks() {
    let tls = Tls::generated();
    let server = TestServer::builder().mutual_tls(tls).start().await.unwrap();
    let (cert, key) = (
        server.client_pem().unwrap(),
        server.client_key_pem().unwrap(),
    );
    let with = trusting(&server).tls_client_identity(cert, key);
    assert_eq!(one(&with).await, 1);

    let files = trusting(&server).tls_client_identity_files(
        file("connect-client.pem", cert),
        file("connect-client.key", key),
    );
    assert_eq!(one(&files).await, 1);
}

#[tokio::test]
async fn a_missing_or_foreign_client_certificate_is_a_tls_error() {
    let server = TestServer::builder()
        .mutual_tls(Tls::generated())
        .start()
        .await
        .unwrap();
    let text = tls_error(&trusting(&server)).await;
    assert!(text.contains("tls_client_cert"), "{text}");

    let other = Tls::generated();
    let foreign = trusting(&server)
        .tls_client_identity(other.client_pem().unwrap(), other.client_key_pem().unwrap());
    let text = tls_error(&foreign).await;
    assert!(text.contains("tls_client_cert"), "{text}");
}

#[tokio::test]
async fn a_plaintext_server_behind_a_tls_url_says_so() {
    let server = TestServer::sqlite().await.unwrap();
    let url = server.url().replace("flightsql+tcp://", "flightsql://");
    let options = options(&url).tls_ca_pem(Tls::generated().ca_pem().unwrap());
    let text = tls_error(&options).await;
    assert!(
        text.contains("plaintext") && text.contains("flightsql+tcp://"),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn a_tls_server_behind_a_plaintext_url_says_so() {
    let server = secured(Tls::generated()).await;
    let url = server.url().replace("flightsql://", "flightsql+tcp://");
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    assert!(matches!(error, Error::Io(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("expects TLS") && text.contains("use flightsql://"),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn checks_certificates_unless_feature_and_option_disable_it() {
    let server = secured(Tls::generated_for(["elsewhere.example"])).await;
    for key in ["tls_verify=none", "disable_server_verification=true"] {
        let unchecked = options(&format!("{}?{key}", server.url()));
        if cfg!(feature = "tls-verify-none") {
            assert_eq!(one(&unchecked).await, 1);
            continue;
        }
        let error = FlightSqlConnection::connect_with(&unchecked)
            .await
            .unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error:?}");
        assert!(error.to_string().contains("`tls_ca`"), "{error}");
        assert_eq!(server.count_all(), 0);
    }
}

#[tokio::test]
async fn accepts_any_name_of_the_ca_with_tls_verify_ca() {
    let server = secured(Tls::generated_for(["elsewhere.example"])).await;
    let any_name = |server: &TestServer| trusting(server).tls_verify(TlsVerify::Ca);
    assert_eq!(one(&any_name(&server)).await, 1);
    // Its chain is verified all the same.
    let other = Tls::generated();
    let foreign = options(&server.url()).tls_ca_pem(other.ca_pem().unwrap());
    let text = tls_error(&foreign.tls_verify(TlsVerify::Ca)).await;
    assert!(text.contains("unknown CA"), "{text}");
    let expired = secured(Tls::expired()).await;
    let text = tls_error(&any_name(&expired)).await;
    assert!(text.contains("has expired"), "{text}");
    assert_eq!(expired.count_all(), 0);
}

#[tokio::test]
async fn tls_roots_of_the_program_are_public_ones() {
    let server = secured(Tls::generated()).await;
    let url = format!("{}?tls_roots=webpki", server.url());
    if cfg!(feature = "webpki-roots") {
        let text = tls_error(&options(&url)).await;
        assert!(text.contains("unknown CA"), "{text}");
    }
    let both = options(&url).tls_ca_pem(server.ca_pem().unwrap());
    let both = both.tls_system_roots(true);
    if cfg!(feature = "webpki-roots") {
        assert_eq!(one(&both).await, 1);
        return;
    }
    let error = FlightSqlConnection::connect_with(&both).await.unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let expected = "`tls_roots=webpki` requires the cargo feature `webpki-roots`";
    assert!(error.to_string().contains(expected), "{error}");
}

#[tokio::test]
async fn connect_timeout_limits_silent_tls_port() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("flightsql://{}", listener.local_addr().unwrap());
    let held = tokio::spawn(async move { listener.accept().await.unwrap() });
    let ca = Tls::generated();
    let options = options(&url)
        .tls_ca_pem(ca.ca_pem().unwrap())
        .connect_timeout(Duration::from_millis(200));
    let error = FlightSqlConnection::connect_with(&options)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("`connect_timeout`"), "{error}");
    held.await.unwrap();
}
