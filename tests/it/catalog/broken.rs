//! Listings of which a part is not readable, and names as the engine compares them.

use std::sync::Arc;

use flightsql::arrow::array::{ArrayRef, BinaryArray, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::dialect::presets;
use flightsql::{ConnectOptions, Error, Executor, FlightSqlConnectOptions};
use flightsql_testkit::tonic::Code;
use flightsql_testkit::{Reply, Rpc, Script, TestServer, raw};
use futures_util::{StreamExt, TryStreamExt};

use super::odd::{answer, batch, scripted};
use crate::common::server_error;

const TABLES: &str = "CommandGetTables";

fn texts(texts: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(texts.to_vec()))
}

/// The tables `a`, `b` and `c`, with these schemas.
fn listing(schemas: [Option<&[u8]>; 3]) -> RecordBatch {
    batch(vec![
        ("table_name", texts(&["a", "b", "c"])),
        ("table_type", texts(&["TABLE"; 3])),
        (
            "table_schema",
            Arc::new(BinaryArray::from(schemas.to_vec())),
        ),
    ])
}

/// A schema as the protocol encodes it.
fn encoded() -> Vec<u8> {
    let schema = Schema::new(vec![Field::new("x", DataType::Int64, true)]);
    let header = raw::schema(&schema).data_header;
    let length = u32::try_from(header.len()).unwrap().to_le_bytes();
    [&[0xff; 4], &length[..], &header].concat()
}

#[tokio::test]
async fn c3_a_broken_schema_hides_no_other_table() {
    let good = encoded();
    let tables = listing([Some(&good), Some(b"\xff\xff\xff\xff\x10\x00"), Some(&good)]);
    let script = (0..4).fold(Script::new(), |script, _| answer(script, TABLES, &tables));
    let (_server, mut connection) = scripted(&script).await;
    let mut catalog = connection.catalog();
    let listed = catalog.tables().with_columns().fetch_all().await.unwrap();
    let seen: Vec<_> = listed
        .iter()
        .map(|table| (table.name.name(), table.schema.is_some()))
        .collect();
    assert_eq!(seen, [("a", true), ("b", false), ("c", true)]);
    // In a listing of columns, the table is an error of its own.
    let columns: Vec<_> = catalog.columns().fetch().collect().await;
    let seen: Vec<_> = columns
        .iter()
        .map(|column| match column {
            Ok(column) => format!("{}.{}", column.table(), column.name()),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!((&*seen[0], &*seen[2], seen.len()), ("a.x", "c.x", 3));
    assert!(seen[1].contains("the columns of table `b`: "), "{seen:?}");
    let error = catalog.columns().fetch_all().await.unwrap_err();
    assert!(error.to_string().contains("table `b`"), "{error}");
    // The raw batches keep the row.
    let batches: Vec<_> = catalog.columns().fetch_arrow().try_collect().await.unwrap();
    assert_eq!(batches[0].num_rows(), 3);
    script.assert_used();
}

#[tokio::test]
async fn c3_null_in_not_null_columns_of_a_listing() {
    let fields = [
        ("catalog_name", DataType::Utf8),
        ("db_schema_name", DataType::Utf8),
    ];
    let sent = batch(vec![
        ("catalog_name", texts(&["c", "c"])),
        (
            "db_schema_name",
            Arc::new(StringArray::from(vec![None, Some("s")])),
        ),
    ]);
    let fields = fields.map(|(name, data_type)| Field::new(name, data_type, false));
    let reported = Schema::new(fields.to_vec());
    let messages = [raw::schema(&reported)]
        .into_iter()
        .chain(raw::batch(&sent).unwrap());
    let command = "CommandGetDbSchemas";
    let script = Script::new()
        .on(
            Rpc::GetFlightInfo,
            command,
            Reply::ticket(reported, command),
        )
        .do_get(Reply::raw(messages));
    let (_server, mut connection) = scripted(&script).await;
    let schemas = connection.catalog().schemas().fetch_all().await.unwrap();
    let names: Vec<_> = schemas.iter().map(|schema| &*schema.name).collect();
    assert_eq!(names, ["", "s"]);
}

#[tokio::test]
async fn c3_a_row_without_name_hides_no_other_row() {
    let tables = batch(vec![(
        "table_name",
        Arc::new(StringArray::from(vec![Some("a"), None, Some("c")])),
    )]);
    let script = answer(Script::new(), TABLES, &tables);
    let (_server, mut connection) = scripted(&script).await;
    let listed: Vec<_> = connection.catalog().tables().fetch().collect().await;
    let names: Vec<_> = listed
        .iter()
        .map(|table| table.as_ref().map(|table| table.name.name()))
        .collect();
    assert!(
        matches!(&names[..], [Ok("a"), Err(Error::Protocol(_)), Ok("c")]),
        "{names:?}"
    );
}

#[tokio::test]
async fn i17_unknown_columns_are_an_error_that_names_what_is_missing() {
    let tables = batch(vec![("table_name", texts(&["t"]))]);
    let script = answer(Script::new(), TABLES, &tables)
        .do_action(
            "CreatePreparedStatement",
            Reply::error(Code::Unimplemented, "no"),
        )
        .get_schema(Reply::error(Code::Unimplemented, "no"));
    let (_server, mut connection) = scripted(&script).await;
    let error = connection.catalog().columns_of("t").await.unwrap_err();
    assert!(server_error(&error).is_unsupported());
    assert_eq!(
        error.to_string(),
        "error returned from database: the columns of table `t` are unknown, because the server neither lists them nor \
         describes queries; run a query on the table and read the columns of its result"
    );
    script.assert_used();
}

#[tokio::test]
async fn i14_names_are_compared_as_the_engine_compares_them() {
    let server = TestServer::sqlite().await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let sqlite = options.clone().dialect(Arc::new(presets::sqlite()));
    let mut connection = sqlite.connect().await.unwrap();
    for sql in [
        "CREATE TABLE \"Flights\" (id INTEGER PRIMARY KEY, \"From\" TEXT)",
        "CREATE TABLE seat (flight INTEGER REFERENCES \"Flights\" (id))",
    ] {
        connection.execute(sql).await.unwrap();
    }
    let mut catalog = connection.catalog();
    assert!(catalog.has_table("flights").await.unwrap());
    let columns = catalog.columns_of("FLIGHTS").await.unwrap();
    let names: Vec<_> = columns.iter().map(|column| column.name()).collect();
    assert_eq!(names, ["id", "From"]);
    assert_eq!(columns[0].table().name(), "Flights");
    let named = catalog.tables().named("flightS").fetch_all().await.unwrap();
    assert_eq!(named.len(), 1);
    let key = catalog.primary_key("flights").await.unwrap().unwrap();
    assert_eq!(key.columns, ["id"]);
    assert_eq!(catalog.foreign_keys("SEAT").await.unwrap().len(), 1);
    assert!(!catalog.has_table("flight").await.unwrap());
    // An engine for which case counts, as far as the driver knows.
    let mut plain = options.connect().await.unwrap();
    assert!(!plain.catalog().has_table("flights").await.unwrap());
    assert!(plain.catalog().has_table("Flights").await.unwrap());
}

#[tokio::test]
async fn i15_a_backslash_makes_the_next_character_literal() {
    let server = TestServer::sqlite().await.unwrap();
    let options: FlightSqlConnectOptions = server.url().parse().unwrap();
    let mut connection = options.connect().await.unwrap();
    for name in ["a_1", "ax1", "50%", "50x", "back\\slash"] {
        let sql = format!("CREATE TABLE \"{name}\" (x BIGINT)");
        let sql = flightsql::AssertSqlSafe(sql);
        flightsql::query(sql)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    for (pattern, expected) in [
        (r"a\_1", &["a_1"][..]),
        ("a_1", &["a_1", "ax1"]),
        (r"50\%", &["50%"]),
        (r"%\\s%", &[r"back\slash"]),
        (r"back\slash", &[r"back\slash"]),
    ] {
        let listing = connection
            .catalog()
            .tables()
            .named_like(pattern)
            .fetch_all()
            .await;
        let listing = listing.unwrap();
        let names: Vec<_> = listing.iter().map(|table| table.name.name()).collect();
        assert_eq!(names, expected, "{pattern}");
    }
}

#[tokio::test]
async fn c3_a_filtered_listing_in_batches_returns_no_row_that_is_not_readable() {
    let tables = batch(vec![(
        "table_name",
        Arc::new(StringArray::from(vec![Some("a"), None])),
    )]);
    let script = answer(Script::new(), TABLES, &tables);
    let (_server, mut connection) = scripted(&script).await;
    let mut catalog = connection.catalog();
    let batches: Vec<_> = catalog.tables().named("a").fetch_arrow().collect().await;
    let [Err(error)] = &batches[..] else {
        panic!("{batches:?}");
    };
    assert!(error.to_string().contains("table_name"), "{error}");
}
