//! Session options at run time.

use flightsql::options::{SessionOptionProblem, SessionOptionValue, SessionOptionsError};
use flightsql::{Error, is_unsupported};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Reply, Rpc, Script, TestServer};

use super::{actions, obedient};
use crate::common::{connect, server};

#[track_caller]
fn rejected(error: &Error) -> Vec<(&str, SessionOptionProblem)> {
    let Error::Configuration(source) = error else {
        panic!("{error:?}");
    };
    let error = source.downcast_ref::<SessionOptionsError>().unwrap();
    error.rejected().collect()
}

#[tokio::test]
async fn each_type_is_set_listed_and_erased() {
    let server = server().await;
    let mut connection = connect(&server).await;
    assert!(connection.session_options().await.unwrap().is_empty());
    let values = [
        ("text", SessionOptionValue::from("a")),
        ("bool", true.into()),
        ("int", i64::MAX.into()),
        ("float", 0.5.into()),
        ("list", ["a", "", "(づ｡◕‿‿◕｡)づ"].into()),
    ];
    for (name, value) in values.clone() {
        connection.set_session_option(name, value).await.unwrap();
    }
    let options = connection.session_options().await.unwrap();
    let expected = values.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(options, expected.into());
    connection.erase_session_option("list").await.unwrap();
    connection.set_session_option("int", 7).await.unwrap();
    let options = connection.session_options().await.unwrap();
    assert_eq!(options.len(), 4);
    assert_eq!(options["int"].as_int64(), Some(7));
    // The options belong to this connection.
    let mut other = connect(&server).await;
    assert!(other.session_options().await.unwrap().is_empty());
}

#[tokio::test]
async fn rejected_options_are_named_and_the_others_are_set() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let values = [("catalog", "hunter2"), ("a b", "hunter2"), ("zone", "UTC")];
    let error = connection.set_session_options(values).await.unwrap_err();
    assert_eq!(
        rejected(&error),
        [
            ("a b", SessionOptionProblem::InvalidName),
            ("catalog", SessionOptionProblem::InvalidValue),
        ]
    );
    let text = format!("{error} {error:?}");
    assert!(
        text.contains("`a b` (unknown name), `catalog` (invalid value)"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
    let options = connection.session_options().await.unwrap();
    assert_eq!(options["zone"].as_text(), Some("UTC"));
    // Only the option that was set is taken back.
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert!(connection.session_options().await.unwrap().is_empty());
    assert_eq!(actions(&server, "SetSessionOptions"), 1);
}

#[tokio::test]
async fn rejected_option_leaves_nothing_to_reset() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let refused = connection.set_session_option("a b", 1).await;
    assert_eq!(
        rejected(&refused.unwrap_err()),
        [("a b", SessionOptionProblem::InvalidName)]
    );
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn session_with_options_is_closed_once() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection.set_session_option("a", 1).await.unwrap();
    assert_eq!(server.sqlite().open_sessions(), 1);
    flightsql::Connection::close(connection).await.unwrap();
    assert_eq!(actions(&server, "CloseSession"), 1);
    assert_eq!(server.sqlite().open_sessions(), 0);
}

/// Also if the server sends no cookie, because it knows the session by a token.
#[tokio::test]
async fn session_without_cookie_is_closed_once() {
    let server = obedient().await;
    let mut connection = connect(&server).await;
    connection.set_session_option("a", 1).await.unwrap();
    flightsql::Connection::close(connection).await.unwrap();
    assert_eq!(actions(&server, "CloseSession"), 1);
}

#[tokio::test]
async fn servers_without_options_say_so() {
    let missing = || Reply::error(Code::Unimplemented, "no such action").always();
    let script = Script::new()
        .do_action("SetSessionOptions", missing())
        .do_action("GetSessionOptions", missing())
        .do_action("CloseSession", Reply::action_bytes("").always());
    let server = TestServer::scripted(script).await.unwrap();
    let mut connection = connect(&server).await;
    let set = connection.set_session_option("a", 1).await.unwrap_err();
    let get = connection.session_options().await.unwrap_err();
    let erase = connection.erase_session_option("a").await.unwrap_err();
    assert!(is_unsupported(&set) && is_unsupported(&get) && is_unsupported(&erase));
    assert!(connection.reset_session().await.unwrap());
}

#[tokio::test]
async fn replies_that_break_the_protocol_are_errors() {
    // An entry with the name `hunter2`, whose value has a field that the protocol does not have.
    let odd = b"\x0a\x0e\x0a\x07hunter2\x12\x03\x32\x01a";
    let more = b"\x0a\x03\x0a\x01b";
    let script = Script::new()
        .do_action("GetSessionOptions", Reply::action_bytes(odd.to_vec()))
        .do_action(
            "GetSessionOptions",
            Reply::action_bytes(vec![0; (1 << 20) + 1]),
        )
        .do_action("GetSessionOptions", Reply::action_bytes("\x0a"))
        .do_action(
            "SetSessionOptions",
            Reply::action_bytes([&odd[..], more].concat()),
        )
        .do_action("CloseSession", Reply::action_bytes("").always());
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let mut connection = connect(&server).await;
    for expected in [
        "a session option has a value of an unknown type",
        "the server's reply has more than 1048576 bytes",
        "the server's reply is malformed",
    ] {
        let error = connection.session_options().await.unwrap_err();
        assert!(matches!(error, Error::Protocol(_)), "{error:?}");
        assert!(error.to_string().ends_with(expected), "{error}");
    }
    let error = connection.set_session_option("a", 1).await.unwrap_err();
    assert!(matches!(error, Error::Protocol(_)), "{error:?}");
    assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    flightsql::Connection::close(connection).await.unwrap();
    script.assert_used();
}

#[tokio::test]
async fn lost_reply_counts_as_set() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let fault = Fault::new(Rpc::DoAction).command("SetSessionOptions");
    server.fault(fault.status(Code::Internal, "lost"));
    connection.set_session_option("a", 1).await.unwrap_err();
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(actions(&server, "SetSessionOptions"), 1);
}
