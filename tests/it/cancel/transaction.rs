//! Transactions of a connection without a pool.

use flightsql::{Connection, query};

use super::{Breaks, drop_at_every_await};

const INSERT: &str = "INSERT INTO t VALUES (1)";

#[tokio::test]
async fn begin_and_drop() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let mut transaction = connection.begin().await.unwrap();
        query(INSERT).execute(&mut *transaction).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn begin_and_rollback() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let mut transaction = connection.begin().await.unwrap();
        query(INSERT).execute(&mut *transaction).await.unwrap();
        transaction.rollback().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn begin_and_commit() {
    drop_at_every_await(&[0, 1], Breaks::ByCommit, async |connection| {
        let mut transaction = connection.begin().await.unwrap();
        query(INSERT).execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_prepared_statement_inside() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let mut transaction = connection.begin().await.unwrap();
        for id in 0..2_i64 {
            let insert = query("INSERT INTO t VALUES (?)").bind(id);
            insert.execute(&mut *transaction).await.unwrap();
        }
        let rows = query("SELECT id FROM t WHERE id >= ?").bind(0_i64);
        assert_eq!(rows.fetch_all(&mut *transaction).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn nested_and_dropped() {
    drop_at_every_await(&[0], Breaks::Never, async |connection| {
        let mut outer = connection.begin().await.unwrap();
        query(INSERT).execute(&mut *outer).await.unwrap();
        let mut middle = outer.begin().await.unwrap();
        query(INSERT).execute(&mut *middle).await.unwrap();
        let mut inner = middle.begin().await.unwrap();
        query(INSERT).execute(&mut *inner).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nested_and_rolled_back() {
    drop_at_every_await(&[0, 1], Breaks::ByCommit, async |connection| {
        let mut outer = connection.begin().await.unwrap();
        query(INSERT).execute(&mut *outer).await.unwrap();
        let mut inner = outer.begin().await.unwrap();
        query(INSERT).execute(&mut *inner).await.unwrap();
        inner.rollback().await.unwrap();
        let mut inner = outer.begin().await.unwrap();
        query(INSERT).execute(&mut *inner).await.unwrap();
        drop(inner);
        outer.commit().await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn nested_and_committed() {
    drop_at_every_await(&[0, 2], Breaks::ByCommit, async |connection| {
        let mut outer = connection.begin().await.unwrap();
        query(INSERT).execute(&mut *outer).await.unwrap();
        let mut inner = outer.begin().await.unwrap();
        query(INSERT).execute(&mut *inner).await.unwrap();
        inner.commit().await.unwrap();
        outer.commit().await.unwrap();
    })
    .await;
}
