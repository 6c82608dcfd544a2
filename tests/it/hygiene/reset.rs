//! `reset_session`: each kind of change is undone, or reported as one that cannot be.

use std::time::Duration;

use flightsql::dialect::CatalogTarget;
use flightsql::{Connection, Error, Executor, IngestMode, query_scalar};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Fault, Reply, Rpc, Script, TestServer};

use super::{actions, obedient, open, updates, with_dialect, with_table};
use crate::common::{connect, count, options};

#[tokio::test]
async fn nothing_changed_costs_nothing() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    assert!(connection.reset_session().await.unwrap());
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    let mut transaction = connection.begin().await.unwrap();
    transaction.execute("DELETE FROM t").await.unwrap();
    transaction.rollback().await.unwrap();
    connection
        .execute("BEGIN; DELETE FROM t; ROLLBACK")
        .await
        .unwrap();
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(server.count_all(), 0);
    assert_eq!(count(&mut connection, "t").await, 1);
}

#[tokio::test]
async fn text_transaction_is_rolled_back() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN").await.unwrap();
    connection
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(
        (updates(&server), server.count_all()),
        (vec!["ROLLBACK".to_owned()], 1)
    );
    assert!(!connection.is_in_transaction());
    assert_eq!(count(&mut connection, "t").await, 0);
    // Nothing is left to do.
    assert!(connection.reset_session().await.unwrap());
    connection.execute("BEGIN; COMMIT").await.unwrap();
}

#[tokio::test]
async fn forgotten_transaction_is_rolled_back() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let mut transaction = connection.begin().await.unwrap();
    transaction
        .execute("INSERT INTO t (b) VALUES (1)")
        .await
        .unwrap();
    std::mem::forget(transaction.begin().await.unwrap());
    std::mem::forget(transaction);
    assert!(connection.is_in_transaction());
    assert!(connection.reset_session().await.unwrap());
    assert!(!connection.is_in_transaction());
    assert_eq!(server.sqlite().open_transactions(), 0);
    assert_eq!(count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn options_get_their_first_value_or_none() {
    let server = with_table().await;
    let url = format!("{}/main?session.zone=UTC", server.url());
    let mut connection = open(options(&url)).await;
    let before = connection.session_options().await.unwrap();
    assert_eq!(before.len(), 2);
    connection.set_session_option("zone", 7).await.unwrap();
    connection.set_session_option("other", true).await.unwrap();
    connection.erase_session_option("catalog").await.unwrap();
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(
        (actions(&server, "SetSessionOptions"), server.count_all()),
        (1, 1)
    );
    assert_eq!(connection.session_options().await.unwrap(), before);
}

/// The dialect's statements, then the statements of a new connection.
#[tokio::test]
async fn settings_are_undone_by_the_dialect() {
    let server = with_table().await;
    let with_reset = with_dialect(&server.url(), |profile| {
        profile.session.bootstrap = vec!["PRAGMA cache_size = 100".to_owned()];
        profile.session.reset = vec![
            "PRAGMA recursive_triggers = OFF".to_owned(),
            "PRAGMA cache_size = 50".to_owned(),
        ];
    });
    let mut connection = open(with_reset).await;
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(server.count_all(), 0);
    connection
        .execute("PRAGMA recursive_triggers = ON")
        .await
        .unwrap();
    connection.execute("PRAGMA cache_size = 7").await.unwrap();
    assert!(connection.reset_session().await.unwrap());
    let mut number =
        async |sql| -> i64 { query_scalar(sql).fetch_one(&mut connection).await.unwrap() };
    assert_eq!(number("PRAGMA recursive_triggers").await, 0);
    assert_eq!(number("PRAGMA cache_size").await, 100);

    // Without such statements, nobody knows the value before.
    let mut connection = connect(&server).await;
    connection
        .execute("PRAGMA recursive_triggers = ON")
        .await
        .unwrap();
    server.clear_calls();
    assert!(!connection.reset_session().await.unwrap());
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn use_goes_back_to_the_options() {
    let server = obedient().await;
    let dialect = |path: &str| {
        with_dialect(&format!("{}{path}", server.url()), |profile| {
            profile.session.catalog = CatalogTarget::Statement;
        })
    };
    let mut connection = open(dialect("/one/two")).await;
    connection.execute("USE other").await.unwrap();
    connection.execute("USE other.place").await.unwrap();
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(updates(&server), ["USE \"one\".\"two\""]);
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(server.count_all(), 1);

    // `USE "one"` would leave the schema of the other one on some engines.
    let mut connection = open(dialect("/one")).await;
    connection.execute("USE other").await.unwrap();
    assert!(connection.reset_session().await.unwrap());
    connection.execute("USE other.place").await.unwrap();
    assert!(!connection.reset_session().await.unwrap());
    let mut connection = open(dialect("")).await;
    connection.execute("USE other").await.unwrap();
    assert!(!connection.reset_session().await.unwrap());
}

#[tokio::test]
async fn use_goes_back_by_session_options() {
    let server = obedient().await;
    let mut connection = open(options(&format!("{}/one/two", server.url()))).await;
    connection.execute("USE other").await.unwrap();
    server.clear_calls();
    assert!(connection.reset_session().await.unwrap());
    assert_eq!(
        (actions(&server, "SetSessionOptions"), server.count_all()),
        (1, 1)
    );
    let mut connection = open(options(&format!("{}/one", server.url()))).await;
    connection.execute("USE other").await.unwrap();
    assert!(!connection.reset_session().await.unwrap());
}

/// A statement that was prepared for the tables of one catalog does not run after `USE` of another.
#[tokio::test]
async fn use_forgets_cached_statements() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    let select = "SELECT count(*) FROM t WHERE a > ?";
    let run = async |connection: &mut _| -> i64 {
        let select = query_scalar(select).bind(0);
        select.fetch_one(connection).await.unwrap()
    };
    run(&mut connection).await;
    assert_eq!(connection.cached_statements_size(), 1);
    connection.execute("USE other").await.unwrap_err();
    assert_eq!(connection.cached_statements_size(), 1);
    connection
        .set_session_option("catalog", "main")
        .await
        .unwrap();
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(connection.cached_statements_size(), 0);
    assert_eq!(run(&mut connection).await, 0);
}

#[tokio::test]
async fn temporary_objects_cannot_be_undone() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TEMP TABLE s (a INT)")
        .await
        .unwrap();
    assert!(!connection.reset_session().await.unwrap());

    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TEMP TABLE t2 AS SELECT nothing")
        .await
        .unwrap_err();
    assert!(connection.reset_session().await.unwrap());
    let batch = crate::hygiene::batch();
    let ingest = connection
        .ingest("s")
        .temporary(true)
        .mode(IngestMode::Create);
    ingest.batches(vec![batch]).await.unwrap();
    assert!(!connection.reset_session().await.unwrap());
}

#[tokio::test]
async fn errors_are_reported_and_the_change_remains() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.set_session_option("a", 1).await.unwrap();
    let fault = Fault::new(Rpc::DoAction).command("SetSessionOptions");
    server.fault(fault.status(Code::Internal, "out of order"));
    let error = connection.reset_session().await.unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(connection.reset_session().await.unwrap());
    assert!(connection.session_options().await.unwrap().is_empty());
}

#[tokio::test]
async fn broken_connection_is_not_reset() {
    let server = with_table().await;
    let mut connection = connect(&server).await;
    connection.execute("BEGIN").await.unwrap();
    server.fault(Fault::new(Rpc::GetFlightInfo).drop_connection());
    connection.execute("SELECT 1").await.unwrap_err();
    assert!(!connection.reset_session().await.unwrap());
}

/// Another server does not know the setting.
#[tokio::test]
async fn changed_session_does_not_move_after_goaway() {
    let server = TestServer::builder()
        .connection_age(Duration::from_millis(40))
        .scripted(Script::new().do_put(Reply::update_count(1).always()))
        .start()
        .await
        .unwrap();
    let mut connection = connect(&server).await;
    connection.execute("SET a = 1").await.unwrap();
    let error = loop {
        if let Err(error) = connection.execute("DELETE FROM t").await {
            break error;
        }
        assert_eq!(server.connections(), 1);
    };
    assert!(
        error
            .to_string()
            .contains("the server sent GOAWAY NO_ERROR"),
        "{error}"
    );
    assert!(connection.is_broken());
}
