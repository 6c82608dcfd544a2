//! Bench `latency`: single point operations, driver against arrow-flight's client.

use clap::ValueEnum;
use serde::Serialize;

use super::{Findings, RpcsPerOperation, float, median_of, median_ratio, per_operation, round};
use crate::Result;
use crate::measure::median;
use crate::runner::{Server, client};
use crate::variants::{LatencySample, LatencyVariant, Operation, name};

/// What to run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) operations: u64,
    pub(crate) runs: usize,
}

/// A line of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) bench: &'static str,
    pub(crate) operation: String,
    pub(crate) variant: String,
    pub(crate) floor: &'static str,
    /// Median latency in the floor's: below 1 is faster.
    pub(crate) ratio: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) cpu_us_per_operation: f64,
    /// RPCs of one operation, in all.
    pub(crate) rpcs_per_operation: f64,
    pub(crate) rpcs: RpcsPerOperation,
    pub(crate) operations: u64,
    pub(crate) runs: usize,
}

/// Runs the plan against `server`.
pub(crate) async fn run(server: &Server, plan: &Plan) -> Result<Findings<Line>> {
    let mut findings = Findings::default();
    for operation in Operation::value_variants() {
        let samples = sample(server, *operation, plan).await?;
        for (variant, of_variant) in &samples {
            let who = format!("latency {} {}", name(*operation), name(*variant));
            let wanted = rpcs(*operation, *variant);
            for sample in of_variant {
                findings.check_rpcs(&who, &sample.rpcs, sample.operations, wanted);
            }
        }
        let lines = samples.iter().map(|(variant, of_variant)| {
            // The first variant is arrow-flight's client.
            line(*operation, *variant, of_variant, &samples[0].1, plan)
        });
        findings.lines.extend(lines);
    }
    Ok(findings)
}

/// The RPCs that one operation takes. arrow-flight's client binds in a DoPut of its own before an update.
fn rpcs(operation: Operation, variant: LatencyVariant) -> &'static [(&'static str, u64)] {
    match (operation, variant) {
        (Operation::Simple, _) => &[("GetFlightInfo", 1), ("DoGet", 1)],
        (Operation::Prepared, _) => &[("DoPut", 1), ("GetFlightInfo", 1), ("DoGet", 1)],
        (Operation::PreparedUpdate, LatencyVariant::ArrowFlight) => &[("DoPut", 2)],
        (Operation::PreparedUpdate, LatencyVariant::Driver) => &[("DoPut", 1)],
    }
}

async fn sample(
    server: &Server,
    operation: Operation,
    plan: &Plan,
) -> Result<Vec<(LatencyVariant, Vec<LatencySample>)>> {
    let variants = LatencyVariant::value_variants().iter();
    let mut samples: Vec<_> = variants.map(|variant| (*variant, Vec::new())).collect();
    for _ in 0..plan.runs {
        for (variant, of_variant) in &mut samples {
            let arguments = [
                ("latency", String::new()),
                ("--variant", name(*variant)),
                ("--operation", name(operation)),
                ("--address", server.address.clone()),
                ("--operations", plan.operations.to_string()),
            ];
            of_variant.push(client(&arguments).await?);
        }
    }
    Ok(samples)
}

fn line(
    operation: Operation,
    variant: LatencyVariant,
    samples: &[LatencySample],
    floor: &[LatencySample],
    plan: &Plan,
) -> Line {
    let cpu =
        |sample: &LatencySample| float(sample.cpu_ns) / 1000.0 / float(sample.operations.max(1));
    let first = samples.first();
    let rpcs = first.map(|sample| per_operation(&sample.rpcs, sample.operations));
    let rpcs = rpcs.unwrap_or_default();
    Line {
        bench: "latency",
        operation: name(operation),
        variant: name(variant),
        floor: "arrow-flight",
        ratio: round(median_ratio(samples, floor, |sample| sample.p50_ns)),
        p50_us: round(median_of(samples, |sample| sample.p50_ns) / 1000.0),
        p99_us: round(median_of(samples, |sample| sample.p99_ns) / 1000.0),
        cpu_us_per_operation: round(median(samples.iter().map(cpu))),
        rpcs_per_operation: rpcs.values().sum(),
        rpcs,
        operations: plan.operations,
        runs: plan.runs,
    }
}
