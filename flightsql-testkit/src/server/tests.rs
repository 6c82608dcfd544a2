//! Tests of the server and its faults with arrow-flight's generated client.

mod faults;

use std::{panic::AssertUnwindSafe, time::Duration};

use arrow_flight::flight_service_client::FlightServiceClient;
use futures_util::{FutureExt as _, stream};
use tonic::{Code, transport::Endpoint};

use crate::{
    Reply, Rpc, Script, TestServer,
    testing::{action, batch, client, code, drain, put, query, schema, ticket},
};

fn three_batches() -> Reply {
    Reply::batches(&*schema(), [batch([1]), batch([2]), batch([3])])
}

async fn scripted(script: Script) -> TestServer {
    TestServer::scripted(script).await.unwrap()
}

#[tokio::test]
async fn records_command_sql_and_headers() {
    let server = scripted(Script::new().get_flight_info(Reply::ticket(&*schema(), "t"))).await;
    let mut client = client(&server).await;
    let mut request = tonic::Request::new(query("SELECT 1"));
    request.metadata_mut().append("x-a", "1".parse().unwrap());
    request.metadata_mut().append("x-a", "2".parse().unwrap());
    client.get_flight_info(request).await.unwrap();

    let calls = server.calls();
    assert_eq!(calls.len(), 1);
    let call = &calls[0];
    assert_eq!(call.rpc(), Rpc::GetFlightInfo);
    assert_eq!(call.command(), Some("CommandStatementQuery"));
    assert_eq!(call.sql().as_deref(), Some("SELECT 1"));
    assert_eq!(call.header_values("X-A"), ["1", "2"]);
    assert_eq!(call.connection(), 1);
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
    assert_eq!(server.count_all(), 1);
    server.clear_calls();
    assert_eq!((server.calls().len(), server.count_all()), (0, 0));
}

#[tokio::test]
async fn do_put_reaches_service_complete() {
    let script = Script::new().on(
        Rpc::DoPut,
        "CommandStatementQuery",
        Reply::with(|request| Reply::update_count(i64::try_from(request.data().len()).unwrap())),
    );
    let server = scripted(script).await;
    let mut client = client(&server).await;
    let reply = client.do_put(stream::iter(put("x", 500))).await.unwrap();
    let (messages, end) = drain(reply.into_inner()).await;
    end.unwrap();
    let expected = arrow_flight::sql::DoPutUpdateResult { record_count: 501 };
    assert_eq!(
        messages[0].app_metadata,
        prost::Message::encode_to_vec(&expected)
    );
    assert_eq!(server.calls()[0].sql().as_deref(), Some("x"));
}

#[tokio::test]
async fn forwards_do_put_without_message() {
    let server = scripted(Script::new().do_put(Reply::empty())).await;
    let reply = client(&server).await.do_put(stream::empty()).await.unwrap();
    let (messages, end) = drain(reply.into_inner()).await;
    assert!(messages.is_empty());
    end.unwrap();
    assert_eq!(server.calls()[0].command(), None);
}

#[tokio::test]
async fn gate_blocks_calls_until_opened() {
    let server = scripted(Script::new().do_get(three_batches().times(3))).await;
    let gate = server.gate(Rpc::DoGet);
    let mut client = client(&server).await;
    let mut other = client.clone();
    let first = tokio::spawn(async move { other.do_get(ticket()).await.map(|_| ()) });
    gate.reached().await;
    assert_eq!((gate.waiting(), server.running_calls()), (1, 1));
    assert!(!first.is_finished());
    gate.pass_one();
    first.await.unwrap().unwrap();
    assert_eq!(gate.arrived(), 1);
    drop(gate);
    let reply = client.do_get(ticket()).await.unwrap();
    assert_eq!(drain(reply.into_inner()).await.0.len(), 4);
}

#[tokio::test]
async fn cancelled_call_leaves_gate() {
    let server = scripted(Script::new()).await;
    let gate = server.gate_command(Rpc::DoAction, "BeginTransaction");
    let mut client = client(&server).await;
    let mut other = client.clone();
    let held = tokio::spawn(async move { other.do_action(action("BeginTransaction")).await });
    gate.reached().await;
    // Another action does not wait.
    assert_eq!(
        code(client.do_action(action("X")).await),
        Code::Unimplemented
    );
    held.abort();
    server.wait_until(|s| s.running_calls() == 0).await;
    assert_eq!(gate.waiting(), 0);
}

#[tokio::test]
async fn counts_streams_until_dropped() {
    let server = scripted(Script::new().do_get(Reply::endless(&batch(0..10)).always())).await;
    let mut client = client(&server).await;
    let mut one = client.do_get(ticket()).await.unwrap().into_inner();
    let two = client.do_get(ticket()).await.unwrap().into_inner();
    one.message().await.unwrap().unwrap();
    assert_eq!(server.open_streams(), 2);
    drop(two);
    server.wait_until(|s| s.open_streams() == 1).await;
    drop(one);
    server.wait_until(|s| s.open_streams() == 0).await;
}

#[tokio::test]
async fn kill_frees_port_for_restart() {
    let script = Script::new()
        .do_get(Reply::endless(&batch(0..10)).always())
        .get_flight_info(Reply::hang());
    let server = scripted(script).await;
    let mut client = client(&server).await;
    let mut stream = client.do_get(ticket()).await.unwrap().into_inner();
    stream.message().await.unwrap().unwrap();
    let mut other = client.clone();
    let hanging = tokio::spawn(async move { other.get_flight_info(query("x")).await });
    server.wait_until(|s| s.running_calls() == 2).await;

    server.kill().await;
    assert!(!server.is_running());
    assert!(drain(stream).await.1.is_err());
    assert!(hanging.await.unwrap().is_err());
    server.wait_until(|s| s.running_calls() == 0).await;
    drop(std::net::TcpListener::bind(server.address()).unwrap());

    let url = server.url();
    server.restart().await.unwrap();
    assert_eq!(server.url(), url);
    let mut stream = client.do_get(ticket()).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().is_some());
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn stop_finishes_open_calls() {
    let server = scripted(Script::new().do_get(three_batches())).await;
    let gate = server.gate(Rpc::DoGet);
    let mut client = client(&server).await;
    let call =
        tokio::spawn(async move { drain(client.do_get(ticket()).await?.into_inner()).await.1 });
    gate.reached().await;
    let (_, ()) = tokio::join!(server.stop(), async {
        tokio::task::yield_now().await;
        gate.open();
    });
    call.await.unwrap().unwrap();
    assert!(std::net::TcpStream::connect(server.address()).is_err());
}

#[tokio::test]
async fn dropping_server_frees_port() {
    let server = scripted(Script::new()).await;
    let handle = server.handle();
    let _idle = client(&handle).await;
    drop(server);
    let mut tries = 0;
    while std::net::TcpListener::bind(handle.address()).is_err() {
        tries += 1;
        assert!(tries < 400, "the port is still in use");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn service_panic_fails_test() {
    let panics = || Reply::with(|_| panic!("on purpose"));
    let server = scripted(Script::new().do_get(panics()).do_action("a", panics())).await;
    let mut client = client(&server).await;
    let status = client.do_get(ticket()).await.unwrap_err();
    assert_eq!(status.code(), Code::Internal);
    assert!(status.message().contains("on purpose"), "{status:?}");
    assert_eq!(server.take_panics(), ["on purpose"]);

    assert_eq!(code(client.do_action(action("a")).await), Code::Internal);
    let panic = AssertUnwindSafe(server.stop()).catch_unwind().await;
    let text = panic.unwrap_err().downcast_ref::<String>().cloned();
    assert!(text.unwrap().contains("on purpose"));
}

#[cfg(unix)]
#[tokio::test]
async fn unix_socket_is_in_private_directory() {
    use std::os::unix::fs::PermissionsExt as _;
    let script = Script::new().do_get(three_batches().times(2));
    let builder = TestServer::builder().unix_socket(true).scripted(script);
    let server = builder.start().await.unwrap();
    let path = server.socket_path().unwrap().to_owned();
    assert_eq!(server.url(), format!("flightsql+unix://{}", path.display()));
    let mode = std::fs::metadata(path.parent().unwrap())
        .unwrap()
        .permissions();
    assert_eq!(mode.mode() & 0o777, 0o700);

    let endpoint = Endpoint::from_shared(format!("unix://{}", path.display())).unwrap();
    for _ in 0..2 {
        let mut client = FlightServiceClient::new(endpoint.connect().await.unwrap());
        let reply = client.do_get(ticket()).await.unwrap();
        assert_eq!(drain(reply.into_inner()).await.0.len(), 4);
        server.kill().await;
        server.restart().await.unwrap();
    }
    drop(server);
    assert!(!path.exists() && !path.parent().unwrap().exists());
}

#[tokio::test]
async fn error_names_address_in_use() {
    let first = scripted(Script::new()).await;
    let address = first.address();
    let again = TestServer::builder().listen(address.parse().unwrap());
    let error = again.start().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("test server: could not listen on {address}")
    );
}

#[tokio::test]
async fn restart_empties_sqlite_server() {
    let server = TestServer::sqlite().await.unwrap();
    let make = "CREATE TABLE t (n INTEGER)";
    server.sqlite().execute_batch(make).unwrap();
    server.sqlite().execute_batch(make).unwrap_err();
    let mut client = client(&server).await;
    client
        .get_flight_info(query("SELECT n FROM t"))
        .await
        .unwrap();
    server.restart().await.unwrap();
    server.sqlite().execute_batch(make).unwrap();
    server
        .wait_until(|s| s.sqlite().open_transactions() == 0)
        .await;
}

#[tokio::test]
async fn restart_keeps_custom_service() {
    let own = crate::SqliteService::new(crate::SqliteConfig::new()).unwrap();
    own.execute_batch("CREATE TABLE t (n INTEGER)").unwrap();
    let server = TestServer::serve(own).await.unwrap();
    for connections in 1..3 {
        let mut client = client(&server).await;
        client
            .get_flight_info(query("SELECT n FROM t"))
            .await
            .unwrap();
        assert_eq!(server.connections(), connections);
        server.restart().await.unwrap();
    }
}

#[tokio::test]
#[should_panic(expected = "only a SQLite server has a SQLite service")]
async fn scripted_server_has_no_sqlite() {
    let _ = scripted(Script::new()).await.sqlite();
}

#[tokio::test]
async fn thousands_of_dropped_calls_keep_connection() {
    let silent = three_batches().then_hang().always();
    let server = scripted(Script::new().do_get(silent)).await;
    let mut client = client(&server).await;
    for _ in 0..2_000 {
        drop(client.do_get(ticket()).await.unwrap());
    }
    server.wait_until(|s| s.open_streams() == 0).await;
    assert_eq!(server.connections(), 1);
}
