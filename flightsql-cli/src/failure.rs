//! [`Failure`]: the reason for a failed run, with its exit code and hint.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};

use crate::hints::hint_for;
use crate::redact::{printable, without_urls};
use crate::shell::Exit;

/// Reason for a failed run.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line, the URL or a named file is invalid.
    Usage(String),
    /// The server, the connection or the output failed.
    Failed { text: String, hint: Option<String> },
    /// The output already reports the failure.
    Reported,
    /// Help or version output.
    Help(String),
    /// The command line is invalid. The text is that of clap and contains the word `error:`.
    CommandLine(String),
    /// Ctrl-C.
    Interrupted,
}

impl Failure {
    pub(crate) fn usage(text: impl Into<String>) -> Self {
        Self::Usage(text.into())
    }

    pub(crate) fn failed(text: impl Into<String>) -> Self {
        Self::Failed {
            text: text.into(),
            hint: None,
        }
    }

    pub(crate) fn hint(self, hint: impl Into<String>) -> Self {
        match self {
            Self::Failed { text, .. } => Self::Failed {
                text,
                hint: Some(hint.into()),
            },
            other => other,
        }
    }

    /// Prepends the failed operation.
    pub(crate) fn about(self, what: impl Display) -> Self {
        match self {
            Self::Usage(text) => Self::Usage(format!("{what}: {text}")),
            Self::Failed { text, hint } => Self::Failed {
                text: format!("{what}: {text}"),
                hint,
            },
            other => other,
        }
    }

    /// Converts an error of clap. Its text repeats unknown arguments, which may be a URL with a password.
    pub(crate) fn from_clap(error: &clap::Error, args: &[OsString]) -> Self {
        let text = error.to_string();
        match error.use_stderr() {
            true => Self::CommandLine(without_urls(&text, args)),
            false => Self::Help(text),
        }
    }

    /// Prints the failure, and returns the exit code. Errors of the output are ignored.
    pub(crate) fn report(self, out: &mut dyn Write, err: &mut dyn Write) -> Exit {
        match self {
            Self::Usage(text) => {
                let _ = writeln!(err, "error: {}", printable(&text));
                Exit::Usage
            }
            Self::Failed { text, hint } => {
                let _ = writeln!(err, "error: {}", printable(&text));
                if let Some(hint) = hint {
                    let _ = writeln!(err, "hint: {hint}");
                }
                Exit::Failed
            }
            Self::CommandLine(text) => {
                let _ = write!(err, "{text}");
                Exit::Usage
            }
            Self::Help(text) => {
                let _ = write!(out, "{text}").and_then(|()| out.flush());
                Exit::Success
            }
            Self::Reported => Exit::Failed,
            Self::Interrupted => Exit::Interrupted,
        }
    }
}

/// The caller causes invalid options and arguments; the server or the network causes all other errors.
impl From<flightsql::Error> for Failure {
    fn from(error: flightsql::Error) -> Self {
        let text = explained(&error);
        match error {
            flightsql::Error::Configuration(_) | flightsql::Error::InvalidArgument(_) => {
                Self::Usage(text)
            }
            error => Self::Failed {
                text,
                hint: hint_for(&error).map(str::to_owned),
            },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(format!("cannot write the output: {error}"))
    }
}

/// Returns the text of an error without SQLx's prefix, which names a database even if a server, a network or the
/// command line failed.
pub(crate) fn explained(error: &flightsql::Error) -> String {
    match error {
        flightsql::Error::Database(inner) => inner.to_string(),
        flightsql::Error::Io(inner) => chain(inner),
        flightsql::Error::Tls(inner) | flightsql::Error::Configuration(inner) => chain(&**inner),
        flightsql::Error::InvalidArgument(text) | flightsql::Error::Protocol(text) => text.clone(),
        other => chain(other),
    }
}

/// Formats an error with its sources, except those whose text is already part of it.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reported(failure: Failure) -> (Exit, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let exit = failure.report(&mut out, &mut err);
        assert!(out.is_empty());
        (exit, String::from_utf8(err).unwrap())
    }

    #[test]
    fn the_caller_is_told_from_the_server() {
        let wrong = flightsql::Error::InvalidArgument("two values for one placeholder".to_owned());
        let (exit, text) = reported(wrong.into());
        assert_eq!(exit, Exit::Usage);
        assert!(text.contains("two values for one placeholder"), "{text}");

        let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
        let (exit, text) = reported(flightsql::Error::Io(refused).into());
        assert_eq!(exit, Exit::Failed);
        assert!(text.starts_with("error: "), "{text}");
        assert!(text.contains("connection refused"), "{text}");
        assert!(
            text.ends_with("\nhint: start the server, or correct the host and port in the URL\n")
        );
    }

    #[test]
    fn a_hint_and_a_subject_are_added() {
        let failure = Failure::failed("gone").about("a file").hint("look again");
        assert_eq!(
            reported(failure),
            (
                Exit::Failed,
                "error: a file: gone\nhint: look again\n".to_owned()
            )
        );
        let usage = Failure::usage("wrong").about("--url").hint("not for these");
        assert_eq!(
            reported(usage),
            (Exit::Usage, "error: --url: wrong\n".to_owned())
        );
    }

    #[test]
    fn what_was_said_is_not_said_again() {
        assert_eq!(reported(Failure::Reported), (Exit::Failed, String::new()));
        assert_eq!(
            reported(Failure::Interrupted),
            (Exit::Interrupted, String::new())
        );
    }

    #[test]
    fn a_source_is_told_once() {
        let inner = io::Error::other("the cause");
        let outer = flightsql::Error::Io(io::Error::other(inner));
        assert_eq!(chain(&outer).matches("the cause").count(), 1);
    }
}
