//! Transactions and savepoints.

use super::{NONE, all, session};

#[tokio::test]
async fn commits_and_rolls_back() {
    let (server, mut session) = session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t VALUES (2)")
        .await
        .unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(server.sqlite().open_transactions(), 0);
    assert_eq!(all(&mut session).await, [1]);
}

#[tokio::test]
async fn dropping_rolls_back_before_the_next_statement() {
    let (server, mut session) = session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    drop(transaction);
    assert_eq!(all(&mut session).await, NONE);
    assert_eq!(server.sqlite().open_transactions(), 0);
}

#[tokio::test]
async fn nested_transactions_are_savepoints() {
    let (_server, mut session) = session().await;
    let mut outer = session.begin().await.unwrap();
    outer.execute("INSERT INTO t VALUES (1)").await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (2)").await.unwrap();
    inner.rollback().await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (3)").await.unwrap();
    inner.commit().await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (4)").await.unwrap();
    drop(inner);
    outer.commit().await.unwrap();
    assert_eq!(all(&mut session).await, [1, 3]);
}

#[tokio::test]
async fn an_outer_commit_rolls_back_a_forgotten_savepoint() {
    let (_server, mut session) = session().await;
    let mut outer = session.begin().await.unwrap();
    outer.execute("INSERT INTO t VALUES (1)").await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (2)").await.unwrap();
    std::mem::forget(inner);
    outer.commit().await.unwrap();
    assert_eq!(all(&mut session).await, [1]);
}

/// A guard dereferences to its session, so the caller can put another session in its place.
#[tokio::test]
async fn a_commit_without_its_transaction_is_refused() {
    let (server, mut session) = session().await;
    let mut other = flightsql_client::connect(&server.url()).await.unwrap();
    let mut outer = session.begin().await.unwrap();
    outer.execute("INSERT INTO t VALUES (1)").await.unwrap();
    std::mem::swap(&mut *outer, &mut other);
    let error = outer.commit().await.unwrap_err();
    assert!(error.is_argument(), "{error:?}");
    assert!(error.to_string().contains("no longer open"), "{error}");
    assert_eq!(server.sqlite().open_transactions(), 1);
    drop(other);
    assert_eq!(all(&mut session).await, NONE);
}

#[tokio::test]
async fn a_failed_commit_is_rolled_back() {
    use flightsql_testkit::tonic::Status;
    use flightsql_testkit::{Fault, Rpc};

    let (server, mut session) = session().await;
    let refused = Fault::new(Rpc::DoAction).command("EndTransaction");
    server.fault(refused.error(Status::failed_precondition("not now")));
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    let error = transaction.commit().await.unwrap_err();
    assert!(error.to_string().contains("not now"), "{error}");
    assert_eq!(all(&mut session).await, NONE);
    assert_eq!(server.sqlite().open_transactions(), 0);
}

#[tokio::test]
async fn a_server_without_transactions_is_unsupported() {
    use flightsql_testkit::{SqliteConfig, TestServer};

    let config = SqliteConfig::new().transactions(false);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut session = flightsql_client::connect(&server.url()).await.unwrap();
    assert!(session.begin().await.unwrap_err().is_unsupported());
    assert!(!session.is_broken());
}
