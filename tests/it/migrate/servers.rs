//! Servers with missing features, and servers with schemas.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, RecordBatch, StringArray};
use flightsql::dialect::{DialectProfile, TestDatabase};
use flightsql::migrate::{Migrate, MigrateDatabase, MigrateError};
use flightsql::{Connection, FlightSql, FlightSqlConnection, dialect};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, SqliteConfig, TestServer};

use super::{TABLE, migrator, simple, tables, three, versions};
use crate::common::{count, pool};

async fn sqlite(config: SqliteConfig) -> TestServer {
    TestServer::builder().sqlite(config).start().await.unwrap()
}

#[tokio::test]
async fn a_server_without_transactions_is_migrated_statement_by_statement() {
    let server = sqlite(SqliteConfig::new().transactions(false)).await;
    let pool = pool(&server, 2).await;
    three().run(&pool).await.unwrap();
    three().undo(&pool, 1).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
    let steps = three()
        .iter()
        .cloned()
        .chain([simple(4, "CREATE TABLE d (n INTEGER); nonsense")])
        .collect::<Vec<_>>();
    let failed = migrator(steps).run(&pool).await.unwrap_err();
    assert!(
        matches!(failed, MigrateError::ExecuteMigration(_, 4)),
        "{failed:?}"
    );
    assert_eq!(
        versions(&pool, TABLE).await,
        [(1, true), (2, true), (3, true), (4, false)]
    );
    assert_eq!(tables(&pool).await, ["a", "b", "c", "d"]);
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
}

#[tokio::test]
async fn migrates_server_with_updates_as_queries() {
    let server = sqlite(SqliteConfig::new().updates_as_queries(true)).await;
    let pool = pool(&server, 1).await;
    three().run(&pool).await.unwrap();
    three().undo(&pool, 2).await.unwrap();
    assert_eq!(tables(&pool).await, ["a", "b"]);
    let missing = migrator([simple(9, "CREATE TABLE e (n INTEGER)")])
        .run(&pool)
        .await;
    assert!(
        matches!(missing, Err(MigrateError::VersionMissing(_))),
        "{missing:?}"
    );
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
    let failed = migrator([three().migrations.to_vec(), vec![simple(9, "nonsense")]].concat())
        .run(&pool)
        .await;
    assert!(
        matches!(failed, Err(MigrateError::ExecuteMigration(_, 9))),
        "{failed:?}"
    );
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
}

/// A server that has these catalogs and schemas, and accepts every update.
async fn listing(schemas: &[(&str, &str)]) -> TestServer {
    let column = |names: Vec<&str>| Arc::new(StringArray::from(names)) as ArrayRef;
    let catalogs = schemas.iter().map(|(catalog, _)| *catalog).collect();
    let names = schemas.iter().map(|(_, schema)| *schema).collect();
    // The list of catalogs has one column more than it needs, which the driver does not read.
    let batch = RecordBatch::try_from_iter([
        ("catalog_name", column(catalogs)),
        ("db_schema_name", column(names)),
    ])
    .unwrap();
    let list = || Reply::ticket(batch.schema(), "list").always();
    let script = Script::new()
        .on(Rpc::GetFlightInfo, "CommandGetDbSchemas", list())
        .on(Rpc::GetFlightInfo, "CommandGetCatalogs", list())
        .do_get(Reply::batches(batch.schema(), [batch.clone()]).always())
        .do_put(Reply::update_count(0).always())
        .do_action("SetSessionOptions", Reply::action_bytes("").always())
        .do_action("CloseSession", Reply::action_bytes("").always());
    TestServer::scripted(script).await.unwrap()
}

fn sql(server: &TestServer) -> Vec<String> {
    server
        .calls()
        .iter()
        .filter_map(|call| call.sql())
        .collect()
}

#[tokio::test]
async fn creates_drops_and_finds_schema_of_url() {
    let server = listing(&[("main", "public"), ("main", "sales")]).await;
    let url = |schema: &str| format!("{}/main/{schema}", server.url());
    assert!(FlightSql::database_exists(&url("sales")).await.unwrap());
    assert!(!FlightSql::database_exists(&url("sale")).await.unwrap());
    assert!(!FlightSql::database_exists(&url("Sales")).await.unwrap());
    assert_eq!(sql(&server), Vec::<String>::new());
    FlightSql::create_database(&url("a%22b")).await.unwrap();
    FlightSql::drop_database(&url("a%22b")).await.unwrap();
    assert_eq!(
        sql(&server),
        [
            "CREATE SCHEMA \"a\"\"b\"",
            "DROP SCHEMA IF EXISTS \"a\"\"b\" CASCADE"
        ]
    );
}

#[tokio::test]
async fn a_catalog_is_the_database_where_the_dialect_says_so() {
    let mut catalogs = DialectProfile::new("test-catalogs");
    catalogs.test_database = TestDatabase::Catalog;
    dialect::register(Arc::new(catalogs)).unwrap();
    let server = listing(&[("main", "public")]).await;
    let url = |path: &str| format!("{}/{path}?dialect=test-catalogs", server.url());
    assert!(FlightSql::database_exists(&url("main")).await.unwrap());
    assert!(!FlightSql::database_exists(&url("other")).await.unwrap());
    FlightSql::create_database(&url("other")).await.unwrap();
    FlightSql::drop_database(&url("other")).await.unwrap();
    assert_eq!(
        sql(&server),
        [
            "CREATE DATABASE \"other\"",
            "DROP DATABASE IF EXISTS \"other\""
        ]
    );
}

#[tokio::test]
async fn schemas_of_the_migrator_are_made_as_written() {
    let script = Script::new()
        .do_put(Reply::update_count(0))
        .do_put(Reply::error(Code::PermissionDenied, "not you"));
    let server = TestServer::scripted(script).await.unwrap();
    let mut connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    connection
        .create_schema_if_not_exists("\"My\"")
        .await
        .unwrap();
    let refused = connection
        .create_schema_if_not_exists("b")
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("not you"), "{refused}");
    assert_eq!(
        sql(&server),
        [
            "CREATE SCHEMA IF NOT EXISTS \"My\"",
            "CREATE SCHEMA IF NOT EXISTS b"
        ]
    );
}
