//! Every kind of command runs in the transaction: a query, a prepared query, an update, a prepared update, an ingest.

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use flightsql::{Connection, Executor, Statement, query, query_scalar};
use flightsql_testkit::Rpc;
use futures_util::TryStreamExt;

use super::{insert, with_table};
use crate::common::{connect, count, pool};

const INSERT: &str = "INSERT INTO t VALUES (?)";

#[tokio::test]
async fn updates_run_inside() {
    let server = with_table().await;
    let outside = pool(&server, 1).await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    tx.execute("INSERT INTO t VALUES (1)").await.unwrap();
    query(INSERT).bind(2_i64).execute(&mut *tx).await.unwrap();
    query(INSERT)
        .bind(3_i64)
        .persistent(false)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(count(&outside, "t").await, 0);
    assert_eq!(count(&mut *tx, "t").await, 3);
    tx.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn queries_run_inside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 5).await;
    // Plain, prepared and kept, prepared and not kept, as Arrow.
    let plain: i64 = query_scalar("SELECT id FROM t")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let bound = "SELECT id FROM t WHERE id > ?";
    let kept: i64 = query_scalar(bound)
        .bind(1_i64)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    let once: i64 = query_scalar(bound)
        .persistent(false)
        .bind(1_i64)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!((plain, kept, once), (5, 5, 5));
    let batches: Vec<_> = tx
        .fetch_arrow(query(bound).bind(1_i64))
        .await
        .unwrap()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
    let returned: i64 = query_scalar("INSERT INTO t VALUES (6) RETURNING id")
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(returned, 6);
    tx.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn an_ingest_runs_inside() {
    let server = with_table().await;
    let outside = pool(&server, 1).await;
    let mut connection = connect(&server).await;
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    let column = Arc::new(Int64Array::from_iter_values(1..=50));
    let batch = RecordBatch::try_new(schema, vec![column]).unwrap();
    let mut tx = connection.begin().await.unwrap();
    let done = tx.ingest("t").batches(vec![batch]).await.unwrap();
    assert_eq!(done.rows_affected(), 50);
    assert_eq!(count(&mut *tx, "t").await, 50);
    assert_eq!(count(&outside, "t").await, 0);
    tx.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn ddl_runs_inside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    tx.execute("CREATE TABLE u (a INTEGER)").await.unwrap();
    assert_eq!(count(&mut *tx, "u").await, 0);
    drop(tx);
    let error = connection.execute("SELECT * FROM u").await.unwrap_err();
    assert!(error.to_string().contains("no such table: u"), "{error}");
}

#[tokio::test]
async fn a_statement_prepared_outside_is_not_used_inside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    insert(&mut connection, 1).await;
    let select = "SELECT count(*) FROM t WHERE id >= ?";
    let before: i64 = query_scalar(select)
        .bind(0_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!((before, connection.cached_statements_size()), (1, 2));

    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 2).await;
    let inside: i64 = query_scalar(select)
        .bind(0_i64)
        .fetch_one(&mut *tx)
        .await
        .unwrap();
    assert_eq!(inside, 2);
    tx.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 1);
}

#[tokio::test]
async fn a_statement_prepared_inside_is_not_used_outside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    for id in [1, 2] {
        let mut tx = connection.begin().await.unwrap();
        insert(&mut tx, id).await;
        tx.commit().await.unwrap();
        insert(&mut connection, id + 10).await;
    }
    assert_eq!(count(&mut connection, "t").await, 4);
    // Those of the transactions were closed; one of outside is kept.
    connection.flush().await.unwrap();
    assert_eq!(connection.cached_statements_size(), 1);
    assert_eq!(server.sqlite().open_prepared(), 1);
}

#[tokio::test]
async fn a_statement_of_the_caller_is_prepared_again_inside() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let statement = connection
        .prepare(flightsql::SqlSafeStr::into_sql_str(INSERT))
        .await
        .unwrap();
    let mut tx = connection.begin().await.unwrap();
    statement
        .query()
        .bind(1_i64)
        .execute(&mut *tx)
        .await
        .unwrap();
    assert_eq!(count(&mut *tx, "t").await, 1);
    tx.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn savepoints_use_the_statements_of_their_transaction() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut tx = connection.begin().await.unwrap();
    insert(&mut tx, 1).await;
    let mut inner = tx.begin().await.unwrap();
    server.clear_calls();
    insert(&mut inner, 2).await;
    assert_eq!(server.count(Rpc::DoPut), 1);
    assert_eq!(server.count_all(), 1);
    drop(inner);
    assert_eq!(count(&mut *tx, "t").await, 1);
}
