//! `binds=literal`: values interpolated into the statement, for servers without bound parameters.

mod logged;

use std::sync::Arc;

use flightsql::dialect::presets::sqlite;
use flightsql::dialect::{BindSupport, DialectProfile};
use flightsql::options::Binds;
use flightsql::{
    Connection, Error, Executor, FlightSql, FlightSqlArguments, FlightSqlConnection, QueryBuilder,
    ToArrow, query, query_scalar, query_with,
};
use flightsql_testkit::{Placeholder, Rpc, SqliteConfig, TestServer};

use crate::common::{count, options, server};

async fn literal(server: &TestServer, dialect: &str) -> FlightSqlConnection {
    let url = format!("{dialect}+{}?binds=literal", server.url());
    FlightSqlConnection::connect(&url).await.unwrap()
}

/// The statements that the server was sent, each once.
fn sent(server: &TestServer) -> Vec<String> {
    let calls = server.calls();
    let is_statement = |rpc| matches!(rpc, Rpc::GetFlightInfo | Rpc::DoPut | Rpc::DoAction);
    let statements = calls.iter().filter(|call| is_statement(call.rpc()));
    statements.filter_map(|call| call.sql()).collect()
}

#[derive(Debug, ToArrow)]
struct Person {
    id: i64,
    name: String,
}

fn people(names: &[&str]) -> FlightSqlArguments {
    let person = |(id, name): (i64, &&str)| Person {
        id,
        name: (*name).to_owned(),
    };
    let people: Vec<_> = (1..).zip(names).map(person).collect();
    FlightSqlArguments::from_rows(&people).unwrap()
}

const INSERT: &str = "INSERT INTO people VALUES (?, ?)";

async fn with_people() -> (TestServer, FlightSqlConnection) {
    let server = server().await;
    server
        .sqlite()
        .execute_batch("CREATE TABLE people (id BIGINT, name TEXT)")
        .unwrap();
    let connection = literal(&server, "sqlite").await;
    server.clear_calls();
    (server, connection)
}

#[tokio::test]
async fn a_query_takes_two_calls_and_an_update_one() {
    let (server, mut connection) = with_people().await;
    let done = query(INSERT)
        .bind(-1_i64)
        .bind("it's -- ?")
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(1));
    assert_eq!(
        sent(&server),
        ["INSERT INTO people VALUES ((-1), 'it''s -- ?')"]
    );
    assert_eq!((server.count(Rpc::DoPut), server.count_all()), (1, 1));

    server.clear_calls();
    let found: i64 =
        query_scalar("SELECT id FROM people WHERE name = $1 AND id < $2 AND name LIKE $1")
            .bind("it's -- ?")
            .bind(7_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(found, -1);
    let text =
        "SELECT id FROM people WHERE name = 'it''s -- ?' AND id < 7 AND name LIKE 'it''s -- ?'";
    assert_eq!(sent(&server), [text]);
    assert_eq!(
        (
            server.count(Rpc::GetFlightInfo),
            server.count(Rpc::DoGet),
            server.count_all()
        ),
        (1, 1, 2)
    );
}

/// Takes no binds, as Dremio, and is SQLite otherwise.
fn no_binds() -> DialectProfile {
    let mut dialect = sqlite();
    dialect.name = "no-binds".to_owned();
    dialect.parameters.bind = BindSupport::Refused("this engine takes no parameters".to_owned());
    dialect
}

#[tokio::test]
async fn an_engine_without_binds_names_the_option_and_takes_it() {
    let server = server().await;
    let plain = options(&server.url()).dialect(Arc::new(no_binds()));
    let mut connection = FlightSqlConnection::connect_with(&plain).await.unwrap();
    server.clear_calls();
    let error = query("SELECT ?")
        .bind(1_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("this engine takes no parameters") && text.contains("binds=literal"),
        "{text}"
    );
    assert_eq!(server.count_all(), 0);

    let mut connection = FlightSqlConnection::connect_with(&plain.binds(Binds::Literal))
        .await
        .unwrap();
    let sum: i64 = query_scalar("SELECT ? + ?")
        .bind(1_i64)
        .bind(-3_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(sum, -2);
}

#[tokio::test]
async fn many_rows_run_one_by_one() {
    let (server, mut connection) = with_people().await;
    let done = query_with(INSERT, people(&["a", "b'", "c"]))
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    assert_eq!(
        sent(&server),
        [
            "INSERT INTO people VALUES (1, 'a')",
            "INSERT INTO people VALUES (2, 'b''')",
            "INSERT INTO people VALUES (3, 'c')"
        ]
    );
    let done = query_with(INSERT, people(&[]))
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(0));
    assert_eq!(count(&mut connection, "people").await, 3);
}

#[tokio::test]
async fn many_rows_run_as_queries_where_changes_are_queries() {
    let config = SqliteConfig::new()
        .placeholder(Placeholder::Dollar)
        .updates_as_queries(true);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    server
        .sqlite()
        .execute_batch("CREATE TABLE people (id BIGINT, name TEXT)")
        .unwrap();
    let mut connection = literal(&server, "datafusion").await;
    let insert = "INSERT INTO people VALUES ($1, $2)";
    let done = query_with(insert, people(&["a", "b"]))
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(2));
    assert_eq!(count(&mut connection, "people").await, 2);
}

#[tokio::test]
async fn nothing_runs_when_a_value_of_any_row_is_refused() {
    let (server, mut connection) = with_people().await;
    let error = query_with(INSERT, people(&["a", "secret\0"]))
        .execute(&mut connection)
        .await
        .unwrap_err();
    let Error::Encode(why) = error else {
        panic!("{error:?}");
    };
    let why = why.to_string();
    assert!(
        why.contains("parameter 2") && why.contains("Utf8") && why.contains("NUL"),
        "{why}"
    );
    assert!(!why.contains("secret"), "{why}");

    let many = query_with("SELECT ?, ?", people(&["a", "b"]))
        .fetch_all(&mut connection)
        .await;
    assert!(matches!(many, Err(Error::InvalidArgument(_))), "{many:?}");
    let none = query_with("SELECT ?, ?", people(&[]))
        .fetch_all(&mut connection)
        .await;
    assert!(matches!(none, Err(Error::InvalidArgument(_))), "{none:?}");
    for (sql, said) in [
        ("SELECT ?, ?", "2 parameters, 1 was bound"),
        ("SELECT :a", ":a"),
        ("SELECT ?, 'a", "never ends"),
    ] {
        let error = query(sql)
            .bind(1_i64)
            .fetch_one(&mut connection)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::InvalidArgument(text) if text.contains(said)),
            "{error:?}"
        );
    }
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn failed_row_keeps_earlier_rows_outside_of_transaction() {
    let (server, mut connection) = with_people().await;
    server
        .sqlite()
        .execute_batch("CREATE UNIQUE INDEX names ON people (name)")
        .unwrap();
    let twice = || query_with(INSERT, people(&["a", "a"]));
    let mut transaction = connection.begin().await.unwrap();
    assert!(twice().execute(&mut *transaction).await.is_err());
    transaction.rollback().await.unwrap();
    assert_eq!(count(&mut connection, "people").await, 0);
    assert!(twice().execute(&mut connection).await.is_err());
    assert_eq!(count(&mut connection, "people").await, 1);
}

#[tokio::test]
async fn a_query_builder_needs_no_placeholders_of_the_server() {
    let (server, _) = with_people().await;
    for dialect in ["sqlite", "datafusion", "duckdb"] {
        let mut connection = literal(&server, dialect).await;
        server.clear_calls();
        let mut builder = QueryBuilder::<FlightSql>::new("SELECT '?' || ");
        builder.push_bind("a").push(" || ").push_bind("?'");
        let text: String = builder
            .build_query_scalar()
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(text, "?a?'");
        assert_eq!(sent(&server), ["SELECT '?' || 'a' || '?'''"], "{dialect}");
    }
}

#[tokio::test]
async fn without_values_nothing_changes() {
    let (server, mut connection) = with_people().await;
    connection
        .execute("INSERT INTO people VALUES (1, '?')")
        .await
        .unwrap();
    assert_eq!(sent(&server), ["INSERT INTO people VALUES (1, '?')"]);
    let error = connection
        .execute("INSERT INTO people VALUES (1, ?)")
        .await
        .unwrap_err();
    assert!(error.to_string().contains("1 parameter"), "{error}");
}

#[tokio::test]
async fn the_default_dialect_refuses_a_backslash() {
    let server = server().await;
    let mut connection = literal(&server, "ansi").await;
    let error = query("SELECT ?")
        .bind("\\")
        .fetch_one(&mut connection)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("backslash"), "{error}");
}
