//! Authentication: the source of a token, a changed token, and the owner of a session.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::{ArrayRef, Int64Array, RecordBatch};
use flightsql::{
    Connection, Error, Executor, FlightSqlArguments, FlightSqlConnection, FlightSqlDatabaseError,
    FlightSqlPoolOptions, StatusCode, query, query_scalar, query_with,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Rpc, ServerHandle, TestServer, TestServerBuilder, TokenIn};

use crate::common::options;

fn guarded() -> TestServerBuilder {
    TestServer::builder().basic("ann", "pass")
}

/// The server's URL with the credentials before the host.
fn with_login(server: &ServerHandle, login: &str) -> String {
    format!("flightsql+tcp://{login}@{}", server.address())
}

/// The `authorization` of each call of one method, in order.
fn sent(server: &ServerHandle, rpc: Rpc) -> Vec<String> {
    let calls = server.calls_of(rpc);
    let header = |call: &flightsql_testkit::Call| call.header("authorization").unwrap().to_owned();
    calls.iter().map(header).collect()
}

/// Returns the server's own error.
#[track_caller]
fn database(error: &Error) -> &FlightSqlDatabaseError {
    let error = error.as_database_error().expect("the server's own error");
    error.downcast_ref()
}

#[tokio::test]
async fn a_handshake_gives_the_token_wherever_the_server_puts_it() {
    for place in [TokenIn::Header, TokenIn::Payload, TokenIn::Trailer] {
        let server = guarded()
            .token_in(place)
            .handshake_only(true)
            .start()
            .await
            .unwrap();
        let url = with_login(&server, "ann:pass");
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        let one: i64 = query_scalar("SELECT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(one, 1);
        assert_eq!(server.count(Rpc::Handshake), 1);
        let token = format!("Bearer {}", server.tokens()[0]);
        assert_eq!(
            sent(&server, Rpc::GetFlightInfo),
            [token.as_str()],
            "{place:?}"
        );
        assert_eq!(sent(&server, Rpc::DoGet), [token.as_str()], "{place:?}");
    }
}

#[tokio::test]
async fn user_and_password_are_decoded_from_the_url() {
    let server = TestServer::builder()
        .basic("ann@corp", "p:a/s%s é")
        .start()
        .await
        .unwrap();
    let url = with_login(&server, "ann%40corp:p%3Aa%2Fs%25s%20%C3%A9");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    connection.ping().await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 1);
}

#[tokio::test]
async fn auth_basic_sends_user_and_password_with_every_call() {
    let server = guarded().start().await.unwrap();
    let url = with_login(&server, "ann:pass") + "?auth=basic";
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 0);
    // base64("ann:pass")
    assert_eq!(sent(&server, Rpc::GetFlightInfo), ["Basic YW5uOnBhc3M="]);
    assert_eq!(sent(&server, Rpc::DoGet), ["Basic YW5uOnBhc3M="]);
}

#[tokio::test]
async fn a_token_of_the_options_is_sent_as_it_is() {
    let server = TestServer::builder()
        .bearer("abc.def-1")
        .start()
        .await
        .unwrap();
    let url = format!("{}?token=abc.def-1", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 0);
    assert_eq!(sent(&server, Rpc::DoGet), ["Bearer abc.def-1"]);
}

#[tokio::test]
async fn a_wrong_password_says_what_to_check() {
    let server = guarded().start().await.unwrap();
    let url = with_login(&server, "ann:not-the-one");
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    assert_eq!(database(&error).status(), StatusCode::Unauthenticated);
    let text = error.to_string();
    assert!(text.contains("check user and password"), "{text}");
    assert!(
        !text.contains("not-the-one") && !text.contains("bm90LXRoZS1vbmU"),
        "{text}"
    );
}

#[tokio::test]
async fn returns_server_errors_of_missing_or_wrong_credentials() {
    let server = TestServer::builder().bearer("right").start().await.unwrap();
    for query in ["", "?token=wrong-token"] {
        let url = server.url() + query;
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        let error = connection.execute("SELECT 1").await.unwrap_err();
        assert_eq!(database(&error).status(), StatusCode::Unauthenticated);
        assert!(!error.to_string().contains("wrong-token"), "{error}");
        assert!(connection.is_broken());
    }
}

#[tokio::test]
async fn a_server_without_logins_says_what_to_do() {
    let server = TestServer::sqlite().await.unwrap();
    let url = with_login(&server, "ann:pass");
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    assert!(matches!(error, Error::Configuration(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("user `ann`") && text.contains("`auth=basic`"),
        "{text}"
    );

    let mut connection = FlightSqlConnection::connect(&(url + "?auth=basic"))
        .await
        .unwrap();
    connection.execute("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn a_rotated_token_is_adopted() {
    let server = guarded().start().await.unwrap();
    let mut connection = FlightSqlConnection::connect(&with_login(&server, "ann:pass"))
        .await
        .unwrap();
    let first = server.tokens();
    server.rotate_token();
    connection.execute("SELECT 1").await.unwrap();
    let second = server.tokens();
    assert_ne!(first, second);
    assert_eq!(
        sent(&server, Rpc::GetFlightInfo),
        [format!("Bearer {}", first[0])]
    );
    // Already the next call carries the new one.
    assert_eq!(sent(&server, Rpc::DoGet), [format!("Bearer {}", second[0])]);

    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.tokens(), second);
}

#[tokio::test]
async fn a_revoked_token_breaks_a_connection_in_a_transaction() {
    let server = guarded().start().await.unwrap();
    let mut connection = FlightSqlConnection::connect(&with_login(&server, "ann:pass"))
        .await
        .unwrap();
    let mut connection = connection.begin().await.unwrap();
    server.revoke_tokens();
    let error = connection.execute("SELECT 1").await.unwrap_err();
    assert_eq!(database(&error).status(), StatusCode::Unauthenticated);
    assert!(connection.is_broken());

    // Nothing more is sent.
    server.clear_calls();
    assert!(connection.ping().await.is_err());
    let error = connection.execute("SELECT 1").await.unwrap_err();
    assert!(error.to_string().contains("no longer usable"), "{error}");
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn a_write_runs_again_once_after_a_revoked_token() {
    let server = guarded().start().await.unwrap();
    let mut connection = FlightSqlConnection::connect(&with_login(&server, "ann:pass"))
        .await
        .unwrap();
    connection
        .execute("CREATE TABLE t (n BIGINT)")
        .await
        .unwrap();
    for count in 1..=3 {
        server.revoke_tokens();
        query("INSERT INTO t VALUES (?)")
            .bind(count)
            .execute(&mut connection)
            .await
            .unwrap();
        assert_eq!(
            server.count(Rpc::Handshake),
            1 + usize::try_from(count).unwrap()
        );
    }
    let sum: i64 = query_scalar("SELECT sum(n) FROM t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(sum, 1 + 2 + 3);
    assert!(!connection.is_broken());
}

#[tokio::test]
async fn rows_that_were_written_do_not_run_again_after_a_revoked_token() {
    let server = guarded().start().await.unwrap();
    let url = with_login(&server, "ann:pass") + "?binds=literal";
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let create = connection.execute("CREATE TABLE t (n BIGINT)");
    create.await.unwrap();
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    let rows = RecordBatch::try_from_iter([("n", rows)]).unwrap();
    // Each row is a statement of its own.
    let refused = Fault::new(Rpc::DoPut).status(Code::Unauthenticated, "expired");
    server.fault(refused.nth(2));
    let arguments = FlightSqlArguments::from_batch(rows);
    let insert = query_with("INSERT INTO t VALUES (?)", arguments);
    let error = insert.execute(&mut connection).await.unwrap_err();
    assert_eq!(database(&error).status(), StatusCode::Unauthenticated);
    let written: Vec<i64> = query_scalar("SELECT n FROM t")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(written, [1]);
}

#[tokio::test]
async fn a_pool_logs_in_again_after_a_revoked_token() {
    let server = guarded().start().await.unwrap();
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .connect(&with_login(&server, "ann:pass"))
        .await
        .unwrap();
    pool.execute("SELECT 1").await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 1);

    server.revoke_tokens();
    pool.execute("SELECT 1").await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 2);
    assert_eq!(pool.size(), 1);
}

#[tokio::test]
async fn pool_with_pings_replaces_revoked_tokens() {
    let server = guarded().start().await.unwrap();
    let options = options(&with_login(&server, "ann:pass")).ping_after(Duration::ZERO);
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .unwrap();
    pool.execute("SELECT 1").await.unwrap();
    server.revoke_tokens();
    pool.execute("SELECT 1").await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 2);
}

#[tokio::test]
async fn shares_login_and_renews_lost_one() {
    let server = guarded().start().await.unwrap();
    let options = options(&(with_login(&server, "ann:pass") + "?login=shared"));
    let opened = (0..6).map(|_| FlightSqlConnection::connect_with(&options));
    let mut connections = futures_util::future::try_join_all(opened).await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 1);
    for connection in &mut connections {
        connection.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(
        HashSet::<String>::from_iter(sent(&server, Rpc::DoGet)).len(),
        1
    );

    server.revoke_tokens();
    for connection in &mut connections {
        connection.execute("SELECT 1").await.unwrap();
    }
    let mut again = FlightSqlConnection::connect_with(&options).await.unwrap();
    assert_eq!(server.count(Rpc::Handshake), 2);
    again.execute("SELECT 1").await.unwrap();
}

#[tokio::test]
async fn each_connection_has_its_own_login() {
    let server = guarded().start().await.unwrap();
    let options = options(&with_login(&server, "ann:pass")).channels(1);
    for _ in 0..3 {
        let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
        connection.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(server.count(Rpc::Handshake), 3);
    assert_eq!(
        HashSet::<String>::from_iter(sent(&server, Rpc::DoGet)).len(),
        3
    );
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn cookies_belong_to_one_connection() {
    let server = guarded().cookies(true).start().await.unwrap();
    let options = options(&with_login(&server, "ann:pass")).channels(1);
    let mut first = FlightSqlConnection::connect_with(&options).await.unwrap();
    let mut second = FlightSqlConnection::connect_with(&options).await.unwrap();
    for _ in 0..2 {
        first.execute("SELECT 1").await.unwrap();
        second.execute("SELECT 1").await.unwrap();
    }
    assert_eq!(server.connections(), 1);
    assert_eq!(server.sessions(), 2);
    // Eight calls with two cookies, each with its own token.
    let calls = server.calls();
    let pairs: Vec<_> = calls[2..]
        .iter()
        .map(|call| {
            (
                call.header("cookie").unwrap(),
                call.header("authorization").unwrap(),
            )
        })
        .collect();
    assert_eq!(pairs.len(), 8);
    assert_eq!(HashSet::<_>::from_iter(pairs).len(), 2);
}

#[tokio::test]
async fn a_cookie_of_a_query_goes_with_the_next() {
    let server = TestServer::builder().cookies(true).start().await.unwrap();
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    connection.execute("SELECT 1").await.unwrap();
    let calls = server.calls();
    assert_eq!(calls[0].header("cookie"), None);
    assert!(calls[1].header("cookie").unwrap().starts_with("session="));
    assert_eq!(server.sessions(), 1);
}
