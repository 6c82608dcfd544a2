//! `flightsql doctor`: tries the required and optional features of a server step by step. It changes no data.
//!
//! `connect` (the steps up to a connection) · `checks` (those that use one), with `queries` and `transactions` · `report` (the
//! output).

mod checks;
mod connect;
mod queries;
mod report;
mod transactions;

use std::sync::Arc;
use std::time::Duration;

use flightsql::catalog::{ServerInfo, TableName};
use flightsql::{
    ConnectOptions as _, Connection as _, FlightSqlConnectOptions, FlightSqlConnection,
};

use self::checks::CHECKS;
use self::report::{Report, Verdict};
use super::query::close;
use crate::connect::Target;
use crate::failure::Failure;
use crate::shell::Io;

/// The arguments of `doctor`.
#[derive(Debug, clap::Args)]
pub(crate) struct DoctorArgs {
    /// The server
    #[arg(value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    target: Target,
    /// The maximum time for each step
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    timeout: u64,
}

/// State of the checks: later checks use what earlier ones found.
pub(crate) struct CheckContext {
    options: FlightSqlConnectOptions,
    connection: FlightSqlConnection,
    info: Option<Arc<ServerInfo>>,
    catalog: Option<String>,
    table: Option<TableName>,
    /// Whether the simplest query succeeded.
    queries: bool,
    /// Whether the server rejected the simplest query.
    is_rejected: bool,
    transactions: bool,
}

pub(crate) async fn run(args: DoctorArgs, io: &mut Io<'_>) -> Result<(), Failure> {
    let limit = Duration::from_secs(args.timeout);
    let source = args.target.find(args.url, io)?;
    let mut report = Report::new(&mut io.out, 3 + CHECKS.len());
    let is_lost = match connect::connect(&source, limit, &mut report).await? {
        Some(context) => examine(context, limit, &mut report).await?,
        None => false,
    };
    match report.finish(is_lost)? {
        true => Ok(()),
        false => Err(Failure::Reported),
    }
}

/// Runs the steps. Returns `true` if the server does not respond after them.
async fn examine(
    mut context: CheckContext,
    limit: Duration,
    report: &mut Report<'_>,
) -> Result<bool, Failure> {
    for check in CHECKS {
        let tried = async {
            connected(&mut context).await?;
            (check.run)(&mut context).await
        };
        let verdict = match tokio::time::timeout(limit, tried).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(error)) => Verdict::of_error(&error, check.hint),
            Err(_) => Verdict::timed_out(limit),
        };
        report.step(check.name, check.role, verdict)?;
    }
    let is_lost = report.may_be_lost() && {
        let alive = async {
            connected(&mut context).await?;
            context.connection.ping().await
        };
        !matches!(tokio::time::timeout(limit, alive).await, Ok(Ok(())))
    };
    close(context.connection).await;
    Ok(is_lost)
}

/// Opens a new connection if a step has broken the current one.
async fn connected(context: &mut CheckContext) -> Result<(), flightsql::Error> {
    if context.connection.is_broken() {
        context.connection = context.options.connect().await?;
    }
    Ok(())
}
