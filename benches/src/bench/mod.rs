//! The benches: the order of the client processes, and the evaluation of their samples.
//!
//! Every run has one sample of every variant, interleaved (A B C A B C ...), so that a slow moment of the machine
//! affects all variants. A ratio belongs to one run, and medians are over the runs.

pub(crate) mod concurrency;
pub(crate) mod latency;
pub(crate) mod mapping;
pub(crate) mod rows;

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::measure::median;
use crate::runner::{Server, client};
use crate::variants::{Rpcs, name};

/// Findings of a bench: the lines of its report, and the problems.
#[derive(Debug)]
pub(crate) struct Findings<L> {
    /// One line per variant.
    pub(crate) lines: Vec<L>,
    /// Wrong checksums and RPC counts, each as a sentence.
    pub(crate) problems: Vec<String>,
}

impl<L> Default for Findings<L> {
    fn default() -> Self {
        let (lines, problems) = (Vec::new(), Vec::new());
        Self { lines, problems }
    }
}

impl<L> Findings<L> {
    /// Records a problem unless each of the `operations` operations had exactly the RPCs `wanted`.
    fn check_rpcs(&mut self, who: &str, rpcs: &Rpcs, operations: u64, wanted: &[(&str, u64)]) {
        let wanted = wanted
            .iter()
            .map(|(name, each)| ((*name).to_owned(), each * operations));
        let wanted: Rpcs = wanted.collect();
        if *rpcs != wanted {
            self.problems.push(format!(
                "{who}: {operations} operations sent the RPCs {rpcs:?}, expected {wanted:?}"
            ));
        }
    }
}

/// Runs all variants `runs` times, each in a client process with these arguments.
async fn sample<V: ValueEnum + Copy, S: DeserializeOwned>(
    server: &Server,
    bench: &str,
    arguments: &[(&str, String)],
    runs: usize,
) -> Result<Vec<(V, Vec<S>)>> {
    let variants = V::value_variants().iter();
    let mut samples: Vec<_> = variants.map(|variant| (*variant, Vec::new())).collect();
    for _ in 0..runs {
        for (variant, of_variant) in &mut samples {
            let mut all = vec![
                (bench, String::new()),
                ("--variant", name(*variant)),
                ("--address", server.address.clone()),
            ];
            all.extend_from_slice(arguments);
            of_variant.push(client(&all).await?);
        }
    }
    Ok(samples)
}

/// Returns the RPCs of one operation.
type RpcsPerOperation = BTreeMap<String, f64>;

fn per_operation(rpcs: &Rpcs, operations: u64) -> RpcsPerOperation {
    let each = |count: u64| float(count) / float(operations.max(1));
    rpcs.iter()
        .map(|(name, count)| (name.clone(), each(*count)))
        .collect()
}

/// Returns the median of `value(sample)` over the runs.
fn median_of<S>(samples: &[S], value: impl Fn(&S) -> u64) -> f64 {
    median(samples.iter().map(|sample| float(value(sample))))
}

/// Returns the median over the runs of the ratio of two samples of the same run.
fn median_ratio<S>(above: &[S], below: &[S], value: impl Fn(&S) -> u64) -> f64 {
    let pairs = above.iter().zip(below);
    median(pairs.map(|(above, below)| float(value(above)) / float(value(below).max(1))))
}

/// Converts to a float, exactly below 2^53 (104 days in nanoseconds).
fn float(value: u64) -> f64 {
    value as f64
}

/// Rounds to three significant digits, so that the report shows no noise.
fn round(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return value;
    }
    let scale = 10_f64.powf(2.0 - value.abs().log10().floor());
    (value * scale).round() / scale
}
