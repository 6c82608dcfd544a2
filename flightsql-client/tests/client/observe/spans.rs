//! Names, kinds, parents and attributes of spans.

use std::collections::BTreeMap;

use flightsql_client::{Client, ConnectOptions, IngestMode, Session, StatementRequest};
use flightsql_testkit::{Fault, Reply, Rpc, Script, TestServer};
use opentelemetry::trace::SpanId;
use tonic::Code;
use tracing::Level;

use super::super::{all, numbers};
use super::export::{Export, attributes, children, named, tree};

/// Attributes whose values differ between runs, and the target, which is in the table of the document.
const VARIABLE: &[&str] = &[
    "server.port",
    "network.peer.port",
    "flightsql.bytes",
    "target",
];

async fn open(server: &TestServer, keys: &str) -> Session {
    let url = server.url().replace("flightsql+", "sqlite+flightsql+");
    let options: ConnectOptions = format!("{url}?{keys}").parse().unwrap();
    Client::new(options).unwrap().session().await.unwrap()
}

/// A server with the rows 1 and 2, and a session.
async fn filled(keys: &str) -> (TestServer, Session) {
    let server = TestServer::sqlite().await.unwrap();
    let create = "CREATE TABLE t (n BIGINT); INSERT INTO t VALUES (1), (2)";
    server.sqlite().execute_batch(create).unwrap();
    let session = open(&server, keys).await;
    (server, session)
}

#[tokio::test]
async fn a_query_and_its_failure_are_as_documented() {
    let (server, mut session) = filled("").await;
    let export = Export::start(Level::DEBUG);
    assert_eq!(all(&mut session).await, [1, 2]);
    session.query("SELECT n FROM missing").await.unwrap_err();
    let spans = export.take();
    let port = server.port().unwrap().to_string();
    for span in spans.iter().filter(|span| span.name != "endpoint 0") {
        let attributes = attributes(span);
        assert_eq!(attributes["server.port"], port);
        assert_eq!(attributes["network.peer.port"], port);
    }
    assert!(
        attributes(named(&spans, "SELECT t"))["flightsql.bytes"]
            .parse::<u64>()
            .unwrap()
            > 100
    );
    let tree = tree(&spans, VARIABLE);
    let document = include_str!("../../../../docs/observability.md");
    assert!(
        document.contains(&tree),
        "put this into docs/observability.md:\n{tree}"
    );
}

#[tokio::test]
async fn without_debug_an_operation_is_one_span() {
    let (_server, mut session) = filled("").await;
    let export = Export::start(Level::INFO);
    all(&mut session).await;
    let spans = export.take();
    assert_eq!(spans.len(), 1);
    assert_eq!(spans[0].parent_span_id, SpanId::INVALID);
}

#[tokio::test]
async fn the_sql_is_in_spans_by_choice_and_without_values() {
    for (keys, shown) in [("", false), ("trace_query_text=true", true)] {
        let (_server, mut session) = filled(&format!("binds=literal&{keys}")).await;
        let export = Export::start(Level::DEBUG);
        let query = StatementRequest::new("SELECT n FROM t WHERE n = ?").bind(numbers(&[4711]));
        session.execute(query).await.unwrap();
        let spans = export.take();
        let query = attributes(named(&spans, "SELECT t"));
        let text = query.get("db.query.text").map(String::as_str);
        assert_eq!(text, shown.then_some("SELECT n FROM t WHERE n = ?"));
        assert!(!format!("{spans:?}").contains("4711"));
    }
}

#[tokio::test]
async fn other_operations_have_their_names() {
    let (_server, mut session) = filled("catalog=main").await;
    let export = Export::start(Level::INFO);
    let ingest = session.ingest("u").mode(IngestMode::Create);
    ingest.batches(vec![numbers(&[1, 2])]).await.unwrap();
    let insert = StatementRequest::new("INSERT INTO t VALUES (?)").bind(numbers(&[3, 4]));
    session.execute(insert).await.unwrap();
    session.prepare("DELETE FROM t WHERE n = ?").await.unwrap();
    session.begin().await.unwrap().commit().await.unwrap();
    session.catalog().table_types().fetch_all().await.unwrap();
    let spans = export.take();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    let expected = [
        "INGEST u",
        "BATCH INSERT t",
        "PREPARE DELETE t",
        "BEGIN main",
        "COMMIT main",
        "GetTableTypes main",
    ];
    assert_eq!(names, expected);
    let some = |index: usize, names: &[&str]| -> BTreeMap<String, String> {
        let mut all = attributes(&spans[index]);
        all.retain(|name, _| names.contains(&&**name));
        all
    };
    let keys = [
        "db.collection.name",
        "db.namespace",
        "flightsql.rows",
        "flightsql.rows_affected",
    ];
    let values: Vec<_> = some(0, &keys).into_values().collect();
    assert_eq!(values, ["u", "main", "2", "2"]);
    let keys = [
        "db.operation.name",
        "db.operation.batch.size",
        "db.query.summary",
    ];
    let values: Vec<_> = some(1, &keys).into_values().collect();
    assert_eq!(values, ["2", "BATCH INSERT", "BATCH INSERT t"]);
}

#[tokio::test]
async fn attempts_are_children_of_one_operation() {
    let (server, mut session) = filled("").await;
    let export = Export::start(Level::DEBUG);
    let fault = Fault::new(Rpc::GetFlightInfo).times(2);
    server.fault(fault.status(Code::Unavailable, "busy"));
    assert_eq!(all(&mut session).await, [1, 2]);
    let spans = export.take();
    let info = "arrow.flight.protocol.FlightService/GetFlightInfo";
    let operation = named(&spans, "SELECT t");
    assert_eq!(
        children(&spans, operation),
        [info, info, info, "endpoint 0"]
    );
    let codes = spans.iter().filter(|span| span.name == info);
    let codes: Vec<_> = codes
        .map(|span| attributes(span)["rpc.response.status_code"].clone())
        .collect();
    assert_eq!(codes, ["UNAVAILABLE", "UNAVAILABLE", "OK"]);
}

#[tokio::test]
async fn rpcs_of_detached_tasks_are_children() {
    let (_server, mut session) = filled("").await;
    let export = Export::start(Level::DEBUG);
    session.begin().await.unwrap().rollback().await.unwrap();
    let ingest = session.ingest("t").batches(vec![numbers(&[5])]);
    ingest.await.unwrap();
    let spans = export.take();
    let roots = spans
        .iter()
        .filter(|span| span.parent_span_id == SpanId::INVALID);
    let roots: Vec<_> = roots
        .map(|span| span.name.split(' ').next().unwrap())
        .collect();
    assert_eq!(roots, ["BEGIN", "ROLLBACK", "INGEST"]);
    assert_eq!(spans.len(), 6);
}

#[tokio::test]
async fn a_connect_contains_its_handshake() {
    let server = TestServer::builder()
        .basic("ann", "pw")
        .start()
        .await
        .unwrap();
    let export = Export::start(Level::DEBUG);
    let url = server.url().replace("://", "://ann:wrong@");
    let connected = flightsql_client::connect(&url).await;
    connected.unwrap_err();
    let spans = export.take();
    let connect = spans
        .iter()
        .find(|span| span.name.starts_with("CONNECT"))
        .unwrap();
    let handshake = "arrow.flight.protocol.FlightService/Handshake";
    assert_eq!(children(&spans, connect), [handshake]);
    for span in [connect, named(&spans, handshake)] {
        assert_eq!(attributes(span)["error.type"], "UNAUTHENTICATED");
    }
    assert!(!format!("{spans:?}").contains("wrong"));
}

#[tokio::test]
async fn a_dropped_result_is_cancelled_and_no_error() {
    let (_server, mut session) = filled("").await;
    let export = Export::start(Level::DEBUG);
    drop(session.query("SELECT n FROM t").await.unwrap());
    session.flush().await;
    let spans = export.take();
    let operation = named(&spans, "SELECT t");
    let attributes = attributes(operation);
    assert_eq!(attributes["flightsql.cancelled"], "true");
    assert!(!attributes.contains_key("error.type"));
    assert_eq!(operation.status, opentelemetry::trace::Status::Unset);
}

#[tokio::test]
async fn replies_without_end_have_no_status() {
    let script = Script::new().do_put(Reply::update_count(1).then_repeat());
    let server = TestServer::scripted(script).await.unwrap();
    let mut session = open(&server, "").await;
    let export = Export::start(Level::DEBUG);
    session.execute("DELETE FROM t").await.unwrap_err();
    let spans = export.take();
    let put = named(&spans, "arrow.flight.protocol.FlightService/DoPut");
    assert_eq!(attributes(put)["rpc.response.status_code"], "CANCELLED");
    assert_eq!(
        attributes(named(&spans, "DELETE t"))["error.type"],
        "protocol"
    );
}
