//! Files that are replaced while connections are used: the token, and the certificates of TLS.

use std::path::{Path, PathBuf};

use super::*;

/// A file in the test's own directory.
fn file(name: &str, text: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn with_token(server: &TestServer, path: &Path) -> FlightSqlConnectOptions {
    trusting(server, "", &format!("?token_file={}", path.display()))
}

#[tokio::test]
async fn reads_a_replaced_token_file_again() {
    let server = server().await;
    let path = file("tokens-replaced", "first-token\n");
    server.add_token("first-token", None);
    let options = with_token(&server, &path);
    let mut connections = [connect(&options).await, connect(&options).await];
    for connection in &mut connections {
        assert_eq!(select(connection, 1).await.unwrap(), 1);
    }
    server.add_token("second-token", None);
    std::fs::write(&path, "second-token\n").unwrap();
    later(Duration::from_secs(1)).await;
    server.clear_calls();
    for connection in &mut connections {
        assert_eq!(select(connection, 1).await.unwrap(), 1);
    }
    assert_eq!(sent(&server), vec!["Bearer second-token"; 2]);
}

#[tokio::test]
async fn keeps_the_token_of_an_unreadable_file() {
    let server = server().await;
    let path = file("tokens-unreadable", "only-token");
    server.add_token("only-token", None);
    let options = with_token(&server, &path);
    let mut connection = connect(&options).await;
    for text in [Some(""), Some("only\ntoken"), None] {
        match text {
            Some(text) => std::fs::write(&path, text).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
        later(Duration::from_secs(2)).await;
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
    }
    // A new pool has no token.
    let other = options.clone().application_name("other");
    let text = refused(&other).await.to_string();
    let gone = "`token_file` names a file that cannot be read: entity not found";
    assert!(text.contains(gone), "{text}");
}

#[tokio::test]
async fn reads_the_file_at_once_after_a_refusal() {
    let server = server().await;
    let path = file("tokens-refused", "old-token");
    server.add_token("old-token", None);
    let options = with_token(&server, &path);
    let mut connection = connect(&options).await;
    std::fs::write(&path, "new-token").unwrap();
    server.revoke_tokens();
    server.add_token("new-token", None);
    // Either the refusal is returned, or the statement runs again.
    let _ = select(&mut connection, 1).await;
    let mut connection = connect(&options).await;
    assert_eq!(select(&mut connection, 2).await.unwrap(), 2);
    assert_eq!(sent(&server).last().unwrap(), "Bearer new-token");
}

#[tokio::test]
async fn builder_names_a_missing_token_file_when_connecting() {
    let server = server().await;
    let options = trusting(&server, "", "").token_file("/no/such/token");
    let error = refused(&options).await;
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("`token_file` names a file that cannot be read"),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn reads_certificates_again_for_new_channels() {
    let tls = Tls::generated();
    let server = TestServer::builder().mutual_tls(tls).start().await.unwrap();
    let other = Tls::generated();
    let ca = file("tokens-ca.pem", other.ca_pem().unwrap());
    let cert = file("tokens-cert.pem", server.client_pem().unwrap());
    let key = file("tokens-key.pem", server.client_key_pem().unwrap());
    let options = options(&server.url())
        .tls_ca_file(&ca)
        .tls_client_identity_files(&cert, &key);
    assert!(matches!(refused(&options).await, Error::Tls(_)));
    std::fs::write(&ca, server.ca_pem().unwrap()).unwrap();
    assert_eq!(select(&mut connect(&options).await, 1).await.unwrap(), 1);
}
