//! Migrations against the embedded server: SQLx's own cases, and cases of this driver.

mod dirty;
mod embedded;
mod locking;
mod refused;
mod servers;

use std::borrow::Cow;

use flightsql::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use flightsql::{
    AssertSqlSafe, FlightSqlConnection, FlightSqlExecutor, SqlSafeStr, query_as, query_scalar,
};

use crate::common::{connect, count, pool, server};

/// A migration that is only undone by hand.
fn simple(version: i64, sql: &'static str) -> Migration {
    migration(version, MigrationType::Simple, sql, false)
}

fn migration(version: i64, kind: MigrationType, sql: &'static str, no_tx: bool) -> Migration {
    Migration::new(
        version,
        format!("step {version}").into(),
        kind,
        sql.into_sql_str(),
        no_tx,
    )
}

/// Both ways of one version.
fn reversible(version: i64, up: &'static str, down: &'static str) -> [Migration; 2] {
    [
        migration(version, MigrationType::ReversibleUp, up, false),
        migration(version, MigrationType::ReversibleDown, down, false),
    ]
}

fn migrator(migrations: impl IntoIterator<Item = Migration>) -> Migrator {
    Migrator::with_migrations(migrations.into_iter().collect())
}

/// Three versions, each with a table of its own.
fn three() -> Migrator {
    migrator(
        [
            reversible(1, "CREATE TABLE a (n INTEGER)", "DROP TABLE a"),
            reversible(2, "CREATE TABLE b (n INTEGER)", "DROP TABLE b"),
            reversible(3, "CREATE TABLE c (n INTEGER)", "DROP TABLE c"),
        ]
        .concat(),
    )
}

async fn versions<'c>(executor: impl FlightSqlExecutor<'c>, table: &str) -> Vec<(i64, bool)> {
    let sql = format!("SELECT version, success FROM {table} ORDER BY version");
    query_as(AssertSqlSafe(sql))
        .fetch_all(executor)
        .await
        .unwrap()
}

async fn tables<'c>(executor: impl FlightSqlExecutor<'c>) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' ORDER BY name";
    query_scalar(sql).fetch_all(executor).await.unwrap()
}

const TABLE: &str = "_sqlx_migrations";

#[tokio::test]
async fn a_folder_is_migrated_once() {
    let folder = std::env::temp_dir().join(format!("flightsql-migrate-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |name: &str, sql: &str| std::fs::write(folder.join(name), sql).unwrap();
    file(
        "20240101000000_users.sql",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\n",
    );
    file(
        "20240102000000_more users.sql",
        "-- two statements; and a semicolon in a comment\nINSERT INTO users VALUES (1, 'a;b');\nINSERT INTO users VALUES (2, 'it''s');\n",
    );
    file("20240103000000_nothing.sql", "-- nothing to do\n/* ; */\n");
    let migrator = Migrator::new(folder.as_path()).await.unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let server = server().await;
    let pool = pool(&server, 2).await;
    for _ in 0..2 {
        migrator.run(&pool).await.unwrap();
        let names: Vec<String> = query_scalar("SELECT name FROM users ORDER BY id")
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(names, ["a;b", "it's"]);
    }
    type Record = (i64, String, bool, Vec<u8>, i64, Option<String>);
    let rows: Vec<Record> = query_as(
        "SELECT version, description, success, checksum, execution_time, CAST(installed_on AS TEXT) \
         FROM _sqlx_migrations ORDER BY version",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let expected: Vec<_> = migrator
        .iter()
        .map(|m| (m.version, m.description.clone()))
        .collect();
    assert_eq!(rows.len(), 3);
    for (row, (version, description)) in rows.iter().zip(expected) {
        assert_eq!(
            (row.0, row.1.as_str(), row.2),
            (version, &*description, true)
        );
        let wanted = migrator.iter().find(|m| m.version == version).unwrap();
        assert_eq!(row.3, wanted.checksum.to_vec());
        assert!(row.4 >= 0, "{}", row.4);
        assert!(row.5.is_some());
    }
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
}

#[tokio::test]
async fn reversible_migrations_go_to_a_target_and_back() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let migrator = three();
    migrator.run_to(2, &pool).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true), (2, true)]);
    assert_eq!(tables(&pool).await, ["a", "b"]);
    migrator.run(&pool).await.unwrap();
    assert_eq!(tables(&pool).await, ["a", "b", "c"]);
    migrator.undo(&pool, 1).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true)]);
    assert_eq!(tables(&pool).await, ["a"]);
    migrator.undo(&pool, 0).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, []);
    assert_eq!(tables(&pool).await, Vec::<String>::new());
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
}

#[tokio::test]
async fn skipped_migrations_are_recorded_and_not_run() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    three().skip(&pool, Some(2)).await.unwrap();
    assert_eq!(versions(&pool, TABLE).await, [(1, true), (2, true)]);
    assert_eq!(tables(&pool).await, Vec::<String>::new());
    three().run(&pool).await.unwrap();
    assert_eq!(tables(&pool).await, ["c"]);
}

#[tokio::test]
async fn the_body_of_a_trigger_is_one_statement() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let migrator = migrator([simple(
        1,
        "CREATE TABLE t (n INTEGER); CREATE TABLE log (n INTEGER);
         CREATE TRIGGER tr AFTER INSERT ON t BEGIN
             INSERT INTO log VALUES (NEW.n); INSERT INTO log VALUES (CASE WHEN NEW.n > 1 THEN 10 ELSE 20 END);
         END;
         INSERT INTO t VALUES (5);",
    )]);
    migrator.run(&mut connection).await.unwrap();
    let logged: Vec<i64> = query_scalar("SELECT n FROM log ORDER BY n")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(logged, [5, 10]);
}

#[tokio::test]
async fn another_table_name_holds_the_record() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let mut migrator = three();
    migrator.dangerous_set_table_name("\"our migrations\"");
    migrator.run(&pool).await.unwrap();
    assert_eq!(versions(&pool, "\"our migrations\"").await.len(), 3);
    let absent = query_scalar::<_, i64>("SELECT count(*) FROM _sqlx_migrations");
    assert!(absent.fetch_one(&pool).await.is_err());
}

#[tokio::test]
async fn a_missing_or_changed_migration_stops_the_run() {
    let server = server().await;
    let pool = pool(&server, 1).await;
    let one = simple(1, "CREATE TABLE a (n INTEGER)");
    let two = simple(2, "CREATE TABLE b (n INTEGER)");
    migrator([one.clone(), two.clone()])
        .run(&pool)
        .await
        .unwrap();
    let missing = migrator([two.clone()]).run(&pool).await;
    assert!(
        matches!(missing, Err(MigrateError::VersionMissing(1))),
        "{missing:?}"
    );
    let changed = simple(1, "CREATE TABLE a (n BIGINT)");
    let mismatch = migrator([changed, two.clone()]).run(&pool).await;
    assert!(
        matches!(mismatch, Err(MigrateError::VersionMismatch(1))),
        "{mismatch:?}"
    );
    // The lock of the failed runs came back with their connection.
    assert_eq!(count(&pool, "_sqlx_migrations_lock").await, 0);
    let mut ignoring = migrator([two, simple(3, "CREATE TABLE c (n INTEGER)")]);
    ignoring.set_ignore_missing(true);
    ignoring.run(&pool).await.unwrap();
    assert_eq!(tables(&pool).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_transaction_around_the_run_undoes_it() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let mut transaction = pool.begin().await.unwrap();
    three()
        .run_direct(None, &mut *transaction, false)
        .await
        .unwrap();
    assert_eq!(tables(&mut *transaction).await, ["a", "b", "c"]);
    transaction.rollback().await.unwrap();
    assert_eq!(tables(&pool).await, Vec::<String>::new());
    three().run(&pool).await.unwrap();
    assert_eq!(tables(&pool).await, ["a", "b", "c"]);
}

#[tokio::test]
async fn the_steps_can_be_called_by_themselves() {
    let server = server().await;
    let mut connection: FlightSqlConnection = connect(&server).await;
    connection.ensure_migrations_table(TABLE).await.unwrap();
    connection.ensure_migrations_table(TABLE).await.unwrap();
    assert_eq!(connection.dirty_version(TABLE).await.unwrap(), None);
    let one = simple(7, "CREATE TABLE a (n INTEGER)");
    let took = connection.apply(TABLE, &one).await.unwrap();
    let recorded: i64 = query_scalar("SELECT execution_time FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert!(recorded > 0 && u128::try_from(recorded).unwrap() <= took.as_nanos());
    let applied = connection.list_applied_migrations(TABLE).await.unwrap();
    assert_eq!(applied.len(), 1);
    assert_eq!(applied[0].version, 7);
    assert_eq!(applied[0].checksum, Cow::Borrowed(&*one.checksum));
    // Without a lock, there is none to give back.
    connection.unlock().await.unwrap();
    connection
        .revert(
            TABLE,
            &migration(7, MigrationType::ReversibleDown, "DROP TABLE a", false),
        )
        .await
        .unwrap();
    assert!(
        connection
            .list_applied_migrations(TABLE)
            .await
            .unwrap()
            .is_empty()
    );
}
