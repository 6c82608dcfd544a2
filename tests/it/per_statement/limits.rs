//! `max_rows` and `max_bytes`: an error that names the limit, never a shorter result.

use flightsql::{Error, query, query_as, query_scalar};
use flightsql_testkit::Rpc;
use futures_util::TryStreamExt as _;

use super::{HUNDRED, batched};
use crate::common::connect;

#[track_caller]
fn names(error: &Error, limit: &str) {
    let Error::Protocol(text) = error else {
        panic!("{error:?}");
    };
    assert!(text.contains(limit), "{text}");
}

#[tokio::test]
async fn more_rows_than_the_limit_are_an_error() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let all: Vec<(i64,)> = query_as(HUNDRED)
        .max_rows(100)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all.len(), 100);
    let error = query_as::<_, (i64,)>(HUNDRED)
        .max_rows(99)
        .fetch_all(&mut connection)
        .await
        .unwrap_err();
    names(
        &error,
        "more than 99 rows, the limit of its statement; raise `max_rows`",
    );
    // The option belongs to one statement.
    let all: Vec<i64> = query_scalar(HUNDRED)
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all.len(), 100);
}

#[tokio::test]
async fn rows_before_the_exceeding_batch_arrive_and_the_rest_is_cancelled() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let mut rows = query(HUNDRED).max_rows(25).fetch(&mut connection);
    for _ in 0..20 {
        assert!(rows.try_next().await.unwrap().is_some());
    }
    names(&rows.try_next().await.unwrap_err(), "`max_rows`");
    assert!(rows.try_next().await.unwrap().is_none());
    drop(rows);
    query("SELECT 1").fetch_one(&mut connection).await.unwrap();
    let cancelled = server.calls_of(Rpc::DoAction);
    assert_eq!(cancelled[0].command(), Some("CancelFlightInfo"));
}

#[tokio::test]
async fn more_bytes_than_the_limit_are_an_error() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    // A hundred integers of eight bytes, without and with a bitmap of two bytes in each of ten batches.
    let fetch = async |connection: &mut _, limit: u64| {
        let rows = query(HUNDRED).max_bytes(limit).fetch_all(connection).await;
        rows.map(|rows| rows.len())
    };
    assert_eq!(fetch(&mut connection, 820).await.unwrap(), 100);
    let error = fetch(&mut connection, 799).await.unwrap_err();
    names(
        &error,
        "more than 799 bytes, the limit of its statement; raise `max_bytes`",
    );
    let error = fetch(&mut connection, 0).await.unwrap_err();
    names(&error, "more than 0 bytes");
    query("SELECT 1").fetch_one(&mut connection).await.unwrap();
}

#[tokio::test]
async fn no_rows_are_within_every_limit() {
    let server = batched().await;
    let mut connection = connect(&server).await;
    let none = query("SELECT id FROM t WHERE id > 9")
        .max_rows(0)
        .max_bytes(0);
    assert!(none.fetch_all(&mut connection).await.unwrap().is_empty());
    let error = query("SELECT id FROM t").max_rows(0);
    names(
        &error.fetch_optional(&mut connection).await.unwrap_err(),
        "0 rows",
    );
    let removed = query("SELECT id FROM t").max_rows(0).max_rows(None);
    assert_eq!(removed.fetch_all(&mut connection).await.unwrap().len(), 3);
}
