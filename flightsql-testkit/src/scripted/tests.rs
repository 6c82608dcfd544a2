//! Tests of scripted replies with arrow-flight's clients.

use std::{
    future::poll_fn,
    pin::pin,
    time::{Duration, Instant},
};

use arrow_flight::{
    FlightEndpoint, FlightInfo, HandshakeRequest, Ticket,
    decode::FlightRecordBatchStream,
    sql::{ActionBeginTransactionResult, ActionCreatePreparedStatementResult, Any},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use prost::Message as _;
use tonic::{
    Code, Status,
    body::Body,
    codegen::{
        Body as _, Service as _,
        http::{HeaderMap, Request},
    },
    transport::Endpoint,
};

use super::{Reply, Script, raw};
use crate::{
    Rpc, TestServer,
    testing::{Client, action, batch, client, code, drain, put, query, schema, ticket},
};

async fn start(script: &Script) -> (TestServer, Client) {
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let client = client(&server).await;
    (server, client)
}

#[tokio::test]
async fn returns_replies_in_order_and_by_command() {
    let script = Script::new()
        .do_action("a", Reply::action_bytes("1").times(2))
        .do_action("b", Reply::action_bytes("2"))
        .do_action("a", Reply::action_bytes("3"));
    let (server, mut client) = start(&script).await;
    let mut bodies = Vec::new();
    for name in ["a", "b", "a", "a"] {
        let reply = client.do_action(action(name)).await.unwrap();
        bodies.push(drain(reply.into_inner()).await.0[0].body.clone());
    }
    assert_eq!(bodies, ["1", "2", "1", "3"]);
    script.assert_used();
    let status = client.do_action(action("a")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(
        status.message(),
        "unexpected call: the script has no reply left for DoAction a"
    );
    assert_eq!(script.unexpected(), ["DoAction a"]);
    assert_eq!(server.count(Rpc::DoAction), 5);
    // A clone feeds the running server.
    let _ = script.clone().do_action("a", Reply::action_bytes("4"));
    client.do_action(action("a")).await.unwrap();
}

#[test]
#[should_panic(expected = r#"unused replies: ["DoGet"]"#)]
fn unused_reply_fails_test() {
    let script = Script::new().do_get(Reply::empty().times(2));
    assert!(script.take(Rpc::DoGet, None).is_some());
    script.assert_used();
}

#[tokio::test]
async fn decodes_info_and_batches() {
    let endpoint = FlightEndpoint::new()
        .with_ticket(Ticket::new("t"))
        .with_location("grpc://h");
    let script = Script::new()
        .get_flight_info(Reply::info(&*schema(), [endpoint.clone()]))
        .get_schema(Reply::schema(&*schema()))
        .do_get(Reply::batches(&*schema(), [batch([1, 2]), batch([])]));
    let (_server, mut client) = start(&script).await;
    let info: FlightInfo = client
        .get_flight_info(query("x"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(info.endpoint, [endpoint]);
    assert_eq!((info.total_records, info.total_bytes), (-1, -1));
    assert_eq!(info.try_decode_schema().unwrap(), *schema());
    let reply = client.get_schema(query("x")).await.unwrap().into_inner();
    assert_eq!(arrow_schema::Schema::try_from(&reply).unwrap(), *schema());
    let data = client.do_get(ticket()).await.unwrap().into_inner();
    let stream = FlightRecordBatchStream::new_from_flight_data(data.map_err(Into::into));
    let batches: Vec<_> = stream.try_collect().await.unwrap();
    assert_eq!(batches, [batch([1, 2]), batch([])]);
}

#[tokio::test]
async fn actions_return_packed_messages() {
    let begun = ActionBeginTransactionResult {
        transaction_id: "tx".into(),
    };
    let script = Script::new()
        .do_action("BeginTransaction", Reply::action_result(&begun))
        .do_action(
            "CreatePreparedStatement",
            Reply::prepared("h", Some(&schema()), None),
        );
    let (_server, mut client) = start(&script).await;
    let mut unpack = async |name| {
        let reply = client.do_action(action(name)).await.unwrap();
        let (messages, end) = drain(reply.into_inner()).await;
        end.unwrap();
        Any::decode(messages[0].body.clone()).unwrap()
    };
    assert_eq!(
        unpack("BeginTransaction").await.unpack().unwrap(),
        Some(begun)
    );
    let any = unpack("CreatePreparedStatement").await;
    let prepared: ActionCreatePreparedStatementResult = any.unpack().unwrap().unwrap();
    assert_eq!(prepared.prepared_statement_handle, "h");
    assert!(!prepared.dataset_schema.is_empty() && prepared.parameter_schema.is_empty());
}

#[tokio::test]
async fn errors_contain_details_headers_and_trailers() {
    let refused = Reply::error(Code::AlreadyExists, "there")
        .details("d")
        .trailer("x-t", "1");
    let late = Reply::raw([raw::schema(&schema())])
        .header("x-h", "2")
        .trailer("x-t-bin", [0, 255]);
    let script = Script::new()
        .do_get(refused)
        .do_get(late.then_error(Code::Aborted, "late"));
    let (_server, mut client) = start(&script).await;
    let status = client.do_get(ticket()).await.unwrap_err();
    assert_eq!(
        (status.code(), status.message()),
        (Code::AlreadyExists, "there")
    );
    assert_eq!(status.details(), b"d");
    assert_eq!(status.metadata().get("x-t").unwrap(), "1");

    let reply = client.do_get(ticket()).await.unwrap();
    assert_eq!(reply.metadata().get("x-h").unwrap(), "2");
    let (messages, end) = drain(reply.into_inner()).await;
    assert_eq!(messages.len(), 1);
    let status = end.unwrap_err();
    assert_eq!(status.code(), Code::Aborted);
    let trailer = status.metadata().get_bin("x-t-bin").unwrap();
    assert_eq!(trailer.to_bytes().unwrap().as_ref(), [0, 255]);
}

/// Returns the headers and trailers of an RPC with an empty request and a response without messages.
async fn frames(server: &TestServer, rpc: &str) -> (HeaderMap, Option<HeaderMap>) {
    let endpoint = Endpoint::from_shared(format!("http://{}", server.address())).unwrap();
    let mut channel = endpoint.connect().await.unwrap();
    let request = Request::post(format!("/arrow.flight.protocol.FlightService/{rpc}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(Body::new("\0".repeat(5)))
        .unwrap();
    poll_fn(|cx| channel.poll_ready(cx)).await.unwrap();
    let (parts, body) = channel.call(request).await.unwrap().into_parts();
    let mut body = pin!(body);
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
    let trailers = frame.map(|frame| frame.unwrap().into_trailers().unwrap());
    (parts.headers, trailers)
}

/// Reads the frames of the response, because clients merge the headers and trailers of an error.
#[tokio::test]
async fn h9_sends_headers_before_error_of_one_message() {
    let status = Status::with_details(Code::NotFound, "no such flight", "d".into());
    let reply = Reply::empty()
        .header("x-h", "1")
        .header("x-b-bin", [0, 255]);
    let script = Script::new()
        .get_flight_info(reply.then_status(status))
        .get_schema(Reply::error(Code::NotFound, "x").header("x-h", "1"));
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let (headers, trailers) = frames(&server, "GetFlightInfo").await;
    assert_eq!(headers["x-h"], "1");
    assert_eq!(headers["x-b-bin"], "AP8");
    assert_eq!(headers["content-type"], "application/grpc");
    assert!(!headers.contains_key("grpc-status"), "{headers:?}");
    let trailers = trailers.unwrap();
    assert_eq!(trailers["grpc-status"], "5");
    assert_eq!(trailers["grpc-message"], "no%20such%20flight");
    assert_eq!(trailers["grpc-status-details-bin"], "ZA");
    assert!(!trailers.contains_key("x-h"), "{trailers:?}");

    // An error without headers is one frame.
    let (headers, trailers) = frames(&server, "GetSchema").await;
    assert_eq!(headers["grpc-status"], "5");
    assert_eq!(headers["x-h"], "1");
    assert_eq!(trailers, None);
    script.assert_used();
}

#[tokio::test]
async fn only_streams_have_trailers() {
    let script = Script::new()
        .handshake(Reply::handshake("token").trailer("authorization", "Bearer t"))
        .get_flight_info(Reply::ticket(&*schema(), "t").trailer("x", "y"));
    let (_server, mut client) = start(&script).await;
    let request = stream::iter([HandshakeRequest::default()]);
    let mut reply = client.handshake(request).await.unwrap().into_inner();
    assert_eq!(reply.message().await.unwrap().unwrap().payload, "token");
    assert_eq!(reply.message().await.unwrap(), None);
    let trailers = reply.trailers().await.unwrap().unwrap();
    assert_eq!(trailers.get("authorization").unwrap(), "Bearer t");
    assert_eq!(
        code(client.get_flight_info(query("x")).await),
        Code::Internal
    );
}

#[tokio::test]
async fn creates_reply_from_request() {
    let script = Script::new().do_get(
        Reply::with(|request| {
            assert_eq!(request.rpc(), Rpc::DoGet);
            Reply::raw([raw::app_metadata(request.payload().clone())]).header("x-b", "2")
        })
        .header("x-a", "1")
        .always(),
    );
    let (_server, mut client) = start(&script).await;
    for text in ["one", "two"] {
        let reply = client.do_get(Ticket::new(text)).await.unwrap();
        assert_eq!(reply.metadata().get("x-a").unwrap(), "1");
        assert_eq!(reply.metadata().get("x-b").unwrap(), "2");
        assert_eq!(drain(reply.into_inner()).await.0[0].app_metadata, text);
    }
}

#[tokio::test]
async fn early_reply_does_not_wait_for_client() {
    let script = Script::new().do_put(Reply::update_count(7).early());
    let (_server, mut client) = start(&script).await;
    let endless = stream::iter(put("x", 0)).chain(stream::pending());
    let mut reply = client.do_put(endless).await.unwrap().into_inner();
    assert!(reply.message().await.unwrap().is_some());
    assert_eq!(reply.message().await.unwrap(), None);
}

#[tokio::test]
async fn plays_delays_pauses_hangs_and_endless_streams() {
    let pause = Duration::from_millis(50);
    let script = Script::new()
        .do_get(Reply::empty().delay(pause).then_wait(pause))
        .do_get(Reply::error(Code::Aborted, "x").delay(pause))
        .do_get(Reply::endless(&batch([1])))
        .do_get(Reply::hang());
    let (server, mut client) = start(&script).await;
    let begin = Instant::now();
    drain(client.do_get(ticket()).await.unwrap().into_inner())
        .await
        .1
        .unwrap();
    assert!(begin.elapsed() >= pause * 2);
    assert_eq!(code(client.do_get(ticket()).await), Code::Aborted);
    assert!(begin.elapsed() >= pause * 3);
    let mut endless = client.do_get(ticket()).await.unwrap().into_inner();
    for _ in 0..1000 {
        endless.message().await.unwrap().unwrap();
    }
    let mut silent = client.do_get(ticket()).await.unwrap().into_inner();
    assert!(tokio::time::timeout(pause, silent.message()).await.is_err());
    drop((endless, silent));
    server.wait_until(|server| server.open_streams() == 0).await;
}

#[tokio::test]
async fn closes_connection_after_messages() {
    let reply = Reply::batches(&*schema(), [batch(0..10_000)]);
    let script = Script::new().do_get(reply.then_cut());
    let (_server, mut client) = start(&script).await;
    let reply = client.do_get(ticket()).await.unwrap();
    let (messages, end) = drain(reply.into_inner()).await;
    assert_eq!(messages.len(), 2);
    end.unwrap_err();
}

#[tokio::test]
async fn explains_reply_of_wrong_type() {
    let script = Script::new()
        .do_get(Reply::update_count(1))
        .get_schema(Reply::handshake("x"));
    let (_server, mut client) = start(&script).await;
    let reply = client.do_get(ticket()).await.unwrap();
    let status = drain(reply.into_inner()).await.1.unwrap_err();
    assert_eq!(
        status.message(),
        "the script answers DoGet with a PutResult, which DoGet cannot send"
    );
    assert_eq!(code(client.get_schema(query("x")).await), Code::Internal);
}

#[test]
#[should_panic(expected = "has no steps to add to")]
fn rejects_steps_after_error() {
    let _ = Reply::error(Code::Aborted, "x").then_hang();
}

#[test]
fn corrupts_raw_messages() {
    let lie = raw::claim_uncompressed(&batch(0..100), arrow_ipc::CompressionType::LZ4_FRAME, -5);
    let messages = lie.unwrap().unwrap();
    assert_eq!(
        messages.last().unwrap().data_body[..8],
        (-5i64).to_le_bytes()
    );
    let data = raw::batch(&batch(0..100)).unwrap().remove(0);
    let length = data.data_body.len();
    assert_eq!(raw::truncate_body(data.clone(), 3).data_body.len(), 3);
    assert_eq!(raw::patch_body(data.clone(), 2, 9).data_body[2], 9);
    assert_eq!(raw::patch_body(data.clone(), length, 9), data);
    assert_eq!(raw::patch_header(data.clone(), 0, 9).data_header[0], 9);
    assert_eq!(raw::truncate_header(data, 4).data_header.len(), 4);
}
