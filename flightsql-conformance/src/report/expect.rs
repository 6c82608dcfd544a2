//! [`Expectations`]: the known outcomes of a server, and the differences of a run.

use std::fmt;

use super::{LineError, Outcome, Report};

/// Known outcomes of a server: a report with explanations. Notes are for readers and are not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations(Report);

impl Expectations {
    /// Reads lines as [`Report::from_lines`] does.
    ///
    /// # Errors
    /// Returns the errors of [`Report::from_lines`].
    pub fn from_lines(text: &str) -> Result<Self, LineError> {
        Report::from_lines(text).map(Self)
    }

    /// Replaces outcomes with those of `others`, such as the differences of a server without its dialect.
    ///
    /// ```
    /// use flightsql_conformance::{Expectations, Report};
    ///
    /// let expected = Expectations::from_lines("binds.text = supported\nbinds.date = supported")?;
    /// let expected = expected.but(Expectations::from_lines("binds.date = failed: as text")?);
    /// let seen = Report::from_lines("binds.text = supported\nbinds.date = failed")?;
    /// assert!(seen.compare(&expected).is_empty());
    /// # Ok::<(), flightsql_conformance::LineError>(())
    /// ```
    #[must_use]
    pub fn but(mut self, others: Self) -> Self {
        for (id, outcome) in others.0.outcomes {
            self.0.put(id, outcome);
        }
        self
    }
}

impl From<Report> for Expectations {
    fn from(report: Report) -> Self {
        Self(report)
    }
}

/// A behavior with an unexpected outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnexpectedOutcome {
    /// The full name of the behavior.
    pub behavior: String,
    /// The expected outcome, if there is one.
    pub expected: Option<Outcome>,
    /// The outcome of the run. `None` if the behavior did not run or no longer exists.
    pub seen: Option<Outcome>,
}

impl fmt::Display for UnexpectedOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |outcome: &Option<Outcome>| outcome.as_ref().map_or("nothing", Outcome::word);
        write!(
            f,
            "{}: expected {}, got ",
            self.behavior,
            word(&self.expected)
        )?;
        match &self.seen {
            Some(seen) => seen.fmt(f),
            None => f.write_str("nothing"),
        }
    }
}

impl Report {
    /// Returns the unexpected outcomes in the order of the report, followed by the expectations without an outcome.
    ///
    /// ```
    /// use flightsql_conformance::{Expectations, Report};
    ///
    /// let expected = Expectations::from_lines("binds.text = supported\nbinds.date = failed: as text")?;
    /// let seen = Report::from_lines("binds.text = unsupported: no binds\nbinds.date = failed: another note")?;
    /// let differences = seen.compare(&expected);
    /// assert_eq!(differences.len(), 1);
    /// assert_eq!(
    ///     differences[0].to_string(),
    ///     "binds.text: expected supported, got unsupported: no binds"
    /// );
    /// # Ok::<(), flightsql_conformance::LineError>(())
    /// ```
    #[must_use]
    pub fn compare(&self, expectations: &Expectations) -> Vec<UnexpectedOutcome> {
        let expected = &expectations.0;
        let seen = self.iter().filter_map(|(id, seen)| {
            let expected = expected.outcome(id);
            if expected.is_some_and(|expected| expected.word() == seen.word()) {
                return None;
            }
            Some(UnexpectedOutcome {
                behavior: id.to_owned(),
                expected: expected.cloned(),
                seen: Some(seen.clone()),
            })
        });
        let unseen = expected
            .iter()
            .filter(|(id, _)| self.outcome(id).is_none())
            .map(|(id, expected)| UnexpectedOutcome {
                behavior: id.to_owned(),
                expected: Some(expected.clone()),
                seen: None,
            });
        seen.chain(unseen).collect()
    }
}
