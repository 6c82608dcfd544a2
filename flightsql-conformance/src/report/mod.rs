//! [`Report`]: the outcome of each behavior.

mod expect;
mod lines;
mod matrix;
#[cfg(test)]
mod tests;

use std::fmt;

pub use expect::{Expectations, UnexpectedOutcome};
pub use lines::LineError;
pub use matrix::{Matrix, matrix, matrix_of_groups};

/// The outcome of one behavior. The text is the reason, in one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server supports the behavior.
    Supported,
    /// The server reports that it does not support this, or the dialect states it.
    Unsupported(String),
    /// Not tried, for the reason in the quirks.
    NotTried(String),
    /// A wrong value, a panic, no response, or an error other than "unsupported".
    Failed(String),
}

impl Outcome {
    pub(crate) fn unsupported(note: impl AsRef<str>) -> Self {
        Self::Unsupported(one_line(note.as_ref()))
    }

    pub(crate) fn not_tried(note: impl AsRef<str>) -> Self {
        Self::NotTried(one_line(note.as_ref()))
    }

    pub(crate) fn failed(note: impl AsRef<str>) -> Self {
        Self::Failed(one_line(note.as_ref()))
    }

    /// Returns `true` if the server supports the behavior.
    #[must_use]
    pub fn is_supported(&self) -> bool {
        matches!(self, Self::Supported)
    }

    /// Returns `supported`, `unsupported`, `not-tried` or `failed`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Unsupported(_) => "unsupported",
            Self::NotTried(_) => "not-tried",
            Self::Failed(_) => "failed",
        }
    }

    /// Returns `✓`, `–`, `·` or `✗`.
    #[must_use]
    pub fn symbol(&self) -> char {
        match self {
            Self::Supported => '✓',
            Self::Unsupported(_) => '–',
            Self::NotTried(_) => '·',
            Self::Failed(_) => '✗',
        }
    }

    /// Returns the reason, which is empty if the behavior is supported.
    #[must_use]
    pub fn note(&self) -> &str {
        match self {
            Self::Supported => "",
            Self::Unsupported(note) | Self::NotTried(note) | Self::Failed(note) => note,
        }
    }
}

/// The word, with the note after a colon.
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.note() {
            "" => f.write_str(self.word()),
            note => write!(f, "{}: {note}", self.word()),
        }
    }
}

/// The outcomes of a run, by behavior, in the order of the table. `Display` prints them as a table;
/// [`to_lines`](Self::to_lines) is for files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    outcomes: Vec<(String, Outcome)>,
}

impl Report {
    pub(crate) fn add(&mut self, behavior: String, outcome: Outcome) {
        self.outcomes.push((behavior, outcome));
    }

    /// Replaces the outcome of a behavior, or appends it.
    fn put(&mut self, behavior: String, outcome: Outcome) {
        let known = self.outcomes.iter_mut().find(|(id, _)| *id == behavior);
        match known {
            Some((_, known)) => *known = outcome,
            None => self.outcomes.push((behavior, outcome)),
        }
    }

    /// Returns the outcome of one behavior (`binds.text`), or `None` if the report lacks it.
    #[must_use]
    pub fn outcome(&self, behavior: &str) -> Option<&Outcome> {
        let found = self.outcomes.iter().find(|(id, _)| id == behavior);
        found.map(|(_, outcome)| outcome)
    }

    /// Iterates over the behaviors with their outcomes, in the order of the table.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Outcome)> {
        self.outcomes
            .iter()
            .map(|(id, outcome)| (id.as_str(), outcome))
    }

    /// Counts the outcomes with this word, such as `failed`.
    fn count(&self, word: &str) -> usize {
        let outcomes = self.outcomes.iter();
        outcomes
            .filter(|(_, outcome)| outcome.word() == word)
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.outcomes.iter().map(|(id, _)| id.chars().count()).max();
        let width = width.unwrap_or_default();
        for (id, outcome) in self.iter() {
            let line = format!(
                "{id:width$}  {} {:11}  {}",
                outcome.symbol(),
                outcome.word(),
                outcome.note()
            );
            writeln!(f, "{}", line.trim_end())?;
        }
        write!(
            f,
            "{} supported, {} unsupported, {} not tried, {} failed",
            self.count("supported"),
            self.count("unsupported"),
            self.count("not-tried"),
            self.count("failed")
        )
    }
}

/// The maximum length of a note, about two lines of a terminal. Some servers return a complete plan.
const NOTE: usize = 240;

/// Removes line breaks and repeated blanks, and truncates to the length of a note.
fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let line = words.join(" ");
    if line.chars().count() <= NOTE {
        return line;
    }
    let kept: String = line.chars().take(NOTE - 1).collect();
    format!("{}…", kept.trim_end())
}
