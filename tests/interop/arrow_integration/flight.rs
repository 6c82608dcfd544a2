//! The driver as the client of the scenarios of Flight.
//!
//! The official client sends commands of its own. The server accepts those of the driver, and replies in the same way.

use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::{ArrowPrimitiveType, Int32Type, UInt32Type};
use arrow_array::{Int32Array, RecordBatch};
use flightsql::{Connection as _, Error, FlightSqlConnection, FlightSqlDatabaseError, query};
use flightsql_testkit::{Reply, Script, TestServer};
use futures_util::TryStreamExt as _;

use crate::official::Server;

/// The text `expected value` in the Huffman code of HTTP/2 headers (RFC 7541, appendix B).
const EXPECTED_VALUE: [u8; 10] = [0x2f, 0x9a, 0xca, 0x44, 0x96, 0x45, 0x3b, 0x8e, 0x8b, 0x4b];

/// Reads the only column of a result.
async fn column<T: ArrowPrimitiveType>(
    connection: &mut FlightSqlConnection,
) -> Result<Vec<T::Native>, Error> {
    let batches: Vec<_> = (connection.fetch_arrow("SELECT 1").await?)
        .try_collect()
        .await?;
    let values = batches.iter().flat_map(|batch| {
        assert_eq!(batch.schema().field(0).name(), "number");
        batch.column(0).as_primitive::<T>().values().to_vec()
    });
    Ok(values.collect())
}

async fn error_of(connection: &mut FlightSqlConnection) -> String {
    column::<Int32Type>(connection)
        .await
        .unwrap_err()
        .to_string()
}

#[tokio::test]
async fn auth_basic_proto_rejects_client_without_token() {
    let server = Server::start("auth:basic_proto");
    let mut connection = server.connect().await;
    let error = connection.begin().await.unwrap_err().to_string();
    assert_eq!(
        error,
        "error returned from database: auth-error: rpc error: code = Unauthenticated desc = invalid token (UNAUTHENTICATED \
         from DoAction(BeginTransaction))"
    );
}

/// The steps of the official client: it authenticates, and the response to an action is the name of the user.
#[tokio::test]
async fn h5_auth_basic_proto_authenticates_by_payload() {
    let server = Server::start("auth:basic_proto");
    let (port, recorded) = server.recorded().await;
    for url in [
        // The handshake returns the token, which the driver sends in `auth-token-bin`.
        format!("flightsql+tcp://arrow:flight@127.0.0.1:{port}"),
        // The same token without a handshake.
        format!("flightsql+tcp://127.0.0.1:{port}?header.auth-token-bin=YXJyb3c"),
    ] {
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        // The server accepts the call. Its response is text, and no message of Flight SQL.
        let error = connection.begin().await.unwrap_err();
        assert!(error.as_database_error().is_none(), "{error:?}");
        assert!(matches!(error, flightsql::Error::Protocol(_)), "{error:?}");
    }
    // The handshake and the two actions.
    assert!(recorded.server_sent(b"arrow"));
}

#[tokio::test]
async fn auth_basic_proto_rejects_wrong_password() {
    let server = Server::start("auth:basic_proto");
    let options = server.options("arrow:wrong@", "");
    let error = FlightSqlConnection::connect_with(&options).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains("check user and password"), "{text}");
    assert!(text.contains("UNAUTHENTICATED from Handshake"), "{text}");
}

#[tokio::test]
async fn middleware_returns_header_of_error() {
    let server = Server::start("middleware");
    let (port, recorded) = server.recorded().await;
    let url = format!(
        "flightsql+tcp://127.0.0.1:{port}?header.x-middleware=expected value&response_headers=x-middleware"
    );
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let error = column::<Int32Type>(&mut connection).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "error returned from database: unknown (UNKNOWN from GetFlightInfo(CommandStatementQuery))"
    );
    let error = error.as_database_error().unwrap();
    let error = error.downcast_ref::<FlightSqlDatabaseError>();
    let middleware = error.response_headers().get("x-middleware");
    assert_eq!(middleware, Some("expected value"));
    let of_connection = connection.response_headers();
    assert_eq!(of_connection.get("x-middleware"), Some("expected value"));
    // The server sends the value back.
    assert!(recorded.client_sent(&EXPECTED_VALUE));
    assert!(recorded.server_sent(&EXPECTED_VALUE));
}

/// The server accepts the command `success` only, which is not one of Flight SQL. The scripted server sends the header with a
/// result.
#[tokio::test]
async fn middleware_returns_header_of_result() {
    let echo = |rpc: Reply| {
        Reply::with(move |request| {
            let value = request
                .header("x-middleware")
                .unwrap_or_default()
                .to_owned();
            rpc.clone().header("x-middleware", value)
        })
    };
    let column = Arc::new(Int32Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("number", column as _)]).unwrap();
    let script = Script::new()
        .get_flight_info(echo(Reply::ticket(&*batch.schema(), "")))
        .do_get(echo(Reply::batches(&*batch.schema(), [batch.clone()])));
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!(
        "{}?header.x-middleware=expected value&response_headers=x-middleware",
        server.url()
    );
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let done = query("SELECT 1").execute(&mut connection).await.unwrap();
    let headers = done.response_headers().iter();
    let headers: Vec<_> = headers.map(|h| (h.operation(), h.text())).collect();
    let expected = Some("expected value");
    assert_eq!(
        headers,
        [
            ("GetFlightInfo(CommandStatementQuery)", expected),
            ("DoGet", expected)
        ]
    );
}

#[tokio::test]
async fn ordered_returns_endpoints_in_order() {
    let server = Server::start("ordered");
    let mut connection = server.connect().await;
    let numbers = column::<Int32Type>(&mut connection).await.unwrap();
    assert_eq!(numbers, [1, 2, 3, 10, 20, 30, 100, 200, 300]);
}

#[tokio::test]
async fn expiration_time_returns_expiring_endpoints() {
    let server = Server::start("expiration_time:do_get");
    let mut connection = server.connect().await;
    let numbers = column::<UInt32Type>(&mut connection).await.unwrap();
    assert_eq!(numbers, [0, 1, 2]);
}

#[tokio::test]
async fn cancel_flight_info_ends_dropped_result() {
    let server = Server::start("expiration_time:cancel_flight_info");
    let (port, recorded) = server.recorded().await;
    let url = format!("flightsql+tcp://127.0.0.1:{port}");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let mut result = connection.fetch_arrow("SELECT 1").await.unwrap();
    assert_eq!(result.try_next().await.unwrap().unwrap().num_rows(), 1);
    drop(result);
    // The next statement waits for the cancellation. Its plan makes the server forget it.
    let numbers = column::<UInt32Type>(&mut connection).await.unwrap();
    assert_eq!(numbers, [0, 1, 2]);
    assert!(recorded.client_sent(b"CancelFlightInfo"));
    // A message of four bytes: a `Result` with CANCEL_STATUS_CANCELLED.
    assert!(recorded.server_sent(b"\0\0\0\0\x04\x0a\x02\x08\x01"));
}

#[tokio::test]
async fn reuse_connection_reads_from_same_server() {
    let server = Server::start("location:reuse_connection");
    let mut connection = server.connect().await;
    // The server plans a result at `arrow-flight-reuse-connection://?`, and has none.
    assert_eq!(
        error_of(&mut connection).await,
        "error returned from database: method DoGet not implemented (UNIMPLEMENTED from DoGet), endpoint 0"
    );
}
