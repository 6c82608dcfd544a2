//! Servers that do not speak gRPC: the error identifies each in one sentence.

use std::io::ErrorKind;
use std::time::Duration;

use flightsql::{Connection, Error, Executor, FlightSqlConnection, query_scalar};
use flightsql_testkit::{Fault, Rpc, TestServer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::common::options;

/// The kind and the text of the I/O error with which connecting to `url` fails.
async fn io_error(url: &str) -> (ErrorKind, String) {
    match FlightSqlConnection::connect(url).await.unwrap_err() {
        Error::Io(error) => (error.kind(), error.to_string()),
        other => panic!("not an I/O error: {other:?}"),
    }
}

async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("flightsql+tcp://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// A server that reads the client's first bytes and sends `reply`.
async fn answering(reply: &'static [u8]) -> String {
    let (listener, url) = listener().await;
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let _ = socket.read(&mut [0; 64]).await;
            let _ = socket.write_all(reply).await;
            let _ = socket.shutdown().await;
            // Until the client has gone, so that no reset overtakes the reply.
            while matches!(socket.read(&mut [0; 1024]).await, Ok(1..)) {}
        }
    });
    url
}

#[tokio::test]
async fn a_dead_port_is_named() {
    let (listener, url) = listener().await;
    drop(listener);
    let (kind, text) = io_error(&url).await;
    assert_eq!(kind, ErrorKind::ConnectionRefused);
    let address = url.strip_prefix("flightsql+tcp://").unwrap();
    assert!(
        text.contains(address) && text.contains("the server refused the connection"),
        "{text}"
    );
}

#[tokio::test]
async fn an_http1_server_is_recognized() {
    let url = answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    let (kind, text) = io_error(&url).await;
    assert_eq!(kind, ErrorKind::InvalidData);
    assert!(text.contains("the server responded with HTTP/1"), "{text}");
}

#[tokio::test]
async fn another_protocol_is_recognized() {
    let url = answering(b"220 mail.example ESMTP\r\n").await;
    let (kind, text) = io_error(&url).await;
    assert_eq!(kind, ErrorKind::InvalidData);
    assert!(text.contains("does not speak HTTP/2"), "{text}");
}

#[tokio::test]
async fn a_server_that_hangs_up_is_told_of() {
    for reply in [b"".as_slice(), b"no"] {
        let url = answering(reply).await;
        let (_, text) = io_error(&url).await;
        assert!(
            text.contains("closed the connection without a response"),
            "{text}"
        );
        assert!(text.contains("flightsql://"), "{text}");
    }
}

#[tokio::test]
async fn a_silent_port_costs_no_more_than_connect_timeout() {
    let (listener, url) = listener().await;
    let held = tokio::spawn(async move { listener.accept().await.unwrap() });
    let options = options(&url).connect_timeout(Duration::from_millis(200));
    let begun = std::time::Instant::now();
    let error = FlightSqlConnection::connect_with(&options)
        .await
        .unwrap_err();
    let took = begun.elapsed();
    assert!(
        took >= Duration::from_millis(200) && took < Duration::from_secs(5),
        "{took:?}"
    );
    match &error {
        Error::Io(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        other => panic!("not an I/O error: {other:?}"),
    }
    let text = error.to_string();
    assert!(
        text.contains("200ms") && text.contains("`connect_timeout`"),
        "{text}"
    );
    held.await.unwrap();
}

#[tokio::test]
async fn a_host_that_does_not_resolve_is_named() {
    let (_, text) = io_error("flightsql+tcp://no-such-host.invalid:31337").await;
    assert!(text.contains("no-such-host.invalid:31337"), "{text}");
    assert!(text.contains("check the host name"), "{text}");
}

#[tokio::test]
async fn a_missing_socket_is_named() {
    let (kind, text) = io_error("flightsql+unix:///no/such/place/flight.sock").await;
    assert_eq!(kind, ErrorKind::NotFound);
    assert!(text.contains("/no/such/place/flight.sock"), "{text}");
    assert!(text.contains("check the path"), "{text}");
}

#[tokio::test]
async fn options_connect_again_after_the_server_came_back() {
    let server = TestServer::sqlite().await.unwrap();
    let options = options(&server.url()).channels(1);
    let mut old = FlightSqlConnection::connect_with(&options).await.unwrap();
    server.kill().await;
    while !old.is_broken() {
        // The socket's end is noticed by a task of its own.
        tokio::task::yield_now().await;
    }
    let late = FlightSqlConnection::connect_with(&options)
        .await
        .unwrap_err();
    assert!(matches!(late, Error::Io(_)), "{late:?}");
    server.restart().await.unwrap();

    // The same options find the new server; the old connection never does.
    let mut new = FlightSqlConnection::connect_with(&options).await.unwrap();
    new.ping().await.unwrap();
    assert!(old.is_broken());
    let again = old.ping().await.unwrap_err();
    assert!(again.to_string().contains("open a new one"), "{again}");
}

#[tokio::test]
async fn an_unanswered_call_costs_its_timeout_and_not_the_connection() {
    let server = TestServer::sqlite().await.unwrap();
    let options = options(&server.url()).query_timeout(Duration::from_millis(400));
    let mut connection = FlightSqlConnection::connect_with(&options).await.unwrap();
    for _ in 0..3 {
        server.fault(Fault::new(Rpc::GetFlightInfo).hang());
        let error = connection.execute("SELECT 1").await.unwrap_err();
        match &error {
            Error::Io(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
            other => panic!("not an I/O error: {other:?}"),
        }
        assert!(error.to_string().contains("`query_timeout`"), "{error}");
        assert!(!connection.is_broken());
    }
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((one, server.connections()), (1, 1));
}
