//! Catalog responses that violate the specification, as real servers send them.

use std::slice;
use std::sync::Arc;

use flightsql::arrow::array::types::Int8Type;
use flightsql::arrow::array::{
    ArrayRef, BinaryArray, DictionaryArray, Int32Array, Int64Array, LargeStringArray, NullArray,
    RecordBatch, RunArray, StringArray, StringViewArray, UInt8Array,
};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::catalog::Nullable;
use flightsql::dialect::{DialectProfile, Feature};
use flightsql::{ConnectOptions, Connection, Error, FlightSqlConnectOptions, FlightSqlConnection};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer, raw};

use crate::common::server_error;

const TABLES: &str = "CommandGetTables";

pub(super) async fn scripted(script: &Script) -> (TestServer, FlightSqlConnection) {
    let server = TestServer::scripted(script.clone()).await.unwrap();
    let connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    (server, connection)
}

pub(super) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, array)| Field::new(*name, array.data_type().clone(), true))
        .collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

pub(super) fn answer(script: Script, command: &str, batch: &RecordBatch) -> Script {
    // `Reply::batches` sends no dictionaries.
    let messages = raw::stream(batch.schema_ref(), slice::from_ref(batch), false).unwrap();
    script
        .on(
            Rpc::GetFlightInfo,
            command,
            Reply::ticket(batch.schema(), command.to_owned()),
        )
        .do_get(Reply::raw(messages))
}

#[tokio::test]
async fn other_names_nulls_and_encodings_are_read() {
    let names = LargeStringArray::from(vec!["one", "two", "one"]);
    let tables = batch(vec![
        (
            "TABLE_CAT",
            Arc::new(StringArray::from(vec![None::<&str>, None, None])),
        ),
        (
            "table_schem",
            Arc::new(StringViewArray::from(vec!["a", "b", "b"])),
        ),
        ("TABLE_NAME", Arc::new(names)),
        (
            "kind",
            Arc::new(StringArray::from(vec![Some("TABLE"), None, Some("VIEW")])),
        ),
    ]);
    let script = answer(Script::new(), TABLES, &tables);
    let (_server, mut connection) = scripted(&script).await;
    let tables = connection.catalog().tables().fetch_all().await.unwrap();
    let seen: Vec<_> = tables
        .iter()
        .map(|table| (table.name.to_string(), table.table_type.as_str()))
        .collect();
    let expected = [("a.one", "TABLE"), ("b.two", ""), ("b.one", "VIEW")];
    assert_eq!(seen, expected.map(|(name, kind)| (name.to_owned(), kind)));
    assert_eq!(tables[0].name.catalog(), None);
}

#[tokio::test]
async fn dictionaries_runs_bytes_and_other_widths_are_read() {
    let table: DictionaryArray<Int8Type> = ["t", "t"].into_iter().collect();
    let schema = StringArray::from(vec!["s"]);
    let schema = RunArray::try_new(&Int32Array::from(vec![2]), &schema).unwrap();
    let columns = [b"b".as_slice(), b"a".as_slice()];
    let keys = batch(vec![
        ("db_schema_name", Arc::new(schema)),
        ("table_name", Arc::new(table)),
        ("column_name", Arc::new(BinaryArray::from(columns.to_vec()))),
        ("key_name", Arc::new(NullArray::new(2))),
        ("key_sequence", Arc::new(UInt8Array::from(vec![2, 1]))),
    ]);
    let types = batch(vec![
        (
            "type_name",
            Arc::new(StringViewArray::from(vec!["VARCHAR"])),
        ),
        ("data_type", Arc::new(Int64Array::from(vec![12]))),
        ("nullable", Arc::new(UInt8Array::from(vec![1]))),
        ("case_sensitive", Arc::new(Int32Array::from(vec![1]))),
    ]);
    let script = answer(Script::new(), "CommandGetPrimaryKeys", &keys);
    let script = answer(script, "CommandGetXdbcTypeInfo", &types);
    let (_server, mut connection) = scripted(&script).await;
    let mut catalog = connection.catalog();
    let key = catalog.primary_key("t").await.unwrap().unwrap();
    assert_eq!((key.name, key.table.schema()), (None, Some("s")));
    assert_eq!(key.columns, ["a", "b"]);
    let types = catalog.types(None).fetch_all().await.unwrap();
    assert_eq!((&*types[0].name, types[0].data_type), ("VARCHAR", 12));
    assert_eq!(types[0].nullable, Nullable::Yes);
    assert!(types[0].case_sensitive);
}

#[tokio::test]
async fn a_missing_column_is_not_read_from_its_neighbor() {
    let tables = batch(vec![
        ("catalog_name", Arc::new(StringArray::from(vec!["c"]))),
        ("table_name", Arc::new(StringArray::from(vec!["t"]))),
        ("table_type", Arc::new(StringArray::from(vec!["TABLE"]))),
    ]);
    let script = answer(Script::new(), TABLES, &tables);
    let (_server, mut connection) = scripted(&script).await;
    let tables = connection.catalog().tables().fetch_all().await.unwrap();
    assert_eq!(tables[0].name.schema(), None);
    assert_eq!(tables[0].name.to_string(), "c.t");
}

#[tokio::test]
async fn row_without_name_is_error_on_usable_connection() {
    let nameless = batch(vec![(
        "table_name",
        Arc::new(Int64Array::from(vec![None::<i64>])),
    )]);
    let named = batch(vec![("table_name", Arc::new(Int64Array::from(vec![7])))]);
    let script = answer(Script::new(), TABLES, &nameless);
    let script = answer(script, TABLES, &named);
    let (_server, mut connection) = scripted(&script).await;
    let error = connection.catalog().tables().fetch_all().await.unwrap_err();
    assert!(
        matches!(&error, Error::Protocol(text) if text.contains("a row without a value for `table_name`")),
        "{error:?}"
    );
    // A name of another type is still a name.
    assert_eq!(connection.catalog().table_names(None).await.unwrap(), ["7"]);
}

#[tokio::test]
async fn a_server_that_ignores_filters_is_filtered() {
    let tables = batch(vec![
        (
            "catalog_name",
            Arc::new(StringArray::from(vec!["c", "c", "d"])),
        ),
        (
            "db_schema_name",
            Arc::new(StringArray::from(vec!["s", "x", "s"])),
        ),
        (
            "table_name",
            Arc::new(StringArray::from(vec!["t", "t", "t"])),
        ),
        (
            "table_type",
            Arc::new(StringArray::from(vec!["TABLE", "TABLE", "TABLE"])),
        ),
    ]);
    let script = answer(Script::new(), TABLES, &tables);
    let (_server, mut connection) = scripted(&script).await;
    let mut catalog = connection.catalog();
    let listing = catalog
        .tables()
        .in_catalog("c")
        .in_schema("s")
        .of_type("TABLE");
    assert_eq!(listing.fetch_all().await.unwrap().len(), 1);
}

#[tokio::test]
async fn nothing_listed_without_a_catalog_is_asked_for_each_catalog() {
    let none = RecordBatch::new_empty(Arc::new(Schema::new(vec![Field::new(
        "table_name",
        DataType::Utf8,
        false,
    )])));
    let catalogs = batch(vec![(
        "catalog_name",
        Arc::new(StringArray::from(vec!["a", "b"])),
    )]);
    let table = |name: &str| {
        batch(vec![(
            "table_name",
            Arc::new(StringArray::from(vec![name])),
        )])
    };
    let script = answer(Script::new(), TABLES, &none);
    let script = answer(script, "CommandGetCatalogs", &catalogs);
    let script = answer(script, TABLES, &table("of_a"));
    let script = answer(script, TABLES, &table("of_b"));
    let (server, mut connection) = scripted(&script).await;
    let names = connection.catalog().table_names(None).await.unwrap();
    assert_eq!(names, ["of_a", "of_b"]);
    let asked = server.calls_of(Rpc::GetFlightInfo);
    let asked: Vec<_> = asked
        .iter()
        .map(|call| call.command().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(asked, [TABLES, "CommandGetCatalogs", TABLES, TABLES]);
    script.assert_used();
}

#[tokio::test]
async fn what_is_not_listed_is_unsupported_and_not_empty() {
    let script = Script::new()
        .on(
            Rpc::GetFlightInfo,
            "CommandGetPrimaryKeys",
            Reply::error(Code::Unimplemented, "nope"),
        )
        .on(
            Rpc::GetFlightInfo,
            "CommandGetPrimaryKeys",
            Reply::error(Code::NotFound, "no such table"),
        );
    let (_server, mut connection) = scripted(&script).await;
    let error = connection.catalog().primary_key("t").await.unwrap_err();
    assert!(server_error(&error).is_unsupported());
    assert_eq!(
        error.to_string(),
        "error returned from database: this server does not list primary keys: nope (UNIMPLEMENTED from \
         GetFlightInfo(CommandGetPrimaryKeys))"
    );
    let error = connection.catalog().primary_key("t").await.unwrap_err();
    assert!(!server_error(&error).is_unsupported());
}

#[tokio::test]
async fn what_the_dialect_knows_is_missing_is_not_asked_for() {
    let server = TestServer::sqlite().await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let mut shy = DialectProfile::new("shy");
    shy.missing = vec![Feature::Tables];
    let mut connection = options.dialect(Arc::new(shy)).connect().await.unwrap();
    server.clear_calls();
    let error = connection.catalog().tables().fetch_all().await.unwrap_err();
    assert!(server_error(&error).is_unsupported());
    assert_eq!(server_error(&error).operation(), "");
    assert_eq!(
        error.to_string(),
        "error returned from database: this server does not list tables"
    );
    assert_eq!(server.count_all(), 0);
    connection.ping().await.unwrap();
}

#[tokio::test]
async fn columns_are_described_where_they_are_not_listed() {
    let server = TestServer::sqlite().await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let mut shy = DialectProfile::new("shy");
    shy.missing = vec![Feature::Tables];
    let mut connection = options.dialect(Arc::new(shy)).connect().await.unwrap();
    let sql = "CREATE TABLE \"odd \"\"one\" (x BIGINT NOT NULL, y VARCHAR)";
    flightsql::Executor::execute(&mut connection, sql)
        .await
        .unwrap();
    let columns = connection.catalog().columns_of("odd \"one").await.unwrap();
    let seen: Vec<_> = columns.iter().map(|c| (c.name(), c.type_name())).collect();
    assert_eq!(seen, [("x", "BIGINT"), ("y", "VARCHAR")]);
}

#[tokio::test]
async fn finds_key_without_catalog_only() {
    const KEYS: &str = "CommandGetPrimaryKeys";
    let none = batch(vec![(
        "table_name",
        Arc::new(StringArray::from(Vec::<&str>::new())),
    )]);
    let key = |catalog: Option<&str>| {
        batch(vec![
            ("catalog_name", Arc::new(StringArray::from(vec![catalog]))),
            ("table_name", Arc::new(StringArray::from(vec!["t"]))),
            ("column_name", Arc::new(StringArray::from(vec!["id"]))),
        ])
    };
    let catalogs = batch(vec![(
        "catalog_name",
        Arc::new(StringArray::from(vec!["main"])),
    )]);
    let script = [key(None), key(Some("elsewhere"))]
        .iter()
        .fold(Script::new(), |script, key| {
            let script = answer(script, KEYS, &none);
            answer(answer(script, "CommandGetCatalogs", &catalogs), KEYS, key)
        });
    let (server, mut connection) = scripted(&script).await;
    let table = flightsql::catalog::TableName::new("t").in_catalog("main");
    let found = connection.catalog().primary_key(&table).await.unwrap();
    assert_eq!(found.unwrap().columns, ["id"]);
    assert_eq!(
        connection.catalog().primary_key(&table).await.unwrap(),
        None
    );
    assert_eq!(server.count(Rpc::GetFlightInfo), 6);
    script.assert_used();
}
