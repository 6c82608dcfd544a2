//! A client process: does one task against the server, and prints one JSON line.

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
    /// Does point operations one after the other.
    Latency(LatencyTask),
    /// Does point queries from many tasks.
    Concurrency(ConcurrencyTask),
}

/// Reads a table in one of the ways that are compared.
pub(crate) trait Reader {
    /// Reads all rows of `sql`, adds every value to `sum` where there is one, and returns how many rows there were.
    async fn read(&mut self, sql: &str, sum: Option<&mut Checksum>) -> Result<u64>;
}

/// Fills a table in one of the ways that are compared.
pub(crate) trait Writer {
    /// Input that is written, prepared before the clock starts.
    type Input;

    /// Makes the input.
    fn prepare(case: Case, batches: Vec<RecordBatch>) -> Result<Self::Input>;

    /// Writes all of it and returns the server's count.
    async fn write(&mut self, table: &str, input: &Self::Input) -> Result<i64>;
}

/// Does point operations in one of the ways that are compared.
pub(crate) trait PointClient: Send + 'static {
    /// Runs [`POINT_SQL`](crate::server::POINT_SQL) and returns the row's value.
    fn simple(&mut self) -> impl Future<Output = Result<i64>> + Send;

    /// Runs [`PREPARED_POINT_SQL`](crate::server::PREPARED_POINT_SQL) and returns the row's value.
    fn prepared(&mut self, id: i64) -> impl Future<Output = Result<i64>> + Send;

    /// Runs [`PREPARED_UPDATE_SQL`](crate::server::PREPARED_UPDATE_SQL) and returns how many rows changed.
    fn prepared_update(&mut self, id: i64) -> impl Future<Output = Result<u64>> + Send;
}

/// Does `task` and prints its sample.
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
