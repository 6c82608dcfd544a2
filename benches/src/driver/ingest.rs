//! The driver's variants of the bench `ingest`.

use arrow_array::RecordBatch;
use flightsql::{ConnectOptions, FlightSqlBatch, FlightSqlConnection};

use super::model::{Ints, Mixed, Model, Strings};
use super::options;
use crate::Result;
use crate::client::Writer;
use crate::data::Case;

/// A writer of prepared batches.
#[derive(Debug)]
pub(crate) struct IngestBatches(FlightSqlConnection);

/// A writer of structs, which are converted while they are sent.
#[derive(Debug)]
pub(crate) struct IngestRows(FlightSqlConnection);

impl IngestBatches {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?))
    }
}

impl IngestRows {
    /// Connects with the driver's defaults.
    pub(crate) async fn connect(address: &str) -> Result<Self> {
        Ok(Self(options(address)?.connect().await?))
    }
}

impl Writer for IngestBatches {
    type Input = Vec<RecordBatch>;

    fn prepare(_: Case, batches: Vec<RecordBatch>) -> Result<Self::Input> {
        Ok(batches)
    }

    async fn write(&mut self, table: &str, input: &Self::Input) -> Result<i64> {
        // Clones share the memory.
        let done = self.0.ingest(table).batches(input.clone()).await?;
        Ok(done.rows_affected().cast_signed())
    }
}

/// The rows of a table as structs.
#[derive(Debug)]
pub(crate) enum Structs {
    Ints(Vec<Ints>),
    Mixed(Vec<Mixed>),
    Strings(Vec<Strings>),
}

impl Writer for IngestRows {
    type Input = Structs;

    fn prepare(case: Case, batches: Vec<RecordBatch>) -> Result<Self::Input> {
        Ok(match case {
            Case::Ints => Structs::Ints(structs(batches)?),
            Case::Mixed => Structs::Mixed(structs(batches)?),
            Case::Strings => Structs::Strings(structs(batches)?),
        })
    }

    async fn write(&mut self, table: &str, input: &Self::Input) -> Result<i64> {
        let ingest = self.0.ingest(table);
        let done = match input {
            Structs::Ints(rows) => ingest.rows(rows).await?,
            Structs::Mixed(rows) => ingest.rows(rows).await?,
            Structs::Strings(rows) => ingest.rows(rows).await?,
        };
        Ok(done.rows_affected().cast_signed())
    }
}

fn structs<T: Model>(batches: Vec<RecordBatch>) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    for batch in batches {
        FlightSqlBatch::try_from(batch)?.read_into(&mut rows)?;
    }
    Ok(rows)
}
