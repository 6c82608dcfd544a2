//! Who failed, and what SQLx is told.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io;
use std::time::Duration;

use sqlx_core::error::{DatabaseError as _, ErrorKind};

use super::{Error, FlightSqlDatabaseError, ServerStatus, StatusCode};
use crate::dialect::presets::ansi;

fn server(code: i32, message: &str) -> FlightSqlDatabaseError {
    let status = ServerStatus {
        code: StatusCode::from_number(code),
        message: message.to_owned(),
        details: vec![1, 2].into(),
    };
    FlightSqlDatabaseError::new("DoGet", status, &ansi())
}

#[test]
fn a_status_keeps_every_field() {
    let error = server(6, "UNIQUE constraint failed: t.a").at_endpoint(3);
    assert_eq!(error.status(), StatusCode::AlreadyExists);
    assert_eq!(error.message(), "UNIQUE constraint failed: t.a");
    assert_eq!(error.details(), [1, 2]);
    assert_eq!(error.operation(), "DoGet");
    assert_eq!(error.endpoint(), Some(3));
    assert_eq!(error.kind(), ErrorKind::UniqueViolation);
    assert!(error.is_unique_violation());
    assert_eq!(error.code().unwrap(), "ALREADY_EXISTS");
    assert_eq!(
        error.to_string(),
        "UNIQUE constraint failed: t.a (ALREADY_EXISTS from DoGet), endpoint 3"
    );
}

#[test]
fn an_empty_message_falls_back_to_the_codes_name() {
    let error = server(3, " \n");
    assert_eq!(error.message(), "INVALID_ARGUMENT");
    assert_eq!(error.to_string(), "INVALID_ARGUMENT (from DoGet)");
}

#[test]
fn every_number_of_the_specification_has_its_name_and_others_are_unknown() {
    let names: Vec<_> = (1..=16)
        .map(|n| StatusCode::from_number(n).name())
        .collect();
    assert_eq!(names[0], "CANCELLED");
    assert_eq!(names[4], "NOT_FOUND");
    assert_eq!(names[15], "UNAUTHENTICATED");
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), 16);
    assert_eq!(StatusCode::from_number(99), StatusCode::Unknown);
}

#[test]
fn not_supported_has_two_spellings() {
    assert!(server(12, "").is_unsupported());
    assert!(server(3, "do_action: The defined request is invalid: X").is_unsupported());
    assert!(!server(3, "syntax error").is_unsupported());
    assert!(!server(13, "not implemented").is_unsupported());
}

#[test]
fn sqlx_sees_the_right_variant() {
    let database = sqlx_core::Error::from(Error::server(server(13, "x")));
    assert!(matches!(database, sqlx_core::Error::Database(_)));

    let wire = Error::wire(io::ErrorKind::ConnectionReset, "gone", None);
    let sqlx_core::Error::Io(wire) = sqlx_core::Error::from(wire) else {
        panic!("a broken wire is an I/O error");
    };
    assert_eq!(
        (wire.kind(), wire.to_string().as_str()),
        (io::ErrorKind::ConnectionReset, "gone")
    );

    let late = Error::timeout("DoGet", "idle_timeout", Duration::from_secs(2));
    let sqlx_core::Error::Io(late) = sqlx_core::Error::from(late) else {
        panic!("a missed deadline is an I/O error");
    };
    assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    assert!(late.to_string().contains("`idle_timeout`") && late.to_string().contains("2s"));

    let tls = sqlx_core::Error::from(Error::tls("no", None));
    assert!(matches!(tls, sqlx_core::Error::Tls(_)));
    let peer = sqlx_core::Error::from(Error::peer("DoGet", "bad"));
    assert_eq!(
        peer.to_string(),
        "encountered unexpected or invalid data: DoGet: bad"
    );
    let argument = sqlx_core::Error::from(Error::argument("no"));
    assert!(matches!(argument, sqlx_core::Error::InvalidArgument(text) if text == "no"));
}

#[test]
fn a_source_is_kept_and_not_said_twice() {
    let cause = io::Error::other("the cause");
    let error = Error::wire(
        io::ErrorKind::Other,
        "cannot connect",
        Some(Box::new(cause)),
    );
    assert_eq!(error.to_string(), "cannot connect");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the cause");
}

#[test]
fn errors_stay_small() {
    assert!(size_of::<Error>() <= size_of::<usize>());
}
