//! Results that are dropped before their end: the driver cancels them on the busy server.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use flightsql::arrow::array::{Int64Array, RecordBatch, StringArray};
use flightsql::options::Login;
use flightsql::{
    ConnectOptions, Connection, Executor, FlightSqlConnectOptions, FlightSqlConnection,
    FlightSqlPoolOptions, SqlSafeStr as _, query, query_scalar,
};
use flightsql_testkit::arrow_flight::sql::{
    ActionBeginTransactionResult, ActionCancelQueryRequest,
};
use flightsql_testkit::arrow_flight::{
    CancelFlightInfoRequest, FlightEndpoint, FlightInfo, Ticket,
};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::TryStreamExt;
use prost::Message;

use crate::common::options;

fn batch(values: &[i64]) -> RecordBatch {
    let column = Int64Array::from(values.to_vec());
    RecordBatch::try_from_iter([("n", Arc::new(column) as _)]).unwrap()
}

/// The action by which the server cancels a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    FlightInfo,
    Query,
    None,
}

/// A server that runs one statement at a time, as GizmoSQL does in a session: while the result of `slow` has not ended, it
/// answers no other statement. Only a cancel action ends that result.
struct Busy {
    server: TestServer,
    busy: Arc<AtomicBool>,
}

impl Busy {
    async fn start(action: Action) -> Self {
        let busy = Arc::<AtomicBool>::default();
        let plan = Arc::clone(&busy);
        let plan = Reply::with(move |request| match request.sql() {
            _ if plan.load(Ordering::SeqCst) => Reply::hang(),
            // The statement of a prepared handle is not in the call.
            Some(sql) if !sql.contains("slow") => Reply::ticket(batch(&[1]).schema(), "fast"),
            _ => Reply::ticket(batch(&[1]).schema(), "slow"),
        });
        let read = Arc::clone(&busy);
        let read = Reply::with(move |request| {
            let rows = Reply::batches(batch(&[1]).schema(), [batch(&[1])]);
            if request.payload() == "fast" {
                return rows;
            }
            read.store(true, Ordering::SeqCst);
            rows.then_hang()
        });
        let script = Script::new()
            .get_flight_info(plan.always())
            .do_get(read.always())
            .do_put(Reply::empty().always())
            .do_action(
                "CreatePreparedStatement",
                Reply::prepared("p", None, None).always(),
            )
            .do_action("ClosePreparedStatement", Reply::empty().always())
            .do_action("BeginTransaction", begun().always())
            .do_action("EndTransaction", Reply::empty().always());
        let ended = Arc::clone(&busy);
        let cancelled = Reply::with(move |_| {
            ended.store(false, Ordering::SeqCst);
            Reply::empty()
        });
        let script = match action {
            Action::FlightInfo => script.do_action("CancelFlightInfo", cancelled.always()),
            Action::Query => script.do_action("CancelQuery", cancelled.always()),
            Action::None => script,
        };
        let server = TestServer::scripted(script).await.unwrap();
        Self { server, busy }
    }

    fn actions(&self, name: &str) -> usize {
        let calls = self.server.calls_of(Rpc::DoAction);
        calls
            .iter()
            .filter(|call| call.command() == Some(name))
            .count()
    }

    /// Runs `future` until the server computes the slow statement, and drops it then.
    async fn drop_when_busy(&self, future: impl Future) {
        let busy = self.server.wait_until(|_| self.busy.load(Ordering::SeqCst));
        tokio::select! {
            _ = future => panic!("the slow statement ended"),
            () = busy => {}
        }
    }
}

fn begun() -> Reply {
    Reply::action_result(&ActionBeginTransactionResult {
        transaction_id: "t".into(),
    })
}

async fn one(executor: impl flightsql::FlightSqlExecutor<'_>) -> i64 {
    let one = query_scalar("SELECT 1").fetch_one(executor);
    let one = tokio::time::timeout(Duration::from_secs(20), one).await;
    one.expect("the server is still busy").unwrap()
}

async fn connect(server: &Busy) -> FlightSqlConnection {
    FlightSqlConnection::connect(&server.server.url())
        .await
        .unwrap()
}

#[tokio::test]
async fn k1_a_dropped_result_is_cancelled_before_the_next_statement() {
    let server = Busy::start(Action::FlightInfo).await;
    let mut connection = connect(&server).await;
    for dropped in 1..=3 {
        let slow = query("SELECT slow").fetch_all(&mut connection);
        server.drop_when_busy(slow).await;
        assert_eq!(one(&mut connection).await, 1);
        assert_eq!(server.actions("CancelFlightInfo"), dropped);
    }
    let calls = server.server.calls_of(Rpc::DoAction);
    let request = CancelFlightInfoRequest::decode(calls[0].payload().clone()).unwrap();
    let endpoints = request.info.unwrap().endpoint;
    assert_eq!(endpoints[0].ticket.as_ref().unwrap().ticket, "slow");
}

#[tokio::test]
async fn b3_each_way_to_drop_a_result_cancels_it() {
    let server = Busy::start(Action::FlightInfo).await;
    let mut connection = connect(&server).await;
    // Prepared.
    let slow = query("SELECT slow WHERE 1 = ?")
        .bind(1_i64)
        .fetch_all(&mut connection);
    server.drop_when_busy(slow).await;
    assert_eq!(one(&mut connection).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 1);
    // Record batches, of which one was read.
    let mut batches = connection.fetch_arrow("SELECT slow").await.unwrap();
    let first = batches.try_next().await.unwrap().unwrap();
    assert_eq!(first.column(0), batch(&[1]).column(0));
    drop(batches);
    assert_eq!(one(&mut connection).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 2);
    // One row: the rest of the result is dropped.
    let first: i64 = query_scalar("SELECT slow")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(first, 1);
    assert_eq!(one(&mut connection).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 3);
    // A result whose reading has not begun runs as well.
    drop(connection.fetch_arrow("SELECT slow").await.unwrap());
    assert_eq!(one(&mut connection).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 4);
    // In a transaction, which continues.
    let mut transaction = connection.begin().await.unwrap();
    server
        .drop_when_busy((&mut *transaction).fetch_all("SELECT slow"))
        .await;
    assert_eq!(one(&mut *transaction).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 5);
    server
        .drop_when_busy((&mut *transaction).fetch_all("SELECT slow"))
        .await;
    drop(transaction);
    assert_eq!(one(&mut connection).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 6);
    assert_eq!(server.actions("EndTransaction"), 1);
}

#[tokio::test]
async fn b3_the_next_user_of_a_pool_is_served() {
    let server = Busy::start(Action::FlightInfo).await;
    let pool = FlightSqlPoolOptions::new()
        .max_connections(1)
        .connect(&server.server.url())
        .await
        .unwrap();
    for _ in 0..3 {
        server
            .drop_when_busy(query("SELECT slow").fetch_all(&pool))
            .await;
        assert_eq!(one(&pool).await, 1);
    }
    // The last owner goes away with its connection, and others still find the server free.
    server
        .drop_when_busy(query("SELECT slow").fetch_all(&pool))
        .await;
    pool.close().await;
    let mut other = connect(&server).await;
    assert_eq!(one(&mut other).await, 1);
    assert_eq!(server.actions("CancelFlightInfo"), 4);
}

#[tokio::test]
async fn k1_an_older_server_is_sent_cancel_query() {
    let server = Busy::start(Action::Query).await;
    let mut connection = connect(&server).await;
    for dropped in 1..=2 {
        server
            .drop_when_busy(query("SELECT slow").fetch_all(&mut connection))
            .await;
        assert_eq!(one(&mut connection).await, 1);
        assert_eq!(server.actions("CancelQuery"), dropped);
        // The server got one request, for all connections of these options.
        assert_eq!(server.actions("CancelFlightInfo"), 1);
    }
    let calls = server.server.calls_of(Rpc::DoAction);
    let call = calls
        .iter()
        .find(|call| call.command() == Some("CancelQuery"));
    let request = ActionCancelQueryRequest::decode(call.unwrap().payload().clone()).unwrap();
    let info = FlightInfo::decode(request.info).unwrap();
    assert_eq!(info.endpoint[0].ticket.as_ref().unwrap().ticket, "slow");
}

#[tokio::test]
async fn k1_a_server_without_cancel_actions_is_asked_once() {
    let server = Busy::start(Action::None).await;
    let options = options(&server.server.url());
    for _ in 0..3 {
        let mut connection = options.connect().await.unwrap();
        server
            .drop_when_busy(query("SELECT slow").fetch_all(&mut connection))
            .await;
        connection.close().await.unwrap();
        server.busy.store(false, Ordering::SeqCst);
    }
    assert_eq!(server.actions("CancelFlightInfo"), 1);
    assert_eq!(server.actions("CancelQuery"), 1);
}

#[tokio::test]
async fn k1_a_silent_cancel_is_bounded_by_close_timeout() {
    let script = Script::new()
        .get_flight_info(Reply::ticket(batch(&[1]).schema(), "t").always())
        .do_get(Reply::batches(batch(&[1]).schema(), [batch(&[1])]).then_hang())
        .do_get(Reply::batches(batch(&[1]).schema(), [batch(&[1])]))
        .do_action("CancelFlightInfo", Reply::hang());
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let url = format!("{}?close_timeout=200ms", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    for _ in 0..2 {
        let first: i64 = query_scalar("SELECT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(first, 1);
    }
    script.assert_used();
}

/// The session's other work would end too.
#[tokio::test]
async fn k1_gizmosql_under_a_shared_login_is_not_cancelled() {
    for (login, cancels) in [(Login::PerConnection, 1), (Login::Shared, 0)] {
        let server = Busy::start(Action::FlightInfo).await;
        let options: FlightSqlConnectOptions = options(&server.server.url())
            .dialect_name("gizmosql")
            .unwrap()
            .login(login);
        let mut connection = options.connect().await.unwrap();
        server
            .drop_when_busy(query("SELECT slow").fetch_all(&mut connection))
            .await;
        connection.close().await.unwrap();
        assert_eq!(server.actions("CancelFlightInfo"), cancels, "{login:?}");
    }
}

/// The end of a small result arrives with its rows, or shortly after them.
#[tokio::test]
async fn k1_a_point_query_sends_no_further_rpc() {
    let server = TestServer::sqlite().await.unwrap();
    let mut connection = crate::common::connect(&server).await;
    server.clear_calls();
    for _ in 0..50 {
        let one: i64 = query_scalar("SELECT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(one, 1);
        let one: Option<i64> = query_scalar("SELECT 1")
            .fetch_optional(&mut connection)
            .await
            .unwrap();
        assert_eq!(one, Some(1));
    }
    connection.flush().await.unwrap();
    assert_eq!(server.count_all(), 200);

    let rows = Reply::batches(batch(&[1]).schema(), [batch(&[1])]);
    let script = Script::new()
        .get_flight_info(Reply::ticket(batch(&[1]).schema(), "t").always())
        .do_get(rows.then_wait(Duration::from_millis(5)).always())
        .do_action("CancelFlightInfo", Reply::empty().always());
    let server = TestServer::scripted(script).await.unwrap();
    let mut connection = crate::common::connect(&server).await;
    for _ in 0..20 {
        let one: i64 = query_scalar("SELECT 1")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(one, 1);
    }
    connection.flush().await.unwrap();
    // On a machine under load, some ends may come too late.
    let cancels = server.count(Rpc::DoAction);
    assert!(cancels < 20, "{cancels}");
}

/// The server continues after an error of the driver, and with the other endpoints after a failed one.
#[tokio::test]
async fn k1_a_result_that_failed_here_is_cancelled() {
    let endpoint = |ticket: &str| FlightEndpoint::new().with_ticket(Ticket::new(ticket.to_owned()));
    let schema = batch(&[1]).schema();
    let two = Reply::info(schema.clone(), [endpoint("a"), endpoint("b")]);
    let rows = Reply::batches(schema, [batch(&[1])]);
    let text = StringArray::from(vec!["x"]);
    let text = RecordBatch::try_from_iter([("n", Arc::new(text) as _)]).unwrap();
    let other = Reply::batches(text.schema(), [text]);
    let failure = || Reply::error(Code::Internal, "no");
    // The replies to DoGet, and how often the driver cancels.
    let cases = [
        (vec![rows.clone(), rows.clone()], "", 0),
        (vec![failure()], "", 1),
        (vec![rows.clone(), failure()], "", 0),
        (
            vec![rows.clone(), rows.clone().then_hang()],
            "&fetch_timeout=200ms",
            1,
        ),
        (vec![rows.clone(), other], "", 1),
    ];
    for (index, (replies, option, cancels)) in cases.into_iter().enumerate() {
        let mut script = Script::new()
            .get_flight_info(two.clone())
            .do_action("CancelFlightInfo", Reply::empty().always());
        for reply in replies {
            script = script.do_get(reply);
        }
        let server = TestServer::scripted(script).await.unwrap();
        let url = format!("{}?close_timeout=5s{option}", server.url());
        let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
        let result = query("SELECT 1").fetch_all(&mut connection).await;
        assert_eq!(result.is_ok(), index == 0, "{index}: {result:?}");
        connection.close().await.unwrap();
        assert_eq!(server.count(Rpc::DoAction), cancels, "{index}: {result:?}");
    }
}

/// A change may fail after its rows, at its commit.
#[tokio::test]
async fn k1_row_of_update_succeeds_only_at_end() {
    let rows = Reply::batches(batch(&[1]).schema(), [batch(&[1]), batch(&[2])]);
    let script = Script::new()
        .get_flight_info(Reply::ticket(batch(&[1]).schema(), "t").always())
        .do_get(rows.clone().then_error(Code::Aborted, "the commit failed"))
        .do_get(rows.clone().then_wait(Duration::from_millis(300)))
        .do_get(rows.then_hang())
        .do_action("CancelFlightInfo", Reply::empty().always());
    let server = TestServer::scripted(script).await.unwrap();
    let mut connection = crate::common::connect(&server).await;
    let insert = || query_scalar::<_, i64>("INSERT INTO t VALUES (1), (2) RETURNING n");
    let error = insert().fetch_one(&mut connection).await.unwrap_err();
    assert_eq!(
        error.as_database_error().unwrap().message(),
        "the commit failed"
    );
    assert_eq!(insert().fetch_one(&mut connection).await.unwrap(), 1);
    // Nor is it cancelled by a caller who reads no further.
    let mut rows = insert().fetch(&mut connection);
    assert_eq!(rows.try_next().await.unwrap(), Some(1));
    drop(rows);
    connection.flush().await.unwrap();
    assert_eq!(server.count(Rpc::DoAction), 0);
}

/// The next statement waits for the cancellation, and not for the handles that are closed as well.
#[tokio::test]
async fn k1_a_cancellation_comes_before_closed_handles() {
    let server = Busy::start(Action::FlightInfo).await;
    let mut connection = connect(&server).await;
    for sql in [
        "SELECT 1 WHERE 1 = ?",
        "SELECT 2 WHERE 1 = ?",
        "SELECT 3 WHERE 1 = ?",
    ] {
        connection.prepare(sql.into_sql_str()).await.unwrap();
    }
    let gate = server
        .server
        .gate_command(Rpc::DoAction, "ClosePreparedStatement");
    connection.clear_cached_statements().await.unwrap();
    server
        .server
        .wait_until(|server| server.count(Rpc::DoAction) == 4)
        .await;
    let slow = query("SELECT slow").fetch_all(&mut connection);
    server.drop_when_busy(slow).await;
    gate.open();
    assert_eq!(one(&mut connection).await, 1);
    connection.flush().await.unwrap();
    let calls = server.server.calls_of(Rpc::DoAction);
    let names: Vec<_> = calls.iter().map(|call| call.command().unwrap()).collect();
    let close = "ClosePreparedStatement";
    assert_eq!(names[3..], [close, "CancelFlightInfo", close, close]);
}
