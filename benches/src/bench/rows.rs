//! Bench `rows`: a table read by the floors and by every API of the driver.

use clap::ValueEnum;
use serde::Serialize;

use super::{Findings, RpcsPerOperation, float, median_of, median_ratio, per_operation, round};
use crate::Result;
use crate::borrowed::expected;
use crate::data::Case;
use crate::runner::{Server, client};
use crate::variants::{RowsSample, RowsVariant, name};

/// What to run.
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
    pub(crate) floor: &'static str,
    /// Speed in floor-1's: above 1 is faster.
    pub(crate) ratio: f64,
    pub(crate) ns_per_row: f64,
    pub(crate) cpu_ns_per_row: f64,
    pub(crate) peak_rss_mb: f64,
    pub(crate) rows: u64,
    pub(crate) runs: usize,
    /// The RPCs of one query.
    pub(crate) rpcs: RpcsPerOperation,
}

/// Runs the plan against `server`.
pub(crate) async fn run(server: &Server, plan: &Plan) -> Result<Findings<Line>> {
    let mut findings = Findings::default();
    for case in &plan.cases {
        let checksum = expected(*case, plan.rows)?;
        let samples = sample(server, *case, plan).await?;
        for (variant, samples) in &samples {
            let who = format!("rows {} {}", case.name(), name(*variant));
            for sample in samples {
                findings.check_sample(&who, sample, plan.rows, checksum);
            }
        }
        let lines = samples.iter().map(|(variant, of_variant)| {
            // The first variant is floor-1.
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
                "{who}: read {} rows with checksum {:x} instead of {rows} rows with {checksum:x}",
                sample.rows, sample.checksum
            ));
        }
        let wanted = [("GetFlightInfo", 1), ("DoGet", 1)];
        self.check_rpcs(who, &sample.rpcs, 1, &wanted);
    }
}

async fn sample(
    server: &Server,
    case: Case,
    plan: &Plan,
) -> Result<Vec<(RowsVariant, Vec<RowsSample>)>> {
    let variants = RowsVariant::value_variants().iter();
    let mut samples: Vec<_> = variants.map(|variant| (*variant, Vec::new())).collect();
    for _ in 0..plan.runs {
        for (variant, of_variant) in &mut samples {
            let arguments = [
                ("rows", String::new()),
                ("--variant", name(*variant)),
                ("--case", case.name().to_owned()),
                ("--address", server.address.clone()),
                ("--rows", plan.rows.to_string()),
            ];
            of_variant.push(client(&arguments).await?);
        }
    }
    Ok(samples)
}

fn line(
    case: Case,
    variant: RowsVariant,
    samples: &[RowsSample],
    floor: &[RowsSample],
    plan: &Plan,
) -> Line {
    let per_row = |value: f64| round(value / float(plan.rows));
    let rpcs = samples.first().map(|sample| per_operation(&sample.rpcs, 1));
    Line {
        bench: "rows",
        case: case.name(),
        variant: name(variant),
        floor: "floor-1",
        ratio: round(median_ratio(floor, samples, |sample| sample.wall_ns)),
        ns_per_row: per_row(median_of(samples, |sample| sample.wall_ns)),
        cpu_ns_per_row: per_row(median_of(samples, |sample| sample.cpu_ns)),
        peak_rss_mb: round(median_of(samples, |sample| sample.peak_rss_kb) / 1024.0),
        rows: plan.rows,
        runs: plan.runs,
        rpcs: rpcs.unwrap_or_default(),
    }
}
