//! Bench `concurrency`: point queries per second from many tasks, pool against arrow-flight's client.

use serde::Serialize;

use super::{Findings, RpcsPerOperation, float, median_ratio, per_operation, round, sample};
use crate::Result;
use crate::measure::median;
use crate::runner::Server;
use crate::variants::{ConcurrencySample, ConcurrencyVariant, name};

/// Parameters of a run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) tasks: Vec<u32>,
    pub(crate) operations: u64,
    pub(crate) runs: usize,
}

/// A line of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) bench: &'static str,
    pub(crate) tasks: u32,
    pub(crate) variant: String,
    pub(crate) baseline: &'static str,
    /// Queries per second relative to the baseline; above 1 is faster.
    pub(crate) ratio: f64,
    pub(crate) queries_per_s: f64,
    pub(crate) cpu_us_per_query: f64,
    /// Number of RPCs of one query.
    pub(crate) rpcs_per_operation: f64,
    pub(crate) rpcs: RpcsPerOperation,
    pub(crate) operations: u64,
    pub(crate) runs: usize,
}

/// Runs the plan against `server`.
pub(crate) async fn run(server: &Server, plan: &Plan) -> Result<Findings<Line>> {
    let mut findings = Findings::default();
    for tasks in &plan.tasks {
        let arguments = [
            ("--tasks", tasks.to_string()),
            ("--operations", plan.operations.to_string()),
        ];
        let samples =
            sample::<_, ConcurrencySample>(server, "concurrency", &arguments, plan.runs).await?;
        for (variant, of_variant) in &samples {
            let who = format!("concurrency {tasks} {}", name(*variant));
            let wanted = [("GetFlightInfo", 1), ("DoGet", 1)];
            for sample in of_variant {
                findings.check_rpcs(&who, &sample.rpcs, sample.operations, &wanted);
            }
        }
        let lines = samples.iter().map(|(variant, of_variant)| {
            // The first variant has one channel per task.
            line(*tasks, *variant, of_variant, &samples[0].1, plan)
        });
        findings.lines.extend(lines);
    }
    Ok(findings)
}

fn line(
    tasks: u32,
    variant: ConcurrencyVariant,
    samples: &[ConcurrencySample],
    baseline: &[ConcurrencySample],
    plan: &Plan,
) -> Line {
    let rate =
        |sample: &ConcurrencySample| float(sample.operations) * 1e9 / float(sample.wall_ns.max(1));
    let cpu = |sample: &ConcurrencySample| {
        float(sample.cpu_ns) / 1000.0 / float(sample.operations.max(1))
    };
    let first = samples.first();
    let rpcs = first.map(|sample| per_operation(&sample.rpcs, sample.operations));
    let rpcs = rpcs.unwrap_or_default();
    Line {
        bench: "concurrency",
        tasks,
        variant: name(variant),
        baseline: "channel_per_task",
        ratio: round(median_ratio(baseline, samples, |sample| sample.wall_ns)),
        queries_per_s: round(median(samples.iter().map(rate))),
        cpu_us_per_query: round(median(samples.iter().map(cpu))),
        rpcs_per_operation: rpcs.values().sum(),
        rpcs,
        operations: plan.operations,
        runs: plan.runs,
    }
}
