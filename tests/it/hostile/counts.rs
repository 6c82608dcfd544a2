//! Row counts that a server omits, invents, or reports too early.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use flightsql::{Error, FlightSqlArguments, IngestMode, query, query_with};
use flightsql_testkit::arrow_flight::PutResult;
use flightsql_testkit::arrow_flight::sql::DoPutUpdateResult;
use flightsql_testkit::{Reply, Rpc};
use futures_util::{StreamExt as _, stream};
use prost::Message as _;

use super::{Hostile, int_batch, ints, plans::endpoint, protocol_error};

/// The count of an ingest of six rows to which the server sends this reply.
async fn ingest_six(hostile: &mut Hostile, reply: Reply) -> Result<Option<u64>, Error> {
    let script = hostile.script.clone();
    script.on(Rpc::DoPut, "CommandStatementIngest", reply);
    let ingest = hostile
        .connection
        .ingest("t")
        .mode(IngestMode::CreateAppend);
    let batches = vec![int_batch([1, 2, 3]), int_batch([4, 5, 6])];
    Ok(ingest.batches(batches).await?.known_rows_affected())
}

/// Results with these counts; `None` is a result without a count.
fn counts(counts: &[Option<i64>]) -> Reply {
    let result = |count: &Option<i64>| PutResult {
        app_metadata: count
            .map(|record_count| DoPutUpdateResult { record_count }.encode_to_vec())
            .unwrap_or_default()
            .into(),
    };
    Reply::put_results(counts.iter().map(result))
}

#[tokio::test]
async fn a7_ingest_without_count_is_unknown() {
    let mut hostile = Hostile::new().await;
    for (reply, expected) in [
        (Reply::empty(), None),
        (counts(&[None]), None),
        (counts(&[Some(-1)]), None),
        (counts(&[Some(6)]), Some(6)),
        // A server may drop duplicates.
        (counts(&[Some(5)]), Some(5)),
        // More than was sent counts something else.
        (counts(&[Some(7)]), None),
        // Parts, or a running total.
        (counts(&[Some(3), Some(3)]), None),
        (counts(&[Some(3), Some(6)]), None),
        (counts(&[None, None]), None),
    ] {
        let what = format!("{reply:?} {expected:?}");
        let counted = ingest_six(&mut hostile, reply).await;
        assert_eq!(counted.unwrap(), expected, "{what}");
    }
    let error = protocol_error(ingest_six(&mut hostile, counts(&[Some(-2)])).await);
    assert!(error.contains("row count -2;"), "{error}");
    hostile.works().await;
}

#[tokio::test]
async fn a7_ingest_of_no_rows_may_count_nothing() {
    let mut hostile = Hostile::new().await;
    let script = hostile.script.clone();
    script.on(Rpc::DoPut, "CommandStatementIngest", counts(&[None]));
    let done = hostile
        .connection
        .ingest("t")
        .batches(vec![int_batch([])])
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(0));
    hostile.works().await;
}

#[tokio::test]
async fn d7_ingest_that_the_server_ends_early_is_an_error() {
    let mut hostile = Hostile::new().await;
    let script = hostile.script.clone();
    script.on(
        Rpc::DoPut,
        "CommandStatementIngest",
        counts(&[Some(1_000_000)]).early(),
    );
    // The source never ends, so that no end of it can have been sent.
    let batches = stream::once(async { Ok(int_batch([1])) }).chain(stream::pending());
    let ingest = hostile.connection.ingest("t");
    let error = protocol_error(ingest.stream(ints(), batches).await);
    assert!(
        error.contains("ended the ingest before it had read all batches"),
        "{error}"
    );
    hostile.works().await;
}

#[tokio::test]
async fn d7_unread_parameter_sets_are_an_error() {
    let mut hostile = Hostile::new().await;
    let long = "x".repeat(1 << 20);
    let rows: ArrayRef = Arc::new(StringArray::from(vec![long; 32]));
    let rows = RecordBatch::try_from_iter([("a", rows)]).unwrap();
    hostile
        .script
        .clone()
        .do_action("CreatePreparedStatement", Reply::prepared("h", None, None))
        .do_put(counts(&[Some(32)]).early());
    let insert = query_with(
        "INSERT INTO t VALUES (?)",
        FlightSqlArguments::from_batch(rows),
    );
    let done = insert.execute(&mut hostile.connection).await;
    let error = protocol_error(done);
    assert!(
        error.contains("ended the RPC before it had read all rows"),
        "{error}"
    );
    hostile.works().await;
}

#[tokio::test]
async fn a8_count_column_of_several_rows_is_unknown() {
    let mut hostile = Hostile::with_options("dialect=datafusion").await;
    for (endpoints, expected) in [
        (vec![vec![3]], Some(3)),
        (vec![vec![3, 4]], None),
        (vec![vec![3], vec![4]], None),
        (vec![vec![3], vec![]], Some(3)),
        (vec![], None),
    ] {
        let answer = |hostile: &Hostile| {
            let plan = Reply::info(
                count_rows([]).schema(),
                vec![endpoint("t"); endpoints.len()],
            );
            let mut script = hostile.script.clone().get_flight_info(plan);
            for rows in &endpoints {
                let rows = count_rows(rows.iter().copied());
                script = script.do_get(Reply::batches(rows.schema(), [rows]));
            }
        };
        answer(&hostile);
        let done = query("DELETE FROM t")
            .execute(&mut hostile.connection)
            .await
            .unwrap();
        assert_eq!(done.known_rows_affected(), expected, "{endpoints:?}");
        answer(&hostile);
        let batches = hostile.connection.fetch_arrow("DELETE FROM t").await;
        let mut batches = batches.unwrap();
        while batches.next().await.transpose().unwrap().is_some() {}
        let done = batches
            .query_result()
            .and_then(|done| done.known_rows_affected());
        assert_eq!(done, expected, "{endpoints:?}");
    }
    hostile.works().await;
}

/// The change has happened, so it runs to its end.
#[tokio::test]
async fn a_change_with_an_invalid_count_is_not_cancelled() {
    let mut hostile = Hostile::with_options("dialect=datafusion").await;
    let rows = count_rows([-2]);
    let plan = Reply::info(rows.schema(), vec![endpoint("t")]);
    let script = hostile.script.clone().get_flight_info(plan);
    script.do_get(Reply::batches(rows.schema(), [rows]).then_hang());
    let done = query("DELETE FROM t")
        .execute(&mut hostile.connection)
        .await;
    let error = protocol_error(done);
    assert!(error.contains("row count -2;"), "{error}");
    hostile.works().await;
    assert_eq!(hostile.server.count(Rpc::DoAction), 0);
}

/// A result with the column `count`.
fn count_rows(counts: impl IntoIterator<Item = i64>) -> RecordBatch {
    let counts: ArrayRef = Arc::new(Int64Array::from_iter_values(counts));
    RecordBatch::try_from_iter([("count", counts)]).unwrap()
}

#[tokio::test]
async fn a8_several_results_of_an_update_are_unknown() {
    let mut hostile = Hostile::new().await;
    for (reply, expected) in [
        (counts(&[Some(3)]), Some(3)),
        (counts(&[Some(3), Some(4)]), None),
        (counts(&[None, Some(4)]), None),
    ] {
        let script = hostile.script.clone();
        script.do_put(reply);
        let done = query("DELETE FROM t")
            .execute(&mut hostile.connection)
            .await
            .unwrap();
        assert_eq!(done.known_rows_affected(), expected);
    }
    let script = hostile.script.clone();
    script.do_put(counts(&[Some(3), Some(-2)]));
    let done = query("DELETE FROM t")
        .execute(&mut hostile.connection)
        .await;
    let error = protocol_error(done);
    assert!(error.contains("row count -2;"), "{error}");
    hostile.works().await;
}
