//! Tests of transactions and savepoints.

use arrow_flight::sql::EndTransaction;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures_util::TryStreamExt;

use super::support::{cells, served, served_after, served_with};
use crate::service::SqliteConfig;

#[tokio::test]
async fn isolates_transaction_until_commit() {
    let mut served = served_after("CREATE TABLE t (a INT)").await;
    let id = served.begin().await;
    assert_eq!(served.service.open_transactions(), 1);
    assert_eq!(
        served
            .update_in("INSERT INTO t VALUES (1)", &id)
            .await
            .unwrap(),
        1
    );
    assert_eq!(served.count("t").await, 0);
    assert_eq!(
        served.rows_in("SELECT count(*) FROM t", &id).await,
        cells(&[&["1"]])
    );
    served.end(&id, EndTransaction::Commit).await;
    assert_eq!(served.service.open_transactions(), 0);
    assert_eq!(served.count("t").await, 1);
    let late = served
        .client
        .execute("SELECT 1".to_owned(), Some(id))
        .await
        .unwrap_err()
        .to_string();
    assert!(late.contains("no such transaction"), "{late}");
}

#[tokio::test]
async fn rollback_undoes_prepared_statements() {
    let mut served = served_after("CREATE TABLE t (a INT)").await;
    let id = served.begin().await;
    let mut statement = served.prepare_in("INSERT INTO t VALUES (5)", &id).await;
    assert_eq!(statement.execute_update().await.unwrap(), 1);
    served.end(&id, EndTransaction::Rollback).await;
    assert_eq!(served.count("t").await, 0);
}

#[tokio::test]
async fn returns_error_of_failed_commit() {
    let mut served = served_after("CREATE TABLE p (a INTEGER PRIMARY KEY); CREATE TABLE c (a INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)").await;
    let id = served.begin().await;
    served
        .update_in("INSERT INTO c VALUES (1)", &id)
        .await
        .unwrap();
    let action = arrow_flight::sql::ActionEndTransactionRequest {
        transaction_id: id,
        action: 1,
    };
    let body = prost::Message::encode_to_vec(&arrow_flight::sql::ProstMessageExt::as_any(&action));
    let error = served.action("EndTransaction", body).await.unwrap_err();
    assert!(
        error.to_string().contains("FOREIGN KEY constraint failed"),
        "{error}"
    );
    assert_eq!(served.count("c").await, 0);
    assert_eq!(served.service.open_transactions(), 0);
}

#[tokio::test]
async fn slow_reader_does_not_block_transaction() {
    let mut served = served_after("CREATE TABLE t (a INT)").await;
    let id = served.begin().await;
    let many = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 500000) SELECT x FROM c";
    let mut stream = served.stream_in(many, &id).await;
    let mut rows = stream.try_next().await.unwrap().unwrap().num_rows();
    // Most of the result is unread, and the transaction still works.
    let mut other = FlightSqlServiceClient::new(served.channel.clone());
    assert_eq!(
        other
            .execute_update("INSERT INTO t VALUES (1)".to_owned(), Some(id.clone()))
            .await
            .unwrap(),
        1
    );
    other
        .end_transaction(id, EndTransaction::Commit)
        .await
        .unwrap();
    while let Some(batch) = stream.try_next().await.unwrap() {
        rows += batch.num_rows();
    }
    assert_eq!(rows, 500_000);
    assert_eq!(served.count("t").await, 1);
}

#[tokio::test]
async fn dropping_stream_keeps_transaction() {
    let mut served = served_after("CREATE TABLE t (a INT)").await;
    let id = served.begin().await;
    served
        .update_in("INSERT INTO t VALUES (1)", &id)
        .await
        .unwrap();
    let endless =
        "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
    let mut stream = served.stream_in(endless, &id).await;
    stream.try_next().await.unwrap();
    drop(stream);
    served.settled(0).await;
    served.end(&id, EndTransaction::Commit).await;
    assert_eq!(served.count("t").await, 1);
}

#[tokio::test]
async fn transaction_supports_temporary_tables_and_savepoints() {
    let mut served = served().await;
    let refused = served
        .update("CREATE TEMP TABLE s (a INT)")
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("BeginTransaction"), "{refused}");
    let id = served.begin().await;
    for sql in [
        "CREATE TEMP TABLE s (a INT)",
        "SAVEPOINT p",
        "INSERT INTO s VALUES (1)",
        "ROLLBACK TO p",
        "RELEASE p",
    ] {
        served.update_in(sql, &id).await.unwrap();
    }
    assert_eq!(
        served.rows_in("SELECT count(*) FROM s", &id).await,
        cells(&[&["0"]])
    );
    let refused = served
        .update_in("COMMIT", &id)
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("EndTransaction"), "{refused}");
    served.end(&id, EndTransaction::Rollback).await;
}

#[tokio::test]
async fn supports_disabled_transactions() {
    let mut served = served_with(SqliteConfig::new().transactions(false)).await;
    let error = served
        .client
        .begin_transaction()
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("not implemented"), "{error}");
}
