//! Effects of a custom dialect: each choice, as the server observes it.

mod auto;
mod counts;
mod levels;

use std::sync::Arc;

use flightsql::dialect::{
    AuthMode, CatalogTarget, DescribeRoute, DialectProfile, Feature, Ping, Route, TransactionMode,
};
use flightsql::{
    ConnectOptions, Connection, Executor, FlightSqlArguments, FlightSqlConnectOptions,
    FlightSqlConnection, SqlSafeStr, Statement, ToArrow, query_scalar, query_with,
};
use flightsql_testkit::{Rpc, SqliteConfig, TestServer};

use crate::common::{server, server_error};

/// A dialect to change: savepoints and transactions by action, and a statement that shows its catalog and schema.
fn own() -> DialectProfile {
    let mut own = DialectProfile::new("own");
    own.transactions.mode = TransactionMode::Action;
    own.statements.describe = vec![DescribeRoute::Prepare];
    own.session.catalog = CatalogTarget::Statement;
    own.session.use_statement = "SELECT '{path}'".to_owned();
    own
}

fn changed(change: impl FnOnce(&mut DialectProfile)) -> DialectProfile {
    let mut own = own();
    change(&mut own);
    own
}

async fn connect(server: &TestServer, dialect: DialectProfile) -> FlightSqlConnection {
    connect_with(server, "", dialect).await
}

async fn connect_with(
    server: &TestServer,
    path: &str,
    dialect: DialectProfile,
) -> FlightSqlConnection {
    let options: FlightSqlConnectOptions = format!("{}{path}", server.url()).parse().unwrap();
    options.dialect(Arc::new(dialect)).connect().await.unwrap()
}

#[derive(ToArrow)]
struct Pair {
    id: i64,
    name: String,
}

fn three() -> FlightSqlArguments {
    let rows = ["a", "b", "c"].into_iter().zip(1..);
    let rows: Vec<_> = rows
        .map(|(name, id)| Pair {
            id,
            name: name.to_owned(),
        })
        .collect();
    FlightSqlArguments::from_rows(&rows).unwrap()
}

#[tokio::test]
async fn splits_parameter_sets_as_engine_requires() {
    for (most, runs) in [(None, 1), (Some(1), 3), (Some(2), 2), (Some(0), 3)] {
        let server = server().await;
        let dialect = changed(|own| own.parameters.max_rows = most);
        let mut connection = connect(&server, dialect).await;
        connection
            .execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
            .await
            .unwrap();
        server.clear_calls();
        let insert = query_with("INSERT INTO t VALUES (?, ?)", three());
        let done = insert.execute(&mut connection).await.unwrap();
        assert_eq!(done.known_rows_affected(), Some(3), "{most:?}");
        assert_eq!(server.count(Rpc::DoPut), runs, "{most:?}");
        assert_eq!(crate::common::count(&mut connection, "t").await, 3);
    }
}

#[tokio::test]
async fn runs_parameter_sets_singly_for_updates_as_queries() {
    let config = SqliteConfig::new().updates_as_queries(true);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let dialect = changed(|own| own.statements.route = Some(Route::Query));
    let mut connection = connect(&server, dialect).await;
    connection
        .execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
        .await
        .unwrap();
    let insert = query_with("INSERT INTO t VALUES (?, ?)", three());
    let done = insert.execute(&mut connection).await.unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    let names: String = query_scalar("SELECT group_concat(name) FROM t")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(names, "a,b,c");
    // A query with several rows would have several results.
    let select = query_with("SELECT name FROM t WHERE id = ? OR name = ?", three());
    let error = select.execute(&mut connection).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("a query accepts one parameter set"),
        "{error}"
    );
}

#[tokio::test]
async fn savepoints_that_are_missing_are_not_asked_for() {
    let server = server().await;
    let dialect = changed(|own| own.missing = vec![Feature::Savepoints]);
    let mut connection = connect(&server, dialect).await;
    let mut transaction = connection.begin().await.unwrap();
    server.clear_calls();
    let error = transaction.begin().await.map(drop).unwrap_err();
    assert!(server_error(&error).is_unsupported());
    assert!(error.to_string().contains("no savepoints"), "{error}");
    assert_eq!(server.count_all(), 0);
    transaction
        .execute("CREATE TABLE t (id BIGINT)")
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(crate::common::count(&mut connection, "t").await, 0);
}

#[tokio::test]
async fn what_is_missing_is_gone_around_or_refused() {
    let config = SqliteConfig::new().updates_as_queries(true);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let missing = vec![Feature::Updates, Feature::Ingest, Feature::Prepare];
    let mut connection = connect(&server, changed(|own| own.missing = missing)).await;
    server.clear_calls();
    connection
        .execute("CREATE TABLE t (id BIGINT, name VARCHAR)")
        .await
        .unwrap();
    assert_eq!(
        (server.count(Rpc::DoPut), server.count(Rpc::GetFlightInfo)),
        (0, 1)
    );
    server.clear_calls();
    let batch = Pair::to_arrow(&[]).unwrap();
    let error = connection
        .ingest("t")
        .batches(vec![batch])
        .await
        .unwrap_err();
    assert!(server_error(&error).is_unsupported());
    let error = connection
        .prepare("SELECT 1".into_sql_str())
        .await
        .map(drop)
        .unwrap_err();
    assert!(server_error(&error).is_unsupported());
    let bound = query_scalar::<_, i64>("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await;
    assert!(server_error(&bound.unwrap_err()).is_unsupported());
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn a_plan_describes_a_query_and_nothing_else() {
    let server = server().await;
    let dialect = changed(|own| own.statements.describe = vec![DescribeRoute::Plan]);
    let mut connection = connect(&server, dialect).await;
    server.clear_calls();
    let statement = connection
        .prepare("SELECT 1 AS one, 'x' AS two".into_sql_str())
        .await
        .unwrap();
    let names: Vec<_> = statement
        .columns()
        .iter()
        .map(flightsql::Column::name)
        .collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!(
        (server.count(Rpc::GetFlightInfo), server.count_all()),
        (1, 1)
    );
    // Some servers run a statement when they plan it.
    for sql in ["CREATE TABLE t (id BIGINT)", "PRAGMA user_version = 5"] {
        let prepared = connection.prepare(sql.into_sql_str()).await.map(drop);
        assert!(server_error(&prepared.unwrap_err()).is_unsupported());
        assert_eq!(server.count_all(), 1);
    }
}

#[tokio::test]
async fn a_ping_is_what_the_dialect_says() {
    let server = server().await;
    let query = Ping::Statement("SELECT 7".to_owned());
    for (ping, calls) in [(Ping::Socket, 0), (query, 1)] {
        let options: FlightSqlConnectOptions = server.url().parse().unwrap();
        let dialect = changed(|own| own.session.ping = ping);
        let options = options
            .dialect(Arc::new(dialect))
            .ping_after(std::time::Duration::ZERO);
        let mut connection = options.connect().await.unwrap();
        server.clear_calls();
        connection.ping().await.unwrap();
        assert_eq!(server.count_all(), calls);
        let texts: Vec<_> = server
            .calls()
            .iter()
            .filter_map(|call| call.sql())
            .collect();
        assert!(texts.iter().all(|text| text == "SELECT 7"), "{texts:?}");
    }
}

#[tokio::test]
async fn new_connection_sets_catalog_and_runs_dialect_statements() {
    let server = server().await;
    let dialect = changed(|own| {
        own.session.bootstrap = vec!["SELECT 1".to_owned(), "SELECT 2".to_owned()];
    });
    let connection = connect_with(&server, "/sales/eu", dialect).await;
    let calls = server.calls_of(Rpc::GetFlightInfo);
    let texts: Vec<_> = calls.iter().filter_map(|call| call.sql()).collect();
    assert_eq!(texts, ["SELECT '\"sales\".\"eu\"'", "SELECT 1", "SELECT 2"]);
    drop(connection);

    let bad = changed(|own| own.session.bootstrap = vec!["SELECT nothing".to_owned()]);
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let error = options.dialect(Arc::new(bad)).connect().await.unwrap_err();
    assert!(error.to_string().contains("nothing"), "{error}");
}

#[tokio::test]
async fn sends_dialect_anonymous_header_without_credentials() {
    let server = server().await;
    let own = || changed(|own| own.login.anonymous = Some("Anonymous".to_owned()));
    let mut connection = connect(&server, own()).await;
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(server.calls()[0].header("authorization"), Some("Anonymous"));
    server.clear_calls();
    let mut connection = connect_with(&server, "?token=Own", own()).await;
    connection.execute("SELECT 1").await.unwrap();
    assert_eq!(
        server.calls()[0].header_values("authorization"),
        ["Bearer Own"]
    );
}

#[tokio::test]
async fn sends_credentials_by_options_or_dialect() {
    let server = TestServer::builder()
        .basic("ann", "pw")
        .start()
        .await
        .unwrap();
    let url = server.url().replacen("://", "://ann:pw@", 1);
    for (mode, auth, handshakes) in [
        (AuthMode::Basic, None, 0),
        (AuthMode::Handshake, None, 1),
        (AuthMode::Basic, Some(AuthMode::Handshake), 1),
    ] {
        server.clear_calls();
        let mut options: FlightSqlConnectOptions = url.parse().unwrap();
        if let Some(auth) = auth {
            options = options.auth(auth);
        }
        let options = options.dialect(Arc::new(changed(|own| own.login.mode = mode)));
        let mut connection = options.connect().await.unwrap();
        connection.execute("SELECT 1").await.unwrap();
        assert_eq!(
            server.count(Rpc::Handshake),
            handshakes,
            "{mode:?} {auth:?}"
        );
    }
}
