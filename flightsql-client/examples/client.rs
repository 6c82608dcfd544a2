//! Queries, binds, transacts and ingests in record batches, without SQLx.
//!
//! `cargo run -p flightsql-client --example client` uses an embedded server.

use std::error::Error;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use flightsql_client::{IngestMode, Session, StatementRequest, connect};
use flightsql_testkit::TestServer;
use futures_util::TryStreamExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = TestServer::sqlite().await?;
    let mut session = connect(&server.url()).await?;
    ingest(&mut session).await?;
    query(&mut session).await?;
    transact(&mut session).await?;
    session.close().await?;
    Ok(())
}

async fn ingest(session: &mut Session) -> Result<(), Box<dyn Error>> {
    let airports = RecordBatch::try_from_iter([
        (
            "code",
            Arc::new(StringArray::from(vec!["OSL", "FCO", "SIN"])) as ArrayRef,
        ),
        (
            "altitude",
            Arc::new(Int64Array::from(vec![208, 5, 7])) as ArrayRef,
        ),
        (
            "latitude",
            Arc::new(Float64Array::from(vec![60.2, 41.8, 1.4])) as ArrayRef,
        ),
    ])?;
    let ingest = session.ingest("airport").mode(IngestMode::Create);
    let done = ingest.batches(vec![airports]).await?;
    println!("{} rows ingested", done.rows_affected());
    Ok(())
}

async fn query(session: &mut Session) -> Result<(), Box<dyn Error>> {
    let lowest: ArrayRef = Arc::new(Float64Array::from(vec![40.0]));
    let values = RecordBatch::try_from_iter([("latitude", lowest)])?;
    let northern =
        StatementRequest::new("SELECT code FROM airport WHERE latitude > ? ORDER BY code");
    let mut batches = session.query(northern.bind(values)).await?;
    while let Some(batch) = batches.try_next().await? {
        println!("{:?}", batch.column(0));
    }
    Ok(())
}

async fn transact(session: &mut Session) -> Result<(), Box<dyn Error>> {
    let mut transaction = session.begin().await?;
    let changed = transaction
        .execute("UPDATE airport SET altitude = altitude + 1")
        .await?;
    println!("{} rows changed", changed.rows_affected());
    // A savepoint; dropping it takes the deletion back.
    let mut savepoint = transaction.begin().await?;
    savepoint.execute("DELETE FROM airport").await?;
    drop(savepoint);
    transaction.commit().await?;
    let left = session.query("SELECT code FROM airport").await?;
    let batches: Vec<RecordBatch> = left.try_collect().await?;
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    println!("{rows} rows left");
    assert_eq!(rows, 3);
    Ok(())
}
