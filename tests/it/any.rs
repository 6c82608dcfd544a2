//! SQLx's `Any` against the embedded server.

mod behaviors;
mod migrate;
mod pool;
mod sea_query;

use flightsql::any::{
    Any, AnyConnection, AnyPool, AnyPoolOptions, AnyQueryResult, AnyTypeInfoKind, DRIVER,
    install_default_drivers, install_drivers,
};
use flightsql::{
    Column, Connection, Database, Either, Executor, FlightSql, FlightSqlQueryResult, Row,
    SqlSafeStr, Statement, TypeInfo, Value, ValueRef, query, query_as, query_scalar, raw_sql,
};
use flightsql_testkit::TestServer;

use crate::common::server;

async fn connect(server: &TestServer) -> AnyConnection {
    install_default_drivers();
    AnyConnection::connect(&server.url()).await.unwrap()
}

async fn pool(server: &TestServer, size: u32) -> AnyPool {
    install_default_drivers();
    let options = AnyPoolOptions::new().max_connections(size);
    options.connect(&server.url()).await.unwrap()
}

/// Code for each database whose results convert to those of `Any`, as those of SQLx's three drivers do.
fn any_result<DB: Database>(result: DB::QueryResult) -> AnyQueryResult
where
    AnyQueryResult: From<DB::QueryResult>,
{
    result.into()
}

#[tokio::test]
async fn j10_result_converts_to_result_of_any() {
    let server = server().await;
    let mut connection = crate::common::connect(&server).await;
    connection.execute("CREATE TABLE t (x INT)").await.unwrap();
    let insert = "INSERT INTO t VALUES (1), (2), (3)";
    let mut total = connection.execute(insert).await.unwrap();
    let any = any_result::<FlightSql>(total.clone());
    assert_eq!((any.rows_affected(), any.last_insert_id()), (3, None));
    total.extend([connection.execute(insert).await.unwrap()]);
    assert_eq!(total.known_rows_affected(), Some(6));
    let nothing = FlightSqlQueryResult::default();
    assert_eq!(any_result::<FlightSql>(nothing.clone()).rows_affected(), 0);
    assert_eq!(nothing.known_rows_affected(), Some(0));
}

/// The function that code written for SQLx calls.
#[tokio::test]
async fn j16_default_drivers_install_once() {
    let server = server().await;
    install_default_drivers();
    install_default_drivers();
    let again = install_drivers(&[DRIVER]).unwrap_err();
    assert_eq!(again.to_string(), "drivers already installed");
    let mut connection = AnyConnection::connect(&server.url()).await.unwrap();
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

fn kind(row: &flightsql::any::AnyRow, column: usize) -> AnyTypeInfoKind {
    row.columns()[column].type_info().kind()
}

#[tokio::test]
async fn it_connects_pings_and_says_who_it_is() {
    let server = server().await;
    let mut connection = connect(&server).await;
    assert_eq!(connection.backend_name(), "Flight SQL");
    connection.ping().await.unwrap();
    connection.close().await.unwrap();
    install_default_drivers();
    let unknown = AnyConnection::connect("nothing://h").await.unwrap_err();
    assert!(unknown.to_string().contains("no driver found"), "{unknown}");
    let wrong = AnyConnection::connect("flightsql+tcp://h:1?nonsense=1")
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("nonsense"), "{wrong}");
}

#[tokio::test]
async fn every_kind_goes_out_and_comes_back() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute(
            "CREATE TABLE t (b BOOLEAN, s SMALLINT, i INTEGER, l BIGINT, r REAL, d DOUBLE, x TEXT, y BLOB)",
        )
        .await
        .unwrap();
    let insert = "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let done = query(insert)
        .bind(true)
        .bind(i16::MIN)
        .bind(i32::MIN)
        .bind(i64::MIN)
        .bind(1.5_f32)
        .bind(0.1_f64)
        .bind("it's ä;")
        .bind(vec![0_u8, 255])
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(done.rows_affected(), 1);
    assert_eq!(done.last_insert_id(), None);
    query(insert)
        .bind(None::<bool>)
        .bind(None::<i16>)
        .bind(None::<i32>)
        .bind(None::<i64>)
        .bind(None::<f32>)
        .bind(None::<f64>)
        .bind(None::<String>)
        .bind(None::<Vec<u8>>)
        .execute(&mut connection)
        .await
        .unwrap();
    let rows = connection
        .fetch_all("SELECT * FROM t ORDER BY i IS NULL")
        .await
        .unwrap();
    let full = &rows[0];
    assert!(full.get::<bool, _>("b"));
    assert_eq!(full.get::<i16, _>("s"), i16::MIN);
    assert_eq!(full.get::<i32, _>("i"), i32::MIN);
    assert_eq!(full.get::<i64, _>("l"), i64::MIN);
    assert_eq!(full.get::<f64, _>("d").to_bits(), 0.1_f64.to_bits());
    assert_eq!(full.get::<String, _>("x"), "it's ä;");
    assert_eq!(full.get::<&str, _>("x"), "it's ä;");
    assert_eq!(full.get::<Vec<u8>, _>("y"), [0, 255]);
    // Integers are read as any of their kind that holds the value.
    assert_eq!(full.get::<i64, _>("s"), i64::from(i16::MIN));
    assert!(full.try_get::<i16, _>("l").is_err());
    assert!(full.try_get::<String, _>("i").is_err());
    assert!(full.try_get::<i32, _>("absent").is_err());
    let null = &rows[1];
    for column in 0..8 {
        assert!(null.try_get_raw(column).unwrap().is_null(), "{column}");
        assert_eq!(kind(null, column), kind(full, column), "{column}");
    }
    assert_eq!(null.get::<Option<String>, _>("x"), None);
    assert_eq!(null.get::<Option<i64>, _>("l"), None);
    assert!(null.try_get::<i64, _>("l").is_err());
}

#[tokio::test]
async fn what_any_has_no_type_for_is_exact_text() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (n DECIMAL(20, 4), d DATE, at TIMESTAMP, u UUID)")
        .await
        .unwrap();
    connection
        .execute(
            "INSERT INTO t VALUES (12345678.1234, '2024-05-01', '2024-05-01 12:00:00.25', X'00112233445566778899aabbccddeeff')",
        )
        .await
        .unwrap();
    let row = connection
        .fetch_one("SELECT n, d, at FROM t")
        .await
        .unwrap();
    let text: Vec<String> = (0..3).map(|column| row.get(column)).collect();
    assert_eq!(
        text,
        ["12345678.1234", "2024-05-01", "2024-05-01T12:00:00.250"]
    );
    for column in 0..3 {
        assert_eq!(kind(&row, column), AnyTypeInfoKind::Text);
    }
}

#[tokio::test]
async fn nothing_and_empty_results() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let row = connection.fetch_one("SELECT NULL AS n").await.unwrap();
    assert!(row.columns()[0].type_info().is_null() || row.try_get_raw(0).unwrap().is_null());
    assert_eq!(row.get::<Option<i32>, _>("n"), None);
    let none = connection
        .fetch_optional("SELECT 1 WHERE 1 = 0")
        .await
        .unwrap();
    assert!(none.is_none());
    let none = query("SELECT 1 WHERE 1 = ?")
        .bind(0)
        .fetch_optional(&mut connection)
        .await
        .unwrap();
    assert!(none.is_none());
    let missing = connection.fetch_one("SELECT 1 WHERE 1 = 0").await;
    assert!(matches!(missing, Err(flightsql::Error::RowNotFound)));
}

#[tokio::test]
async fn raw_sql_runs_every_statement_and_stops_at_an_error() {
    let server = server().await;
    let mut connection = connect(&server).await;
    let done = raw_sql(
        "CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1), (2); INSERT INTO t VALUES (3)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(done.rows_affected(), 3);
    let error = raw_sql(
        "INSERT INTO t VALUES (4); INSERT INTO absent VALUES (5); INSERT INTO t VALUES (6)",
    )
    .execute(&mut connection)
    .await
    .unwrap_err();
    assert!(
        error
            .as_database_error()
            .unwrap()
            .message()
            .contains("absent")
    );
    let all: Vec<i64> = query_scalar::<Any, _>("SELECT n FROM t ORDER BY n")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all, [1, 2, 3, 4]);
}

#[tokio::test]
async fn transactions_nest_and_roll_back() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (n INTEGER)")
        .await
        .unwrap();
    let mut outer = connection.begin().await.unwrap();
    assert!(outer.is_in_transaction());
    outer.execute("INSERT INTO t VALUES (1)").await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (2)").await.unwrap();
    inner.rollback().await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner.execute("INSERT INTO t VALUES (3)").await.unwrap();
    inner.commit().await.unwrap();
    outer.commit().await.unwrap();
    let mut dropped = connection.begin().await.unwrap();
    dropped.execute("INSERT INTO t VALUES (4)").await.unwrap();
    drop(dropped);
    assert!(!connection.is_in_transaction());
    let all: Vec<i64> = query_scalar::<Any, _>("SELECT n FROM t ORDER BY n")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(all, [1, 3]);
    let with = connection.begin_with("BEGIN IMMEDIATE").await.unwrap_err();
    assert!(
        matches!(with, flightsql::Error::InvalidArgument(_)),
        "{with:?}"
    );
}

#[tokio::test]
async fn statements_are_prepared_and_described() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (id BIGINT NOT NULL, name TEXT)")
        .await
        .unwrap();
    connection
        .execute("INSERT INTO t VALUES (1, 'a'), (2, 'b')")
        .await
        .unwrap();
    let sql = "SELECT id, name FROM t WHERE id = ?";
    let statement = connection.prepare(sql.into_sql_str()).await.unwrap();
    let names: Vec<_> = statement.columns().iter().map(Column::name).collect();
    assert_eq!(names, ["id", "name"]);
    assert_eq!(
        statement.columns()[0].type_info().kind(),
        AnyTypeInfoKind::BigInt
    );
    let parameters = statement.parameters();
    assert!(match parameters {
        Some(Either::Left(types)) => types.len() == 1,
        Some(Either::Right(count)) => count == 1,
        None => false,
    });
    let row = statement
        .query()
        .bind(2_i64)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(row.get::<String, _>("name"), "b");
    assert_eq!(connection.cached_statements_size(), 1);
    connection.clear_cached_statements().await.unwrap();
    assert_eq!(connection.cached_statements_size(), 0);
    let described = connection.describe(sql.into_sql_str()).await.unwrap();
    assert_eq!(described.columns().len(), 2);
    assert_eq!(
        described.column(1).type_info().kind(),
        AnyTypeInfoKind::Text
    );
    assert!(
        connection
            .prepare("SELECT nothing".into_sql_str())
            .await
            .is_err()
    );
}

#[tokio::test]
async fn errors_are_the_drivers_own() {
    let server = server().await;
    let mut connection = connect(&server).await;
    connection
        .execute("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    connection
        .execute("INSERT INTO t VALUES (1)")
        .await
        .unwrap();
    let twice = query("INSERT INTO t VALUES (?)")
        .bind(1)
        .execute(&mut connection)
        .await
        .unwrap_err();
    let database = twice.as_database_error().unwrap();
    assert!(database.is_unique_violation());
    assert!(
        database
            .try_downcast_ref::<flightsql::FlightSqlDatabaseError>()
            .is_some()
    );
    let few = query("SELECT ? + ?")
        .bind(1)
        .fetch_all(&mut connection)
        .await
        .err()
        .unwrap();
    assert!(
        matches!(few, flightsql::Error::InvalidArgument(_)),
        "{few:?}"
    );
    // Usable after each.
    let (one,): (i64,) = query_as::<Any, _>("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
    let row = connection.fetch_one("SELECT 'x'").await.unwrap();
    let value = ValueRef::to_owned(&row.try_get_raw(0).unwrap());
    assert_eq!(value.as_ref().type_info().kind(), AnyTypeInfoKind::Text);
}
