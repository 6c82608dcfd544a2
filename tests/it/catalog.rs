//! Catalog metadata of the embedded server and of nonconforming servers.

mod broken;
mod odd;
mod wider;

use flightsql::catalog::{
    Nullable, ReferentialAction, SqlInfoValue, TableName, TransactionSupport,
};
use flightsql::{Executor, FlightSqlConnection};
use flightsql_testkit::{Rpc, TestServer};
use futures_util::TryStreamExt;

use crate::common::{connect, pool, server, server_error};

/// Two tables that refer to each other's kind, a view, and names that are hard to filter for.
async fn filled() -> (TestServer, FlightSqlConnection) {
    let server = server().await;
    let mut connection = connect(&server).await;
    for sql in [
        "CREATE TABLE airline (code VARCHAR NOT NULL PRIMARY KEY, name VARCHAR DEFAULT 'none')",
        "CREATE TABLE flight (id INTEGER PRIMARY KEY, airline VARCHAR NOT NULL, twin VARCHAR, price DECIMAL(10,2), \
         FOREIGN KEY (airline) REFERENCES airline (code) ON UPDATE CASCADE ON DELETE RESTRICT, \
         FOREIGN KEY (twin) REFERENCES airline (code))",
        "CREATE TABLE part (a BIGINT, b BIGINT, c BIGINT, PRIMARY KEY (b, a))",
        "CREATE VIEW cheap AS SELECT id FROM flight WHERE price < 100",
        "CREATE TABLE \"50%_off\" (x BIGINT)",
        "CREATE TABLE \"50 Xoff\" (x BIGINT)",
        "CREATE TABLE \"back\\slash\" (x BIGINT)",
    ] {
        connection.execute(sql).await.unwrap();
    }
    (server, connection)
}

#[tokio::test]
async fn catalogs_schemas_and_types_of_tables() {
    let (_server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    assert_eq!(catalog.catalogs().fetch_all().await.unwrap(), ["main"]);
    let schemas = catalog.schemas().fetch_all().await.unwrap();
    assert_eq!(schemas.len(), 1);
    assert_eq!(
        (schemas[0].catalog.as_deref(), &*schemas[0].name),
        (Some("main"), "")
    );
    assert!(catalog.schema_names().await.unwrap().is_empty());
    assert_eq!(
        catalog.table_types().fetch_all().await.unwrap(),
        ["TABLE", "VIEW"]
    );
    let elsewhere = catalog.schemas().in_catalog("elsewhere").fetch_all().await;
    assert!(elsewhere.unwrap().is_empty());
}

#[tokio::test]
async fn tables_by_name_by_pattern_and_by_type() {
    let (_server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    let names = catalog.table_names(None).await.unwrap();
    let all = [
        "50 Xoff",
        "50%_off",
        "airline",
        "back\\slash",
        "cheap",
        "flight",
        "part",
    ];
    assert_eq!(names, all);
    let mut names_of = async |pattern: &str| -> Vec<String> {
        let tables = catalog
            .tables()
            .named_like(pattern)
            .fetch_all()
            .await
            .unwrap();
        tables
            .iter()
            .map(|table| table.name.name().to_owned())
            .collect()
    };
    assert_eq!(names_of("%li%").await, ["airline", "flight"]);
    assert_eq!(names_of("fligh_").await, ["flight"]);
    assert!(names_of("fligh").await.is_empty());
    let views = catalog.tables().of_type("VIEW").fetch_all().await.unwrap();
    assert_eq!(views.len(), 1);
    assert_eq!(views[0].name.to_string(), "main.cheap");
    assert_eq!(views[0].table_type, "VIEW");
    assert_eq!(views[0].schema, None);
}

#[tokio::test]
async fn an_exact_name_is_that_name_whatever_characters_it_has() {
    let (_server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    for name in ["50%_off", "50 Xoff", "back\\slash", "airline"] {
        let found = catalog.tables().named(name).fetch_all().await.unwrap();
        let names: Vec<_> = found.iter().map(|table| table.name.name()).collect();
        assert_eq!(names, [name]);
        assert!(catalog.has_table(name).await.unwrap());
    }
    for name in ["50", "Airline", "air%", "", "a.b"] {
        assert!(!catalog.has_table(name).await.unwrap(), "{name:?}");
    }
    assert!(
        catalog
            .has_table(TableName::new("part").in_catalog("main"))
            .await
            .unwrap()
    );
    assert!(
        !catalog
            .has_table(TableName::new("part").in_catalog("other"))
            .await
            .unwrap()
    );
    assert!(
        !catalog
            .has_table(TableName::new("part").in_schema("other"))
            .await
            .unwrap()
    );
}

#[tokio::test]
async fn columns_with_types_nullability_defaults_and_places() {
    let (_server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    let columns = catalog.columns_of("flight").await.unwrap();
    let seen: Vec<_> = columns
        .iter()
        .map(|c| {
            (
                c.ordinal(),
                c.name(),
                c.type_name().to_owned(),
                c.is_nullable(),
            )
        })
        .collect();
    let expected = [
        (0, "id", "INTEGER".to_owned(), false),
        (1, "airline", "VARCHAR".to_owned(), false),
        (2, "twin", "VARCHAR".to_owned(), true),
        (3, "price", "DECIMAL(10,2)".to_owned(), true),
    ];
    assert_eq!(seen, expected);
    assert_eq!(
        (columns[3].precision(), columns[3].scale()),
        (Some(10), Some(2))
    );
    assert_eq!(columns[0].is_auto_increment(), Some(true));
    assert_eq!(columns[1].is_auto_increment(), Some(false));
    assert_eq!(columns[1].table().to_string(), "main.flight");

    let airline = catalog.columns_of("airline").await.unwrap();
    assert_eq!(airline[0].default_value(), None);
    assert_eq!(airline[1].default_value(), Some("'none'"));
    assert_eq!(airline[1].comment(), None);

    let all = catalog
        .columns()
        .of_type("TABLE")
        .named_like("%l%")
        .fetch_all()
        .await
        .unwrap();
    let names: Vec<_> = all
        .iter()
        .map(|c| format!("{}.{}", c.table().name(), c.name()))
        .collect();
    assert_eq!(
        names,
        [
            "airline.code",
            "airline.name",
            "back\\slash.x",
            "flight.id",
            "flight.airline",
            "flight.twin",
            "flight.price"
        ]
    );
    let error = catalog.columns_of("nowhere").await.unwrap_err();
    assert!(matches!(error, flightsql::Error::RowNotFound), "{error:?}");
}

#[tokio::test]
async fn keys_in_their_order_with_what_they_refer_to() {
    let (_server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    let key = catalog.primary_key("part").await.unwrap().unwrap();
    assert_eq!(key.columns, ["b", "a"]);
    assert_eq!(key.table.name(), "part");
    assert_eq!(catalog.primary_key("cheap").await.unwrap(), None);

    let mut keys = catalog.foreign_keys("flight").await.unwrap();
    keys.sort_by(|a, b| a.columns.cmp(&b.columns));
    assert_eq!(keys.len(), 2);
    assert_eq!(keys[0].columns, ["airline"]);
    assert_eq!(keys[0].referenced_table.name(), "airline");
    assert_eq!(keys[0].referenced_columns, ["code"]);
    assert_eq!(keys[0].on_update, Some(ReferentialAction::Cascade));
    assert_eq!(keys[0].on_delete, Some(ReferentialAction::Restrict));
    assert_eq!(keys[1].on_delete, Some(ReferentialAction::NoAction));

    let exported = catalog.exported_keys("airline").fetch_all().await.unwrap();
    assert_eq!(exported.len(), 2);
    assert!(
        exported
            .iter()
            .all(|key| key.foreign_table.name() == "flight")
    );
    let crossed = catalog
        .cross_reference("airline", "flight")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(crossed.len(), 2);
    let crossed = catalog
        .cross_reference("part", "flight")
        .fetch_all()
        .await
        .unwrap();
    assert!(crossed.is_empty());
}

#[tokio::test]
async fn the_servers_types() {
    let (_server, mut connection) = filled().await;
    let types = connection.catalog().types(None).fetch_all().await.unwrap();
    let integer = types.iter().find(|found| found.name == "INT").unwrap();
    assert_eq!(integer.nullable, Nullable::Yes);
    let one = connection
        .catalog()
        .types(Some(integer.data_type))
        .fetch_all()
        .await
        .unwrap();
    assert!(one.iter().all(|found| found.data_type == integer.data_type));
    assert!(one.contains(integer));
    assert!(types.len() > one.len());
}

#[tokio::test]
async fn the_server_is_asked_once_per_pool_what_it_is() {
    let server = server().await;
    let pool = pool(&server, 2).await;
    let (mut one, mut two) = (pool.acquire().await.unwrap(), pool.acquire().await.unwrap());
    let info = one.catalog().server_info().await.unwrap();
    assert_eq!(info.name(), Some("SQLite"));
    assert_eq!(info.is_read_only(), Some(false));
    assert_eq!(info.transactions(), Some(TransactionSupport::Savepoint));
    assert_eq!(info.has_ingest(), Some(true));
    assert_eq!(info.identifier_quote(), Some("\""));
    assert!(info.keywords().iter().any(|word| word == "ABORT"));
    assert_eq!(
        info.get(1),
        Some(&SqlInfoValue::Text(info.version().unwrap().to_owned()))
    );
    assert!(
        matches!(info.get(517), Some(SqlInfoValue::IntLists(_))),
        "{:?}",
        info.get(517)
    );
    server.clear_calls();
    assert_eq!(two.catalog().server_info().await.unwrap(), info);
    assert_eq!(server.count_all(), 0);
}

#[tokio::test]
async fn batches_hold_what_was_asked_for_and_no_more() {
    let (server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    let batches: Vec<_> = catalog
        .tables()
        .named("50%_off")
        .fetch_arrow()
        .try_collect()
        .await
        .unwrap();
    let rows: usize = batches.iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(rows, 1);
    assert_eq!(batches[0].schema().field(2).name(), "table_name");
    server.clear_calls();
    let mut names = std::pin::pin!(catalog.tables().fetch());
    assert_eq!(server.count_all(), 0);
    assert!(names.try_next().await.unwrap().is_some());
    assert_eq!(
        (server.count(Rpc::GetFlightInfo), server.count(Rpc::DoGet)),
        (1, 1)
    );
}

#[tokio::test]
async fn missing_server_information_is_an_error() {
    let config = flightsql_testkit::SqliteConfig::new().sql_info(false);
    let server = TestServer::builder().sqlite(config).start().await.unwrap();
    let mut connection = connect(&server).await;
    let error = connection.catalog().server_info().await.unwrap_err();
    assert!(server_error(&error).is_unsupported(), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("this server does not report its features (`GetSqlInfo`)"),
        "{error}"
    );
    // The driver queries again: a failed response is not kept.
    server.clear_calls();
    connection.catalog().server_info().await.unwrap_err();
    assert_eq!(server.count_all(), 1);
}

#[tokio::test]
async fn missing_table_needs_no_retry_after_first_listing() {
    let (server, mut connection) = filled().await;
    let mut catalog = connection.catalog();
    server.clear_calls();
    assert!(!catalog.has_table("nowhere").await.unwrap());
    // The server may list nothing without a catalog, so the driver queries the one it has.
    assert_eq!(server.count(Rpc::GetFlightInfo), 3);
    assert!(catalog.has_table("flight").await.unwrap());
    server.clear_calls();
    assert!(!catalog.has_table("nowhere").await.unwrap());
    assert_eq!(server.count(Rpc::GetFlightInfo), 1);
}
