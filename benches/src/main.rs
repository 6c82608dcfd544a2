//! Measures the driver against baselines taken in the same interleaved run.
//!
//! The executable has three roles: the parent (`rows`, `ingest`, `latency`, `concurrency`, `smoke`), the server process
//! (`serve`) and one client process per sample (`client`). See `benches/README.md`.

mod baseline;
mod bench;
mod borrowed;
mod client;
mod data;
mod driver;
mod measure;
mod report;
mod runner;
mod server;
mod variants;

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, value_parser};
use tokio::runtime::Runtime;

use crate::bench::rows::TableVariant;
use crate::data::{Case, MAX_ROWS};
use crate::runner::Server;
use crate::variants::{IngestVariant, RowsVariant};

/// The error type. Errors are only printed.
type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Measures the driver against arrow-flight's client, with a separate server process.
#[derive(Debug, Parser)]
#[command(name = "flightsql-bench")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Reads complete tables: baselines, batches, rows.
    Rows {
        #[command(flatten)]
        common: Common,
        /// Rows of each table.
        #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1..=MAX_ROWS))]
        rows: u64,
        /// The tables, separated by commas.
        #[arg(
            long = "case",
            value_delimiter = ',',
            default_value = "ints,mixed,strings"
        )]
        cases: Vec<Case>,
    },
    /// Fills complete tables: prepared batches, structs.
    Ingest {
        #[command(flatten)]
        common: Common,
        /// Rows of each table.
        #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u64).range(1..=MAX_ROWS))]
        rows: u64,
        /// The tables, separated by commas.
        #[arg(
            long = "case",
            value_delimiter = ',',
            default_value = "ints,mixed,strings"
        )]
        cases: Vec<Case>,
    },
    /// Times single point queries and updates, and counts their RPCs.
    Latency {
        #[command(flatten)]
        common: Common,
        /// Operations of each sample.
        #[arg(long, default_value_t = 2000, value_parser = value_parser!(u64).range(1..=10_000_000))]
        operations: u64,
    },
    /// Measures point queries per second from many tasks.
    Concurrency {
        #[command(flatten)]
        common: Common,
        /// Queries of each sample, over all tasks.
        #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u64).range(1..=10_000_000))]
        operations: u64,
        /// Numbers of tasks, separated by commas.
        #[arg(long, value_delimiter = ',', default_value = "1,8,64,256", value_parser = value_parser!(u32).range(1..=1024))]
        tasks: Vec<u32>,
    },
    /// Measures the cost of a dialect's type map: reads a table with and without rules.
    Mapping {
        /// Batches of 8192 rows in the table.
        #[arg(long, default_value_t = 64, value_parser = value_parser!(u16).range(1..=4096))]
        batches: u16,
        /// Reads of each kind; medians are over them.
        #[arg(long, default_value_t = 9, value_parser = value_parser!(u16).range(1..=1000))]
        runs: u16,
    },
    /// Runs everything once with few rows, to show that all variants work.
    Smoke {
        /// Prints one JSON object per line.
        #[arg(long)]
        json: bool,
    },
    /// Runs the server process.
    #[command(hide = true)]
    Serve,
    /// Runs a client process.
    #[command(hide = true)]
    Client {
        #[command(subcommand)]
        task: client::Task,
    },
}

#[derive(Clone, Copy, Debug, Args)]
struct Common {
    /// Prints one JSON object per line.
    #[arg(long)]
    json: bool,
    /// Samples of each variant; medians are over them.
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u16).range(1..=1000))]
    runs: u16,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let problems = Runtime::new()
        .map_err(Into::into)
        .and_then(|runtime| runtime.block_on(run(arguments.command)));
    match problems {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Runs the command, and returns the number of problems.
async fn run(command: Command) -> Result<usize> {
    match command {
        Command::Rows {
            common,
            rows,
            cases,
        } => {
            let runs = usize::from(common.runs);
            let plan = bench::rows::Plan { cases, rows, runs };
            run_tables::<RowsVariant>(&plan, common.json).await
        }
        Command::Ingest {
            common,
            rows,
            cases,
        } => {
            let runs = usize::from(common.runs);
            let plan = bench::rows::Plan { cases, rows, runs };
            run_tables::<IngestVariant>(&plan, common.json).await
        }
        Command::Latency { common, operations } => {
            let runs = usize::from(common.runs);
            run_latency(&bench::latency::Plan { operations, runs }, common.json).await
        }
        Command::Concurrency {
            common,
            operations,
            tasks,
        } => {
            let runs = usize::from(common.runs);
            let plan = bench::concurrency::Plan {
                tasks,
                operations,
                runs,
            };
            run_concurrency(&plan, common.json).await
        }
        Command::Mapping { batches, runs } => {
            let (batches, runs) = (usize::from(batches), usize::from(runs));
            let plan = bench::mapping::Plan { batches, runs };
            bench::mapping::run(&plan).await.map(|()| 0)
        }
        Command::Smoke { json } => smoke(json).await,
        Command::Serve => {
            runner::end_with_parent();
            server::serve().await.map(|()| 0)
        }
        Command::Client { task } => {
            runner::end_with_parent();
            client::run(task).await.map(|()| 0)
        }
    }
}

async fn run_tables<V: TableVariant>(plan: &bench::rows::Plan, json: bool) -> Result<usize> {
    let server = Server::start().await?;
    report::print(&bench::rows::run::<V>(&server, plan).await?, json)
}

async fn run_latency(plan: &bench::latency::Plan, json: bool) -> Result<usize> {
    let server = Server::start().await?;
    report::print(&bench::latency::run(&server, plan).await?, json)
}

async fn run_concurrency(plan: &bench::concurrency::Plan, json: bool) -> Result<usize> {
    let server = Server::start().await?;
    report::print(&bench::concurrency::run(&server, plan).await?, json)
}

/// Runs a full and a short batch of every table, and enough operations to count RPCs.
async fn smoke(json: bool) -> Result<usize> {
    let cases = Case::ALL.to_vec();
    let rows = bench::rows::Plan {
        cases,
        rows: 10_000,
        runs: 1,
    };
    let latency = bench::latency::Plan {
        operations: 50,
        runs: 1,
    };
    let tasks = vec![1, 8, 64];
    let concurrency = bench::concurrency::Plan {
        tasks,
        operations: 128,
        runs: 1,
    };
    let mapping = bench::mapping::Plan {
        batches: 1,
        runs: 1,
    };
    bench::mapping::run(&mapping).await?;
    Ok(run_tables::<RowsVariant>(&rows, json).await?
        + run_tables::<IngestVariant>(&rows, json).await?
        + run_latency(&latency, json).await?
        + run_concurrency(&concurrency, json).await?)
}
