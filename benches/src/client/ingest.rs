//! Bench `ingest`: a warm-up whose values the server checks, then the timed ingest.

use super::Writer;
use super::admin::Admin;
use crate::borrowed::table_batches;
use crate::measure::{Meter, peak_rss_kb};
use crate::server::CHECKED;
use crate::variants::{IngestVariant, RowsSample, TableTask};
use crate::{Result, baseline, driver};

pub(super) async fn run(task: &TableTask<IngestVariant>) -> Result<RowsSample> {
    let address = task.address.as_str();
    match task.variant {
        IngestVariant::Baseline => write(task, baseline::Ingest::connect(address).await?).await,
        IngestVariant::Batches => write(task, driver::IngestBatches::connect(address).await?).await,
        IngestVariant::Rows => write(task, driver::IngestRows::connect(address).await?).await,
    }
}

async fn write<W: Writer>(task: &TableTask<IngestVariant>, mut writer: W) -> Result<RowsSample> {
    let batches = table_batches(task.case, task.rows)?;
    let mut admin = Admin::connect(&task.address).await?;
    // Prepared before the clock starts, like the rows of a program.
    let input = W::prepare(task.case, batches)?;
    let checked = format!("{CHECKED}{}", task.case.name());
    let checksum = match writer.write(&checked, &input).await {
        Ok(rows) => {
            return Err(format!("a checked ingest of {rows} rows returned no checksum").into());
        }
        Err(error) => checksum_in(&error.to_string())?,
    };
    admin.reset().await?;

    let meter = Meter::start()?;
    let rows = writer.write(task.case.name(), &input).await?;
    let cost = meter.stop()?;
    Ok(RowsSample {
        rows: u64::try_from(rows)?,
        checksum,
        wall_ns: cost.wall_ns,
        cpu_ns: cost.cpu_ns,
        peak_rss_kb: peak_rss_kb()?,
        rpcs: admin.counts().await?,
    })
}

/// Parses the checksum in the error of a checked ingest.
fn checksum_in(error: &str) -> Result<u64> {
    let (_, rest) = error
        .split_once("checksum ")
        .ok_or_else(|| format!("a checked ingest failed: {error}"))?;
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    Ok(rest[..end].parse()?)
}
