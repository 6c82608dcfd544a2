//! Medians and process figures.
#![allow(clippy::unwrap_used, reason = "tests")]

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
