//! What a failure says, and the code it ends with.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;

fn reported(failure: Failure) -> (Exit, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let exit = failure.report(&mut out, &mut err);
    assert!(out.is_empty());
    (exit, String::from_utf8(err).unwrap())
}

#[test]
fn the_caller_is_told_from_the_server() {
    let wrong = flightsql::Error::InvalidArgument("two values for one placeholder".to_owned());
    let (exit, text) = reported(wrong.into());
    assert_eq!(exit, Exit::Usage);
    assert!(text.contains("two values for one placeholder"), "{text}");

    let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "nobody there");
    let (exit, text) = reported(flightsql::Error::Io(refused).into());
    assert_eq!(exit, Exit::Failed);
    assert!(text.starts_with("error: "), "{text}");
    assert!(text.contains("nobody there"), "{text}");
    assert!(text.ends_with("\nhint: start the server, or correct host and port in the URL\n"));
}

#[test]
fn a_hint_and_a_subject_are_added() {
    let failure = Failure::failed("gone").about("a file").hint("look again");
    assert_eq!(
        reported(failure),
        (
            Exit::Failed,
            "error: a file: gone\nhint: look again\n".to_owned()
        )
    );
    let usage = Failure::usage("wrong").about("--url").hint("not for these");
    assert_eq!(
        reported(usage),
        (Exit::Usage, "error: --url: wrong\n".to_owned())
    );
}

#[test]
fn what_was_said_is_not_said_again() {
    assert_eq!(reported(Failure::Reported), (Exit::Failed, String::new()));
    assert_eq!(
        reported(Failure::Interrupted),
        (Exit::Interrupted, String::new())
    );
}

#[test]
fn a_source_is_told_once() {
    let inner = io::Error::other("the cause");
    let outer = flightsql::Error::Io(io::Error::other(inner));
    assert_eq!(chain(&outer).matches("the cause").count(), 1);
}
