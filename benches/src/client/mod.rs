//! A client process: runs one task against the server, and prints one JSON line.

mod admin;
mod concurrency;
mod ingest;
mod latency;
mod rows;

use std::future::Future;

use arrow_array::RecordBatch;
use clap::Subcommand;
use serde::Serialize;

use crate::Result;
use crate::data::{Case, Checksum};
use crate::variants::{ConcurrencyTask, IngestVariant, LatencyTask, RowsVariant, TableTask};

/// The task of a client process.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Reads a table.
    Rows(TableTask<RowsVariant>),
    /// Fills a table.
    Ingest(TableTask<IngestVariant>),
    /// Runs point operations one after the other.
    Latency(LatencyTask),
    /// Runs point queries from many tasks.
    Concurrency(ConcurrencyTask),
}

/// Reads a table in one of the compared variants.
pub(crate) trait Reader {
    /// Reads all rows of `sql`, adds every value to `sum` if set, and returns the number of rows.
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64>;
}

/// Fills a table in one of the compared variants.
pub(crate) trait Writer {
    /// The input to write, prepared before the clock starts.
    type Input;

    /// Prepares the input.
    fn prepare(case: Case, batches: Vec<RecordBatch>) -> Result<Self::Input>;

    /// Writes the input and returns the server's row count.
    async fn write(&mut self, table: &str, input: &Self::Input) -> Result<i64>;
}

/// Runs point operations in one of the compared variants.
pub(crate) trait PointClient: Send + 'static {
    /// Runs [`POINT_SQL`](crate::server::POINT_SQL) and returns the row's value.
    fn simple(&mut self) -> impl Future<Output = Result<i64>> + Send;

    /// Runs [`PREPARED_POINT_SQL`](crate::server::PREPARED_POINT_SQL) and returns the row's value.
    fn prepared(&mut self, id: i64) -> impl Future<Output = Result<i64>> + Send;

    /// Runs [`PREPARED_UPDATE_SQL`](crate::server::PREPARED_UPDATE_SQL) and returns the number of changed rows.
    fn prepared_update(&mut self, id: i64) -> impl Future<Output = Result<u64>> + Send;
}

/// Runs `task` and prints its sample.
pub(crate) async fn run(task: Task) -> Result<()> {
    match task {
        Task::Rows(task) => print(&rows::run(&task).await?),
        Task::Ingest(task) => print(&ingest::run(&task).await?),
        Task::Latency(task) => print(&latency::run(&task).await?),
        Task::Concurrency(task) => print(&concurrency::run(&task).await?),
    }
}

fn print(sample: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(sample)?);
    Ok(())
}
