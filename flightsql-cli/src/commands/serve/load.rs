//! A CSV or Parquet file into a table, through the driver's bulk ingest, a few batches at a time.

use std::fs::File;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_csv::ReaderBuilder;
use arrow_csv::reader::Format;
use arrow_schema::{ArrowError, SchemaRef};
use flightsql::{Error, FlightSqlConnection, IngestMode};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use regex::Regex;

use super::files::{Kind, TableFile};
use crate::failure::Failure;

/// Some hundred kilobytes for usual tables: far below the largest message of any server.
const BATCH_ROWS: usize = 8192;

type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Makes the table and fills it; how many rows it got.
pub(super) async fn load(
    connection: &mut FlightSqlConnection,
    file: &TableFile,
    mode: IngestMode,
    null: Option<&str>,
) -> Result<u64, Failure> {
    let unreadable =
        |error: ArrowError| Failure::usage(format!("cannot read {}: {error}", file.path.display()));
    let (schema, batches) = match file.kind {
        Kind::Parquet => parquet(file),
        _ => csv(file, null),
    }
    .map_err(unreadable)?;
    let batches = batches.map(|batch| batch.map_err(|error| Error::Decode(Box::new(error))));
    let done = connection
        .ingest(&file.table)
        .mode(mode)
        .stream(schema, futures_util::stream::iter(batches))
        .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(Error::Decode(error)) => Err(Failure::usage(format!(
            "cannot read {}: {error}",
            file.path.display()
        ))),
        Err(error) => {
            let failure = Failure::from(error).about(file.path.display());
            Err(match mode {
                IngestMode::Create => failure.hint(
                    "if the table is in the database already, --replace puts the file in its place",
                ),
                _ => failure,
            })
        }
    }
}

/// The types of the columns are those that all values fit; the file is read twice for it.
fn csv(file: &TableFile, null: Option<&str>) -> Result<(SchemaRef, Batches), ArrowError> {
    let format = Format::default()
        .with_header(true)
        .with_null_regex(nulls(null)?);
    let (schema, _) = format.infer_schema(File::open(&file.path)?, None)?;
    let schema = Arc::new(schema);
    let reader = ReaderBuilder::new(SchemaRef::clone(&schema))
        .with_format(format)
        .with_batch_size(BATCH_ROWS)
        .build(File::open(&file.path)?)?;
    Ok((schema, Box::new(reader)))
}

/// What is read as NULL: nothing at all, and one more text.
fn nulls(null: Option<&str>) -> Result<Regex, ArrowError> {
    let pattern = format!("^(?:|{})$", regex::escape(null.unwrap_or_default()));
    Regex::new(&pattern).map_err(|error| ArrowError::InvalidArgumentError(error.to_string()))
}

fn parquet(file: &TableFile) -> Result<(SchemaRef, Batches), ArrowError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path)?)?;
    let schema = SchemaRef::clone(builder.schema());
    let reader = builder.with_batch_size(BATCH_ROWS).build()?;
    Ok((schema, Box::new(reader)))
}
