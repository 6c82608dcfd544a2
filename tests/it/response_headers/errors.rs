//! Headers and trailers of errors, and secrets in them.

use flightsql::{Connection as _, Executor as _, FlightSqlConnection, StatusCode, query};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Script, TestServer};

use super::{PLAN, UPDATE, plan, rows, scripted, texts};
use crate::common::server_error;

#[tokio::test]
async fn error_has_headers_and_trailers() {
    let refused = || Reply::error(Code::NotFound, "no table").header("x-request-id", "refused");
    let late = Reply::empty()
        .header("x-request-id", "head")
        .then_error(Code::NotFound, "no table");
    for (reply, id) in [(refused(), "refused"), (late, "head")] {
        let script = Script::new().get_flight_info(reply);
        let (_server, mut connection) = scripted(&script, "").await;
        let error = connection.fetch_all("SELECT 1").await.unwrap_err();
        let error = server_error(&error);
        assert_eq!(error.status(), StatusCode::NotFound);
        assert_eq!(
            texts(error.response_headers()),
            [(PLAN, "x-request-id", id)]
        );
        assert_eq!(&connection.response_headers(), error.response_headers());
    }
    let script = Script::new().do_put(refused());
    let (_server, mut connection) = scripted(&script, "").await;
    let error = query("DELETE FROM t")
        .execute(&mut connection)
        .await
        .unwrap_err();
    let headers = server_error(&error).response_headers();
    assert_eq!(texts(headers), [(UPDATE, "x-request-id", "refused")]);
}

#[tokio::test]
async fn late_error_has_headers_of_the_statement() {
    let failing = rows()
        .header("x-request-id", "head")
        .trailer("x-trace-id", "tail")
        .then_error(Code::Internal, "disk is full");
    let script = Script::new()
        .get_flight_info(plan().header("x-request-id", "plan"))
        .do_get(failing);
    let (_server, mut connection) = scripted(&script, "").await;
    let error = connection.fetch_all("SELECT 1").await.unwrap_err();
    let error = server_error(&error);
    assert_eq!(error.message(), "disk is full");
    assert_eq!(
        texts(error.response_headers()),
        [
            (PLAN, "x-request-id", "plan"),
            ("DoGet", "x-request-id", "head"),
            ("DoGet", "x-trace-id", "tail"),
        ]
    );
}

#[tokio::test]
async fn refused_login_has_headers() {
    let refused = Reply::error(Code::Unauthenticated, "no").header("x-request-id", "login");
    let server = TestServer::scripted(Script::new().handshake(refused))
        .await
        .unwrap();
    let url = server.url().replace("://", "://ann:secret-word@");
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    let headers = server_error(&error).response_headers();
    assert_eq!(headers.get("x-request-id"), Some("login"));
}

/// Two headers of the options, a header of the statement, and a password.
const PLANTED: [&str; 3] = ["swordfish-1", "swordfish-2", "swordfish-3"];

#[tokio::test]
async fn masks_secrets_in_captured_headers() {
    let echo = PLANTED.join(" and ");
    let answer = Reply::error(Code::Internal, "no")
        .header("x-echo", &echo)
        .header("x-echo-bin", &echo)
        // The caller sent these two under the same names.
        .header("x-tenant", PLANTED[0])
        .header("x-request-id", PLANTED[1])
        // The password was not sent as a header.
        .header("x-trace-id", PLANTED[2]);
    let script = Script::new()
        .handshake(Reply::empty())
        .get_flight_info(answer);
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!(
        "{}?header.x-tenant={}&response_headers=x-echo,x-echo-bin,x-tenant",
        server
            .url()
            .replace("://", &format!("://ann:{}@", PLANTED[2])),
        PLANTED[0]
    );
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let statement = query("SELECT 1").header("x-request-id", PLANTED[1]);
    let error = statement.fetch_all(&mut connection).await.unwrap_err();
    let headers = server_error(&error).response_headers();
    assert_eq!(headers.get("x-echo"), Some("*** and *** and ***"));
    assert_eq!(
        headers.get_bytes("x-echo-bin"),
        Some(&b"*********** and *********** and ***********"[..])
    );
    assert_eq!(headers.get("x-trace-id"), Some("***"));
    assert_eq!(headers.get("x-tenant"), Some(PLANTED[0]));
    assert_eq!(headers.get("x-request-id"), Some(PLANTED[1]));
    let shown = format!("{error} {error:?} {headers:?} {connection:?}");
    for planted in PLANTED {
        assert!(!shown.contains(planted), "{shown}");
    }
    assert!(shown.contains("x-tenant: Text(11 bytes)"), "{shown}");
}

#[tokio::test]
async fn rejects_names_of_credentials() {
    for name in ["set-cookie", "authorization", "x-api-key", "auth-token-bin"] {
        let url = format!("flightsql+tcp://h:1?response_headers=x-own,{name}");
        let error = FlightSqlConnection::connect(&url).await.unwrap_err();
        assert!(
            matches!(error, flightsql::Error::Configuration(_)),
            "{error:?}"
        );
        let text = error.to_string();
        assert!(text.contains("`response_headers`"), "{text}");
        assert!(text.contains("a header with credentials"), "{text}");
    }
}
