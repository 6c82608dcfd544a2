//! The events of an observer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use flightsql_client::{
    ChannelState, Client, ConnectOptions, ConnectionEvent, IngestMode, Observer, OperationEvent,
    Session, StatementRequest,
};
use flightsql_testkit::{Fault, Rpc, TestServer};
use futures_util::TryStreamExt as _;
use tonic::Code;

use super::super::numbers;

/// Keeps events as text.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<String>>>);

impl Kept {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Kept {
    fn operation(&self, event: &OperationEvent<'_>) {
        assert!(event.duration > Duration::ZERO && event.server_port.is_some());
        assert_eq!(
            (event.system, event.server_address),
            ("sqlite", "127.0.0.1")
        );
        let mut text = event.operation.unwrap_or("?").to_owned();
        if let Some(table) = event.collection {
            text += &format!(" {table}");
        }
        if let Some(size) = event.batch_size {
            text += &format!(" batch={size}");
        }
        if event.endpoints > 0 || event.batches > 0 {
            let OperationEvent {
                rows,
                batches,
                endpoints,
                ..
            } = event;
            text += &format!(" rows={rows} batches={batches} endpoints={endpoints}");
            assert_eq!(event.bytes > 0, *endpoints > 0);
        }
        if let Some(rows) = event.rows_affected {
            text += &format!(" affected={rows}");
        }
        if let Some(error) = event.error_type {
            text += &format!(" error={error} status={:?}", event.status_code);
        }
        if event.is_cancelled {
            text += " cancelled";
        }
        self.0.lock().unwrap().push(text);
    }

    fn connection_created(&self, event: &ConnectionEvent<'_>) {
        assert!(event.duration > Duration::ZERO);
        let error = event.error_type;
        self.0.lock().unwrap().push(format!("connect {error:?}"));
    }
}

async fn open(server: &TestServer, observer: impl Observer) -> Session {
    let options: ConnectOptions = server.url().parse().unwrap();
    let options = options.dialect_name("sqlite").unwrap();
    let client = Client::new(options.observer(observer)).unwrap();
    client.session().await.unwrap()
}

#[tokio::test]
async fn every_operation_is_one_event() {
    let server = TestServer::sqlite().await.unwrap();
    let kept = Kept::default();
    let mut session = open(&server, kept.clone()).await;
    assert_eq!(kept.take(), ["connect None"]);

    let ingest = session.ingest("t").mode(IngestMode::Create);
    ingest
        .batches(vec![numbers(&[1, 2]), numbers(&[3])])
        .await
        .unwrap();
    assert_eq!(
        kept.take(),
        ["INGEST t rows=3 batches=2 endpoints=0 affected=3"]
    );

    let insert = StatementRequest::new("INSERT INTO t VALUES (?)");
    session
        .execute(insert.clone().bind(numbers(&[4])))
        .await
        .unwrap();
    session
        .execute(insert.bind(numbers(&[5, 6])))
        .await
        .unwrap();
    assert_eq!(
        kept.take(),
        ["INSERT affected=1", "BATCH INSERT batch=2 affected=2"]
    );

    let read: Vec<_> = session
        .query("SELECT n FROM t")
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(read.len(), 1);
    assert_eq!(kept.take(), ["SELECT rows=6 batches=1 endpoints=1"]);

    let prepared = session
        .prepare("SELECT n FROM t WHERE n > ?")
        .await
        .unwrap();
    let request = StatementRequest::from(&prepared).bind(numbers(&[4]));
    session
        .execute(request.timeout(Duration::from_secs(60)))
        .await
        .unwrap();
    session.describe("SELECT 1").await.unwrap();
    assert_eq!(
        kept.take(),
        ["PREPARE", "SELECT rows=2 batches=1 endpoints=1", "DESCRIBE"]
    );

    let mut transaction = session.begin().await.unwrap();
    transaction.begin().await.unwrap().rollback().await.unwrap();
    transaction.begin().await.unwrap().commit().await.unwrap();
    transaction.commit().await.unwrap();
    session.begin().await.unwrap().rollback().await.unwrap();
    let expected = [
        "BEGIN",
        "SAVEPOINT",
        "ROLLBACK TO SAVEPOINT",
        "SAVEPOINT",
        "RELEASE SAVEPOINT",
        "COMMIT",
        "BEGIN",
        "ROLLBACK",
    ];
    assert_eq!(kept.take(), expected);

    session
        .catalog()
        .tables()
        .named("t")
        .fetch_all()
        .await
        .unwrap();
    session
        .execute_script("SET x = 1; SELECT 1; FLY")
        .await
        .unwrap_err();
    let events = kept.take();
    assert!(events[0].starts_with("GetTables rows="), "{events:?}");
    assert_eq!(
        events[1], "SET error=INVALID_ARGUMENT status=Some(\"INVALID_ARGUMENT\")",
        "{events:?}"
    );
}

#[tokio::test]
async fn failures_and_dropped_operations_say_so() {
    let server = TestServer::sqlite().await.unwrap();
    let kept = Kept::default();
    let mut session = open(&server, kept.clone()).await;
    session.execute("CREATE TABLE t (n BIGINT)").await.unwrap();
    kept.take();

    session.query("SELECT n FROM none").await.unwrap_err();
    let denied = Fault::new(Rpc::DoPut).status(Code::PermissionDenied, "no");
    server.fault(denied);
    session.execute("DROP TABLE t").await.unwrap_err();
    let hang = server.fault(Fault::new(Rpc::GetFlightInfo).hang());
    let slow = StatementRequest::new("SELECT 1").timeout(Duration::from_millis(50));
    session.query(slow).await.unwrap_err();
    assert_eq!(hang.hits(), 1);
    drop(session.query("SELECT 1").await.unwrap());
    let expected = [
        "SELECT error=INVALID_ARGUMENT status=Some(\"INVALID_ARGUMENT\")",
        "DROP error=PERMISSION_DENIED status=Some(\"PERMISSION_DENIED\")",
        "SELECT error=timeout status=None",
        "SELECT rows=1 batches=1 endpoints=1 cancelled",
    ];
    assert_eq!(kept.take(), expected);

    // A future that is dropped while it waits for the server.
    let gate = server.gate(Rpc::GetFlightInfo);
    tokio::select! {
        biased;
        _ = session.query("SELECT 2") => panic!("the gate is closed"),
        () = gate.reached() => {}
    }
    gate.open();
    assert_eq!(kept.take(), ["SELECT cancelled"]);

    let options: ConnectOptions = "sqlite+flightsql+tcp://127.0.0.1:1".parse().unwrap();
    let client = Client::new(options.observer(kept.clone())).unwrap();
    client.session().await.unwrap_err();
    assert_eq!(kept.take(), ["connect Some(\"io\")"]);
}

#[tokio::test]
async fn a_retried_read_is_one_event() {
    let server = TestServer::sqlite().await.unwrap();
    // A shared observer.
    let kept = Arc::new(Kept::default());
    let mut session = open(&server, Arc::clone(&kept)).await;
    assert_eq!(kept.take(), ["connect None"]);
    let fault = Fault::new(Rpc::GetFlightInfo).times(2);
    let busy = server.fault(fault.status(Code::Unavailable, "busy"));
    session.execute("SELECT 1").await.unwrap();
    assert_eq!(busy.hits(), 2);
    assert_eq!(kept.take(), ["SELECT rows=1 batches=1 endpoints=1"]);
}

/// Panics in every method.
struct Broken;

impl Observer for Broken {
    fn operation(&self, _: &OperationEvent<'_>) {
        panic!("planned");
    }

    fn connection_created(&self, _: &ConnectionEvent<'_>) {
        panic!("planned");
    }
}

#[tokio::test]
async fn an_observer_that_panics_breaks_nothing() {
    let server = TestServer::sqlite().await.unwrap();
    let mut session = open(&server, Broken).await;
    session.execute("CREATE TABLE t (n BIGINT)").await.unwrap();
    session.execute("INSERT INTO t VALUES (1)").await.unwrap();
    session.query("SELECT x FROM t").await.unwrap_err();
    assert_eq!(super::super::all(&mut session).await, [1]);
    drop(session.query("SELECT n FROM t").await.unwrap());
    session.ping().await.unwrap();
}

#[tokio::test]
async fn channels_report_their_sessions_and_rpcs() {
    let server = TestServer::sqlite().await.unwrap();
    let options: ConnectOptions = server.url().parse().unwrap();
    let client = Client::new(options.channels(1)).unwrap();
    assert!(client.channel_metrics().is_empty());
    let (mut one, two) = (
        client.session().await.unwrap(),
        client.session().await.unwrap(),
    );
    let now = || {
        let channels = client.channel_metrics();
        assert_eq!(channels.len(), 1);
        (channels[0].state, channels[0].sessions, channels[0].rpcs)
    };
    assert_eq!(now(), (ChannelState::Open, 2, 0));
    drop(two);
    let gate = server.gate(Rpc::GetFlightInfo);
    tokio::select! {
        biased;
        _ = one.query("SELECT 1") => panic!("the gate is closed"),
        // In the future, because the query is dropped before a handler runs.
        () = async {
            gate.reached().await;
            assert_eq!(now(), (ChannelState::Open, 1, 1));
        } => {}
    }
    gate.open();
    one.close().await.unwrap();
    assert_eq!(now(), (ChannelState::Open, 0, 0));
}
