//! [`Expectations`]: what a server is known to do, and what is different now.

use std::fmt;

use super::{LineError, Outcome, Report};

/// Known outcomes of a server: a report with explanations. Notes are for readers and are not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectations(Report);

impl Expectations {
    /// Reads lines as [`Report::from_lines`] does.
    ///
    /// # Errors
    /// As [`Report::from_lines`].
    pub fn from_lines(text: &str) -> Result<Self, LineError> {
        Report::from_lines(text).map(Self)
    }

    /// The same with what `others` say of a behavior in the place of what is said here: what is different of a server
    /// without its dialect, say.
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

/// A behavior that ended otherwise than expected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Surprise {
    /// Its full name.
    pub behavior: String,
    /// `None`: nothing was expected of it.
    pub expected: Option<Outcome>,
    /// `None`: it was not run, perhaps because there is no such behavior any more.
    pub seen: Option<Outcome>,
}

impl fmt::Display for Surprise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |outcome: &Option<Outcome>| outcome.as_ref().map_or("nothing", Outcome::word);
        write!(
            f,
            "{}: expected {}, seen ",
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
    /// Unexpected outcomes, in the order of the report; expectations without an outcome come last.
    ///
    /// ```
    /// use flightsql_conformance::{Expectations, Report};
    ///
    /// let expected = Expectations::from_lines("binds.text = supported\nbinds.date = failed: as text")?;
    /// let seen = Report::from_lines("binds.text = unsupported: no binds\nbinds.date = failed: another note")?;
    /// let surprises = seen.compare(&expected);
    /// assert_eq!(surprises.len(), 1);
    /// assert_eq!(
    ///     surprises[0].to_string(),
    ///     "binds.text: expected supported, seen unsupported: no binds"
    /// );
    /// # Ok::<(), flightsql_conformance::LineError>(())
    /// ```
    #[must_use]
    pub fn compare(&self, expectations: &Expectations) -> Vec<Surprise> {
        let expected = &expectations.0;
        let seen = self.iter().filter_map(|(id, seen)| {
            let expected = expected.outcome(id);
            if expected.is_some_and(|expected| expected.word() == seen.word()) {
                return None;
            }
            Some(Surprise {
                behavior: id.to_owned(),
                expected: expected.cloned(),
                seen: Some(seen.clone()),
            })
        });
        let unseen = expected
            .iter()
            .filter(|(id, _)| self.outcome(id).is_none())
            .map(|(id, expected)| Surprise {
                behavior: id.to_owned(),
                expected: Some(expected.clone()),
                seen: None,
            });
        seen.chain(unseen).collect()
    }
}
