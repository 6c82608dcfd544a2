//! The embedded server, and the tables from `examples/data`: Arrow batches out of CSV, by bulk ingest.

use std::io::Cursor;
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_csv::ReaderBuilder;
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use flightsql::{Connection as _, FlightSqlConnection, query, raw_sql};
use flightsql_testkit::TestServer;
use regex::Regex;

/// Error of the service's start.
pub type DataError = Box<dyn std::error::Error + Send + Sync>;

const SCHEMA: &str = include_str!("../schema.sql");
const AIRLINES: &str = include_str!("../../data/airlines.csv");
const FLIGHTS: &str = include_str!("../../data/flights_2013_01.csv");

/// Far below the 4 MiB of one message that many servers accept at most.
const BATCH_ROWS: usize = 8_192;

/// A Flight SQL server in this process, with the tables filled.
///
/// # Errors
/// If no port is free or the tables cannot be loaded.
pub async fn embedded() -> Result<TestServer, DataError> {
    let server = TestServer::builder().record_calls(false).start().await?;
    load(&server.url()).await?;
    Ok(server)
}

/// Makes and fills the tables on the server at `url`; gives the number of flights.
///
/// # Errors
/// If the server refuses a table or its rows.
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

/// Those of the CSV file that the table has.
fn flight_columns() -> [(&'static str, DataType); 8] {
    // By its offset: Arrow's CSV reader knows no zone by name unless it is built with all of them.
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

/// The named columns of a CSV text, in its order of rows.
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

/// With a column `id` in front: 1, 2, 3 …
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
