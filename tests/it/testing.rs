//! A database for each test, as `#[flightsql::test]` requests it.

use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use flightsql::migrate::{Migration, MigrationType, Migrator};
use flightsql::pool::PoolConnection;
use flightsql::testing::{TestArgs, TestFixture, TestFn, TestSupport};
use flightsql::{
    Connection, FlightSql, FlightSqlConnectOptions, FlightSqlPool, FlightSqlPoolOptions,
    SqlSafeStr, is_unsupported, query, query_scalar,
};

use crate::common::{connect, count, server};

static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let sql = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE posts (id INTEGER, by INTEGER)";
    let step = Migration::new(
        1,
        "users".into(),
        MigrationType::Simple,
        sql.into_sql_str(),
        false,
    );
    Migrator::with_migrations(vec![step])
});

const FIXTURES: &[TestFixture] = &[
    TestFixture {
        path: "users.sql",
        contents: "-- two users;\nINSERT INTO users VALUES (1, 'a;b');\nINSERT INTO users VALUES (2, 'b');\n",
    },
    TestFixture {
        path: "posts.sql",
        contents: "INSERT INTO posts SELECT id, id FROM users",
    },
];

fn args(path: &'static str) -> TestArgs {
    let mut args = TestArgs::new(path);
    args.migrator(&MIGRATOR);
    args.fixtures(FIXTURES);
    args
}

fn run<F: TestFn>(test: F, args: TestArgs) -> F::Output {
    test.run_test(args)
}

async fn users(pool: FlightSqlPool) {
    // The same database for every connection, and no other test's.
    for _ in 0..2 {
        let mut one = pool.acquire().await.unwrap();
        let mut two = pool.acquire().await.unwrap();
        let before = count(&mut *one, "users").await;
        query("INSERT INTO users (name) VALUES ('new')")
            .execute(&mut *one)
            .await
            .unwrap();
        assert_eq!(count(&mut *two, "users").await, before + 1);
    }
    assert_eq!(count(&pool, "users").await, 4);
    assert_eq!(count(&pool, "posts").await, 2);
}

#[test]
fn a_pool_has_migrations_and_fixtures() {
    (users as fn(FlightSqlPool) -> _).run_test(args("testing::pool"));
    // And a run after it starts from the beginning.
    (users as fn(FlightSqlPool) -> _).run_test(args("testing::pool"));
}

#[test]
fn tests_at_once_do_not_see_each_other() {
    let paths = [
        "testing::at_once::a",
        "testing::at_once::b",
        "testing::at_once::c",
    ];
    std::thread::scope(|scope| {
        for path in paths {
            scope.spawn(move || (users as fn(FlightSqlPool) -> _).run_test(args(path)));
        }
    });
}

#[test]
fn a_connection_and_options_are_given_too() {
    async fn connection(mut connection: PoolConnection<FlightSql>) {
        assert_eq!(count(&mut *connection, "users").await, 2);
    }
    (connection as fn(PoolConnection<FlightSql>) -> _).run_test(args("testing::connection"));
    async fn options(
        pool: FlightSqlPoolOptions,
        options: FlightSqlConnectOptions,
    ) -> Result<(), flightsql::Error> {
        let pool = pool.max_connections(1).connect_with(options).await?;
        assert_eq!(count(&pool, "users").await, 2);
        Ok(())
    }
    let done: Result<(), flightsql::Error> = run(
        options as fn(FlightSqlPoolOptions, FlightSqlConnectOptions) -> _,
        args("testing::options"),
    );
    done.unwrap();
    static RAN: AtomicUsize = AtomicUsize::new(0);
    async fn bare() {
        RAN.fetch_add(1, Ordering::SeqCst);
    }
    (bare as fn() -> _).run_test(TestArgs::new("testing::bare"));
    assert_eq!(RAN.load(Ordering::SeqCst), 1);
}

#[test]
fn failed_test_does_not_affect_its_next_run() {
    async fn fails(pool: FlightSqlPool) -> Result<(), flightsql::Error> {
        assert_eq!(count(&pool, "users").await, 2);
        query("INSERT INTO nowhere VALUES (1)")
            .execute(&pool)
            .await?;
        Ok(())
    }
    for _ in 0..2 {
        let failed: Result<(), flightsql::Error> =
            run(fails as fn(FlightSqlPool) -> _, args("testing::fails"));
        let error = failed.unwrap_err();
        assert!(error.to_string().contains("nowhere"), "{error}");
    }
    async fn panics(pool: FlightSqlPool) {
        assert_eq!(count(&pool, "users").await, 0, "as it should");
    }
    let panicked = std::panic::catch_unwind(|| {
        (panics as fn(FlightSqlPool) -> _).run_test(args("testing::panics"));
    });
    assert!(panicked.is_err());
    (users as fn(FlightSqlPool) -> _).run_test(args("testing::panics"));
}

#[tokio::test]
async fn a_snapshot_is_refused() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let Err(error) = FlightSql::snapshot(&mut connection).await else {
        panic!("a snapshot cannot be made");
    };
    assert!(is_unsupported(&error));
    assert!(error.to_string().contains("by hand"), "{error}");
    connection.ping().await.unwrap();
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

/// Run by the test below, in a process with its own environment.
#[test]
#[ignore = "needs an environment; see `the_environment_says_where`"]
fn as_the_environment_says() {
    (users as fn(FlightSqlPool) -> _).run_test(args("testing::environment"));
}

/// Runs the test above with these variables. Returns whether it passed, and its output.
fn under(variables: &[(&str, &str)]) -> (bool, String) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child
        .env_remove("FLIGHTSQL_TEST_URL")
        .env_remove("DATABASE_URL");
    child.envs(variables.iter().copied());
    let test = [
        "--exact",
        "testing::as_the_environment_says",
        "--ignored",
        "--nocapture",
    ];
    let output = child.args(test).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_says_where() {
    let (passed, text) = under(&[]);
    assert!(passed && text.contains("1 passed"), "{text}");
    let (passed, text) = under(&[
        ("FLIGHTSQL_TEST_URL", "embedded"),
        ("DATABASE_URL", "flightsql+tcp://127.0.0.1:1"),
    ]);
    assert!(passed && text.contains("1 passed"), "{text}");
    let (passed, text) = under(&[("DATABASE_URL", "postgres://localhost/x")]);
    assert!(
        !passed && text.contains("DATABASE_URL must be `embedded`"),
        "{text}"
    );
    let server = server().await;
    let url = server.url().replace("flightsql+", "sqlite+flightsql+");
    let (passed, text) = under(&[("FLIGHTSQL_TEST_URL", &url)]);
    assert!(
        !passed && text.contains("FLIGHTSQL_TEST_URL=embedded"),
        "{text}"
    );
}
