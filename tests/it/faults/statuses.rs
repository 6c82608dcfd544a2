//! Malformed statuses: the server's code and text remain, and nothing panics.

use flightsql::{Connection, Error, FlightSqlConnection, query};
use flightsql_testkit::tonic::metadata::MetadataMap;
use flightsql_testkit::tonic::{Code, Status};
use flightsql_testkit::{Reply, Rpc, Script, TestServer, raw};
use futures_util::StreamExt;

use crate::common::server_error;

const DROPPED: &str = "`grpc-status-details-bin` is not valid base64 and was dropped";

/// A status with exactly these headers.
fn malformed(headers: &[(&'static str, &[u8])]) -> Status {
    let mut map = tonic::codegen::http::HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, (*value).try_into().unwrap());
    }
    Status::with_metadata(Code::NotFound, "no table", MetadataMap::from_headers(map))
}

fn not_base64() -> Status {
    malformed(&[("grpc-status-details-bin", b"%%%")])
}

async fn scripted(script: &Script) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    (server, connection)
}

#[track_caller]
fn not_found<T>(result: Result<T, Error>) {
    let Err(error) = result else {
        panic!("no error");
    };
    let server = server_error(&error);
    assert_eq!(server.status().to_string(), "NOT_FOUND");
    let text = error.to_string();
    assert!(text.contains("no table"), "{text}");
    assert!(text.contains(DROPPED), "{text}");
}

#[tokio::test]
async fn d1_invalid_base64_details_in_every_rpc() {
    let script = Script::new();
    let (_server, mut connection) = scripted(&script).await;
    // The headers of a unary response contain the status.
    let _ = script.clone().get_flight_info(Reply::status(not_base64()));
    not_found(query("SELECT 1").fetch_all(&mut connection).await);
    let _ = script.clone().get_flight_info(Reply::status(not_base64()));
    not_found(connection.fetch_arrow("SELECT 1").await.map(drop));
    // DoPut.
    let _ = script.clone().do_put(Reply::status(not_base64()));
    not_found(query("DELETE FROM t").execute(&mut connection).await);
    // DoAction.
    let _ = script.clone().on(
        Rpc::DoAction,
        "BeginTransaction",
        Reply::status(not_base64()),
    );
    not_found(connection.begin().await.map(drop));
    // DoGet, in the head and in the trailers.
    let schema = flightsql::arrow::schema::Schema::empty();
    for reply in [
        Reply::status(not_base64()),
        Reply::raw([raw::schema(&schema)]).then_status(not_base64()),
    ] {
        let _ = script
            .clone()
            .get_flight_info(Reply::ticket(&schema, "t"))
            .do_get(reply);
        let read = match connection.fetch_arrow("SELECT 1").await {
            Ok(mut batches) => batches.next().await.expect("an error").map(drop),
            Err(error) => Err(error),
        };
        not_found(read);
    }
    assert!(!connection.is_broken());
    script.assert_used();
}

#[tokio::test]
async fn d1_login_refused_with_malformed_details() {
    let script = Script::new().handshake(Reply::status(not_base64()));
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("flightsql+tcp://u:p@{}", server.address());
    not_found(FlightSqlConnection::connect(&url).await.map(drop));
}
