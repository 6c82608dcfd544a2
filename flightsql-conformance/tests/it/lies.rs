//! Servers that confirm everything: their transactions, counts or results are wrong, and no RPC fails.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use flightsql::arrow::RecordBatch;
use flightsql::arrow::array::{ArrayRef, Int64Array, StringArray};
use flightsql_conformance::{Quirks, Report, run_some};
use flightsql_testkit::arrow_flight::sql::ActionBeginTransactionResult;
use flightsql_testkit::{Reply, Rpc, Script, ScriptRequest, TestServer};

/// A table that counts its rows. Each statement has its effect at once, in a transaction or not.
#[derive(Default)]
struct Table {
    rows: AtomicI64,
    transactions: AtomicI64,
}

impl Table {
    fn update(&self, request: &ScriptRequest) -> i64 {
        let sql = request.sql().unwrap_or_default();
        if let Some((_, values)) = sql.split_once(" VALUES ") {
            let rows = i64::try_from(values.matches('(').count()).unwrap();
            self.rows.fetch_add(rows, Ordering::Relaxed);
            return rows;
        }
        self.rows.store(0, Ordering::Relaxed);
        0
    }

    fn begin(&self) -> String {
        format!("tx-{}", self.transactions.fetch_add(1, Ordering::Relaxed))
    }
}

fn begun(id: String) -> Reply {
    Reply::action_result(&ActionBeginTransactionResult {
        transaction_id: id.into(),
    })
}

fn column(array: impl flightsql::arrow::array::Array + 'static) -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(array) as ArrayRef)]).unwrap()
}

/// Returns a server whose tables are one [`Table`], with the replies that are wrong before its own.
async fn server(lies: Script) -> TestServer {
    let table = Arc::new(Table::default());
    let on = |play: fn(&Table, &ScriptRequest) -> Reply| {
        let table = Arc::clone(&table);
        Reply::with(move |request| play(&table, request)).always()
    };
    let number = || column(Int64Array::from(vec![0])).schema();
    let script = lies
        .on(
            Rpc::GetFlightInfo,
            "CommandStatementQuery",
            Reply::ticket(number(), "rows").always(),
        )
        .do_get(on(|table, _| {
            let rows = column(Int64Array::from(vec![table.rows.load(Ordering::Relaxed)]));
            Reply::batches(rows.schema(), [rows])
        }))
        .do_put(on(|table, request| {
            Reply::update_count(table.update(request))
        }))
        .do_action("BeginTransaction", on(|table, _| begun(table.begin())))
        .do_action("EndTransaction", Reply::empty().always());
    TestServer::scripted(script).await.unwrap()
}

async fn outcomes(lies: Script, group: &str) -> Report {
    let server = server(lies).await;
    run_some(&server.url(), &Quirks::default(), |id| {
        id.starts_with(group)
    })
    .await
}

#[track_caller]
fn assert_outcome(report: &Report, id: &str, expected: &str) {
    assert_eq!(
        report.outcome(id).unwrap().to_string(),
        expected,
        "{report}"
    );
}

#[tokio::test]
async fn ignored_transaction_ids_are_found() {
    let report = outcomes(Script::new(), "transactions.").await;
    for (id, expected) in [
        ("commit", "supported"),
        (
            "rollback",
            "failed: rows after the transaction: expected 1, got 2",
        ),
        (
            "drop",
            "failed: rows after the transaction: expected 0, got 1",
        ),
        (
            "isolated",
            "failed: rows that another connection sees: expected 0, got 1",
        ),
    ] {
        assert_outcome(&report, &format!("transactions.{id}"), expected);
    }
}

#[tokio::test]
async fn constant_transaction_id_is_found() {
    let constant = Script::new().do_action("BeginTransaction", begun("tx".to_owned()).always());
    let report = outcomes(constant, "transactions.isolated").await;
    let expected = "failed: two open transactions have the same id";
    assert_outcome(&report, "transactions.isolated", expected);
}

#[tokio::test]
async fn constant_count_is_found() {
    let one = Script::new().do_put(Reply::update_count(1).always());
    let report = outcomes(one, "updates.insert").await;
    assert_outcome(
        &report,
        "updates.insert",
        "failed: count: expected 3, got 1",
    );
}

#[tokio::test]
async fn one_word_for_every_query_is_found() {
    let word = column(StringArray::from(vec!["yes"]));
    let word = Script::new().do_get(Reply::batches(word.schema(), [word]).always());
    let report = outcomes(word, "").await;
    let connect = "failed: the simplest query: expected \"1\", got \"yes\"";
    assert_outcome(&report, "connect.connect", connect);
    assert_outcome(&report, "query.one", "not-tried: no connection");
    assert!(report.iter().all(|(_, outcome)| !outcome.is_supported()));
}
