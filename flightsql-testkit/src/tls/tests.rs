//! TLS, seen by tonic's client.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::error::Error;

use arrow_flight::flight_service_client::FlightServiceClient;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::Tls;
use crate::{Reply, Script, TestServer, TestServerBuilder, testing::action};

fn builder() -> TestServerBuilder {
    let script = Script::new().do_action("a", Reply::action_bytes("done").always());
    TestServer::builder().scripted(script)
}

fn trusting(tls: &Tls) -> ClientTlsConfig {
    ClientTlsConfig::new().ca_certificate(Certificate::from_pem(tls.ca_pem().unwrap()))
}

fn showing(config: ClientTlsConfig, tls: &Tls) -> ClientTlsConfig {
    let (certificate, key) = (tls.client_pem().unwrap(), tls.client_key_pem().unwrap());
    config.identity(Identity::from_pem(certificate, key))
}

/// One call; with TLS 1.3 a refused client certificate shows only then.
async fn call(server: &TestServer, config: ClientTlsConfig) -> Result<(), Box<dyn Error>> {
    let url = server.url().replace("flightsql://", "https://");
    let channel = Endpoint::from_shared(url)?
        .tls_config(config)?
        .connect()
        .await?;
    let mut client = FlightServiceClient::new(channel);
    client.do_action(action("a")).await?;
    Ok(())
}

fn text(mut error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    while let Some(source) = error.source() {
        text = format!("{text}: {source}");
        error = source;
    }
    text
}

#[tokio::test]
async fn clients_that_trust_the_authority_get_through() {
    let tls = Tls::generated();
    let server = builder().tls(tls.clone()).start().await.unwrap();
    assert_eq!(server.ca_pem(), tls.ca_pem());
    call(&server, trusting(&tls)).await.unwrap();
    server.kill().await;
    server.restart().await.unwrap();
    call(&server, trusting(&tls)).await.unwrap();
}

#[tokio::test]
async fn unknown_authority_wrong_host_and_expiry_are_told_apart() {
    let unknown = Tls::generated();
    for (tls, trusted, expected) in [
        (Tls::generated(), Some(&unknown), "UnknownIssuer"),
        (
            Tls::generated_for(["other.example"]),
            None,
            "not valid for name",
        ),
        (Tls::expired(), None, "expired"),
    ] {
        let server = builder().tls(tls.clone()).start().await.unwrap();
        let error = call(&server, trusting(trusted.unwrap_or(&tls)))
            .await
            .unwrap_err();
        let text = text(&*error);
        assert!(text.contains(expected), "{text}");
    }
}

#[tokio::test]
async fn mutual_tls_wants_a_certificate_of_its_authority() {
    let tls = Tls::generated();
    let server = builder().mutual_tls(tls.clone()).start().await.unwrap();
    call(&server, showing(trusting(&tls), &tls)).await.unwrap();
    call(&server, trusting(&tls)).await.unwrap_err();
    call(&server, showing(trusting(&tls), &Tls::generated()))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn plaintext_clients_get_no_answer() {
    let server = builder().tls(Tls::generated()).start().await.unwrap();
    let url = format!("http://{}", server.address());
    let channel = Endpoint::from_shared(url).unwrap().connect_lazy();
    FlightServiceClient::new(channel)
        .do_action(action("a"))
        .await
        .unwrap_err();
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_an_error_at_start() {
    let bad = Tls::from_pem("no certificate", "no key", None);
    let error = builder().tls(bad.clone()).start().await.unwrap_err();
    assert_eq!(error.to_string(), "test server: could not set up TLS");
    let error = builder().mutual_tls(bad).start().await.unwrap_err();
    assert!(text(&error).contains("give `Tls::from_pem` a `ca`"));
    let both = builder().tls(Tls::generated()).unix_socket(true);
    let error = both.start().await.unwrap_err();
    assert!(text(&error).contains("choose one of `tls` and `unix_socket`"));
}

#[test]
fn debug_shows_no_key() {
    let tls = Tls::generated();
    assert!(!format!("{tls:?}").contains("PRIVATE"));
    assert!(tls.server_key_pem().contains("PRIVATE KEY"));
}
