//! Tests of the end and the number of sessions.

use std::time::{Duration, Instant};

use tonic::Code;

use super::keeper::Client;
use super::session::{COMMIT, NUMBERS, refused, with_table};
use super::support::cells;

#[tokio::test]
async fn j4_idle_session_ends_with_error() {
    let served = with_table().await;
    let mut open = Client::keeper(&served).await;
    let (mut plain, mut locked) = (open.sibling(), open.sibling());
    open.update("BEGIN").await.unwrap();
    open.update("INSERT INTO t (b) VALUES (1)").await.unwrap();
    let id = locked.begin().await.unwrap();
    locked.update_in("SELECT 1", Some(&id)).await.unwrap();
    served
        .service
        .sweep(Instant::now() + Duration::from_secs(29 * 60));
    assert_eq!(served.service.open_sessions(), 2);
    served
        .service
        .sweep(Instant::now() + Duration::from_secs(31 * 60));
    // A transaction of the action does not expire.
    assert_eq!(served.service.open_sessions(), 1);
    locked.end(&id, COMMIT).await.unwrap();

    plain.update("INSERT INTO t (b) VALUES (2)").await.unwrap();
    let insert = "INSERT INTO t (b) VALUES (3)";
    refused(
        open.update(insert).await,
        Code::FailedPrecondition,
        "the session ended",
    );
    assert_eq!(open.update(insert).await.unwrap(), 1);
    let rows = open.rows("SELECT b FROM t").await.unwrap();
    assert_eq!(rows, cells(&[&["2"], &["3"]]));

    // A session with only numbers continues, and returns no wrong numbers.
    served
        .service
        .sweep(Instant::now() + Duration::from_secs(31 * 60));
    assert_eq!(served.service.open_sessions(), 0);
    refused(
        plain.rows(NUMBERS).await,
        Code::FailedPrecondition,
        "is unknown",
    );
    assert_eq!(plain.update(insert).await.unwrap(), 1);
    let numbers = "SELECT last_insert_rowid(), changes()";
    assert_eq!(plain.rows(numbers).await.unwrap(), cells(&[&["3", "1"]]));
}

#[tokio::test]
async fn j4_limits_connections_without_losing_transactions() {
    let served = with_table().await;
    // One session exceeds the limit, so the first one loses its connection.
    for number in 0..=256 {
        let mut client = Client::named(&served, &format!("n{number}"));
        client.update("INSERT INTO t (b) VALUES (0)").await.unwrap();
    }
    let mut first = Client::named(&served, "n0");
    refused(
        first.rows(NUMBERS).await,
        Code::FailedPrecondition,
        "is unknown",
    );
    let mut last = Client::named(&served, "n256");
    assert_eq!(
        last.rows(NUMBERS).await.unwrap(),
        cells(&[&["257", "1", "1"]])
    );
    for number in 0..256 {
        let mut client = Client::named(&served, &format!("s{number}"));
        client.update("BEGIN").await.unwrap();
    }
    let mut late = Client::named(&served, "late");
    let message = "256 sessions have transactions";
    refused(late.update("BEGIN").await, Code::ResourceExhausted, message);
    Client::named(&served, "s7").update("COMMIT").await.unwrap();
    late.update("BEGIN").await.unwrap();
    Client::named(&served, "s0").update("COMMIT").await.unwrap();
}

#[tokio::test]
async fn j4_limits_concurrent_connections() {
    let served = with_table().await;
    let begins = (0..300).map(|number| {
        let mut client = Client::named(&served, &format!("s{number}"));
        async move { client.update("BEGIN").await }
    });
    let done = futures_util::future::join_all(begins).await;
    let (begun, refused): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!((begun.len(), refused.len()), (256, 44));
    for refused in refused {
        assert_eq!(refused.unwrap_err().code(), Code::ResourceExhausted);
    }
}

#[tokio::test]
async fn j4_failed_statement_keeps_no_connection() {
    let served = with_table().await;
    for number in 0..300 {
        let mut client = Client::named(&served, &format!("s{number}"));
        let failed = client.update("INSERT INTO absent VALUES (1)").await;
        refused(failed, Code::InvalidArgument, "no such table");
    }
    let mut last = Client::named(&served, "last");
    last.update("BEGIN").await.unwrap();
}

#[tokio::test]
async fn j4_closing_session_ends_its_transaction() {
    let served = with_table().await;
    let mut client = Client::keeper(&served).await;
    let id = client.begin().await.unwrap();
    let insert = "INSERT INTO t (b) VALUES (1)";
    client.update_in(insert, Some(&id)).await.unwrap();
    assert_eq!(served.service.open_transactions(), 1);
    client.close().await.unwrap();
    assert_eq!(served.service.open_transactions(), 0);
    refused(
        client.end(&id, COMMIT).await,
        Code::NotFound,
        "no such transaction",
    );
    let rows = client.rows("SELECT count(*) FROM t").await.unwrap();
    assert_eq!(rows, cells(&[&["0"]]));
}
