//! Bulk ingest.

use flightsql_client::IngestMode;

use super::{NONE, all, numbers, session};

#[tokio::test]
async fn ingests_batches_and_streams() {
    let (_server, mut session) = session().await;
    let batches = vec![numbers(&[1, 2]), numbers(&[3])];
    let done = session.ingest("t").batches(batches).await.unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    let batch = numbers(&[4]);
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(batch.clone())]);
    let ingest = session.ingest("t").mode(IngestMode::CreateAppend);
    ingest.stream(batch.schema(), stream).await.unwrap();
    assert_eq!(all(&mut session).await, [1, 2, 3, 4]);
}

#[tokio::test]
async fn an_error_of_the_stream_aborts_the_ingest() {
    let (_server, mut session) = session().await;
    let batch = numbers(&[1]);
    let failed = std::io::Error::other("no more rows");
    let stream = futures_util::stream::iter([Ok(batch.clone()), Err(failed)]);
    let mut transaction = session.begin().await.unwrap();
    let sent = transaction.ingest("t").stream(batch.schema(), stream).await;
    assert!(sent.unwrap_err().to_string().contains("no more rows"));
    transaction.rollback().await.unwrap();
    assert_eq!(all(&mut session).await, NONE);
}
