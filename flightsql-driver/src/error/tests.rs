//! The variant of SQLx's error that each failure becomes.

use std::io;
use std::time::Duration;

use sqlx_core::error::{DatabaseError, ErrorKind};

use flightsql_client::error::{Error, ServerError, ServerStatus, StatusCode};

use super::{FlightSqlDatabaseError, SqlxError, is_unsupported, masked, to_sqlx};
use crate::dialect::presets::ansi;

fn server(code: i32, message: &str) -> Error {
    let status = ServerStatus {
        code: StatusCode::from_number(code),
        message: message.to_owned(),
        details: vec![1, 2].into(),
    };
    Error::from_server(ServerError::new("DoGet", status, &ansi()))
}

#[test]
fn a_server_error_is_a_database_error() {
    let error = to_sqlx(server(6, "UNIQUE constraint failed: t.a").at_endpoint(3));
    let Some(database) = error.as_database_error() else {
        panic!("the server responded: {error:?}");
    };
    assert_eq!(database.message(), "UNIQUE constraint failed: t.a");
    assert_eq!(database.kind(), ErrorKind::UniqueViolation);
    assert!(database.is_unique_violation() && !database.is_transient_in_connect_phase());
    assert_eq!(database.code().as_deref(), Some("ALREADY_EXISTS"));
    assert_eq!(database.constraint(), Some("t.a"));
    assert_eq!(database.table(), Some("t"));
    let error = database.downcast_ref::<FlightSqlDatabaseError>();
    assert_eq!(error.status(), StatusCode::AlreadyExists);
    assert_eq!(error.endpoint(), Some(3));
    assert_eq!(error.details(), [1, 2]);
}

#[test]
fn a_sqlstate_is_the_code() {
    let error = to_sqlx(server(2, "(SQLSTATE 23P01)"));
    let database = error.as_database_error().map(DatabaseError::code);
    assert_eq!(database.flatten().as_deref(), Some("23P01"));
    let kind = error.as_database_error().map(DatabaseError::kind);
    assert_eq!(kind, Some(ErrorKind::ExclusionViolation));
}

#[test]
fn what_is_unsupported_is_a_database_error() {
    assert!(is_unsupported(&to_sqlx(Error::unsupported("no"))));
    assert!(is_unsupported(&to_sqlx(server(12, "no"))));
    assert!(!is_unsupported(&to_sqlx(server(13, "no"))));
    assert!(!is_unsupported(&to_sqlx(Error::argument("no"))));
}

#[test]
fn sqlx_sees_the_right_variant() {
    let broken = Error::io(io::ErrorKind::ConnectionReset, "gone", None);
    let SqlxError::Io(broken) = to_sqlx(broken) else {
        panic!("a broken connection is an I/O error");
    };
    assert_eq!(
        (broken.kind(), broken.to_string().as_str()),
        (io::ErrorKind::ConnectionReset, "gone")
    );

    let late = Error::timeout("DoGet", "idle_timeout", Duration::from_secs(2));
    let SqlxError::Io(late) = to_sqlx(late) else {
        panic!("a missed deadline is an I/O error");
    };
    assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    assert!(late.to_string().contains("`idle_timeout`") && late.to_string().contains("2s"));

    let protocol = to_sqlx(Error::protocol("DoGet", "bad"));
    assert_eq!(
        protocol.to_string(),
        "encountered unexpected or invalid data: DoGet: bad"
    );
    let tls = to_sqlx(Error::tls(
        flightsql_client::error::TlsCause::Other,
        "no",
        None,
    ));
    assert!(matches!(tls, SqlxError::Tls(_)));
    let options = to_sqlx(Error::configuration("no"));
    assert!(matches!(options, SqlxError::Configuration(_)));
    let argument = to_sqlx(Error::argument("no"));
    assert!(matches!(argument, SqlxError::InvalidArgument(text) if text == "no"));
    let none = to_sqlx(Error::row_not_found());
    assert!(matches!(none, SqlxError::RowNotFound));
}

/// The texts below SQLx are those of SQLx, so that a message does not depend on where it was made.
#[test]
fn texts_are_those_of_sqlx() {
    for error in [
        Error::encode("no"),
        Error::column_decode("\"a\"", "no"),
        Error::row_not_found(),
        Error::from_source(SqlxError::PoolClosed),
    ] {
        let text = error.to_string();
        assert_eq!(to_sqlx(error).to_string(), text);
    }
}

#[test]
fn returns_error_of_callers_stream_unchanged() {
    let back = to_sqlx(Error::from_source(SqlxError::ColumnNotFound(
        "a".to_owned(),
    )));
    assert!(matches!(back, SqlxError::ColumnNotFound(name) if name == "a"));
}

#[test]
fn masking_keeps_the_variant() {
    let mask = |text: &str| text.replace("hunter2", "***");
    let column = SqlxError::ColumnNotFound("hunter2".to_owned());
    assert!(matches!(masked(column, &mask), SqlxError::ColumnNotFound(name) if name == "***"));
    let error = masked(to_sqlx(server(3, "hunter2")), &mask);
    let database = error.as_database_error();
    assert_eq!(database.map(DatabaseError::message), Some("***"));
    let io = masked(
        to_sqlx(Error::io(io::ErrorKind::NotFound, "hunter2", None)),
        &mask,
    );
    assert!(matches!(&io, SqlxError::Io(error) if error.kind() == io::ErrorKind::NotFound));
    assert!(!format!("{io} {io:?}").contains("hunter2"));
}
