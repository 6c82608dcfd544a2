//! `#[flightsql::test]`: a database for each function, as in SQLx's own lists.

use std::sync::atomic::{AtomicUsize, Ordering};

use flightsql::migrate::Migrator;
use flightsql::pool::PoolConnection;
use flightsql::{
    Connection, FlightSql, FlightSqlConnectOptions, FlightSqlExecutor, FlightSqlPool,
    FlightSqlPoolOptions, query, query_scalar,
};

use crate::common::count;

static MIGRATOR: Migrator = flightsql::migrate!("tests/it/test_attribute/migrations");

async fn names<'c>(executor: impl FlightSqlExecutor<'c>) -> Vec<String> {
    query_scalar("SELECT name FROM users ORDER BY id")
        .fetch_all(executor)
        .await
        .unwrap()
}

async fn posts<'c>(executor: impl FlightSqlExecutor<'c>) -> Vec<String> {
    query_scalar("SELECT content FROM posts ORDER BY id")
        .fetch_all(executor)
        .await
        .unwrap()
}

async fn tables<'c>(executor: impl FlightSqlExecutor<'c>) -> i64 {
    count(executor, "sqlite_master").await
}

#[flightsql::test]
async fn without_an_argument_there_is_only_a_runtime() {
    tokio::task::yield_now().await;
    let task = tokio::spawn(async { 1 });
    assert_eq!(task.await.unwrap(), 1);
}

#[flightsql::test]
async fn it_gets_a_pool(pool: FlightSqlPool) -> flightsql::Result<()> {
    assert_eq!(tables(&pool).await, 0);
    let mut one = pool.acquire().await?;
    let mut two = pool.acquire().await?;
    query("CREATE TABLE mine (n INTEGER)")
        .execute(&mut *one)
        .await?;
    query("INSERT INTO mine VALUES (1)")
        .execute(&mut *two)
        .await?;
    assert_eq!(count(&mut *one, "mine").await, 1);
    Ok(())
}

#[flightsql::test(migrations = "tests/it/test_attribute/migrations", fixtures("users"))]
async fn it_gets_a_connection(mut connection: PoolConnection<FlightSql>) {
    connection.ping().await.unwrap();
    assert_eq!(names(&mut *connection).await, ["alice", "bob"]);
}

#[flightsql::test(migrator = "MIGRATOR", fixtures("users"))]
async fn it_gets_options(
    pool: FlightSqlPoolOptions,
    options: FlightSqlConnectOptions,
) -> flightsql::Result<()> {
    let pool = pool.max_connections(1).connect_with(options).await?;
    assert_eq!(names(&pool).await, ["alice", "bob"]);
    pool.close().await;
    Ok(())
}

#[flightsql::test(migrations = "tests/it/test_attribute/migrations", fixtures("users"))]
async fn it_gets_users(pool: FlightSqlPool) {
    assert_eq!(names(&pool).await, ["alice", "bob"]);
    assert_eq!(posts(&pool).await, Vec::<String>::new());
    assert_eq!(count(&pool, "_sqlx_migrations").await, 2);
}

#[flightsql::test(
    migrations = "tests/it/test_attribute/migrations",
    fixtures("users", "posts")
)]
async fn it_gets_posts(pool: FlightSqlPool) {
    assert_eq!(names(&pool).await, ["alice", "bob"]);
    assert_eq!(posts(&pool).await, ["fast; very fast", "not so fast"]);
    assert_eq!(count(&pool, "comments").await, 0);
}

#[flightsql::test(
    migrations = "tests/it/test_attribute/migrations",
    fixtures("./fixtures/users.sql", "./fixtures/posts.sql")
)]
async fn fixtures_have_paths(pool: FlightSqlPool) {
    assert_eq!(posts(&pool).await, ["fast; very fast", "not so fast"]);
}

#[flightsql::test(
    migrations = "tests/it/test_attribute/migrations",
    fixtures("./fixtures/users.sql"),
    fixtures("posts")
)]
async fn fixtures_have_paths_and_names(pool: FlightSqlPool) {
    assert_eq!(names(&pool).await, ["alice", "bob"]);
    assert_eq!(posts(&pool).await, ["fast; very fast", "not so fast"]);
}

#[flightsql::test(
    migrations = "tests/it/test_attribute/migrations",
    fixtures(path = "./fixtures", scripts("users", "posts.sql")),
    fixtures(path = "../it/test_attribute/scripts", scripts("comments"))
)]
async fn fixtures_lie_in_other_folders(pool: FlightSqlPool) {
    assert_eq!(posts(&pool).await, ["fast; very fast", "not so fast"]);
    assert_eq!(count(&pool, "comments").await, 3);
}

#[flightsql::test(
    migrator = "crate::test_attribute::MIGRATOR",
    fixtures("users", "posts"),
    fixtures("./test_attribute/scripts/comments.sql")
)]
async fn it_gets_comments(pool: FlightSqlPool) {
    let comments: Vec<String> =
        query_scalar("SELECT content FROM comments WHERE post_id = ? ORDER BY id")
            .bind(1)
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(comments, ["lol", "no"]);
}

#[flightsql::test(migrations = false)]
async fn migrations_are_left_out(pool: FlightSqlPool) {
    assert_eq!(tables(&pool).await, 0);
}

/// Each makes the same row and finds only its own.
macro_rules! alone {
    ($($name:ident)*) => {$(
        #[flightsql::test(migrator = "MIGRATOR", fixtures("users"))]
        async fn $name(pool: FlightSqlPool) {
            RUN.fetch_add(1, Ordering::SeqCst);
            query("INSERT INTO users VALUES (3, ?)")
                .bind(stringify!($name))
                .execute(&pool)
                .await
                .unwrap();
            assert_eq!(names(&pool).await, ["alice", "bob", stringify!($name)]);
        }
    )*};
}

static RUN: AtomicUsize = AtomicUsize::new(0);

alone! { alone_one alone_two alone_three }

macro_rules! with_attributes {
    ($(#[$attribute:meta])* fn $name:ident($pool:ident) $body:block) => {
        $(#[$attribute])*
        async fn $name($pool: FlightSqlPool) $body
    };
}

with_attributes! {
    #[flightsql::test(migrations = "tests/it/test_attribute/migrations", fixtures("users"))]
    #[allow(clippy::needless_return, reason = "an attribute of the function stays on it")]
    fn the_attribute_goes_through_a_macro(pool) {
        assert_eq!(names(&pool).await, ["alice", "bob"]);
        return;
    }
}

#[flightsql::test(migrations = false)]
#[should_panic(expected = "as it should")]
async fn other_attributes_stay(pool: FlightSqlPool) {
    assert_eq!(tables(&pool).await, 0);
    panic!("as it should");
}

/// SQLx's own crate keeps its name in the same program.
#[flightsql::test]
async fn sqlx_in_a_body_is_sqlx(pool: FlightSqlPool) -> Result<(), sqlx::Error> {
    #[derive(Debug, PartialEq, sqlx::FromRow)]
    struct Row {
        one: i64,
    }
    let row: Row = sqlx::query_as::<FlightSql, _>("SELECT 1 AS one")
        .fetch_one(&pool)
        .await?;
    assert_eq!(row, Row { one: 1 });
    let Err(sqlx::Error::RowNotFound) = sqlx::query::<FlightSql>("SELECT 1 WHERE 1 = 0")
        .fetch_one(&pool)
        .await
    else {
        panic!("a row");
    };
    Ok(())
}
