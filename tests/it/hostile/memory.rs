//! `max_query_memory`: a result that keeps more memory than its limit, over batches, endpoints and dictionaries.

use std::time::Duration;

use flightsql::arrow::array::types::Int32Type;
use flightsql::arrow::array::{DictionaryArray, Int32Array};
use flightsql::options::StatementOptions;
use flightsql::{FlightSqlRow, query};
use flightsql_testkit::arrow_flight::{FlightEndpoint, Ticket};
use futures_util::TryStreamExt as _;

use super::*;

/// Rows of a batch whose values need 64 KiB.
const ROWS: i64 = 8192;
const BATCH: u64 = 64 << 10;

/// No test of this file waits for anything but the server in its own process.
const SOON: Duration = Duration::from_secs(30);

fn batch() -> RecordBatch {
    int_batch(0..ROWS)
}

/// A result of `endpoints` endpoints with `batches` batches each.
fn serve(script: &Script, endpoints: usize, batches: usize) {
    let stream = Reply::batches(ints(), vec![batch(); batches]);
    script
        .clone()
        .get_flight_info(Reply::info(ints(), tickets(endpoints)))
        .do_get(stream.times(endpoints));
}

fn tickets(count: usize) -> Vec<FlightEndpoint> {
    vec![FlightEndpoint::new().with_ticket(Ticket::new("t")); count]
}

async fn fetch_all(hostile: &mut Hostile) -> Result<usize, Error> {
    let rows = query("SELECT n").fetch_all(&mut hostile.connection);
    let rows = tokio::time::timeout(SOON, rows).await.unwrap()?;
    Ok(rows.len())
}

async fn limited(bytes: u64) -> Hostile {
    Hostile::with_options(&format!("max_query_memory={bytes}")).await
}

#[tokio::test]
async fn rows_that_are_kept_count_over_endpoints() {
    // Twelve batches, and room for the padding of their bodies.
    let mut enough = limited(13 * BATCH).await;
    serve(&enough.script, 4, 3);
    assert_eq!(fetch_all(&mut enough).await.unwrap(), 12 * 8192);
    enough.works().await;

    let mut little = limited(7 * BATCH).await;
    // A batch of the third endpoint exceeds the limit.
    serve(&little.script, 3, 3);
    let error = protocol_error(fetch_all(&mut little).await);
    assert!(
        error.contains("more than the option max_query_memory=458752 allows"),
        "{error}"
    );
    assert!(error.contains("read the rows as a stream"), "{error}");
    little.works().await;
}

#[tokio::test]
async fn a_stream_needs_room_for_few_batches() {
    let mut hostile = limited(3 * BATCH + BATCH / 2).await;
    serve(&hostile.script, 4, 25);
    let mut rows = query("SELECT n").fetch(&mut hostile.connection);
    let mut read = 0;
    let mut last: Option<FlightSqlRow> = None;
    while let Some(row) = tokio::time::timeout(SOON, rows.try_next())
        .await
        .unwrap()
        .unwrap()
    {
        read += 1;
        last = Some(row);
    }
    assert_eq!(read, 100 * 8192);
    assert_eq!(last.unwrap().try_get::<i64, _>("n").unwrap(), ROWS - 1);
    drop(rows);
    hostile.works().await;
}

#[tokio::test]
async fn one_row_keeps_its_batch() {
    let mut hostile = limited(5 * BATCH).await;
    serve(&hostile.script, 1, 20);
    let mut rows = query("SELECT n").fetch(&mut hostile.connection);
    let (mut read, mut kept) = (0, Vec::new());
    let error = loop {
        match tokio::time::timeout(SOON, rows.try_next()).await.unwrap() {
            Ok(Some(row)) if read % ROWS == 0 => kept.push(row),
            Ok(Some(_)) => {}
            Ok(None) => panic!("{read} rows are within the limit"),
            Err(error) => break error,
        }
        read += 1;
    };
    let text = protocol_error(Err::<(), _>(error));
    assert!(text.contains("max_query_memory=327680"), "{text}");
    assert!((3..=5).contains(&kept.len()), "{} batches", kept.len());
    assert_eq!(kept[2].try_get::<i64, _>("n").unwrap(), 0);
    drop((rows, kept));
    hostile.works().await;
}

#[tokio::test]
async fn options_of_a_statement_replace_the_limit() {
    let mut hostile = limited(2 * BATCH).await;
    serve(&hostile.script, 1, 10);
    let unlimited = StatementOptions::new().max_query_memory(None);
    let rows = query("SELECT n").options(unlimited);
    let rows = rows.fetch_all(&mut hostile.connection).await.unwrap();
    assert_eq!(rows.len(), 10 * 8192);
    let mut hostile = Hostile::new().await;
    serve(&hostile.script, 1, 10);
    let few = StatementOptions::new().max_query_memory(2 * BATCH);
    let rows = query("SELECT n").options(few);
    let error = protocol_error(rows.fetch_all(&mut hostile.connection).await);
    assert!(error.contains("max_query_memory=131072"), "{error}");
    hostile.works().await;
}

#[tokio::test]
async fn dictionaries_of_kept_rows_count() {
    let values: Vec<String> = (0..ROWS).map(|n| format!("{n:0>16}")).collect();
    let values = Arc::new(StringArray::from(values));
    let keys = Int32Array::from(vec![8191]);
    let column = DictionaryArray::<Int32Type>::new(keys, values);
    let batch = RecordBatch::try_from_iter([("n", Arc::new(column) as ArrayRef)]).unwrap();
    let result = async |endpoints: usize| {
        let mut hostile = limited(1 << 20).await;
        // The dictionary of 160 KiB is sent again on each endpoint, for one row.
        let messages = raw::stream(&batch.schema(), std::slice::from_ref(&batch), false).unwrap();
        hostile
            .script
            .clone()
            .get_flight_info(Reply::info(batch.schema(), tickets(endpoints)))
            .do_get(Reply::raw(messages).always());
        fetch_all(&mut hostile).await
    };
    assert_eq!(result(5).await.unwrap(), 5);
    let error = protocol_error(result(10).await);
    assert!(error.contains("max_query_memory=1048576"), "{error}");
}

#[tokio::test]
async fn a_listing_is_collected_within_the_limit() {
    let names: Vec<String> = (0..5000).map(|n| format!("catalog_{n:0>24}")).collect();
    let names: ArrayRef = Arc::new(StringArray::from(names));
    let batch = RecordBatch::try_from_iter([("catalog_name", names)]).unwrap();
    let mut hostile = limited(1 << 20).await;
    let rows = Reply::batches(batch.schema(), vec![batch.clone(); 8]).always();
    hostile
        .script
        .clone()
        .get_flight_info(Reply::ticket(batch.schema(), "t").always())
        .do_get(rows);
    let mut catalog = hostile.connection.catalog();
    let error = protocol_error(catalog.catalogs().fetch_all().await);
    assert!(
        error.contains("needs more than 1048576 bytes in memory, the limit `max_query_memory`"),
        "{error}"
    );
    let mut catalog = hostile.connection.catalog();
    let streamed: Vec<usize> = catalog
        .catalogs()
        .fetch()
        .map_ok(|name| name.len())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(streamed.len(), 40_000);
}
