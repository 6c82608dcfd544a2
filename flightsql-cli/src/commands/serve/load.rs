//! Loads a CSV or Parquet file into a table with the driver's bulk ingest, a few batches at a time.

use std::error::Error as StdError;
use std::fs::File;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use flightsql::{Error, FlightSqlConnection, IngestMode};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::csv::{Csv, CsvArgs};
use super::files::{Kind, TableFile};
use crate::failure::Failure;

/// Amounts to a few hundred kilobytes for usual tables, far below the message limit of any server.
const BATCH_ROWS: usize = 8192;

type Problem = Box<dyn StdError + Send + Sync>;
type Batches = Box<dyn Iterator<Item = Result<RecordBatch, Problem>> + Send>;

/// Source of the rows of a table.
pub(super) enum Source {
    Csv(Csv),
    Parquet(SchemaRef, Batches),
}

impl Source {
    pub(super) fn open(file: &TableFile, csv: &CsvArgs) -> Result<Self, Failure> {
        let source = match file.kind {
            Kind::Parquet => parquet(file),
            _ => csv.open(&file.path).map(Self::Csv).map_err(Problem::from),
        };
        source.map_err(|error| unreadable(file, error))
    }
}

fn unreadable(file: &TableFile, error: Problem) -> Failure {
    Failure::usage(format!("cannot read {}: {error}", file.path.display()))
}

/// Creates and fills the table. Returns the number of rows.
pub(super) async fn load(
    connection: &mut FlightSqlConnection,
    file: &TableFile,
    source: Source,
    mode: IngestMode,
) -> Result<u64, Failure> {
    let (schema, batches): (_, Batches) = match source {
        Source::Csv(csv) => (
            csv.schema(),
            Box::new(csv.batches().map(|batch| batch.map_err(Problem::from))),
        ),
        Source::Parquet(schema, batches) => (schema, batches),
    };
    let batches = batches.map(|batch| batch.map_err(Error::Decode));
    let done = connection
        .ingest(&file.table)
        .mode(mode)
        .stream(schema, futures_util::stream::iter(batches))
        .await;
    match done {
        Ok(done) => Ok(done.rows_affected()),
        Err(Error::Decode(error)) => Err(unreadable(file, error)),
        Err(error) => {
            let failure = Failure::from(error).about(file.path.display());
            Err(match mode {
                IngestMode::Create => failure.hint("use --replace to replace an existing table"),
                _ => failure,
            })
        }
    }
}

fn parquet(file: &TableFile) -> Result<Source, Problem> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(&file.path)?)?;
    let schema = SchemaRef::clone(builder.schema());
    let reader = builder.with_batch_size(BATCH_ROWS).build()?;
    let batches = reader.map(|batch| batch.map_err(Problem::from));
    Ok(Source::Parquet(schema, Box::new(batches)))
}
