//! The place of tests without an environment; servers with and without schemas.

use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use sqlx_core::connection::{ConnectOptions as _, Connection as _};
use sqlx_core::executor::Executor as _;
use sqlx_core::testing::{TestArgs, TestSupport as _};

use super::place::Place;
use crate::error::is_unsupported;
use crate::marker::FlightSql;

fn at(server: &TestServer) -> Place {
    Place::parse("X", &server.url()).unwrap()
}

fn name() -> String {
    FlightSql::db_name(&TestArgs::new("a::test"))
}

#[test]
fn a_place_is_a_word_or_a_url() {
    assert!(matches!(Place::parse("X", "embedded"), Ok(Place::Embedded)));
    let server = Place::parse("X", "duckdb+flightsql+tcp://h:1/c");
    assert!(matches!(server, Ok(Place::Server(_))));
    let error = Place::parse("DATABASE_URL", "postgres://h/d").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("DATABASE_URL must be `embedded`"), "{text}");
    assert!(text.contains("postgres"), "{text}");
}

/// Every SQL text that the server saw.
fn sql(server: &TestServer) -> Vec<String> {
    server
        .calls()
        .iter()
        .filter_map(|call| call.sql())
        .collect()
}

#[tokio::test]
async fn a_schema_is_made_anew_and_dropped() {
    let script = Script::new()
        .do_put(Reply::update_count(0).always())
        .do_action("SetSessionOptions", Reply::action_bytes("").always())
        .do_action("CloseSession", Reply::action_bytes("").always());
    let server = TestServer::scripted(script).await.unwrap();
    let name = name();
    let context = at(&server).context(name.clone()).await.unwrap();
    assert_eq!(context.db_name, name);
    assert_eq!(context.connect_opts.get_schema(), Some(&*name));
    let drop = format!("DROP SCHEMA IF EXISTS \"{name}\" CASCADE");
    let create = format!("CREATE SCHEMA \"{name}\"");
    assert_eq!(sql(&server), [drop.clone(), create]);
    server.clear_calls();
    at(&server).cleanup(&name).await.unwrap();
    assert_eq!(sql(&server), [drop]);
    // The limit of all tests is a parent, with room for more than this one.
    let pool = context.pool_opts.connect_lazy_with(context.connect_opts);
    assert_eq!(pool.options().get_max_connections(), 5);
}

#[tokio::test]
async fn a_refused_schema_is_the_servers_error() {
    let refused = Reply::error(Code::InvalidArgument, "no rights");
    let script = Script::new().do_put(refused.always());
    let server = TestServer::scripted(script).await.unwrap();
    let error = at(&server).context(name()).await.err().unwrap();
    assert!(error.to_string().contains("no rights"), "{error}");
}

#[tokio::test]
async fn an_engine_without_schemas_names_the_embedded_server() {
    let server = TestServer::sqlite().await.unwrap();
    let url = server.url().replace("flightsql+", "sqlite+flightsql+");
    let place = Place::parse("X", &url).unwrap();
    let error = place.clone().context(name()).await.err().unwrap();
    assert!(is_unsupported(&error));
    let text = error.to_string();
    assert!(text.contains("`sqlite`"), "{text}");
    assert!(text.contains("FLIGHTSQL_TEST_URL=embedded"), "{text}");
    assert!(text.contains("`testkit`"), "{text}");
    assert_eq!(place.cleanup_all().await.unwrap(), Some(0));
}

/// `query!` needs `DATABASE_URL`, which mostly names no dialect, as that of `flightsql serve`.
#[tokio::test]
async fn j5_database_url_of_sqlite_runs_tests_embedded() {
    let server = TestServer::sqlite().await.unwrap();
    let place = Place::parse("DATABASE_URL", &server.url()).unwrap();
    let context = place.clone().context("j5".to_owned()).await;
    if cfg!(not(feature = "testkit")) {
        let error = context.err().unwrap().to_string();
        assert!(error.contains("FLIGHTSQL_TEST_URL=embedded"), "{error}");
        return;
    }
    let options = context.unwrap().connect_opts;
    let mut connection = options.connect().await.unwrap();
    connection.execute("CREATE TABLE t (n)").await.unwrap();
    connection.close().await.unwrap();
    // The program's own database has not changed.
    assert!(server.sqlite().execute_batch("SELECT * FROM t").is_err());
    place.cleanup("j5").await.unwrap();
    assert!(options.connect().await.is_err());
    // The variable for tests states where they run.
    let place = Place::parse("FLIGHTSQL_TEST_URL", &server.url()).unwrap();
    let error = place.context("j5".to_owned()).await.err().unwrap();
    let text = error.to_string();
    assert!(
        is_unsupported(&error) && text.contains("`sqlite`"),
        "{text}"
    );
}

#[tokio::test]
async fn only_test_databases_are_cleaned_up() {
    use arrow_array::{RecordBatch, StringArray};
    use std::sync::Arc;
    let names = StringArray::from(vec!["main", "_sqlx_test_a", "_sqlx_test_b", "sqlx_test"]);
    let catalogs = StringArray::from(vec![None::<&str>; 4]);
    let batch = RecordBatch::try_from_iter_with_nullable([
        (
            "catalog_name",
            Arc::new(catalogs) as arrow_array::ArrayRef,
            true,
        ),
        ("db_schema_name", Arc::new(names), false),
    ])
    .unwrap();
    let script = Script::new()
        .on(
            Rpc::GetFlightInfo,
            "CommandGetDbSchemas",
            Reply::ticket(batch.schema(), "t").always(),
        )
        .do_get(Reply::batches(batch.schema(), [batch.clone()]).always())
        .do_put(Reply::update_count(0).always());
    let server = TestServer::scripted(script).await.unwrap();
    assert_eq!(at(&server).cleanup_all().await.unwrap(), Some(2));
    assert_eq!(
        sql(&server),
        [
            "DROP SCHEMA IF EXISTS \"_sqlx_test_a\" CASCADE",
            "DROP SCHEMA IF EXISTS \"_sqlx_test_b\" CASCADE"
        ]
    );
}

#[test]
fn reads_dotenv_and_hides_invalid_lines() {
    let file = |text: &'static str| Place::from_pairs(dotenvy::from_read_iter(text.as_bytes()));
    assert!(matches!(file("OTHER=x\n"), Ok(Place::Embedded)));
    assert!(matches!(file("DATABASE_URL=\n"), Ok(Place::Embedded)));
    let server = file("DATABASE_URL=flightsql+tcp://h:1\n");
    assert!(matches!(server, Ok(Place::Server(_))));
    // This driver's own name wins, wherever it stands.
    let own = file("DATABASE_URL=postgres://h/d\nFLIGHTSQL_TEST_URL=embedded\n");
    assert!(matches!(own, Ok(Place::Embedded)));
    let error = file("A 'secret\n").unwrap_err().to_string();
    assert!(
        error.contains("a line of .env") && !error.contains("secret"),
        "{error}"
    );
}

#[tokio::test]
async fn an_embedded_server_lives_until_its_cleanup() {
    if cfg!(not(feature = "testkit")) {
        let context = Place::Embedded.context("none".to_owned()).await;
        let error = context.err().unwrap().to_string();
        assert!(error.contains("enable the feature `testkit`"), "{error}");
        return;
    }
    let one = Place::Embedded.context("one".to_owned()).await.unwrap();
    let two = Place::Embedded.context("two".to_owned()).await.unwrap();
    assert_eq!(one.connect_opts.get_dialect().name(), "sqlite");
    for context in [&one, &two] {
        // Each has a database of its own.
        let mut connection = context.connect_opts.connect().await.unwrap();
        connection.execute("CREATE TABLE t (n)").await.unwrap();
        connection.close().await.unwrap();
    }
    Place::Embedded.cleanup("one").await.unwrap();
    assert!(one.connect_opts.connect().await.is_err());
    assert!(two.connect_opts.connect().await.is_ok());
    Place::Embedded.cleanup("two").await.unwrap();
    Place::Embedded.cleanup("never started").await.unwrap();
    assert_eq!(Place::Embedded.cleanup_all().await.unwrap(), None);
}

#[test]
fn panicked_test_stops_its_embedded_server() {
    if cfg!(not(feature = "testkit")) {
        return;
    }
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let options = runtime().block_on(async {
        let context = Place::Embedded.context("panics".to_owned()).await;
        context.unwrap().connect_opts
    });
    runtime().block_on(async move {
        assert!(options.connect().await.is_err());
        // Its name is free again, and what is left under it does not wait for ever.
        Place::Embedded.cleanup("panics").await.unwrap();
    });
}
