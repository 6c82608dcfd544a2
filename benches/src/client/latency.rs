//! Bench `latency`: point operations one after the other, each timed.

use std::time::Instant;

use super::PointClient;
use super::admin::Admin;
use crate::measure::{Fraction, Meter, nanos, percentile};
use crate::variants::{LatencySample, LatencyTask, LatencyVariant, Operation};
use crate::{Result, baseline, driver};

pub(super) async fn run(task: &LatencyTask) -> Result<LatencySample> {
    match task.variant {
        LatencyVariant::ArrowFlight => {
            let channel = baseline::channel(&task.address).await?;
            time(task, baseline::Point::new(channel)).await
        }
        LatencyVariant::Driver => time(task, driver::Point::connect(&task.address).await?).await,
    }
}

async fn time(task: &LatencyTask, mut client: impl PointClient) -> Result<LatencySample> {
    let mut admin = Admin::connect(&task.address).await?;
    // The first operation also prepares. The others warm up caches and the CPU clock.
    for id in 0..=(task.operations / 10) {
        operate(&mut client, task.operation, id).await?;
    }
    admin.reset().await?;

    let mut times = Vec::new();
    let meter = Meter::start()?;
    for id in 0..task.operations {
        let start = Instant::now();
        operate(&mut client, task.operation, id).await?;
        times.push(nanos(start.elapsed()));
    }
    let cost = meter.stop()?;
    let rpcs = admin.counts().await?;

    times.sort_unstable();
    let at = |fraction| percentile(&times, fraction).ok_or("no operations");
    Ok(LatencySample {
        operations: task.operations,
        p50_ns: at(Fraction::P50)?,
        p99_ns: at(Fraction::P99)?,
        cpu_ns: cost.cpu_ns,
        rpcs,
    })
}

/// Runs one operation. A wrong result is an error.
async fn operate(client: &mut impl PointClient, operation: Operation, id: u64) -> Result<()> {
    let id = id.cast_signed();
    match operation {
        Operation::Simple => expect(client.simple().await?, 7),
        Operation::Prepared => expect(client.prepared(id).await?, id),
        Operation::PreparedUpdate => expect(client.prepared_update(id).await?, 1),
    }
}

/// Returns an error unless the result is correct.
pub(super) fn expect<T: PartialEq + std::fmt::Display>(got: T, wanted: T) -> Result<()> {
    if got == wanted {
        return Ok(());
    }
    Err(format!("expected {wanted}, got {got}").into())
}
