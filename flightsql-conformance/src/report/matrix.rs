//! [`matrix`]: several reports as one table of engines and behaviours.

use std::fmt;

use super::{Outcome, Report};

/// Several reports beside each other; made by [`matrix`]. `Display` is for terminals,
/// [`to_markdown`](Self::to_markdown) for documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    engines: Vec<String>,
    /// Each behaviour, with a cell for each engine.
    rows: Vec<(String, Vec<String>)>,
}

/// Puts the reports of several engines beside each other. A behaviour that a report does not have is a blank there.
#[must_use]
pub fn matrix<N: AsRef<str>>(reports: &[(N, &Report)]) -> Matrix {
    let mut ids: Vec<&str> = Vec::new();
    for (_, report) in reports {
        for (id, _) in report.iter() {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    let symbol = |outcome: Option<&Outcome>| outcome.map_or(' ', Outcome::symbol).to_string();
    let mut rows: Vec<(String, Vec<String>)> = ids
        .into_iter()
        .map(|id| {
            let cells = reports.iter().map(|(_, report)| symbol(report.outcome(id)));
            (id.to_owned(), cells.collect())
        })
        .collect();
    let totals = reports
        .iter()
        .map(|(_, report)| format!("{}/{}", report.count("supported"), report.iter().len()));
    rows.push(("supported".to_owned(), totals.collect()));
    Matrix {
        engines: reports
            .iter()
            .map(|(name, _)| name.as_ref().to_owned())
            .collect(),
        rows,
    }
}

const LEGEND: &str = "✓ supported, – the server does not have it, · not tried, ✗ failed";

impl Matrix {
    /// The same as a Markdown table.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let line = |head: &str, cells: &[String]| format!("| {head} | {} |\n", cells.join(" | "));
        let mut text = line("behaviour", &self.engines);
        text.push_str(&format!("|---|{}\n", ":-:|".repeat(self.engines.len())));
        for (id, cells) in &self.rows {
            text.push_str(&line(id, cells));
        }
        text.push_str(&format!("\n{LEGEND}\n"));
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
        f.write_str(LEGEND)
    }
}
