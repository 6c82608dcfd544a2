//! Migrations through `Any`, as SQLx's command line runs them.

use flightsql::any::Any;
use flightsql::migrate::{MigrateDatabase, MigrateError, Migration, MigrationType, Migrator};
use flightsql::{SqlSafeStr, query_as};

use super::{install_default_drivers, pool};
use crate::common::server;

#[tokio::test]
async fn a_migrator_runs_over_a_pool_of_any() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let step = |version, kind, sql: &'static str| {
        Migration::new(version, "step".into(), kind, sql.into_sql_str(), false)
    };
    let up = "CREATE TABLE a (n INTEGER); INSERT INTO a VALUES (7)";
    let migrator = Migrator::with_migrations(vec![
        step(1, MigrationType::ReversibleUp, up),
        step(1, MigrationType::ReversibleDown, "DROP TABLE a"),
    ]);
    migrator.run(&pool).await.unwrap();
    migrator.run(&pool).await.unwrap();
    let row: (i64, String, bool) =
        query_as::<Any, _>("SELECT version, description, success FROM _sqlx_migrations")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(row, (1, "step".to_owned(), true));
    let (n,): (i64,) = query_as::<Any, _>("SELECT n FROM a")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(n, 7);
    migrator.undo(&pool, 0).await.unwrap();
    let gone = query_as::<Any, (i64,)>("SELECT n FROM a")
        .fetch_one(&pool)
        .await;
    assert!(gone.is_err());
    let bad = Migrator::with_migrations(vec![step(2, MigrationType::Simple, "SELECT 1; nonsense")]);
    let error = bad.run(&pool).await.unwrap_err();
    assert!(
        matches!(&error, MigrateError::ExecuteMigration(_, 2)),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("statement 2 of 2 (line 1)"),
        "{error}"
    );
}

#[tokio::test]
async fn a_database_is_asked_for_by_url() {
    install_default_drivers();
    let server = server().await;
    assert!(Any::database_exists(&server.url()).await.unwrap());
    assert!(Any::create_database(&server.url()).await.is_err());
    assert!(Any::drop_database(&server.url()).await.is_err());
}
