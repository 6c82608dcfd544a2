//! [`matrix`]: several reports as one table of engines and behaviors.

use std::fmt;

use super::{Outcome, Report};

/// Several reports side by side; created by [`matrix`]. `Display` is for terminals,
/// [`to_markdown`](Self::to_markdown) for documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    engines: Vec<String>,
    /// Each behavior or group, with a cell for each engine.
    rows: Vec<(String, Vec<String>)>,
    legend: &'static str,
}

/// Creates a table of the reports of several engines. A behavior that a report lacks is blank.
#[must_use]
pub fn matrix<N: AsRef<str>>(reports: &[(N, &Report)]) -> Matrix {
    let symbol = |outcome: Option<&Outcome>| outcome.map_or(' ', Outcome::symbol).to_string();
    let rows = distinct(reports, |id| id).into_iter().map(|id| {
        let cells = reports.iter().map(|(_, report)| symbol(report.outcome(id)));
        (id.to_owned(), cells.collect())
    });
    table(reports, rows.collect(), LEGEND)
}

/// Creates a table like [`matrix`], with the number of supported behaviors per group.
#[must_use]
pub fn matrix_of_groups<N: AsRef<str>>(reports: &[(N, &Report)]) -> Matrix {
    let rows = distinct(reports, group_of).into_iter().map(|group| {
        let cells = reports
            .iter()
            .map(|(_, report)| supported(report, |id| group_of(id) == group));
        (group.to_owned(), cells.collect())
    });
    table(reports, rows.collect(), "supported / all behaviors")
}

fn group_of(id: &str) -> &str {
    id.split('.').next().unwrap_or(id)
}

/// Returns the distinct values of the reports, in their order.
fn distinct<'r, N>(reports: &'r [(N, &Report)], name: fn(&str) -> &str) -> Vec<&'r str> {
    let mut names = Vec::new();
    for (id, _) in reports.iter().flat_map(|(_, report)| report.iter()) {
        let name = name(id);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn supported(report: &Report, wanted: impl Fn(&str) -> bool) -> String {
    let all = report.iter().filter(|(id, _)| wanted(id));
    let (yes, no): (Vec<_>, Vec<_>) = all.partition(|(_, outcome)| outcome.is_supported());
    format!("{}/{}", yes.len(), yes.len() + no.len())
}

fn table<N: AsRef<str>>(
    reports: &[(N, &Report)],
    mut rows: Vec<(String, Vec<String>)>,
    legend: &'static str,
) -> Matrix {
    let totals = reports
        .iter()
        .map(|(_, report)| supported(report, |_| true));
    rows.push(("all".to_owned(), totals.collect()));
    let engines = reports.iter().map(|(name, _)| name.as_ref().to_owned());
    Matrix {
        engines: engines.collect(),
        rows,
        legend,
    }
}

const LEGEND: &str = "✓ supported, – unsupported by the server, · not tried, ✗ failed";

impl Matrix {
    /// Formats the matrix as a Markdown table.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let line = |head: &str, cells: &[String]| format!("| {head} | {} |\n", cells.join(" | "));
        let mut text = line("behavior", &self.engines);
        text.push_str(&format!("|---|{}\n", ":-:|".repeat(self.engines.len())));
        for (id, cells) in &self.rows {
            text.push_str(&line(id, cells));
        }
        text.push_str(&format!("\n{}\n", self.legend));
        text
    }
}

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widest = self.rows.iter().map(|(id, _)| id.chars().count()).max();
        let widest = widest.unwrap_or_default();
        let widths: Vec<usize> = self
            .engines
            .iter()
            .enumerate()
            .map(|(column, name)| {
                let cells = self.rows.iter().filter_map(|(_, cells)| cells.get(column));
                let cells = cells.map(|cell| cell.chars().count()).max();
                cells.unwrap_or_default().max(name.chars().count())
            })
            .collect();
        let mut line = |head: &str, cells: &[String]| {
            let mut text = format!("{head:widest$}");
            for (cell, width) in cells.iter().zip(&widths) {
                text.push_str(&format!("  {cell:^width$}"));
            }
            writeln!(f, "{}", text.trim_end())
        };
        line("", &self.engines)?;
        for (id, cells) in &self.rows {
            line(id, cells)?;
        }
        f.write_str(self.legend)
    }
}
