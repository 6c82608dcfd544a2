//! Large metadata: the cost grows with the size of a response and no faster.

use std::sync::Arc;
use std::time::{Duration, Instant};

use flightsql::arrow::array::{ArrayRef, NullArray, RecordBatch, StringArray};
use flightsql::arrow::schema::{DataType, Field, Schema};
use flightsql::{Connection as _, FlightSqlConnection};
use flightsql_testkit::arrow_flight::sql::CommandGetTables;
use flightsql_testkit::{Reply, Rpc, Script, TestServer};

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
async fn d8_a_table_has_at_most_as_many_columns_as_a_schema() {
    let fields = (0..100_000).map(|n| Field::new(format!("c{n}"), DataType::Int64, true));
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
    assert!(error.to_string().contains("max_schema_fields"), "{error}");
    assert!(took < LINEAR, "{took:?}");
    connection.ping().await.unwrap();
}
