//! The driver as the client of the scenario `session_options`, in the steps of the official client.

use std::collections::BTreeMap;

use flightsql::options::{SessionOptionProblem, SessionOptionValue, SessionOptionsError};
use flightsql::{Connection as _, Error, FlightSqlConnection};

use crate::official::Server;

const LIST: [&str; 8] = ["a", "b", "sea", "dee", " ", "  ", "geee", "(づ｡◕‿‿◕｡)づ"];

#[tokio::test]
async fn session_options_runs_step_by_step() {
    let server = Server::start("session_options");
    let (port, recorded) = server.recorded().await;
    let url = format!("flightsql+tcp://127.0.0.1:{port}");
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();

    // The first call opens the session.
    assert!(connection.session_options().await.unwrap().is_empty());

    let set = connection.set_session_options([
        ("foolong", SessionOptionValue::from(123)),
        ("bardouble", 456.0.into()),
        ("lol_invalid", "this won't get set".into()),
        ("key_with_invalid_value", "lol_invalid".into()),
        ("big_ol_string_list", LIST.into()),
    ]);
    let Err(Error::Configuration(source)) = set.await else {
        panic!("two options are invalid");
    };
    let error = source.downcast_ref::<SessionOptionsError>().unwrap();
    assert_eq!(
        error.rejected().collect::<Vec<_>>(),
        [
            ("key_with_invalid_value", SessionOptionProblem::InvalidValue),
            ("lol_invalid", SessionOptionProblem::InvalidName),
        ]
    );

    let mut expected: BTreeMap<_, _> = [
        ("foolong", SessionOptionValue::from(123)),
        ("bardouble", 456.0.into()),
        ("big_ol_string_list", LIST.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    assert_eq!(connection.session_options().await.unwrap(), expected);

    connection.erase_session_option("foolong").await.unwrap();
    expected.remove("foolong");
    assert_eq!(connection.session_options().await.unwrap(), expected);

    connection.close().await.unwrap();
    assert!(recorded.client_sent(b"CloseSession"));
    // A message of four bytes: a `Result` with the status CLOSED.
    assert!(recorded.server_sent(b"\0\0\0\0\x04\x0a\x02\x08\x01"));
}

#[tokio::test]
async fn session_options_are_reset() {
    let server = Server::start("session_options");
    let options = server.options("", "session.a=b");
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    let before = connection.session_options().await.unwrap();
    connection.set_session_option("a", 1).await.unwrap();
    connection.set_session_option("c", true).await.unwrap();
    assert_eq!(connection.session_options().await.unwrap().len(), 2);
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(connection.session_options().await.unwrap(), before);
}
