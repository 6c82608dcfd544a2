//! Transactions and savepoints.

use arrow_flight::sql::EndTransaction;
use arrow_flight::sql::client::FlightSqlServiceClient;
use futures_util::TryStreamExt;

use super::support::{cells, served, served_with};
use crate::service::SqliteConfig;

#[tokio::test]
async fn a_transaction_is_isolated_until_it_commits() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT)")
        .unwrap();
    let id = served.client.begin_transaction().await.unwrap();
    assert_eq!(served.service.open_transactions(), 1);
    assert_eq!(
        served
            .client
            .execute_update("INSERT INTO t VALUES (1)".to_owned(), Some(id.clone()))
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["0"]])
    );
    let inside = served
        .client
        .execute("SELECT count(*) FROM t".to_owned(), Some(id.clone()))
        .await
        .unwrap();
    assert_eq!(served.read(inside).await.unwrap().1, cells(&[&["1"]]));
    served
        .client
        .end_transaction(id.clone(), EndTransaction::Commit)
        .await
        .unwrap();
    assert_eq!(served.service.open_transactions(), 0);
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["1"]])
    );
    let late = served
        .client
        .execute("SELECT 1".to_owned(), Some(id))
        .await
        .unwrap_err()
        .to_string();
    assert!(late.contains("no such transaction"), "{late}");
}

#[tokio::test]
async fn a_roll_back_undoes_prepared_statements_too() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT)")
        .unwrap();
    let id = served.client.begin_transaction().await.unwrap();
    let mut statement = served
        .client
        .prepare("INSERT INTO t VALUES (5)".to_owned(), Some(id.clone()))
        .await
        .unwrap();
    assert_eq!(statement.execute_update().await.unwrap(), 1);
    served
        .client
        .end_transaction(id, EndTransaction::Rollback)
        .await
        .unwrap();
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["0"]])
    );
}

#[tokio::test]
async fn a_commit_can_fail() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE p (a INTEGER PRIMARY KEY); CREATE TABLE c (a INT REFERENCES p DEFERRABLE INITIALLY DEFERRED)")
        .unwrap();
    let id = served.client.begin_transaction().await.unwrap();
    served
        .client
        .execute_update("INSERT INTO c VALUES (1)".to_owned(), Some(id.clone()))
        .await
        .unwrap();
    let action = arrow_flight::sql::ActionEndTransactionRequest {
        transaction_id: id,
        action: 1,
    };
    let mut flight = arrow_flight::FlightClient::new(served.channel.clone());
    let body = prost::Message::encode_to_vec(&arrow_flight::sql::ProstMessageExt::as_any(&action));
    let error = match flight
        .do_action(arrow_flight::Action::new("EndTransaction", body))
        .await
    {
        Ok(stream) => stream.try_collect::<Vec<_>>().await.unwrap_err(),
        Err(error) => error,
    };
    assert!(
        error.to_string().contains("FOREIGN KEY constraint failed"),
        "{error}"
    );
    assert_eq!(
        served.rows("SELECT count(*) FROM c").await.1,
        cells(&[&["0"]])
    );
    assert_eq!(served.service.open_transactions(), 0);
}

#[tokio::test]
async fn a_slow_reader_does_not_lock_its_transaction() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT)")
        .unwrap();
    let id = served.client.begin_transaction().await.unwrap();
    let many = "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < 500000) SELECT x FROM c";
    let info = served
        .client
        .execute(many.to_owned(), Some(id.clone()))
        .await
        .unwrap();
    let mut stream = served
        .client
        .do_get(info.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    let mut rows = stream.try_next().await.unwrap().unwrap().num_rows();
    // The result is far from read; the transaction goes on all the same.
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
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["1"]])
    );
}

#[tokio::test]
async fn dropping_a_read_keeps_the_transaction() {
    let mut served = served().await;
    served
        .service
        .execute_batch("CREATE TABLE t (a INT)")
        .unwrap();
    let id = served.client.begin_transaction().await.unwrap();
    served
        .client
        .execute_update("INSERT INTO t VALUES (1)".to_owned(), Some(id.clone()))
        .await
        .unwrap();
    let endless =
        "WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c) SELECT x FROM c";
    let info = served
        .client
        .execute(endless.to_owned(), Some(id.clone()))
        .await
        .unwrap();
    let mut stream = served
        .client
        .do_get(info.endpoint[0].ticket.clone().unwrap())
        .await
        .unwrap();
    stream.try_next().await.unwrap();
    drop(stream);
    served.settled(0).await;
    served
        .client
        .end_transaction(id, EndTransaction::Commit)
        .await
        .unwrap();
    assert_eq!(
        served.rows("SELECT count(*) FROM t").await.1,
        cells(&[&["1"]])
    );
}

#[tokio::test]
async fn temporary_tables_and_sql_savepoints_live_in_a_transaction() {
    let mut served = served().await;
    let refused = served
        .update("CREATE TEMP TABLE s (a INT)")
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("BeginTransaction"), "{refused}");
    let id = served.client.begin_transaction().await.unwrap();
    for sql in [
        "CREATE TEMP TABLE s (a INT)",
        "SAVEPOINT p",
        "INSERT INTO s VALUES (1)",
        "ROLLBACK TO p",
        "RELEASE p",
    ] {
        served
            .client
            .execute_update(sql.to_owned(), Some(id.clone()))
            .await
            .unwrap();
    }
    let info = served
        .client
        .execute("SELECT count(*) FROM s".to_owned(), Some(id.clone()))
        .await
        .unwrap();
    assert_eq!(served.read(info).await.unwrap().1, cells(&[&["0"]]));
    let refused = served
        .client
        .execute_update("COMMIT".to_owned(), Some(id.clone()))
        .await
        .unwrap_err()
        .to_string();
    assert!(refused.contains("EndTransaction"), "{refused}");
    served
        .client
        .end_transaction(id, EndTransaction::Rollback)
        .await
        .unwrap();
}

#[tokio::test]
async fn transactions_can_be_off() {
    let mut served = served_with(SqliteConfig::new().transactions(false)).await;
    let error = served
        .client
        .begin_transaction()
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("not implemented"), "{error}");
}
