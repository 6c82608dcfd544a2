//! Logins: by a message in the payload, again after a token died unused, and shared with a server that rotates tokens.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use flightsql::StatusCode;
use flightsql::dialect::presets::ansi;
use flightsql_testkit::Fault;
use flightsql_testkit::tonic::Code;

use super::*;
use crate::common::server_error;

fn guarded() -> TestServerBuilder {
    TestServer::builder().basic("ann", "pass")
}

#[tokio::test]
async fn h5_logs_in_by_basic_auth_message() {
    let server = secured(guarded().payload_only(true)).await;
    for query in ["", "?login=shared"] {
        let options = trusting(&server, "ann:pass@", query);
        for connection in [connect(&options).await, connect(&options).await] {
            let mut connection = connection;
            assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
        }
    }
    assert_eq!(server.count(Rpc::Handshake), 3);
    let tokens: Vec<String> = server.tokens();
    let encoded: Vec<String> = tokens.iter().map(|it| STANDARD_NO_PAD.encode(it)).collect();
    for call in server.calls_of(Rpc::DoGet) {
        let sent = call.header("auth-token-bin").unwrap().to_owned();
        assert!(encoded.contains(&sent), "{sent}");
    }
}

#[tokio::test]
async fn h5_tries_a_wrong_password_once() {
    for builder in [guarded(), guarded().payload_only(true)] {
        let server = secured(builder).await;
        let error = refused(&trusting(&server, "ann:not-the-one@", "")).await;
        let database = server_error(&error);
        assert_eq!(database.status(), StatusCode::Unauthenticated);
        let text = error.to_string();
        assert!(text.contains("check user and password"), "{text}");
        assert!(!text.contains("not-the-one"), "{text}");
        assert_eq!(server.count(Rpc::Handshake), 1);
    }
}

#[tokio::test]
async fn logs_in_again_before_a_statement_with_an_unused_token() {
    let server = secured(guarded()).await;
    let mut dialect = ansi();
    dialect.login.token_idle_life = Some(Duration::from_secs(60));
    for (query, first) in [("", 1), ("?login=shared", 3)] {
        let options = trusting(&server, "ann:pass@", query).dialect(Arc::new(dialect.clone()));
        let mut connection = connect(&options).await;
        for _ in 0..3 {
            // The end of the last result is a response, too.
            connection.flush().await.unwrap();
            later(Duration::from_secs(50)).await;
            assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
        }
        assert_eq!(server.count(Rpc::Handshake), first);
        // A tenth of the time is left.
        connection.flush().await.unwrap();
        later(Duration::from_secs(55)).await;
        assert_eq!(select(&mut connection, 1).await.unwrap(), 1);
        assert_eq!(server.count(Rpc::Handshake), first + 1);
        // A transaction may depend on the token.
        let mut transaction = connection.begin().await.unwrap();
        transaction.flush().await.unwrap();
        later(Duration::from_secs(55)).await;
        assert_eq!(select(&mut transaction, 1).await.unwrap(), 1);
        transaction.commit().await.unwrap();
        assert_eq!(server.count(Rpc::Handshake), first + 1);
    }
}

#[tokio::test]
async fn shares_a_rotated_token_under_a_shared_login() {
    let server = secured(guarded()).await;
    let options = trusting(&server, "ann:pass@", "?login=shared");
    let mut connections = [connect(&options).await, connect(&options).await];
    server.rotate_token();
    // The first statement replaces the token, and the server no longer accepts the old one.
    for connection in &mut connections {
        assert_eq!(select(connection, 1).await.unwrap(), 1);
    }
    assert_eq!(server.count(Rpc::Handshake), 1);
    let token = format!("Bearer {}", server.tokens()[0]);
    assert_eq!(sent(&server)[1], token);
}

#[tokio::test]
async fn masks_a_binary_token_of_a_shared_login() {
    let server = secured(guarded().payload_only(true)).await;
    let options = trusting(&server, "ann:pass@", "?login=shared");
    let mut connections = [connect(&options).await, connect(&options).await];
    assert_eq!(server.count(Rpc::Handshake), 1);
    let token = STANDARD_NO_PAD.encode(&server.tokens()[0]);
    for connection in &mut connections {
        let text = format!("{token} is your token");
        server.fault(Fault::new(Rpc::GetFlightInfo).status(Code::Internal, text));
        let text = select(connection, 1).await.unwrap_err().to_string();
        assert!(text.contains("*** is your token"), "{text}");
    }
}

#[tokio::test]
async fn keeps_an_unused_token_while_the_session_has_state() {
    let server = secured(guarded()).await;
    let mut dialect = ansi();
    dialect.login.token_idle_life = Some(Duration::from_secs(60));
    let options = trusting(&server, "ann:pass@", "").dialect(Arc::new(dialect));
    // The state belongs to the session of the token: a new one would lose it without an error.
    for [change, query] in [
        ["BEGIN; CREATE TABLE t (n BIGINT)", "SELECT count(*) FROM t"],
        ["CREATE TEMP TABLE s (n BIGINT)", "SELECT count(*) FROM s"],
    ] {
        let mut connection = connect(&options).await;
        connection.execute(AssertSqlSafe(change)).await.unwrap();
        connection.flush().await.unwrap();
        let logins = server.count(Rpc::Handshake);
        later(Duration::from_secs(55)).await;
        let count: i64 = query_scalar(AssertSqlSafe(query))
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(count, 0);
        assert_eq!(server.count(Rpc::Handshake), logins);
        connection.close().await.unwrap();
    }
}
