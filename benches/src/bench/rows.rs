//! Benches `rows` and `ingest`: a table read or filled by the baselines and by every API of the driver.

use clap::ValueEnum;
use serde::Serialize;

use super::{
    Findings, RpcsPerOperation, float, median_of, median_ratio, per_operation, round, sample,
};
use crate::Result;
use crate::borrowed::expected;
use crate::data::Case;
use crate::runner::Server;
use crate::server::CHECK_MASK;
use crate::variants::{IngestVariant, RowsSample, RowsVariant, name};

/// Parameters of a run.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) cases: Vec<Case>,
    pub(crate) rows: u64,
    pub(crate) runs: usize,
}

/// A line of the report.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) bench: &'static str,
    pub(crate) case: &'static str,
    pub(crate) variant: String,
    pub(crate) baseline: &'static str,
    /// Speed relative to the baseline; above 1 is faster.
    pub(crate) ratio: f64,
    pub(crate) ns_per_row: f64,
    pub(crate) cpu_ns_per_row: f64,
    pub(crate) peak_rss_mb: f64,
    pub(crate) rows: u64,
    pub(crate) runs: usize,
    /// The RPCs of one run.
    pub(crate) rpcs: RpcsPerOperation,
}

/// The variants of a bench over complete tables. The first is the baseline.
pub(crate) trait TableVariant: ValueEnum + Copy {
    /// The name of the bench and of its client task.
    const BENCH: &'static str;
    /// The name of the baseline.
    const BASELINE: &'static str;
    /// The bits of the table's checksum that a sample contains.
    const CHECKED_BITS: u64 = u64::MAX;
    /// RPCs of one run.
    const RPCS: &'static [(&'static str, u64)];
}

impl TableVariant for RowsVariant {
    const BENCH: &'static str = "rows";
    const BASELINE: &'static str = "baseline-1";
    const RPCS: &'static [(&'static str, u64)] = &[("GetFlightInfo", 1), ("DoGet", 1)];
}

impl TableVariant for IngestVariant {
    const BENCH: &'static str = "ingest";
    const BASELINE: &'static str = "baseline";
    const CHECKED_BITS: u64 = CHECK_MASK;
    const RPCS: &'static [(&'static str, u64)] = &[("DoPut", 1)];
}

/// Runs the plan against `server`.
pub(crate) async fn run<V: TableVariant>(server: &Server, plan: &Plan) -> Result<Findings<Line>> {
    let mut findings = Findings::default();
    for case in &plan.cases {
        let checksum = expected(*case, plan.rows)? & V::CHECKED_BITS;
        let arguments = [
            ("--case", case.name().to_owned()),
            ("--rows", plan.rows.to_string()),
        ];
        let samples = sample::<V, _>(server, V::BENCH, &arguments, plan.runs).await?;
        for (variant, samples) in &samples {
            let who = format!("{} {} {}", V::BENCH, case.name(), name(*variant));
            for sample in samples {
                findings.check_sample(&who, sample, plan.rows, checksum);
                findings.check_rpcs(&who, &sample.rpcs, 1, V::RPCS);
            }
        }
        let lines = samples.iter().map(|(variant, of_variant)| {
            // The first variant is the baseline.
            line(*case, *variant, of_variant, &samples[0].1, plan)
        });
        findings.lines.extend(lines);
    }
    Ok(findings)
}

impl Findings<Line> {
    fn check_sample(&mut self, who: &str, sample: &RowsSample, rows: u64, checksum: u64) {
        if (sample.rows, sample.checksum) != (rows, checksum) {
            self.problems.push(format!(
                "{who}: {} rows with checksum {:x}, expected {rows} rows with {checksum:x}",
                sample.rows, sample.checksum
            ));
        }
    }
}

fn line<V: TableVariant>(
    case: Case,
    variant: V,
    samples: &[RowsSample],
    baseline: &[RowsSample],
    plan: &Plan,
) -> Line {
    let per_row = |value: f64| round(value / float(plan.rows));
    let rpcs = samples.first().map(|sample| per_operation(&sample.rpcs, 1));
    Line {
        bench: V::BENCH,
        case: case.name(),
        variant: name(variant),
        baseline: V::BASELINE,
        ratio: round(median_ratio(baseline, samples, |sample| sample.wall_ns)),
        ns_per_row: per_row(median_of(samples, |sample| sample.wall_ns)),
        cpu_ns_per_row: per_row(median_of(samples, |sample| sample.cpu_ns)),
        peak_rss_mb: round(median_of(samples, |sample| sample.peak_rss_kb) / 1024.0),
        rows: plan.rows,
        runs: plan.runs,
        rpcs: rpcs.unwrap_or_default(),
    }
}
