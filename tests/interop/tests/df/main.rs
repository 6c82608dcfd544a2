//! `datafusion-flight-sql-server` 0.4.19: a stateless server with `$n` binds, replaced handles, and no updates.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

mod property;

use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion_flight_sql_server::service::FlightSqlService;
use flightsql::dialect::presets::datafusion;
use flightsql::{
    ConnectOptions, Connection, Executor, FlightSqlConnectOptions, FlightSqlConnection,
    FlightSqlDatabaseError, FlightSqlPool, FlightSqlPoolOptions, FlightSqlQueryBuilderExt as _,
    QueryBuilder, Row, StatusCode, query, query_as, query_scalar,
};
use flightsql_testkit::{Rpc, TestServer};
use futures_util::TryStreamExt;

const PEOPLE: &str = "CREATE TABLE people AS SELECT * FROM (VALUES \
    (CAST(1 AS BIGINT), 'Ada'), (2, 'Grace'), (3, 'Edsger')) AS t(id, name)";

/// Starts the server with a recorder and one table.
async fn server() -> TestServer {
    server_of().await.1
}

/// Starts the server, and also returns its engine.
async fn server_of() -> (SessionContext, TestServer) {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    context.sql(PEOPLE).await.unwrap().collect().await.unwrap();
    let server = TestServer::serve(FlightSqlService::new(context.state()))
        .await
        .unwrap();
    (context, server)
}

/// Returns a URL with the dialect and a URL without it.
fn urls(server: &TestServer) -> [String; 2] {
    let plain = server.url();
    [
        plain.replacen("flightsql+tcp", "datafusion+flightsql+tcp", 1),
        plain,
    ]
}

async fn connect(url: &str) -> FlightSqlConnection {
    FlightSqlConnection::connect(url).await.unwrap()
}

async fn pool(url: &str) -> FlightSqlPool {
    FlightSqlPoolOptions::new()
        .max_connections(3)
        .connect(url)
        .await
        .unwrap()
}

#[tokio::test]
async fn select_needs_two_rpcs() {
    let server = server().await;
    for url in urls(&server) {
        let mut connection = connect(&url).await;
        server.clear_calls();
        let rows: Vec<(i64, String)> = query_as("SELECT id, name FROM people ORDER BY id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[1], (2, "Grace".to_owned()));
        assert_eq!(server.count_all(), 2);
    }
}

#[tokio::test]
async fn binds_use_replaced_handle() {
    let server = server().await;
    for url in urls(&server) {
        let mut connection = connect(&url).await;
        let sql = "SELECT name FROM people WHERE id = $1";
        for (id, name) in [(1_i64, "Ada"), (3, "Edsger"), (2, "Grace")] {
            let found: String = query_scalar(sql)
                .bind(id)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            assert_eq!(found, name);
        }
        server.clear_calls();
        let none: Option<String> = query_scalar(sql)
            .bind(9_i64)
            .fetch_optional(&mut connection)
            .await
            .unwrap();
        assert_eq!(none, None);
        assert_eq!((server.count(Rpc::DoPut), server.count_all()), (1, 3));
    }
}

#[tokio::test]
async fn eleven_parameters_keep_their_order() {
    let server = server().await;
    let mut connection = connect(&urls(&server)[1]).await;
    let terms: Vec<String> = (1..=11).map(|n| format!("(id + {n}) * ${n}")).collect();
    let sql = format!("SELECT {} FROM people WHERE id = 1", terms.join(" + "));
    let mut sum = query_scalar(flightsql::AssertSqlSafe(sql));
    for n in 1..=11_i64 {
        sum = sum.bind(10_i64.pow(u32::try_from(n).unwrap() - 1));
    }
    let sum: i64 = sum.fetch_one(&mut connection).await.unwrap();
    let expected: i64 = (1..=11_i64)
        .map(|n| (1 + n) * 10_i64.pow(u32::try_from(n).unwrap() - 1))
        .sum();
    assert_eq!(sum, expected);
}

#[tokio::test]
async fn runs_ddl_and_insert_once_through_pool() {
    let server = server().await;
    for (n, url) in urls(&server).into_iter().enumerate() {
        let pool = pool(&url).await;
        let table = format!("made_{n}");
        let sql = |text: &str| flightsql::AssertSqlSafe(text.replace("{t}", &table));

        query(sql("CREATE TABLE {t} (id BIGINT, name VARCHAR)"))
            .execute(&pool)
            .await
            .unwrap();
        let done = query(sql("INSERT INTO {t} VALUES (1, 'a'), (2, 'b')"))
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(done.known_rows_affected(), Some(2));
        let done = query(sql("INSERT INTO {t} SELECT id + $1, name FROM people"))
            .bind(10_i64)
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(done.known_rows_affected(), Some(3));

        let ids: Vec<i64> = query_scalar(sql("SELECT id FROM {t} ORDER BY id"))
            .fetch_all(&pool)
            .await
            .unwrap();
        assert_eq!(ids, [1, 2, 11, 12, 13]);
        query(sql("DROP TABLE {t}")).execute(&pool).await.unwrap();
        let gone = query(sql("SELECT id FROM {t}"))
            .fetch_all(&pool)
            .await
            .unwrap_err();
        assert!(gone.to_string().contains(&table), "{gone}");
    }
}

#[tokio::test]
async fn returns_rows_before_late_error() {
    let server = server().await;
    let mut connection = connect(&urls(&server)[0]).await;
    let sql = "SELECT 1000000 / (100000 - value) AS q FROM generate_series(1, 200000)";
    let mut rows = connection.fetch(sql);
    let mut good = 0_u64;
    let error = loop {
        match rows.try_next().await {
            Ok(Some(row)) => {
                let _: i64 = row.get("q");
                good += 1;
            }
            Ok(None) => panic!("the division by zero was lost after {good} rows"),
            Err(error) => break error,
        }
    };
    assert!(good > 0);
    assert!(good < 100_000);
    let server_error = error.as_database_error().unwrap();
    let server_error = server_error.downcast_ref::<FlightSqlDatabaseError>();
    assert_eq!(server_error.status(), StatusCode::Internal);
    assert_eq!(server_error.operation(), "DoGet");
    assert_eq!(server_error.endpoint(), Some(0));
    assert!(
        server_error.to_string().contains("DivideByZero"),
        "{server_error}"
    );
    assert!(rows.try_next().await.unwrap().is_none());
    drop(rows);

    // The connection stays usable.
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn reports_unsupported_features() {
    let server = server().await;
    for url in urls(&server) {
        let mut connection = connect(&url).await;
        server.clear_calls();
        let error = connection.begin().await.err().unwrap();
        assert!(error.to_string().contains("does not support transactions"), "{error}");
        assert_eq!(server.count(Rpc::GetFlightInfo), 0);
        assert_eq!(server.count(Rpc::DoPut), 0);
        let batch = flightsql::arrow::RecordBatch::new_empty(std::sync::Arc::new(
            flightsql::arrow::schema::Schema::empty(),
        ));
        let error = connection
            .ingest("people")
            .batches(vec![batch])
            .await
            .unwrap_err();
        assert!(error.to_string().contains("no bulk ingest"), "{error}");
        connection.ping().await.unwrap();
    }
    let error = urls(&server)[0]
        .replacen("://", "://user:secret@", 1)
        .parse::<FlightSqlConnectOptions>()
        .unwrap()
        .connect()
        .await
        .unwrap_err();
    assert!(error.to_string().contains("does not support `Handshake`"), "{error}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn accepts_unimplemented_ping() {
    let server = server().await;
    let mut connection = urls(&server)[0]
        .parse::<FlightSqlConnectOptions>()
        .unwrap()
        .ping_after(std::time::Duration::ZERO)
        .connect()
        .await
        .unwrap();
    server.clear_calls();
    connection.ping().await.unwrap();
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
}

#[tokio::test]
async fn query_builder_writes_server_placeholders() {
    let server = server().await;
    let mut connection = connect(&urls(&server)[0]).await;
    let mut builder =
        QueryBuilder::new("SELECT name FROM people WHERE name <> 'what?' AND id IN (");
    let mut list = builder.separated(", ");
    for id in [1_i64, 3] {
        list.push_bind(id);
    }
    builder.push(") ORDER BY id");
    let names: Vec<String> = builder
        .build_query_scalar()
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(names, ["Ada", "Edsger"]);
}

#[tokio::test]
async fn push_list_supports_values_and_empty_lists() {
    let server = server().await;
    let cases: [(&str, &str, &[i64], &[i64]); 5] = [
        ("id", " IN ", &[1, 3], &[1, 3]),
        ("id", " NOT IN ", &[2], &[1, 3]),
        ("id", " IN ", &[], &[]),
        ("id", " NOT IN ", &[], &[1, 2, 3]),
        ("odd", " NOT IN ", &[], &[1, 2, 3]),
    ];
    for binds in ["server", "literal"] {
        let mut connection = connect(&format!("{}?binds={binds}", urls(&server)[0])).await;
        for (column, operator, list, expected) in cases {
            let mut builder =
                QueryBuilder::new("SELECT id FROM (SELECT id, NULLIF(id, 2) AS odd FROM ");
            builder
                .push_table(&datafusion(), &["datafusion", "public", "people"])
                .unwrap();
            builder
                .push(") WHERE ")
                .push_ident(&datafusion(), column)
                .unwrap();
            builder.push(operator).push_list(list).push(" ORDER BY id");
            let ids: Vec<i64> = builder
                .build_query_scalar()
                .fetch_all(&mut connection)
                .await
                .unwrap_or_else(|error| panic!("{column}{operator}{list:?}: {error}"));
            assert_eq!(ids, expected, "{column}{operator}{list:?}");
        }
    }
}

#[tokio::test]
async fn sql_error_leaves_connection_usable() {
    let server = server().await;
    let mut connection = connect(&urls(&server)[0]).await;
    for bad in [
        "SELEC 1",
        "SELECT nope FROM people",
        "SELECT * FROM nowhere",
    ] {
        let error = connection.fetch_all(bad).await.unwrap_err();
        assert!(error.as_database_error().is_some(), "{error:?}");
    }
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}
