//! Bench `latency`: single point operations, driver against arrow-flight's client.

use clap::ValueEnum as _;
use serde::Serialize;

use super::{
    Findings, RpcsPerOperation, float, median_of, median_ratio, per_operation, round, sample,
};
use crate::Result;
use crate::measure::median;
use crate::runner::Server;
use crate::variants::{LatencySample, LatencyVariant, Operation, name};

/// Parameters of a run.
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
    pub(crate) baseline: &'static str,
    /// Median latency relative to the baseline; below 1 is faster.
    pub(crate) ratio: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) cpu_us_per_operation: f64,
    /// Number of RPCs of one operation.
    pub(crate) rpcs_per_operation: f64,
    pub(crate) rpcs: RpcsPerOperation,
    pub(crate) operations: u64,
    pub(crate) runs: usize,
}

/// Runs the plan against `server`.
pub(crate) async fn run(server: &Server, plan: &Plan) -> Result<Findings<Line>> {
    let mut findings = Findings::default();
    for operation in Operation::value_variants() {
        let arguments = [
            ("--operation", name(*operation)),
            ("--operations", plan.operations.to_string()),
        ];
        let samples = sample::<_, LatencySample>(server, "latency", &arguments, plan.runs).await?;
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

/// Returns the RPCs of one operation. arrow-flight's client sends a separate DoPut to bind before an update.
fn rpcs(operation: Operation, variant: LatencyVariant) -> &'static [(&'static str, u64)] {
    match (operation, variant) {
        (Operation::Simple, _) => &[("GetFlightInfo", 1), ("DoGet", 1)],
        (Operation::Prepared, _) => &[("DoPut", 1), ("GetFlightInfo", 1), ("DoGet", 1)],
        (Operation::PreparedUpdate, LatencyVariant::ArrowFlight) => &[("DoPut", 2)],
        (Operation::PreparedUpdate, LatencyVariant::Driver) => &[("DoPut", 1)],
    }
}

fn line(
    operation: Operation,
    variant: LatencyVariant,
    samples: &[LatencySample],
    baseline: &[LatencySample],
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
        baseline: "arrow-flight",
        ratio: round(median_ratio(samples, baseline, |sample| sample.p50_ns)),
        p50_us: round(median_of(samples, |sample| sample.p50_ns) / 1000.0),
        p99_us: round(median_of(samples, |sample| sample.p99_ns) / 1000.0),
        cpu_us_per_operation: round(median(samples.iter().map(cpu))),
        rpcs_per_operation: rpcs.values().sum(),
        rpcs,
        operations: plan.operations,
        runs: plan.runs,
    }
}
