//! Reports as text files with one line per behavior: `group.name = failed: note`.

use std::fmt;
use std::fmt::Write as _;

use super::{Outcome, Report};

/// An invalid line of a report, returned by [`Report::from_lines`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    line: usize,
    what: String,
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for LineError {}

impl Report {
    /// Formats the report as lines `group.name = supported` and `group.name = failed: note`, which
    /// [`from_lines`](Self::from_lines) reads.
    #[must_use]
    pub fn to_lines(&self) -> String {
        let mut lines = String::new();
        for (id, outcome) in self.iter() {
            // Writing to a string cannot fail.
            let _ = writeln!(lines, "{id} = {outcome}");
        }
        lines
    }

    /// Reads the output of [`to_lines`](Self::to_lines). Empty lines and lines that begin with `#` are skipped.
    ///
    /// # Errors
    /// Returns an error if a line has another form, or names a behavior that an earlier line names.
    pub fn from_lines(text: &str) -> Result<Self, LineError> {
        let mut report = Self::default();
        for (index, line) in text.lines().enumerate() {
            let line_error = |what: String| LineError {
                line: index + 1,
                what,
            };
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, outcome) = line
                .split_once('=')
                .ok_or_else(|| line_error("missing `=`".to_owned()))?;
            let id = id.trim();
            let outcome = parse(outcome.trim()).ok_or_else(|| {
                line_error(format!(
                    "expected supported, unsupported, not-tried or failed, got `{}`",
                    outcome.trim()
                ))
            })?;
            if report.outcome(id).is_some() {
                return Err(line_error(format!("`{id}` is listed twice")));
            }
            report.add(id.to_owned(), outcome);
        }
        Ok(report)
    }
}

fn parse(text: &str) -> Option<Outcome> {
    let (word, note) = text.split_once(':').unwrap_or((text, ""));
    let note = note.trim();
    match word.trim_end() {
        "supported" => Some(Outcome::Supported),
        "unsupported" => Some(Outcome::unsupported(note)),
        "not-tried" => Some(Outcome::not_tried(note)),
        "failed" => Some(Outcome::failed(note)),
        _ => None,
    }
}
