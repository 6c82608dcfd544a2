//! Secrets never print, in options, connections, pools or errors, even if the server echoes them.

use std::fmt::Debug;

use flightsql::FlightSqlPoolOptions;
use flightsql::{Connection, Error, Executor, FlightSqlConnectOptions, FlightSqlConnection};
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Fault, Rpc, TestServer};

const PASSWORD: &str = "pa55-w0rd-hunter2";
const TOKEN: &str = "t0ken-abcdef-123456";
const HEADER: &str = "h3ader-k3y-778899";

#[track_caller]
fn clean(text: &str) {
    for secret in [PASSWORD, TOKEN, HEADER] {
        assert!(!text.contains(secret), "a secret was printed: {text}");
    }
}

/// Checks everything an error can print, its sources included.
#[track_caller]
fn clean_error(error: &Error) {
    clean(&format!("{error} {error:?} {error:#?}"));
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        clean(&format!("{inner} {inner:?}"));
        source = inner.source();
    }
}

#[track_caller]
fn clean_debug(value: &impl Debug) {
    clean(&format!("{value:?} {value:#?}"));
}

async fn guarded() -> TestServer {
    TestServer::builder()
        .basic("ann", PASSWORD)
        .bearer(TOKEN)
        .start()
        .await
        .unwrap()
}

/// The server's URL with the credentials before the host.
fn with_login(server: &TestServer, login: &str) -> String {
    let address = server.address();
    format!("flightsql+tcp://{login}@{address}?header.x-api-key={HEADER}")
}

#[tokio::test]
async fn options_connections_and_pools_print_no_secret() {
    let server = guarded().await;
    let url = with_login(&server, &format!("ann:{PASSWORD}"));
    let by_password: FlightSqlConnectOptions = url.parse().unwrap();
    let by_token = by_password.clone().token(TOKEN);
    for options in [by_password, by_token] {
        clean_debug(&options);
        clean(options.to_url_lossy().as_str());
        let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
        connection.execute("SELECT 1").await.unwrap();
        clean_debug(&connection);
        let tokens = server.tokens();
        let printed = format!("{connection:?}");
        assert!(
            tokens.iter().all(|token| !printed.contains(token)),
            "{printed}"
        );

        let pool_options = FlightSqlPoolOptions::new().max_connections(1);
        clean_debug(&pool_options);
        let pool = pool_options.connect_with(options).await.unwrap();
        clean_debug(&pool);
        clean_debug(&pool.acquire().await.unwrap());
        clean_debug(&pool.connect_options());
    }
    // The secrets did reach the server.
    assert!(
        server
            .calls()
            .iter()
            .all(|call| call.header("x-api-key") == Some(HEADER))
    );
}

#[tokio::test]
async fn url_errors_print_no_value() {
    for rest in [
        format!("?passwort={PASSWORD}"),
        format!("?token={TOKEN}&token={TOKEN}"),
        format!("?channels={PASSWORD}"),
        format!("?header.x-key={HEADER}&header.x-key={HEADER}"),
        format!("?connect_timeout={TOKEN}"),
    ] {
        let url = format!("flightsql+tcp://ann:{PASSWORD}@localhost:1/{rest}");
        clean_error(&url.parse::<FlightSqlConnectOptions>().unwrap_err());
    }
    let url = format!("flightsql+tcp://ann:{PASSWORD}@localhost:port");
    clean_error(&url.parse::<FlightSqlConnectOptions>().unwrap_err());
}

#[tokio::test]
async fn login_and_connect_errors_print_no_secret() {
    let server = TestServer::builder()
        .basic("ann", "another")
        .start()
        .await
        .unwrap();
    let url = with_login(&server, &format!("ann:{PASSWORD}"));
    clean_error(&FlightSqlConnection::connect(&url).await.unwrap_err());

    // A server that echoes the header, which contains the password in base64.
    let header = server.calls()[0]
        .header("authorization")
        .unwrap()
        .to_owned();
    let (_, encoded) = header.split_once(' ').unwrap();
    server.fault(Fault::new(Rpc::Handshake).status(Code::Internal, format!("got {header}")));
    let error = FlightSqlConnection::connect(&url).await.unwrap_err();
    clean_error(&error);
    assert!(!format!("{error} {error:?}").contains(encoded), "{error:?}");

    server.kill().await;
    clean_error(&FlightSqlConnection::connect(&url).await.unwrap_err());
}

#[tokio::test]
async fn what_a_server_echoes_is_masked() {
    let server = guarded().await;
    let url = with_login(&server, &format!("ann:{PASSWORD}")) + "&retries=0";
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let issued = server
        .tokens()
        .into_iter()
        .find(|token| token != TOKEN)
        .unwrap();
    let echo = format!("headers were: Bearer {issued}, {HEADER}; password {PASSWORD}");
    for code in [Code::Internal, Code::Unavailable, Code::Unauthenticated] {
        // Twice, because the driver logs in again after the first one.
        let fault = Fault::new(Rpc::GetFlightInfo).status(code, &echo).times(2);
        server.fault(fault);
        let error = connection.execute("SELECT 1").await.unwrap_err();
        clean_error(&error);
        let text = format!("{error} {error:?}");
        assert!(!text.contains(&issued), "{text}");
        assert!(
            text.contains("headers were: Bearer ***, ***; password ***"),
            "{text}"
        );
        server.clear_faults();
    }
}

#[tokio::test]
async fn what_a_server_echoes_late_is_masked() {
    let server = guarded().await;
    let url = with_login(&server, &format!("ann:{PASSWORD}"));
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let echo = Status::internal(format!("{PASSWORD} {HEADER}"));
    server.fault(Fault::new(Rpc::DoGet).fail_after(1, echo.clone()));
    clean_error(&connection.fetch_all("SELECT 1").await.unwrap_err());
    server.fault(Fault::new(Rpc::DoPut).fail_after(0, echo));
    clean_error(&connection.execute("CREATE TABLE t (a)").await.unwrap_err());
}

#[tokio::test]
async fn a_password_stays_masked_after_many_token_rotations() {
    let server = guarded().await;
    let url = with_login(&server, &format!("ann:{PASSWORD}"));
    let options = url.parse::<FlightSqlConnectOptions>().unwrap();
    let options = options.header("x-pair", "first-half second-half");
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    for _ in 0..70 {
        server.rotate_token();
        connection.execute("SELECT 1").await.unwrap();
    }
    let echo = format!("{PASSWORD}, {HEADER}, first-half second-half");
    server.fault(Fault::new(Rpc::GetFlightInfo).status(Code::Internal, echo));
    let error = connection.execute("SELECT 1").await.unwrap_err();
    let text = error.as_database_error().unwrap().message().to_owned();
    assert_eq!(text, "***, ***, ***");
}
