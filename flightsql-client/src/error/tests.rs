//! Kinds of errors, their texts, and masking.

use std::io;
use std::time::Duration;

use super::{Error, Kind, ServerError, ServerStatus, StatusCode, TlsCause};
use crate::dialect::Violation;
use crate::dialect::presets::ansi;
use crate::session_option::{SessionOptionProblem, SessionOptionsError};

fn server(code: i32, message: &str) -> ServerError {
    let status = ServerStatus {
        code: StatusCode::from_number(code),
        message: message.to_owned(),
        details: vec![1, 2].into(),
    };
    ServerError::new("DoGet", status, &ansi())
}

#[test]
fn a_status_keeps_every_field() {
    let error = server(6, "UNIQUE constraint failed: t.a").at_endpoint(3);
    assert_eq!(error.status(), StatusCode::AlreadyExists);
    assert_eq!(error.message(), "UNIQUE constraint failed: t.a");
    assert_eq!(error.details(), [1, 2]);
    assert_eq!(error.operation(), "DoGet");
    assert_eq!(error.endpoint(), Some(3));
    assert_eq!(error.violation(), Some(Violation::Unique));
    assert_eq!(error.constraint(), Some("t.a"));
    assert_eq!(error.table(), Some("t"));
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
fn k4_an_unknown_action_is_unsupported_in_any_wording() {
    let action = |code, message: &str| {
        let status = ServerStatus {
            code: StatusCode::from_number(code),
            message: message.to_owned(),
            details: Vec::new().into(),
        };
        ServerError::new("DoAction(BeginTransaction)", status, &ansi()).is_unsupported()
    };
    for (code, message) in [
        (2, "Unsupported action: BeginTransaction. Detail: Failed"),
        (3, "do_action: unsupported action type: BeginTransaction"),
        (5, "no such action"),
        (13, "Unknown action type BeginTransaction"),
        (3, "action not supported"),
    ] {
        assert!(action(code, message), "{message}");
    }
    for (code, message) in [
        (2, "unsupported SQL"),
        (5, "no such transaction"),
        (16, "unknown action"),
    ] {
        assert!(!action(code, message), "{message}");
    }
    // A query may speak of actions.
    assert!(!server(3, "unknown action").is_unsupported());
}

#[test]
fn k6_the_detail_of_arrows_servers_is_cut() {
    assert_eq!(
        server(2, "no table t. Detail: Failed").message(),
        "no table t"
    );
    let other = "no table t. Detail: see the log";
    assert_eq!(server(2, other).message(), other);
    assert_eq!(
        server(16, ". Detail: Unauthenticated").message(),
        "UNAUTHENTICATED"
    );
}

#[test]
fn a_source_is_kept_and_not_said_twice() {
    let cause = io::Error::other("the cause");
    let error = Error::io(
        io::ErrorKind::Other,
        "cannot connect",
        Some(Box::new(cause)),
    );
    assert_eq!(error.to_string(), "cannot connect");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the cause");
}

#[test]
fn masks_every_text_and_source() {
    let mask = |text: &str| text.replace("hunter2", "***");
    let errors = [
        Error::from_server(server(3, "hunter2").with_hint("hunter2")),
        Error::io(io::ErrorKind::Other, "hunter2", Some("hunter2".into())),
        Error::tls(TlsCause::Other, "hunter2", Some("hunter2".into())),
        Error::protocol("DoGet", "hunter2"),
        Error::unsupported("hunter2"),
        Error::argument("hunter2"),
        Error::configuration("hunter2"),
        Error::from(SessionOptionsError::new(
            [("hunter2".to_owned(), SessionOptionProblem::Error)],
            &[],
        )),
        Error::encode("hunter2"),
        Error::column_decode("hunter2", "hunter2"),
        Error::from_source("hunter2"),
    ];
    for error in errors {
        let before = std::mem::discriminant(error.kind());
        let masked = error.masked(&mask);
        assert_eq!(std::mem::discriminant(masked.kind()), before);
        let text = format!("{masked} {masked:?}");
        assert!(!text.contains("hunter2") && text.contains("***"), "{text}");
    }
}

#[test]
fn leaves_an_error_without_secrets_unchanged() {
    let mask = |text: &str| text.replace("hunter2", "***");
    let error = Error::from_source(io::Error::other("lost")).masked(&mask);
    assert!(matches!(error.kind(), Kind::Source(source) if source.is::<io::Error>()));
    let late = Error::timeout("DoGet", "idle_timeout", Duration::from_secs(2)).masked(&mask);
    assert!(matches!(late.kind(), Kind::Timeout { .. }));
}

#[test]
fn errors_stay_small() {
    assert!(size_of::<Error>() <= size_of::<usize>());
}

#[test]
fn shows_the_names_that_were_sent() {
    let name = || "hunter2".to_owned();
    let rejected = [(name(), SessionOptionProblem::InvalidName)];
    let error = Error::from(SessionOptionsError::new(rejected, &[name()]));
    let masked = error.masked(&|text| text.replace("hunter2", "***"));
    assert!(masked.to_string().contains("`hunter2` (unknown name)"));
}
