//! Tests of Apache Arrow Go's SQLite server, which `tests/interop/run go-sqlite` starts: the integration cases of the Python
//! package flightsql-dbapi, which tests against this server.
//!
//! `FLIGHTSQL_GO_SQLITE_URL` is the URL of the server.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use flightsql::{
    AssertSqlSafe, Column, Connection, Executor, FlightSqlArguments, FlightSqlConnection, FromRow,
    QueryBuilder, Row, ToArrow, TypeInfo, query, query_as, query_scalar, query_with,
};

async fn connect() -> FlightSqlConnection {
    connect_with("").await
}

async fn connect_with(options: &str) -> FlightSqlConnection {
    let url = std::env::var("FLIGHTSQL_GO_SQLITE_URL")
        .expect("FLIGHTSQL_GO_SQLITE_URL is set by tests/interop/run go-sqlite");
    let url = format!("{url}?dialect=auto{options}");
    FlightSqlConnection::connect(&url).await.unwrap()
}

/// Creates a table for one test, because the server keeps its database while it runs.
async fn table(connection: &mut FlightSqlConnection, name: &str) -> String {
    connection
        .execute(AssertSqlSafe(format!("DROP TABLE IF EXISTS {name}")))
        .await
        .unwrap();
    let sql =
        format!("CREATE TABLE {name} (id INTEGER PRIMARY KEY, name VARCHAR(20), value INTEGER)");
    connection.execute(AssertSqlSafe(sql)).await.unwrap();
    name.to_owned()
}

fn sql(text: &str, table: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(text.replace("{t}", table))
}

#[tokio::test]
async fn reads_columns_and_nulls() {
    let mut connection = connect().await;
    let rows = connection
        .fetch_all("SELECT * FROM intTable")
        .await
        .unwrap();
    let columns: Vec<_> = rows[0]
        .columns()
        .iter()
        .map(|column| (column.name(), column.type_info().name()))
        .collect();
    let expected = [
        ("id", "BIGINT"),
        ("keyName", "VARCHAR"),
        ("value", "BIGINT"),
        ("foreignId", "BIGINT"),
    ];
    assert_eq!(columns, expected);
    type Found = (i64, Option<String>, Option<i64>, Option<i64>);
    let rows: Vec<Found> = query_as("SELECT * FROM intTable ORDER BY id")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    let row =
        |id, name: Option<&str>, value, foreign| (id, name.map(str::to_owned), value, foreign);
    let expected = [
        row(1, Some("one"), Some(1), Some(1)),
        row(2, Some("zero"), Some(0), Some(1)),
        row(3, Some("negative one"), Some(-1), Some(1)),
        row(4, None, None, None),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn detects_dialect_of_go_sqlite() {
    let connection = connect().await;
    assert_eq!(connection.dialect().name(), "sqlite");
}

#[tokio::test]
async fn lists_tables_columns_schemas_and_keys() {
    let mut connection = connect().await;
    let mut catalog = connection.catalog();
    let names = catalog.table_names(None).await.unwrap();
    for name in ["foreignTable", "intTable", "sqlite_sequence"] {
        assert!(names.iter().any(|own| own == name), "{names:?}");
        assert!(catalog.has_table(name).await.unwrap());
    }
    assert!(!catalog.has_table("intTabl_").await.unwrap());
    assert!(!catalog.has_table("it's").await.unwrap());

    let columns = catalog.columns_of("intTable").await.unwrap();
    let columns: Vec<_> = columns
        .iter()
        .map(|column| (column.name(), column.type_name(), column.is_nullable()))
        .collect();
    let expected = [
        ("id", "BIGINT", false),
        ("keyName", "VARCHAR", true),
        ("value", "BIGINT", true),
        ("foreignId", "BIGINT", true),
    ];
    assert_eq!(columns, expected);

    assert!(catalog.schema_names().await.unwrap().is_empty());
    assert_eq!(catalog.catalogs().fetch_all().await.unwrap(), ["main"]);
    let key = catalog.primary_key("intTable").await.unwrap().unwrap();
    assert_eq!(key.columns, ["id"]);
    let keys = catalog.foreign_keys("intTable").await.unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].columns, ["foreignId"]);
    assert_eq!(keys[0].referenced_table.name(), "foreignTable");
    assert_eq!(keys[0].referenced_columns, ["id"]);
    assert!(!catalog.types(None).fetch_all().await.unwrap().is_empty());
}

#[tokio::test]
async fn reads_server_information_of_go_sqlite() {
    let mut connection = connect().await;
    let info = connection.catalog().server_info().await.unwrap();
    assert_eq!(info.name(), Some("db_name"));
    assert_eq!(info.version(), Some("sqlite 3"));
    assert_eq!(info.is_read_only(), Some(false));
    assert_eq!(info.identifier_quote(), Some("\""));
}

#[tokio::test]
async fn counts_inserted_and_deleted_rows() {
    let mut connection = connect().await;
    let table = table(&mut connection, "counted").await;
    let insert = sql(
        "INSERT INTO {t} (name, value) VALUES ('a', 1), ('b', 2), ('c', NULL)",
        &table,
    );
    let done = connection.execute(insert).await.unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    let done = connection
        .execute(sql("DELETE FROM {t} WHERE value IS NOT NULL", &table))
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(2));
    let done = connection
        .execute(sql("DELETE FROM {t} WHERE value = 77", &table))
        .await
        .unwrap();
    assert_eq!(done.known_rows_affected(), Some(0));
}

#[derive(Debug, PartialEq, ToArrow, FromRow)]
struct Entry {
    id: i64,
    name: Option<String>,
    value: Option<i64>,
}

#[tokio::test]
async fn runs_three_parameter_sets_in_one_rpc() {
    let mut connection = connect().await;
    let table = table(&mut connection, "entries").await;
    let entries: Vec<_> = [
        (1, Some("a"), Some(10)),
        (2, None, Some(20)),
        (3, Some("c"), None),
    ]
    .into_iter()
    .map(|(id, name, value)| Entry {
        id,
        name: name.map(str::to_owned),
        value,
    })
    .collect();
    let rows = FlightSqlArguments::from_rows(&entries).unwrap();
    let done = query_with(
        sql("INSERT INTO {t} (id, name, value) VALUES (?, ?, ?)", &table),
        rows,
    )
    .execute(&mut connection)
    .await
    .unwrap();
    assert_eq!(done.known_rows_affected(), Some(3));
    for entry in &entries {
        let found: Entry = query_as(sql("SELECT id, name, value FROM {t} WHERE id = ?", &table))
            .bind(entry.id)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(&found, entry);
    }
    assert_eq!(connection.cached_statements_size(), 2);
}

#[tokio::test]
async fn selects_by_list_with_both_bindings() {
    for options in ["", "&binds=literal"] {
        let mut connection = connect_with(options).await;
        let mut select = QueryBuilder::new("SELECT keyName FROM intTable WHERE id IN (");
        let mut list = select.separated(", ");
        for id in [1_i64, 3] {
            list.push_bind(id);
        }
        select.push(") ORDER BY id");
        let names: Vec<String> = select
            .build_query_scalar()
            .fetch_all(&mut connection)
            .await
            .unwrap();
        assert_eq!(names, ["one", "negative one"], "{options}");
    }
}

#[tokio::test]
async fn rolls_back_transaction_on_go_sqlite() {
    let mut connection = connect().await;
    let table = table(&mut connection, "rolled").await;
    let mut transaction = connection.begin().await.unwrap();
    let insert = query(sql("INSERT INTO {t} (name) VALUES (?)", &table)).bind("x");
    insert.execute(&mut *transaction).await.unwrap();
    drop(transaction);
    let left: i64 = query_scalar(sql("SELECT count(*) FROM {t}", &table))
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn returns_server_errors_and_stays_usable() {
    let mut connection = connect().await;
    for (bad, words) in [
        ("SELEC 1", "syntax error"),
        ("SELECT * FROM nowhere", "no such table"),
        ("SELECT nosuch FROM intTable", "no such column"),
    ] {
        let error = connection.fetch_all(bad).await.unwrap_err();
        assert!(error.as_database_error().is_some(), "{error:?}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let one: i64 = query_scalar("SELECT 1")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(one, 1);
}

#[tokio::test]
async fn reports_unsupported_features() {
    let mut connection = connect().await;
    let entries = [Entry {
        id: 1,
        name: None,
        value: None,
    }];
    let error = connection
        .ingest("anywhere")
        .rows(&entries)
        .await
        .unwrap_err();
    assert!(flightsql::is_unsupported(&error), "{error:?}");
}

#[tokio::test]
async fn nests_transaction_as_savepoint() {
    let mut connection = connect().await;
    let table = table(&mut connection, "nested").await;
    let mut outer = connection.begin().await.unwrap();
    outer
        .execute(sql("INSERT INTO {t} (id) VALUES (1)", &table))
        .await
        .unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner
        .execute(sql("INSERT INTO {t} (id) VALUES (2)", &table))
        .await
        .unwrap();
    inner.rollback().await.unwrap();
    let mut inner = outer.begin().await.unwrap();
    inner
        .execute(sql("INSERT INTO {t} (id) VALUES (3)", &table))
        .await
        .unwrap();
    inner.commit().await.unwrap();
    outer.commit().await.unwrap();
    let ids: Vec<i64> = query_scalar(sql("SELECT id FROM {t} ORDER BY id", &table))
        .fetch_all(&mut connection)
        .await
        .unwrap();
    assert_eq!(ids, [1, 3]);
}

/// Runs migrations with files, lock, record and undo on a third-party server.
#[tokio::test]
async fn runs_and_reverts_migrations_on_go_sqlite() {
    use std::borrow::Cow;

    use flightsql::migrate::{Migration, MigrationType, Migrator};

    let steps = |kind, first: &'static str, second: &'static str| {
        [(1, first), (2, second)].map(|(version, sql)| {
            let sql = flightsql::SqlStr::from_static(sql);
            Migration::new(version, Cow::Borrowed("step"), kind, sql, false)
        })
    };
    let up = steps(
        MigrationType::ReversibleUp,
        "CREATE TABLE migrated (id INTEGER, name TEXT); INSERT INTO migrated VALUES (1, 'it''s; one')",
        "-- A comment; and no statement.\nINSERT INTO migrated VALUES (2, 'two');",
    );
    let down = steps(
        MigrationType::ReversibleDown,
        "DROP TABLE migrated",
        "DELETE FROM migrated WHERE id = 2",
    );
    let mut migrator = Migrator::DEFAULT;
    migrator.migrations = Cow::Owned(up.into_iter().chain(down).collect());
    let mut connection = connect().await;
    connection
        .execute("DROP TABLE IF EXISTS migrated")
        .await
        .unwrap();
    for _ in 0..2 {
        migrator.run(&mut connection).await.unwrap();
    }
    type Named = (i64, String);
    let names = "SELECT id, name FROM migrated ORDER BY id";
    let rows: Vec<Named> = query_as(names).fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows, [(1, "it's; one".to_owned()), (2, "two".to_owned())]);
    migrator.undo(&mut connection, 1).await.unwrap();
    let rows: Vec<Named> = query_as(names).fetch_all(&mut connection).await.unwrap();
    assert_eq!(rows.len(), 1);
    migrator.undo(&mut connection, 0).await.unwrap();
    let gone = connection.fetch_all(names).await.unwrap_err();
    assert!(gone.to_string().contains("no such table"), "{gone}");
    let left: i64 = query_scalar("SELECT count(*) AS n FROM _sqlx_migrations")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(left, 0);
}
