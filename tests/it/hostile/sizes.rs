//! Large metadata: the cost grows with the size of a response and no faster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flightsql::arrow::array::{ArrayRef, NullArray, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{Connection as _, FlightSqlConnection};
use flightsql_testkit::arrow_flight::sql::CommandGetTables;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};
use futures_util::TryStreamExt as _;

/// Linear cost is below a second in a debug build, and quadratic cost several times this limit.
const LINEAR: Duration = Duration::from_secs(10);

async fn listing(command: &str, batch: RecordBatch) -> (TestServer, FlightSqlConnection) {
    let info = Reply::ticket(batch.schema(), "t").always();
    let rows = Reply::batches(batch.schema(), [batch]).always();
    let script = Script::new()
        .on(Rpc::GetFlightInfo, command, info)
        .do_get(rows);
    let server = TestServer::scripted(script).await.unwrap();
    let connection = FlightSqlConnection::connect(&server.url()).await.unwrap();
    (server, connection)
}

fn texts(texts: impl IntoIterator<Item = String>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(texts))
}

#[tokio::test]
async fn d8_names_of_columns_are_found_once_per_batch() {
    const COLUMNS: usize = 9_990;
    const ROWS: usize = 20_000;
    // Columns of this type have rows without bytes.
    let nulls: ArrayRef = Arc::new(NullArray::new(ROWS));
    let mut columns: Vec<(String, ArrayRef)> = (0..COLUMNS)
        .map(|column| (format!("other_{column:05}"), Arc::clone(&nulls)))
        .collect();
    let names = texts((0..ROWS).map(|row| format!("t{row}")));
    columns.push(("table_name".to_owned(), names));
    columns.push((
        "table_type".to_owned(),
        texts(vec!["TABLE".to_owned(); ROWS]),
    ));
    let tables = RecordBatch::try_from_iter(columns).unwrap();
    let (_server, mut connection) = listing("CommandGetTables", tables).await;
    let begun = Instant::now();
    let tables = connection.catalog().tables().fetch_all().await.unwrap();
    let took = begun.elapsed();
    assert_eq!(tables.len(), ROWS);
    assert_eq!(tables[ROWS - 1].name.to_string(), "t19999");
    assert_eq!(tables[ROWS - 1].table_type, "TABLE");
    assert!(took < LINEAR, "{took:?}");
}

#[tokio::test]
async fn d8_a_table_of_very_many_columns_is_bounded() {
    for (columns, limit) in [
        (200_000, "more than 8388608 bytes"),
        (11_000, "max_schema_fields"),
    ] {
        very_many_columns(columns, limit).await;
    }
}

async fn very_many_columns(columns: usize, limit: &str) {
    let fields = (0..columns).map(|n| Field::new(format!("c{n}"), DataType::Int64, true));
    let wide = Schema::new(fields.collect::<Vec<_>>());
    let command = CommandGetTables {
        include_schema: true,
        ..CommandGetTables::default()
    };
    let mut tables = command.into_builder();
    tables.append("", "", "t", "TABLE", &wide).unwrap();
    let batch = tables.build().unwrap();
    let (_server, mut connection) = listing("CommandGetTables", batch).await;
    let begun = Instant::now();
    let error = connection.catalog().columns_of("t").await.unwrap_err();
    let took = begun.elapsed();
    assert!(error.to_string().contains(limit), "{error}");
    assert!(took < LINEAR, "{took:?}");
    connection.ping().await.unwrap();
}

/// The data of many small batches arrives at once, so no read waits.
#[tokio::test(flavor = "multi_thread")]
async fn d8_a_slow_reader_of_an_endless_result_meets_its_deadline() {
    let rows = RecordBatch::try_from_iter([("n", texts(["x".to_owned()]))]).unwrap();
    let script = Script::new()
        .do_action("CancelFlightInfo", Reply::empty().always())
        .get_flight_info(Reply::ticket(rows.schema(), "t"))
        .do_get(Reply::endless(&rows));
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("{}?fetch_timeout=200ms", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let mut batches = connection.fetch_arrow("SELECT n").await.unwrap();
    let mut read = 0;
    let error = loop {
        match batches.try_next().await {
            Ok(batch) => assert_eq!(batch.unwrap().num_rows(), 1),
            Err(error) => break error.to_string(),
        }
        read += 1;
        assert!(read < 100, "no deadline after {read} batches");
        // The work of the program, during which data arrives.
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(error.contains("fetch_timeout"), "{error}");
}

/// The server lists nothing without a catalog, and is slow for each of a thousand catalogs.
#[tokio::test]
async fn d8_catalogs_share_one_deadline() {
    let catalogs = (0..1000).map(|catalog| format!("c{catalog}"));
    let catalogs = RecordBatch::try_from_iter([("catalog_name", texts(catalogs))]).unwrap();
    let names = texts(Vec::<String>::new());
    let none = RecordBatch::try_from_iter([("table_name", names)]).unwrap();
    let plan = |batch: &RecordBatch, ticket: &'static str| Reply::ticket(batch.schema(), ticket);
    let rows = |batch: RecordBatch| Reply::batches(batch.schema(), [batch]);
    let script = Script::new()
        .on(Rpc::GetFlightInfo, "CommandGetTables", plan(&none, "t"))
        .do_get(rows(none.clone()))
        .on(
            Rpc::GetFlightInfo,
            "CommandGetCatalogs",
            plan(&catalogs, "c"),
        )
        .do_get(rows(catalogs))
        .on(
            Rpc::GetFlightInfo,
            "CommandGetTables",
            plan(&none, "t").delay(Duration::from_millis(100)).always(),
        )
        .do_get(rows(none).always());
    let server = TestServer::scripted(script).await.unwrap();
    let url = format!("{}?metadata_timeout=500ms", server.url());
    let mut connection = FlightSqlConnection::connect(&url).await.unwrap();
    let error = connection.catalog().tables().fetch_all().await.unwrap_err();
    assert!(error.to_string().contains("metadata_timeout"), "{error}");
    assert!(server.count(Rpc::GetFlightInfo) < 20);
}
