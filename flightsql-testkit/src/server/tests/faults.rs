//! Tests of every fault with its methods.

use std::time::Duration;

use tonic::{Code, Status};

use super::{scripted, three_batches};
use crate::{
    Fault, Reply, Rpc, Script, TestServer,
    testing::{Client, action, client, code, drain, query, schema, ticket},
};

/// Starts a server with replies for all methods, and returns a client.
async fn server() -> (TestServer, Client) {
    let script = Script::new()
        .get_flight_info(Reply::ticket(&*schema(), "t").always())
        .do_get(three_batches().always())
        .do_action("Commit", Reply::action_bytes("done").always());
    let server = scripted(script).await;
    let client = client(&server).await;
    (server, client)
}

#[tokio::test]
async fn nth_and_times_select_calls() {
    let (server, mut client) = server().await;
    let fault = Fault::new(Rpc::GetFlightInfo).nth(2).times(2);
    let fault = server.fault(fault.status(Code::Unavailable, "gone"));
    let mut codes = Vec::new();
    for _ in 0..5 {
        codes.push(code(client.get_flight_info(query("x")).await));
    }
    let (ok, gone) = (Code::Ok, Code::Unavailable);
    assert_eq!(codes, [ok, gone, gone, ok, ok]);
    assert_eq!(fault.hits(), 2);
}

#[tokio::test]
async fn command_selects_calls_until_cleared() {
    let (server, mut client) = server().await;
    let fault = Fault::new(Rpc::DoAction).command("Commit").always();
    server.fault(fault.error(Status::with_details(Code::Aborted, "m", "d".into())));
    assert_eq!(
        code(client.do_action(action("Other")).await),
        Code::Unimplemented
    );
    let status = client.do_action(action("Commit")).await.unwrap_err();
    assert_eq!(
        (status.code(), status.details()),
        (Code::Aborted, &b"d"[..])
    );
    server.clear_faults();
    client.do_action(action("Commit")).await.unwrap();
}

#[tokio::test]
async fn delay_waits_and_continues() {
    let (server, mut client) = server().await;
    server.fault(Fault::new(Rpc::GetFlightInfo).delay(Duration::from_millis(80)));
    let begin = std::time::Instant::now();
    client.get_flight_info(query("x")).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(80));
}

#[tokio::test]
async fn hang_ends_with_client() {
    let (server, client) = server().await;
    server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    let mut other = client.clone();
    let call = tokio::spawn(async move { other.get_flight_info(query("x")).await });
    server.wait_until(|s| s.running_calls() == 1).await;
    assert!(!call.is_finished());
    call.abort();
    server.wait_until(|s| s.running_calls() == 0).await;
}

#[tokio::test]
async fn hang_after_sends_messages_first() {
    let (server, mut client) = server().await;
    server.fault(Fault::new(Rpc::DoGet).hang_after(2));
    let mut stream = client.do_get(ticket()).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    stream.message().await.unwrap().unwrap();
    let third = tokio::time::timeout(Duration::from_millis(100), stream.message()).await;
    assert!(third.is_err());
}

#[tokio::test]
async fn fail_after_sends_messages_first() {
    let (server, mut client) = server().await;
    for (after, expected) in [(0, 0), (2, 2), (100, 4)] {
        server.fault(Fault::new(Rpc::DoGet).fail_after(after, Status::data_loss("late")));
        let (messages, end) = drain(client.do_get(ticket()).await.unwrap().into_inner()).await;
        assert_eq!(messages.len(), expected);
        let status = end.unwrap_err();
        assert_eq!((status.code(), status.message()), (Code::DataLoss, "late"));
    }
    server.fault(Fault::new(Rpc::GetFlightInfo).fail_after(0, Status::aborted("lost")));
    assert_eq!(
        code(client.get_flight_info(query("x")).await),
        Code::Aborted
    );
}

#[tokio::test]
async fn cut_after_sends_messages_first() {
    let (server, mut client) = server().await;
    for after in [0, 1, 3] {
        server.fault(Fault::new(Rpc::DoGet).cut_after(after));
        let result = client.do_get(ticket()).await;
        let messages = match result {
            // The connection closed before the headers were read.
            Err(_) => Vec::new(),
            Ok(reply) => {
                let (messages, end) = drain(reply.into_inner()).await;
                assert!(end.is_err(), "a cut stream must not end well");
                messages
            }
        };
        assert_eq!(messages.len(), after);
    }
    // The channel connects again.
    client.get_flight_info(query("x")).await.unwrap();
    assert_eq!(server.connections(), 4);
}

#[tokio::test]
async fn skip_reply_runs_service_without_reply() {
    let (server, mut client) = server().await;
    server.fault(Fault::new(Rpc::DoAction).skip_reply());
    let reply = client.do_action(action("Commit")).await.unwrap();
    let (messages, end) = drain(reply.into_inner()).await;
    assert!(messages.is_empty());
    end.unwrap();
    server.fault(Fault::new(Rpc::GetFlightInfo).skip_reply());
    assert!(client.get_flight_info(query("x")).await.is_err());
}

#[tokio::test]
async fn trailers_only_skips_service() {
    let script = Script::new().do_action("Commit", Reply::action_bytes("done"));
    let server = scripted(script.clone()).await;
    server.fault(Fault::new(Rpc::DoAction).trailers_only());
    let reply = client(&server).await.do_action(action("Commit")).await;
    let (messages, end) = drain(reply.unwrap().into_inner()).await;
    assert!(messages.is_empty());
    end.unwrap();
    assert_eq!(script.unused(), ["DoAction Commit"]);
}

#[tokio::test]
async fn drop_connection_breaks_all_its_calls() {
    let (server, mut client) = server().await;
    let gate = server.gate(Rpc::DoGet);
    let mut other = client.clone();
    let waiting = tokio::spawn(async move { code(other.do_get(ticket()).await) });
    gate.reached().await;
    server.fault(Fault::new(Rpc::GetFlightInfo).drop_connection());
    assert_ne!(code(client.get_flight_info(query("x")).await), Code::Ok);
    assert_ne!(waiting.await.unwrap(), Code::Ok);
    client.get_flight_info(query("x")).await.unwrap();
}

#[tokio::test]
#[should_panic(expected = "it has no effect")]
async fn rejects_fault_without_effect() {
    server().await.0.fault(Fault::new(Rpc::DoGet));
}

#[tokio::test]
#[should_panic(expected = "is one message, not a stream")]
async fn rejects_fault_inside_single_message() {
    server()
        .await
        .0
        .fault(Fault::new(Rpc::GetSchema).cut_after(1));
}
