//! What the doctor says: a line for each step, a hint for each failed one, and a summary.

use std::io::{self, Write};
use std::time::Duration;

use flightsql::{Error, is_unsupported};

use crate::advice::advice;
use crate::failure::explained;
use crate::redact::printable;

/// How a step ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It works; a fact about it.
    Ok(String),
    /// The server does not have it, which it said or which is known.
    Unsupported(String),
    /// It was not tried, and why.
    Skipped(String),
    /// It does not work; the error, and what to do.
    Failed { text: String, hint: String },
}

impl Verdict {
    pub(super) fn ok(fact: impl Into<String>) -> Self {
        Self::Ok(fact.into())
    }

    /// `hint` is for errors that nothing more exact is known about.
    pub(super) fn of_error(error: &Error, hint: &str) -> Self {
        let text = explained(error);
        match is_unsupported(error) {
            true => Self::Unsupported(text),
            false => Self::Failed {
                text,
                hint: advice(error).unwrap_or(hint).to_owned(),
            },
        }
    }

    pub(super) fn failed(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed {
            text: text.into(),
            hint: hint.into(),
        }
    }

    pub(super) fn timed_out(limit: Duration) -> Self {
        Self::failed(
            format!("no answer within {limit:?}"),
            "look whether the server is busy or hangs; --timeout gives it more time",
        )
    }
}

/// The lines, and how many of each kind there were.
pub(super) struct Report<'w> {
    out: &'w mut (dyn Write + Send),
    steps: usize,
    said: usize,
    ok: usize,
    unsupported: usize,
    skipped: usize,
    failed: usize,
    /// The first step that failed of those that everything needs.
    needed: Option<&'static str>,
}

impl<'w> Report<'w> {
    /// Of so many steps.
    pub(super) fn new(out: &'w mut (dyn Write + Send), steps: usize) -> Self {
        Self {
            out,
            steps,
            said: 0,
            ok: 0,
            unsupported: 0,
            skipped: 0,
            failed: 0,
            needed: None,
        }
    }

    /// Says how a step ended, at once: the next one may take long.
    pub(super) fn step(
        &mut self,
        name: &'static str,
        needed: bool,
        verdict: Verdict,
    ) -> io::Result<()> {
        self.said += 1;
        let (word, fact, hint) = match verdict {
            Verdict::Ok(fact) => {
                self.ok += 1;
                ("ok", fact, None)
            }
            // What everything needs and the server has not is a failure of the server.
            Verdict::Unsupported(fact) if !needed => {
                self.unsupported += 1;
                ("unsupported", fact, None)
            }
            Verdict::Unsupported(fact) => {
                let hint = "the server answers no Flight SQL here: check that the URL is that of its Flight SQL port";
                self.fail(name, needed);
                ("FAILED", fact, Some(hint.to_owned()))
            }
            Verdict::Skipped(fact) => {
                self.skipped += 1;
                ("skipped", fact, None)
            }
            Verdict::Failed { text, hint } => {
                self.fail(name, needed);
                ("FAILED", text, Some(hint))
            }
        };
        // One line for each step, whatever the server's text holds.
        let fact = printable(&fact).replace(['\n', '\t'], " ");
        writeln!(self.out, "{word:<11}  {name:<15}  {fact}")?;
        if let Some(hint) = hint {
            writeln!(self.out, "{:<11}  {:<15}  hint: {hint}", "", "")?;
        }
        self.out.flush()
    }

    fn fail(&mut self, name: &'static str, needed: bool) {
        self.failed += 1;
        if needed && self.needed.is_none() {
            self.needed = Some(name);
        }
    }

    /// The summary; whether the server can be used.
    pub(super) fn finish(self) -> io::Result<bool> {
        let rest = self.steps.saturating_sub(self.said);
        if rest > 0 {
            writeln!(
                self.out,
                "{:<11}  {:<15}  {rest} more steps, which need a connection",
                "skipped", "the rest"
            )?;
        }
        let skipped = self.skipped + rest;
        write!(
            self.out,
            "\n{} ok, {} unsupported, {skipped} skipped, {} failed: ",
            self.ok, self.unsupported, self.failed
        )?;
        match self.needed {
            None => writeln!(self.out, "this server can be used")?,
            Some(name) => writeln!(self.out, "this server cannot be used before `{name}` works")?,
        }
        Ok(self.needed.is_none())
    }
}
