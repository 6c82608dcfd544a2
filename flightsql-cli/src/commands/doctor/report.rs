//! The doctor's report: a line for each step, a hint for each failed one, and a summary.

use std::io::{self, Write};
use std::time::Duration;

use flightsql::{Error, is_unsupported};

use crate::failure::explained;
use crate::hints::hint_for;
use crate::redact::printable;

/// Width of the column of steps: the longest name.
const WIDTH: usize = 24;

/// The weight of a step in the summary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The server is unusable without it.
    Needed,
    /// The simplest query. If the server rejects it, but steps that read rows succeed, then the server is usable.
    Query,
    /// Reads rows from the server.
    Rows,
    /// Any other step.
    Optional,
    /// Reports what is known without an RPC.
    Local,
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Works, with a fact for the report.
    Ok(String),
    /// Missing on the server, as the server or the dialect reports.
    Unsupported(String),
    /// Not tried, with the reason.
    Skipped(String),
    /// Failed, with the error and a hint.
    Failed { text: String, hint: String },
    /// Succeeded with a wrong result, with its description and a hint.
    Wrong { text: String, hint: String },
    /// Failed like [`Failed`](Self::Failed), because the server did not respond.
    Lost { text: String, hint: String },
}

impl Verdict {
    pub(super) fn ok(fact: impl Into<String>) -> Self {
        Self::Ok(fact.into())
    }

    /// Uses `hint` for errors without a more specific hint.
    pub(super) fn of_error(error: &Error, hint: &str) -> Self {
        let text = explained(error);
        let hint = hint_for(error).unwrap_or(hint).to_owned();
        match error {
            _ if is_unsupported(error) => Self::Unsupported(text),
            Error::Io(_) | Error::Tls(_) => Self::Lost { text, hint },
            _ => Self::Failed { text, hint },
        }
    }

    pub(super) fn wrong(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Wrong {
            text: text.into(),
            hint: hint.into(),
        }
    }

    pub(super) fn failed(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Failed {
            text: text.into(),
            hint: hint.into(),
        }
    }

    pub(super) fn timed_out(limit: Duration) -> Self {
        Self::Lost {
            text: format!("no response within {limit:?}"),
            hint: "check whether the server is busy or hangs, or increase --timeout".to_owned(),
        }
    }
}

/// The lines of the report and the number of each kind.
pub(super) struct Report<'w> {
    out: &'w mut (dyn Write + Send),
    steps: usize,
    said: usize,
    ok: usize,
    unsupported: usize,
    skipped: usize,
    failed: Vec<&'static str>,
    /// The first required step that failed.
    needed: Option<&'static str>,
    /// The simplest query, if the server rejected it.
    query: Option<&'static str>,
    /// Whether a step read rows.
    rows: bool,
    /// The first step without a response, if no later step succeeded.
    lost: Option<&'static str>,
}

impl<'w> Report<'w> {
    /// The number of all steps.
    pub(super) fn new(out: &'w mut (dyn Write + Send), steps: usize) -> Self {
        Self {
            out,
            steps,
            said: 0,
            ok: 0,
            unsupported: 0,
            skipped: 0,
            failed: Vec::new(),
            needed: None,
            query: None,
            rows: false,
            lost: None,
        }
    }

    /// Prints the result of a step that only some URLs have.
    pub(super) fn added_step(
        &mut self,
        name: &'static str,
        role: Role,
        verdict: Verdict,
    ) -> io::Result<()> {
        self.steps += 1;
        self.step(name, role, verdict)
    }

    /// Prints the result of a step immediately, because the next step may take long.
    pub(super) fn step(
        &mut self,
        name: &'static str,
        role: Role,
        verdict: Verdict,
    ) -> io::Result<()> {
        self.said += 1;
        let (word, fact, hint) = match verdict {
            Verdict::Ok(fact) => {
                self.ok += 1;
                self.rows |= role == Role::Rows;
                // A step without an RPC proves nothing about the server.
                if role != Role::Local {
                    self.lost = None;
                }
                ("ok", fact, None)
            }
            // A missing required feature is a failure of the server.
            Verdict::Unsupported(fact) if !matches!(role, Role::Needed | Role::Query) => {
                self.unsupported += 1;
                ("unsupported", fact, None)
            }
            Verdict::Unsupported(fact) => {
                let hint = "the server does not speak Flight SQL here; check that the URL has its Flight SQL port";
                self.fail(name, Role::Needed);
                ("FAILED", fact, Some(hint.to_owned()))
            }
            Verdict::Skipped(fact) => {
                self.skipped += 1;
                ("skipped", fact, None)
            }
            Verdict::Failed { text, hint } => {
                self.fail(name, role);
                ("FAILED", text, Some(hint))
            }
            Verdict::Lost { text, hint } => {
                self.lost.get_or_insert(name);
                self.fail(name, role);
                ("FAILED", text, Some(hint))
            }
            // A server whose simplest query returns a wrong row is not usable, whatever else it returns.
            Verdict::Wrong { text, hint } => {
                self.fail(
                    name,
                    match role {
                        Role::Query => Role::Needed,
                        other => other,
                    },
                );
                ("FAILED", text, Some(hint))
            }
        };
        // Each step is one line, even if the server's text contains line breaks.
        let fact = printable(&fact).replace(['\n', '\t'], " ");
        writeln!(self.out, "{word:<11}  {name:<WIDTH$}  {fact}")?;
        if let Some(hint) = hint {
            writeln!(self.out, "{:<11}  {:<WIDTH$}  hint: {hint}", "", "")?;
        }
        self.out.flush()
    }

    fn fail(&mut self, name: &'static str, role: Role) {
        self.failed.push(name);
        match role {
            Role::Needed => {
                self.needed.get_or_insert(name);
            }
            Role::Query => self.query = Some(name),
            Role::Rows | Role::Optional | Role::Local => (),
        }
    }

    /// Returns `true` if the last steps got no response, so that the server may have ended.
    pub(super) fn may_be_lost(&self) -> bool {
        self.lost.is_some()
    }

    /// Prints the summary. `is_lost` states that the server did not respond at the end. Returns `true` if the server is usable.
    pub(super) fn finish(self, is_lost: bool) -> io::Result<bool> {
        let rest = self.steps.saturating_sub(self.said);
        if rest > 0 {
            writeln!(
                self.out,
                "{:<11}  {:<WIDTH$}  {rest} more steps, which need a connection",
                "skipped", "the rest"
            )?;
        }
        let skipped = self.skipped + rest;
        write!(
            self.out,
            "\n{} ok, {} unsupported, {skipped} skipped, {} failed: ",
            self.ok,
            self.unsupported,
            self.failed.len()
        )?;
        let needed = self.needed.or(self.query.filter(|_| !self.rows));
        match (self.lost.filter(|_| is_lost), needed) {
            (Some(step), _) => writeln!(
                self.out,
                "the server is not usable: it stopped responding at `{step}`"
            )?,
            (None, Some(step)) => {
                writeln!(self.out, "the server is not usable until `{step}` succeeds")?;
            }
            (None, None) if self.failed.is_empty() => writeln!(self.out, "the server is usable")?,
            (None, None) => {
                let failed: Vec<String> =
                    self.failed.iter().map(|step| format!("`{step}`")).collect();
                writeln!(
                    self.out,
                    "the server is usable, except for {}",
                    failed.join(", ")
                )?;
            }
        }
        Ok(needed.is_none() && !is_lost)
    }
}

#[cfg(test)]
mod tests {
    use super::super::checks::CHECKS;
    use super::*;

    fn failed(text: &str) -> Verdict {
        Verdict::failed(text, "do something")
    }

    #[test]
    fn a_report_counts_and_says_what_is_needed() {
        let mut out = Vec::new();
        let mut report = Report::new(&mut out, 7);
        report
            .step("URL", Role::Needed, Verdict::ok("a fact"))
            .unwrap();
        report
            .step("types", Role::Rows, Verdict::Unsupported("none".to_owned()))
            .unwrap();
        report
            .step("keys", Role::Rows, failed("two\nlines\u{1b}"))
            .unwrap();
        // A required step is never reported as unsupported.
        report
            .step(
                "query",
                Role::Query,
                Verdict::Unsupported("what?".to_owned()),
            )
            .unwrap();
        report
            .step("connect and authenticate", Role::Needed, failed("later"))
            .unwrap();
        assert!(!report.finish(false).unwrap());
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "ok           URL                       a fact");
        assert_eq!(lines[1], "unsupported  types                     none");
        assert_eq!(
            lines[2],
            "FAILED       keys                      two lines\u{fffd}"
        );
        assert_eq!(
            lines[3],
            "                                       hint: do something"
        );
        assert_eq!(lines[4], "FAILED       query                     what?");
        assert_eq!(
            lines[8],
            "skipped      the rest                  2 more steps, which need a connection"
        );
        assert_eq!(
            lines.last(),
            Some(
                &"1 ok, 1 unsupported, 2 skipped, 3 failed: the server is not usable until `query` succeeds"
            )
        );
    }

    #[test]
    fn a_server_is_usable_when_only_optional_steps_failed() {
        let mut out = Vec::new();
        let mut report = Report::new(&mut out, 1);
        report.step("keys", Role::Rows, failed("no")).unwrap();
        assert!(report.finish(false).unwrap());
        assert!(
            String::from_utf8(out)
                .unwrap()
                .ends_with("1 failed: the server is usable, except for `keys`\n")
        );
    }

    #[test]
    fn steps_have_names_of_their_own_that_fit_their_place() {
        let names: std::collections::HashSet<_> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
        for check in CHECKS {
            assert!(check.name.len() <= WIDTH, "{}", check.name);
            assert!(!check.hint.is_empty());
        }
    }
}
