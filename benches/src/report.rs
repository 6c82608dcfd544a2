//! Prints the findings of a bench: a table, or one JSON object per line.

use serde::Serialize;

use crate::Result;
use crate::bench::{Findings, concurrency, latency, rows};

/// A line of a table.
pub(crate) trait TableLine: Serialize {
    /// Returns the names of the columns.
    const HEAD: &'static [&'static str];

    /// Returns the cells of this line, one per column.
    fn cells(&self) -> Vec<String>;

    /// Returns `true` if a blank line precedes this line.
    fn opens_group(&self, before: &Self) -> bool;
}

/// Prints the lines to stdout and the problems to stderr. Returns the number of problems.
pub(crate) fn print<L: TableLine>(findings: &Findings<L>, json: bool) -> Result<usize> {
    if json {
        for line in &findings.lines {
            println!("{}", serde_json::to_string(line)?);
        }
    } else {
        println!("{}", table(&findings.lines));
    }
    for problem in &findings.problems {
        eprintln!("error: {problem}");
    }
    Ok(findings.problems.len())
}

/// Formats the header and the lines in aligned columns: names to the left, numbers to the right.
fn table<L: TableLine>(lines: &[L]) -> String {
    let head = L::HEAD.iter().map(|name| (*name).to_owned()).collect();
    let mut rows: Vec<Vec<String>> = vec![head];
    let mut before: Option<&L> = None;
    for line in lines {
        if before.is_none_or(|before| line.opens_group(before)) {
            rows.push(Vec::new());
        }
        rows.push(line.cells());
        before = Some(line);
    }
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..L::HEAD.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells = cells.map(|(column, (cell, width))| match column {
            0 | 1 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        let line: Vec<String> = cells.collect();
        text.push_str(line.join("  ").trim_end());
        text.push('\n');
    }
    text
}

impl TableLine for rows::Line {
    const HEAD: &'static [&'static str] = &[
        "case",
        "variant",
        "x baseline",
        "ns/row",
        "M rows/s",
        "cpu ns/row",
        "peak RSS MB",
        "RPCs",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.case.to_owned(),
            self.variant.clone(),
            format!("{:.3}", self.ratio),
            format!("{:.1}", self.ns_per_row),
            format!("{:.2}", 1000.0 / self.ns_per_row),
            format!("{:.1}", self.cpu_ns_per_row),
            format!("{:.1}", self.peak_rss_mb),
            format!("{}", self.rpcs.values().sum::<f64>()),
        ]
    }

    fn opens_group(&self, before: &Self) -> bool {
        self.case != before.case
    }
}

impl TableLine for latency::Line {
    const HEAD: &'static [&'static str] = &[
        "operation",
        "variant",
        "p50 x arrow-flight",
        "p50 us",
        "p99 us",
        "cpu us/op",
        "RPCs",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.operation.clone(),
            self.variant.clone(),
            format!("{:.3}", self.ratio),
            format!("{:.0}", self.p50_us),
            format!("{:.0}", self.p99_us),
            format!("{:.1}", self.cpu_us_per_operation),
            format!("{}", self.rpcs_per_operation),
        ]
    }

    fn opens_group(&self, before: &Self) -> bool {
        self.operation != before.operation
    }
}

impl TableLine for concurrency::Line {
    const HEAD: &'static [&'static str] = &[
        "tasks",
        "variant",
        "x channel_per_task",
        "queries/s",
        "cpu us/query",
        "RPCs",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            self.tasks.to_string(),
            self.variant.clone(),
            format!("{:.3}", self.ratio),
            format!("{:.0}", self.queries_per_s),
            format!("{:.1}", self.cpu_us_per_query),
            format!("{}", self.rpcs_per_operation),
        ]
    }

    fn opens_group(&self, before: &Self) -> bool {
        self.tasks != before.tasks
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn line(case: &'static str, variant: &str) -> rows::Line {
        rows::Line {
            bench: "rows",
            case,
            variant: variant.to_owned(),
            baseline: "baseline-1",
            ratio: 0.22,
            ns_per_row: 125.0,
            cpu_ns_per_row: 130.0,
            peak_rss_mb: 16.5,
            rows: 1000,
            runs: 3,
            rpcs: BTreeMap::from([("DoGet".to_owned(), 1.0), ("GetFlightInfo".to_owned(), 1.0)]),
        }
    }

    #[test]
    fn tables_are_aligned_and_grouped() {
        let text = table(&[
            line("ints", "baseline-1"),
            line("ints", "fetch"),
            line("mixed", "fetch"),
        ]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 6, "{text}");
        assert_eq!((lines[1], lines[4]), ("", ""), "{text}");
        assert!(
            lines[0].starts_with("case   variant     x baseline"),
            "{text}"
        );
        assert!(
            lines[3].starts_with("ints   fetch            0.220   125.0      8.00"),
            "{text}"
        );
        assert!(lines[3].ends_with('2'), "{text}");
    }

    #[test]
    fn json_has_the_documented_keys() {
        let json = serde_json::to_value(line("mixed", "fetch")).unwrap();
        assert_eq!(json["bench"], "rows");
        assert_eq!(json["ratio"], 0.22);
        assert_eq!(json["rpcs"]["DoGet"], 1.0);
        for key in [
            "case",
            "variant",
            "baseline",
            "ns_per_row",
            "cpu_ns_per_row",
            "peak_rss_mb",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
