//! Wall time, CPU time and peak memory of this process, and medians of measurements.
//!
//! CPU time and memory are read from [`/proc`](https://man7.org/linux/man-pages/man5/proc.5.html), so the bench
//! runs on Linux only.

use std::time::{Duration, Instant};

use crate::Result;

/// A running measurement.
#[derive(Debug)]
pub(crate) struct Meter {
    cpu_ns: u64,
    start: Instant,
}

/// The cost of measured work in this process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// Wall time in nanoseconds.
    pub(crate) wall_ns: u64,
    /// CPU time of all threads in nanoseconds.
    pub(crate) cpu_ns: u64,
}

impl Meter {
    /// Starts the measurement. The wall clock starts last.
    pub(crate) fn start() -> Result<Self> {
        let cpu_ns = process_cpu_ns()?;
        let start = Instant::now();
        Ok(Self { cpu_ns, start })
    }

    /// Ends the measurement. The wall clock stops first.
    pub(crate) fn stop(self) -> Result<Cost> {
        let wall_ns = nanos(self.start.elapsed());
        let cpu_ns = process_cpu_ns()?.saturating_sub(self.cpu_ns);
        Ok(Cost { wall_ns, cpu_ns })
    }
}

/// Converts a duration to nanoseconds; 584 years at most.
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns the peak resident set of this process, in KiB.
pub(crate) fn peak_rss_kb() -> Result<u64> {
    let path = "/proc/self/status";
    let status = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    parse_peak_rss(&status).ok_or_else(|| format!("{path} has no VmHWM in kB").into())
}

/// Returns the value at `fraction` of the `sorted` values, or `None` without values.
pub(crate) fn percentile(sorted: &[u64], fraction: Fraction) -> Option<u64> {
    let last = sorted.len().checked_sub(1)?;
    let index = last * fraction.0 / 100;
    sorted.get(index).copied()
}

/// A percentage from 0 to 100.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fraction(usize);

impl Fraction {
    /// The median.
    pub(crate) const P50: Self = Self(50);
    /// The 99th percentile.
    pub(crate) const P99: Self = Self(99);
}

/// Returns the median: the mean of the two middle values of an even count, or NaN without values.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        len if len % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

/// Returns the CPU time of all live threads. `stat` counts in ticks of 10 ms, which is too coarse for one query. `schedstat`
/// counts in nanoseconds per thread. The threads of the runtime live as long as the process, so no time is lost.
fn process_cpu_ns() -> Result<u64> {
    let mut total = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        // A thread may end between the listing and the reading.
        if let Ok(line) = std::fs::read_to_string(task?.path().join("schedstat")) {
            total += parse_schedstat(&line).ok_or("schedstat does not start with a number")?;
        }
    }
    if total == 0 {
        return Err("the kernel does not provide /proc/self/task/*/schedstat".into());
    }
    Ok(total)
}

fn parse_schedstat(line: &str) -> Option<u64> {
    line.split_ascii_whitespace().next()?.parse().ok()
}

fn parse_peak_rss(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_proc_lines() {
        assert_eq!(parse_schedstat("1258857 71406 3\n"), Some(1_258_857));
        assert_eq!(parse_schedstat(""), None);
        let status = "Name:\tx\nVmHWM:\t   1234 kB\nVmRSS:\t 1 kB\n";
        assert_eq!(parse_peak_rss(status), Some(1234));
        assert_eq!(parse_peak_rss("VmRSS:\t 1 kB\n"), None);
    }

    #[test]
    fn measures_this_process() {
        let meter = Meter::start().unwrap();
        let mut sum = 0_u64;
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(30) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let cost = meter.stop().unwrap();
        assert!(cost.wall_ns >= 30_000_000, "{cost:?}");
        assert!(cost.cpu_ns > 1_000_000, "{cost:?}");
        assert!(peak_rss_kb().unwrap() > 100);
    }

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median([]).is_nan());
        let sorted: Vec<u64> = (1..=101).collect();
        assert_eq!(percentile(&sorted, Fraction::P50), Some(51));
        assert_eq!(percentile(&sorted, Fraction::P99), Some(100));
        assert_eq!(percentile(&[], Fraction::P50), None);
    }
}
