//! `grpc-status-details-bin` of errors.

use std::time::Duration;

use flightsql::response::ErrorDetail;
use flightsql::{Executor as _, StatusCode};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Script};

use super::scripted;
use crate::common::server_error;

/// A field of bytes in a protobuf message of less than 128 bytes.
fn field(tag: u8, value: impl AsRef<[u8]>) -> Vec<u8> {
    let value = value.as_ref();
    let len = u8::try_from(value.len()).unwrap();
    assert!(len < 128);
    [&[tag << 3 | 2, len], value].concat()
}

/// A detail of a status.
fn any(name: &str, value: Vec<u8>) -> Vec<u8> {
    let url = field(1, format!("type.googleapis.com/google.rpc.{name}"));
    field(3, [url, field(2, value)].concat())
}

/// The error of a query that the server refuses with these details.
async fn refused(details: Vec<u8>, keys: &str) -> flightsql::Error {
    let reply = Reply::error(Code::ResourceExhausted, "too many").details(details);
    let script = Script::new().get_flight_info(reply);
    let (_server, mut connection) = scripted(&script, &format!("retries=0&{keys}")).await;
    connection.fetch_all("SELECT 1").await.unwrap_err()
}

#[tokio::test]
async fn error_has_typed_details() {
    let info = [field(1, "QUOTA"), field(2, "example.com")].concat();
    // Two seconds.
    let retry = field(1, [0x08, 2]);
    let details = [
        any("ErrorInfo", info),
        any("RetryInfo", retry),
        any("New", vec![7]),
    ]
    .concat();
    let error = refused(details.clone(), "").await;
    let error = server_error(&error);
    assert_eq!(error.status(), StatusCode::ResourceExhausted);
    assert_eq!(error.details(), details);
    assert_eq!(error.retry_delay(), Some(Duration::from_secs(2)));
    let [
        ErrorDetail::ErrorInfo { reason, domain, .. },
        ErrorDetail::RetryInfo { retry_delay, .. },
        ErrorDetail::Other {
            type_url, bytes, ..
        },
    ] = error.error_details()
    else {
        panic!("{:?}", error.error_details());
    };
    assert_eq!((&**reason, &**domain), ("QUOTA", "example.com"));
    assert_eq!(*retry_delay, Duration::from_secs(2));
    assert_eq!(
        (&**type_url, &**bytes),
        ("type.googleapis.com/google.rpc.New", &[7][..])
    );
}

#[tokio::test]
async fn details_that_lie_leave_the_error() {
    // A reason of 127 bytes that has one.
    let lie = vec![0x0a, 0x7f, b'a'];
    for (details, count) in [
        (any("ErrorInfo", lie.clone()), 1),
        (lie, 0),
        (vec![0xff; 100], 0),
        // Twenty thousand empty details.
        ([0x1a, 0].repeat(20_000), 0),
    ] {
        let error = refused(details.clone(), "").await;
        let error = server_error(&error);
        assert_eq!(error.status(), StatusCode::ResourceExhausted);
        assert_eq!(error.message(), "too many");
        assert_eq!((error.details(), error.retry_delay()), (&*details, None));
        let other = |detail: &ErrorDetail| matches!(detail, ErrorDetail::Other { .. });
        assert!(error.error_details().iter().all(other));
        assert_eq!(error.error_details().len(), count);
    }
}

#[tokio::test]
async fn masks_secrets_in_details() {
    let info = field(1, "for swordfish");
    let details = [
        any("ErrorInfo", info),
        any("New", b"\xffswordfish".to_vec()),
    ]
    .concat();
    let error = refused(details, "header.x-tenant=swordfish").await;
    let error = server_error(&error);
    let shown = format!("{:?}", error.error_details());
    assert!(
        shown.contains("for ***") && !shown.contains("swordfish"),
        "{shown}"
    );
    let raw = error.details();
    assert!(!raw.windows(9).any(|part| part == b"swordfish"));
    assert_eq!(
        raw.windows(9).filter(|part| part == b"*********").count(),
        2
    );
}
