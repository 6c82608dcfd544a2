//! Variants of each bench, and the sample that one client process reports.

use std::collections::BTreeMap;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

use crate::data::Case;

/// RPCs by name.
pub(crate) type Rpcs = BTreeMap<String, u64>;

/// A variant of reading a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsVariant {
    /// arrow-flight's client with tonic's defaults; batches are dropped unread.
    #[value(name = "baseline-1")]
    Baseline1,
    /// baseline-1 with a `Vec` of borrowed structs for each batch.
    #[value(name = "baseline-2")]
    Baseline2,
    /// The driver's batches.
    #[value(name = "batches")]
    Batches,
    /// The driver's batches with tonic's HTTP/2 settings.
    #[value(name = "batches_equal")]
    BatchesEqual,
    /// The driver's rows through `FromRow` on a connection, each dropped.
    #[value(name = "fetch")]
    Fetch,
    /// The driver's rows through `FromRow` on the pool, each dropped.
    #[value(name = "fetch_pool")]
    FetchPool,
    /// The driver's rows into one Vec.
    #[value(name = "fetch_all")]
    FetchAll,
    /// The driver's columns into one Vec of structs.
    #[value(name = "fetch_all_as")]
    FetchAllAs,
}

/// A variant of filling a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum IngestVariant {
    /// arrow-flight's client with prepared batches.
    #[value(name = "baseline")]
    Baseline,
    /// The driver with prepared batches.
    #[value(name = "batches")]
    Batches,
    /// The driver with structs.
    #[value(name = "rows")]
    Rows,
}

/// A point operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Operation {
    /// A query without parameters.
    #[value(name = "simple")]
    Simple,
    /// A prepared query with a new parameter each time.
    #[value(name = "prepared")]
    Prepared,
    /// A prepared update with a new parameter each time.
    #[value(name = "prepared_update")]
    PreparedUpdate,
}

/// Client of the point operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LatencyVariant {
    /// arrow-flight's client.
    #[value(name = "arrow-flight")]
    ArrowFlight,
    /// The driver on a connection.
    #[value(name = "driver")]
    Driver,
}

/// Client of concurrent point queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConcurrencyVariant {
    /// arrow-flight's client, one channel per task.
    #[value(name = "channel_per_task")]
    ChannelPerTask,
    /// arrow-flight's client, one channel for all tasks.
    #[value(name = "shared_channel")]
    SharedChannel,
    /// The driver's pool, with as many connections as tasks.
    #[value(name = "pool")]
    Pool,
}

/// Returns the name of a variant on the command line and in the report.
pub(crate) fn name<V: ValueEnum>(variant: V) -> String {
    let value = variant.to_possible_value();
    value.map_or_else(String::new, |value| value.get_name().to_owned())
}

/// The work of a client process of the bench `rows` or `ingest`.
#[derive(Debug, Args)]
pub(crate) struct TableTask<V: ValueEnum + Send + Sync + 'static> {
    #[arg(long)]
    pub(crate) variant: V,
    #[arg(long)]
    pub(crate) case: Case,
    #[arg(long)]
    pub(crate) address: String,
    #[arg(long)]
    pub(crate) rows: u64,
}

/// The work of a client process of the bench `latency`.
#[derive(Debug, Args)]
pub(crate) struct LatencyTask {
    #[arg(long)]
    pub(crate) variant: LatencyVariant,
    #[arg(long)]
    pub(crate) operation: Operation,
    #[arg(long)]
    pub(crate) address: String,
    #[arg(long)]
    pub(crate) operations: u64,
}

/// The work of a client process of the bench `concurrency`.
#[derive(Debug, Args)]
pub(crate) struct ConcurrencyTask {
    #[arg(long)]
    pub(crate) variant: ConcurrencyVariant,
    #[arg(long)]
    pub(crate) tasks: u32,
    #[arg(long)]
    pub(crate) address: String,
    #[arg(long)]
    pub(crate) operations: u64,
}

/// A timed read of a table, or one timed ingest into it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RowsSample {
    /// Rows read or sent, equal in the warm-up and the timed run.
    pub(crate) rows: u64,
    /// The checksum of the warm-up; for an ingest, that of the server.
    pub(crate) checksum: u64,
    pub(crate) wall_ns: u64,
    pub(crate) cpu_ns: u64,
    pub(crate) peak_rss_kb: u64,
    /// The RPCs of the timed read.
    pub(crate) rpcs: Rpcs,
}

/// Many timed point operations, one after the other.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LatencySample {
    pub(crate) operations: u64,
    pub(crate) p50_ns: u64,
    pub(crate) p99_ns: u64,
    pub(crate) cpu_ns: u64,
    /// The RPCs of all timed operations.
    pub(crate) rpcs: Rpcs,
}

/// Concurrent point queries.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ConcurrencySample {
    pub(crate) operations: u64,
    pub(crate) wall_ns: u64,
    pub(crate) cpu_ns: u64,
    /// The RPCs of all timed operations.
    pub(crate) rpcs: Rpcs,
}
