//! Failed migrations: the remaining state, the error, and a lock that is always released.

use std::sync::Arc;

use flightsql::dialect::{ChecksumForm, DialectProfile, MigrationSql, TransactionalDdl};
use flightsql::migrate::{MigrateError, MigrationType};
use flightsql::{ConnectOptions, FlightSqlPoolOptions, query};

use super::{TABLE, migration, migrator, simple, tables, three, versions};
use crate::common::{count, options, pool, server, server_error};

const BROKEN: &str = "CREATE TABLE a (n INTEGER);\n\n-- the next one fails\nINSERT INTO nowhere\nVALUES (1);\nCREATE TABLE b (n INTEGER);";

#[track_caller]
fn failed(result: Result<(), MigrateError>, version: i64) -> flightsql::Error {
    match result {
        Err(MigrateError::ExecuteMigration(error, at)) if at == version => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_failure_in_a_transaction_leaves_nothing() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let error = failed(migrator([simple(1, BROKEN)]).run(&pool).await, 1);
    let text = error.to_string();
    assert!(text.contains("statement 2 of 3 (line 4): "), "{text}");
    assert!(text.contains("nowhere"), "{text}");
    // Still the server's own error.
    assert!(server_error(&error).operation().contains("Update"));
    assert_eq!(versions(&pool, TABLE).await, []);
    assert_eq!(tables(&pool).await, Vec::<String>::new());
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
    migrator([simple(1, "CREATE TABLE a (n INTEGER)")])
        .run(&pool)
        .await
        .unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
}

#[tokio::test]
async fn a_failure_without_a_transaction_leaves_a_dirty_version() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let broken = migrator([migration(1, MigrationType::Simple, BROKEN, true)]);
    let text = failed(broken.run(&pool).await, 1).to_string();
    assert!(text.contains("statement 2 of 3 (line 4): "), "{text}");
    assert_eq!(versions(&pool, TABLE).await, [(1, false)]);
    assert_eq!(tables(&pool).await, ["a"]);
    for _ in 0..2 {
        let again = broken.run(&pool).await;
        assert!(matches!(again, Err(MigrateError::Dirty(1))), "{again:?}");
        let undo = broken.undo(&pool, 0).await;
        assert!(matches!(undo, Err(MigrateError::Dirty(1))), "{undo:?}");
        assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
    }
    query("DELETE FROM _sqlx_migrations")
        .execute(&pool)
        .await
        .unwrap();
    query("DROP TABLE a").execute(&pool).await.unwrap();
    three().run(&pool).await.unwrap();
    assert_eq!(tables(&pool).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_file_without_transaction_runs_what_a_transaction_refuses() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let inside = migrator([simple(1, "VACUUM")]).run(&pool).await;
    let text = failed(inside, 1).to_string();
    assert!(text.contains("statement 1 of 1 (line 1)"), "{text}");
    let outside = migrator([migration(1, MigrationType::Simple, "VACUUM", true)]);
    outside.run(&pool).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
}

#[tokio::test]
async fn a_failed_undo_leaves_what_was_there() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let up = |no_tx| {
        migration(
            1,
            MigrationType::ReversibleUp,
            "CREATE TABLE a (n INTEGER)",
            no_tx,
        )
    };
    let down = |no_tx| {
        migration(
            1,
            MigrationType::ReversibleDown,
            "DROP TABLE a; DROP TABLE nowhere",
            no_tx,
        )
    };
    let inside = migrator([up(false), down(false)]);
    inside.run(&pool).await.unwrap();
    failed(inside.undo(&pool, 0).await, 1);
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
    assert_eq!(tables(&pool).await, ["a"]);
    let outside = migrator([up(true), down(true)]);
    failed(outside.undo(&pool, 0).await, 1);
    assert_eq!(versions(&pool, TABLE).await, [(1, false)]);
    assert_eq!(tables(&pool).await, Vec::<String>::new());
}

/// DDL commits there, as in MySQL; the checksum is text.
fn committing() -> DialectProfile {
    let mut sql = MigrationSql::default();
    sql.transactional_ddl = TransactionalDdl::No;
    sql.checksum = ChecksumForm::Hex;
    let mut dialect = DialectProfile::new("committing");
    dialect.migrations = Some(sql);
    dialect
}

#[tokio::test]
async fn writes_record_first_if_ddl_commits() {
    let server = server().await;
    let options = options(&server.url()).dialect(Arc::new(committing()));
    let pool = FlightSqlPoolOptions::new()
        .connect_with(options.clone())
        .await
        .unwrap();
    three().run(&pool).await.unwrap();
    three().run(&pool).await.unwrap();
    let checksum: String =
        flightsql::query_scalar("SELECT checksum FROM _sqlx_migrations WHERE version = 1")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(checksum.len(), 96);
    assert!(checksum.bytes().all(|b| b.is_ascii_hexdigit()));
    let broken = migrator(three().iter().cloned().chain([simple(4, BROKEN)]));
    failed(broken.run(&pool).await, 4);
    assert_eq!(
        versions(&pool, TABLE).await,
        [(1, true), (2, true), (3, true), (4, false)]
    );
    let mut other = options.connect().await.unwrap();
    query("UPDATE _sqlx_migrations SET checksum = 'no hex'")
        .execute(&mut other)
        .await
        .unwrap();
    query("DELETE FROM _sqlx_migrations WHERE version = 4")
        .execute(&mut other)
        .await
        .unwrap();
    let text = three().run(&mut other).await.unwrap_err().to_string();
    assert!(text.contains("checksum of migration 1"), "{text}");
}
