//! The embedded server, and its tables from `examples/data`: bulk ingest of Arrow batches from CSV files.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_csv::ReaderBuilder;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use flightsql::{Connection as _, FlightSqlConnection, query, raw_sql};
use flightsql_testkit::TestServer;
use regex::Regex;

/// The error of the start.
pub type DataError = Box<dyn std::error::Error + Send + Sync>;

const SCHEMA: &str = include_str!("../schema.sql");
const AIRLINES: &str = include_str!("../../data/airlines.csv");
const FLIGHTS: &str = include_str!("../../data/flights_2013_01.csv");

/// Stays far below the message limit of many servers, 4 MiB.
const BATCH_ROWS: usize = 8_192;

/// Starts a Flight SQL server in this process, and fills its tables.
///
/// # Errors
/// Returns an error if no port is free or a table cannot be loaded.
pub async fn embedded() -> Result<TestServer, DataError> {
    let server = TestServer::builder().record_calls(false).start().await?;
    load(&server.url()).await?;
    Ok(server)
}

/// Creates and fills the tables on the server at `url`. Returns the number of flights.
///
/// # Errors
/// Returns an error if the server rejects a table or its rows.
pub async fn load(url: &str) -> Result<u64, DataError> {
    let mut connection = FlightSqlConnection::connect(url).await?;
    raw_sql(SCHEMA).execute(&mut connection).await?;
    let airlines = read(
        AIRLINES,
        &[("carrier", DataType::Utf8), ("name", DataType::Utf8)],
    )?;
    connection.ingest("airlines").batches(airlines).await?;
    let flights = numbered(read(FLIGHTS, &flight_columns())?)?;
    let done = connection.ingest("flights").batches(flights).await?;
    query("CREATE INDEX flights_of_origin ON flights (origin, id)")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(done.rows_affected())
}

/// Returns the columns of the CSV file that the table has.
fn flight_columns() -> [(&'static str, DataType); 8] {
    // Use an offset, because Arrow's CSV reader supports named zones only with a feature.
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()));
    [
        ("carrier", DataType::Utf8),
        ("flight", DataType::Int64),
        ("origin", DataType::Utf8),
        ("dest", DataType::Utf8),
        ("hour", DataType::Int64),
        ("dep_delay", DataType::Int64),
        ("distance", DataType::Int64),
        ("time_hour", utc),
    ]
}

/// Reads the named columns of a CSV string.
fn read(csv: &str, columns: &[(&str, DataType)]) -> Result<Vec<RecordBatch>, DataError> {
    let header = csv.lines().next().unwrap_or_default();
    let names: Vec<&str> = header.split(',').collect();
    let fields: Vec<Field> = names
        .iter()
        .map(|name| {
            let wanted = columns.iter().find(|(column, _)| column == name);
            let kind = wanted.map_or(DataType::Utf8, |(_, kind)| kind.clone());
            Field::new(*name, kind, true)
        })
        .collect();
    let projection = columns
        .iter()
        .map(|(column, _)| names.iter().position(|name| name == column))
        .collect::<Option<Vec<usize>>>()
        .ok_or("the file lacks a column")?;
    let reader = ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .with_batch_size(BATCH_ROWS)
        .with_null_regex(Regex::new("^NA$")?)
        .with_projection(projection)
        .build(Cursor::new(csv))?;
    Ok(reader.collect::<Result<_, _>>()?)
}

/// Adds a first column `id`: 1, 2, 3 …
fn numbered(batches: Vec<RecordBatch>) -> Result<Vec<RecordBatch>, DataError> {
    let mut next = 1_i64;
    let mut numbered = Vec::with_capacity(batches.len());
    for batch in batches {
        let end = next + i64::try_from(batch.num_rows())?;
        let ids = Int64Array::from_iter_values(next..end);
        next = end;
        let mut fields = vec![Arc::new(Field::new("id", DataType::Int64, false))];
        fields.extend(batch.schema().fields().iter().cloned());
        let mut columns: Vec<arrow_array::ArrayRef> = vec![Arc::new(ids)];
        columns.extend(batch.columns().iter().cloned());
        let schema = Arc::new(Schema::new(fields));
        numbered.push(RecordBatch::try_new(schema, columns)?);
    }
    Ok(numbered)
}
