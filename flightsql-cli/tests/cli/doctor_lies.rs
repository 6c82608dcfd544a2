//! `doctor` on servers that reject the simplest query, return wrong results, or end early.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use flightsql_cli::Exit;
use flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult;
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Reply, Rpc, Script, ScriptRequest, TestServer};

use crate::common::{Ran, directory, run, server};
use crate::doctor::{about, normal, word};

fn column(name: &str, array: impl arrow_array::Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter([(name, Arc::new(array) as ArrayRef)]).unwrap()
}

/// Replies to each `GetFlightInfo` of this command with these rows. The ticket is the command.
fn rows(script: Script, command: &str, batch: &RecordBatch) -> Script {
    let reply = Reply::ticket(batch.schema(), command.to_owned());
    script.on(Rpc::GetFlightInfo, command, reply.always())
}

/// Replies to each `DoGet` with the batch of its ticket.
fn results(script: Script, batches: Vec<(&'static str, RecordBatch)>) -> Script {
    let find = move |request: &ScriptRequest| {
        let found = batches
            .iter()
            .find(|(ticket, _)| ticket.as_bytes() == &request.payload()[..]);
        match found {
            Some((_, batch)) => Reply::batches(batch.schema(), [batch.clone()]),
            None => Reply::error(Code::NotFound, "unknown ticket"),
        }
    };
    script.do_get(Reply::with(find).always())
}

fn tables() -> RecordBatch {
    let text = |text: &str| Arc::new(StringArray::from(vec![text])) as ArrayRef;
    RecordBatch::try_from_iter([
        ("catalog_name", text("shop")),
        ("db_schema_name", text("app")),
        ("table_name", text("orders")),
        ("table_type", text("TABLE")),
    ])
    .unwrap()
}

const QUERY: &str = "CommandStatementQuery";
const PREPARED: &str = "CommandPreparedStatementQuery";
const TABLES: &str = "CommandGetTables";

/// Derby accepts `VALUES 1`, but no SELECT without FROM.
fn derby() -> Script {
    fn parsed(request: &ScriptRequest, reply: Reply) -> Reply {
        match request
            .sql()
            .is_some_and(|sql| sql.starts_with("VALUES ") || sql.contains(" FROM "))
        {
            true => reply,
            false => Reply::error(Code::InvalidArgument, "Syntax error: Encountered \"<EOF>\""),
        }
    }
    let one = column("1", Int64Array::from(vec![1]));
    let bound = column("1", Int64Array::from(vec![42]));
    let schema = one.schema();
    let query = Reply::with({
        let schema = schema.clone();
        move |request| parsed(request, Reply::ticket(schema.clone(), QUERY))
    });
    let prepare =
        Reply::with(move |request| parsed(request, Reply::prepared("h", Some(&*schema), None)));
    let script = Script::new()
        .on(Rpc::GetFlightInfo, QUERY, query.always())
        .do_action("CreatePreparedStatement", prepare.always())
        .do_action("ClosePreparedStatement", Reply::empty().always())
        .on(Rpc::DoPut, PREPARED, Reply::empty().always());
    let script = rows(rows(script, TABLES, &tables()), PREPARED, &bound);
    results(
        script,
        vec![(QUERY, one), (PREPARED, bound), (TABLES, tables())],
    )
}

fn last(ran: &Ran) -> &str {
    ran.out().lines().last().unwrap()
}

#[tokio::test]
async fn e2_server_without_select_one_is_usable_for_tables() {
    let server = TestServer::scripted(derby()).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Success, ""));
    let (line, hint) = about(ran.out(), "query");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains("Syntax error"), "{line}");
    assert!(hint.unwrap().contains("`session.ping`"), "{hint:?}");
    assert_eq!(word(about(ran.out(), "tables").0), "ok");
    assert!(
        last(&ran).ends_with(
            "3 failed: the server is usable, except for `query`, `parameter`, `prepare`"
        ),
        "{}",
        ran.out()
    );
}

#[tokio::test]
async fn file_with_dialect_is_part_of_first_step() {
    let missing = "/does/not/exist.toml";
    let ran = run(&[
        "doctor",
        "flightsql+tcp://127.0.0.1:1",
        "--dialect-file",
        missing,
    ])
    .await;
    assert_eq!(ran.exit, Exit::Failed);
    let (line, hint) = about(ran.out(), "URL");
    assert_eq!(word(line), "FAILED");
    assert!(line.contains(missing), "{line}");
    assert!(
        hint.unwrap().contains("flightsql dialect check"),
        "{hint:?}"
    );
}

#[tokio::test]
async fn e2_ping_statement_of_dialect_replaces_select_one() {
    let server = TestServer::scripted(derby()).await.unwrap();
    let file = directory("doctor-ping").join("derby.toml");
    let ping = "name = \"derby\"\n[session]\nping = { statement = \"VALUES 1\" }\n";
    std::fs::write(&file, ping).unwrap();
    let file = file.to_str().unwrap();
    let ran = run(&["doctor", &server.url(), "--dialect-file", file]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Success, ""));
    let text = normal(&ran, &server.address());
    let expected = "ok           query                     VALUES 1: returned 1 (N ms)";
    assert_eq!(about(&text, "query").0, expected);
    let expected = "ok           parameter                 ? returned 42 (N ms)";
    assert_eq!(about(&text, "parameter").0, expected);
    assert_eq!(word(about(&text, "prepare").0), "ok");
    assert!(last(&ran).ends_with("0 failed: the server is usable"));
    let sent = server.calls();
    let sent: Vec<String> = sent.iter().filter_map(|call| call.sql()).collect();
    assert!(sent.contains(&"VALUES CAST(? AS BIGINT)".to_owned()));
    assert!(
        !sent.iter().any(|sql| sql.starts_with("SELECT 1")),
        "{sent:?}"
    );
}

/// A server whose every query returns this batch, and every listing of tables works.
fn answering(batch: &RecordBatch) -> Script {
    let script = rows(rows(Script::new(), QUERY, batch), TABLES, &tables());
    results(script, vec![(QUERY, batch.clone()), (TABLES, tables())])
}

#[tokio::test]
async fn k5_number_may_arrive_as_text() {
    let text = column("1", StringArray::from(vec!["1"]));
    let server = TestServer::scripted(answering(&text)).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Success, ""));
    let text = normal(&ran, &server.address());
    let expected = "ok           query                     returned 1 as VARCHAR (N ms)";
    assert_eq!(about(&text, "query").0, expected);
    assert!(last(&ran).ends_with("0 failed: the server is usable"));
}

/// Tables that work do not make up for wrong values.
#[tokio::test]
async fn one_word_for_every_query_is_wrong() {
    for (batch, found) in [
        (column("1", StringArray::from(vec!["yes"])), "a VARCHAR"),
        (column("1", Int64Array::from(vec![2])), "2"),
        (column("1", Int64Array::from(vec![1, 1])), "2 rows"),
        (column("1", Int64Array::from(Vec::<i64>::new())), "0 rows"),
        (column("1", Int64Array::from(vec![None])), "a BIGINT"),
    ] {
        let server = TestServer::scripted(answering(&batch)).await.unwrap();
        let ran = run(&["doctor", &server.url()]).await;
        assert_eq!(ran.exit, Exit::Failed);
        let (line, hint) = about(ran.out(), "query");
        let expected = format!("the server returned {found} instead of 1");
        assert!(line.ends_with(&expected), "{line}");
        assert!(hint.unwrap().contains("do not trust"), "{hint:?}");
        assert!(
            last(&ran).ends_with("the server is not usable until `query` succeeds"),
            "{}",
            ran.out()
        );
    }
}

#[tokio::test]
async fn ignored_parameter_is_found() {
    let one = column("1", Int64Array::from(vec![1]));
    let script = answering(&one)
        .do_action(
            "CreatePreparedStatement",
            Reply::prepared("h", None, None).always(),
        )
        .do_action("ClosePreparedStatement", Reply::empty().always())
        .on(Rpc::DoPut, PREPARED, Reply::empty().always())
        .on(
            Rpc::GetFlightInfo,
            PREPARED,
            Reply::ticket(one.schema(), QUERY).always(),
        );
    let server = TestServer::scripted(script).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    let (line, _) = about(ran.out(), "parameter");
    assert_eq!(word(line), "FAILED");
    assert!(
        line.ends_with("the server returned 1 instead of 42"),
        "{line}"
    );
}

#[tokio::test]
async fn e2_server_that_ends_after_first_steps_is_not_usable() {
    let server = server().await;
    // The steps `ping` and `server info` request the information once each.
    let gone = |rpc| Fault::new(rpc).always().drop_connection();
    let info = |command: &str| gone(Rpc::GetFlightInfo).command(command);
    server.fault(info("CommandGetSqlInfo").nth(3));
    for command in [
        PREPARED,
        TABLES,
        "CommandGetCatalogs",
        "CommandGetDbSchemas",
        "CommandGetXdbcTypeInfo",
    ] {
        server.fault(info(command));
    }
    server.fault(gone(Rpc::DoAction));
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!((ran.exit, ran.err.as_str()), (Exit::Failed, ""));
    assert_eq!(word(about(ran.out(), "query").0), "ok");
    assert!(
        last(&ran)
            .ends_with("7 failed: the server is not usable: it stopped responding at `parameter`"),
        "{}",
        ran.out()
    );
}

/// A lost connection in the middle says nothing about the end.
#[tokio::test]
async fn e2_server_that_returns_is_usable() {
    let server = server().await;
    let lost = Fault::new(Rpc::GetFlightInfo).drop_connection().always();
    server.fault(lost.command("CommandGetXdbcTypeInfo"));
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!(ran.exit, Exit::Success);
    assert!(
        last(&ran).ends_with("1 failed: the server is usable, except for `types`"),
        "{}",
        ran.out()
    );
}

fn begun(id: String) -> Reply {
    Reply::action_result(&ActionBeginTransactionResult {
        transaction_id: id.into(),
    })
}

/// Transactions with these ids, in which every statement succeeds.
fn with_transactions(ids: impl Fn(usize) -> String + Send + Sync + 'static) -> Script {
    let next = AtomicUsize::new(0);
    let begin = Reply::with(move |_| begun(ids(next.fetch_add(1, Ordering::Relaxed))));
    answering(&column("1", Int64Array::from(vec![1])))
        .do_action("BeginTransaction", begin.always())
        .do_action("EndTransaction", Reply::empty().always())
}

#[tokio::test]
async fn constant_transaction_id_is_found() {
    let script = with_transactions(|_| "always-me".to_owned());
    let server = TestServer::scripted(script).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    let (line, hint) = about(ran.out(), "transactions");
    let expected = "FAILED       transactions              two open transactions have the same id";
    assert_eq!(line, expected);
    assert!(hint.unwrap().contains("flightsql-conformance"), "{hint:?}");
    assert_eq!(word(about(ran.out(), "savepoints").0), "skipped");
    assert!(
        last(&ran).ends_with("1 failed: the server is usable, except for `transactions`"),
        "{}",
        ran.out()
    );
}

#[tokio::test]
async fn ignored_transaction_id_is_found() {
    let server = TestServer::scripted(with_transactions(|n| format!("tx-{n}")));
    let server = server.await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    let (line, _) = about(ran.out(), "transactions");
    assert_eq!(
        line,
        "FAILED       transactions              the server accepts the id of a transaction that has ended, \
         for a statement and for a rollback"
    );
}

/// A server that checks the id of a rollback, but binds statements to the transaction of their session.
#[tokio::test]
async fn transaction_of_session_is_no_failure() {
    let end = Reply::error(Code::InvalidArgument, "unknown transaction");
    let script = answering(&column("1", Int64Array::from(vec![1])));
    let next = AtomicUsize::new(0);
    let begin = Reply::with(move |_| begun(format!("tx-{}", next.fetch_add(1, Ordering::Relaxed))));
    let script = script
        .do_action("BeginTransaction", begin.always())
        .do_action("EndTransaction", Reply::empty().times(2))
        .do_action("EndTransaction", end.always());
    let server = TestServer::scripted(script).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    assert_eq!(
        about(ran.out(), "transactions").0,
        "ok           transactions              two with different ids were begun and rolled back"
    );
}

#[tokio::test]
async fn one_transaction_at_a_time_is_reported() {
    let script = answering(&column("1", Int64Array::from(vec![1])));
    let script = script
        .do_action("BeginTransaction", begun("tx".to_owned()))
        .do_action("BeginTransaction", Reply::error(Code::Aborted, "busy"))
        .do_action("EndTransaction", Reply::empty())
        .do_action(
            "EndTransaction",
            Reply::error(Code::InvalidArgument, "unknown transaction").always(),
        );
    let server = TestServer::scripted(script).await.unwrap();
    let ran = run(&["doctor", &server.url()]).await;
    let (line, _) = about(ran.out(), "transactions");
    let expected = "begun and rolled back; the server runs one at a time";
    assert!(line.ends_with(expected), "{line}");
}
