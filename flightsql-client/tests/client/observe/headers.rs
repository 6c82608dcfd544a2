//! The headers that a hook adds to RPCs.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flightsql_client::{Client, ConnectOptions, Error, RpcHeaders, Session, StatementRequest};
use flightsql_testkit::{Rpc, TestServer};
use tracing::{Instrument as _, Level, info_span};

use super::export::{Export, named};
use super::recipe::propagate;

async fn with_hook(
    url: &str,
    hook: impl Fn(&mut RpcHeaders<'_>) + Send + Sync + 'static,
) -> Result<Session, Error> {
    let options: ConnectOptions = url.parse().unwrap();
    Client::new(options.header_hook(hook))?.session().await
}

#[test]
fn the_recipe_is_in_the_document() {
    let recipe = include_str!("recipe.rs");
    let code = recipe.split_once("\n\n").unwrap().1;
    let document = include_str!("../../../../docs/observability.md");
    assert!(
        document.contains(code.trim_end()),
        "put this into docs/observability.md:\n{code}"
    );
}

#[tokio::test]
async fn each_rpc_carries_the_trace_of_its_span() {
    let server = TestServer::builder()
        .basic("ann", "pw")
        .start()
        .await
        .unwrap();
    let url = server.url().replace("://", "://ann:pw@");
    let export = Export::start(Level::DEBUG);
    let root = info_span!(target: "test", "request");
    async {
        let mut session = with_hook(&url, propagate).await.unwrap();
        super::super::read(session.query("SELECT 1").await.unwrap()).await;
    }
    .instrument(root.clone())
    .await;
    drop(root);
    let spans = export.take();
    let trace = named(&spans, "request").span_context.trace_id();
    for rpc in [Rpc::Handshake, Rpc::GetFlightInfo, Rpc::DoGet] {
        let calls = server.calls_of(rpc);
        assert_eq!(calls.len(), 1, "{rpc:?}");
        let span = named(
            &spans,
            &format!("arrow.flight.protocol.FlightService/{rpc:?}"),
        );
        let id = span.span_context.span_id();
        let expected = format!("00-{trace}-{id}-01");
        assert_eq!(calls[0].header("traceparent"), Some(&*expected), "{rpc:?}");
    }
}

#[tokio::test]
async fn the_span_of_the_operation_is_the_parent_at_level_info() {
    let (server, _) = super::super::session().await;
    let export = Export::start(Level::INFO);
    let mut session = with_hook(&server.url(), propagate).await.unwrap();
    super::super::read(session.query("SELECT n FROM t").await.unwrap()).await;
    let spans = export.take();
    let id = named(&spans, "SELECT t").span_context.span_id().to_string();
    for rpc in [Rpc::GetFlightInfo, Rpc::DoGet] {
        let calls = server.calls_of(rpc);
        let parent = calls.last().unwrap().header("traceparent").unwrap();
        assert!(parent.contains(&id), "{rpc:?}: {parent}");
    }
}

#[tokio::test]
async fn headers_of_options_and_statements_remain() {
    let server = TestServer::sqlite().await.unwrap();
    let url = format!("{}?header.x-a=options", server.url());
    let hook = |headers: &mut RpcHeaders<'_>| {
        for name in ["x-a", "x-b", "x-c"] {
            headers.set(name, "hook");
        }
        headers.set("X-C", "last");
    };
    let mut session = with_hook(&url, hook).await.unwrap();
    let statement = StatementRequest::new("CREATE TABLE u (n BIGINT)").header("x-b", "statement");
    session.execute(statement).await.unwrap();
    let calls = server.calls_of(Rpc::DoPut);
    let values = ["x-a", "x-b", "x-c"].map(|name| calls[0].header_values(name));
    assert_eq!(values, [["options"], ["statement"], ["last"]]);
}

#[tokio::test]
async fn a_wrong_header_is_an_error_before_the_rpc() {
    for (name, value, problem) in [
        (
            "authorization",
            "Bearer hunter2",
            "header `authorization` of the header hook is reserved",
        ),
        (
            "cookie",
            "a=hunter2",
            "header `cookie` of the header hook is reserved",
        ),
        ("grpc-timeout", "1S", "is reserved for gRPC"),
        ("x-bin", "aHVudGVyMg", "is a binary header"),
        ("Bad Name", "x", "has no valid name"),
        ("x-a", "hunter2\n", "printable"),
    ] {
        let server = TestServer::sqlite().await.unwrap();
        let mut session = with_hook(&server.url(), move |headers| headers.set(name, value))
            .await
            .unwrap();
        let error = session.query("SELECT 1").await.unwrap_err();
        let text = error.to_string();
        assert!(
            error.is_configuration() && text.contains(problem),
            "{name}: {text}"
        );
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(server.count_all(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_hook_that_panics_fails_statements_and_not_cleanup() {
    let server = TestServer::sqlite().await.unwrap();
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let hook = move |_: &mut RpcHeaders<'_>| {
        assert!(counted.fetch_add(1, Ordering::AcqRel) == 0, "planned");
    };
    let mut session = with_hook(&server.url(), hook).await.unwrap();
    let mut transaction = session.begin().await.unwrap();
    let error = transaction.execute("SELECT 1").await.unwrap_err();
    assert!(error.is_configuration(), "{error}");
    assert!(
        error.to_string().contains("the header hook panicked"),
        "{error}"
    );
    drop(transaction);
    session.flush().await;
    let rollbacks = server.calls_of(Rpc::DoAction);
    assert_eq!(rollbacks.last().unwrap().command(), Some("EndTransaction"));
    assert!(calls.load(Ordering::Acquire) >= 3);
}
