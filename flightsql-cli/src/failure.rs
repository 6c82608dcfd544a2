//! [`Failure`]: why a run ended, with the code to exit with and what to do.

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, Write};

use crate::advice::advice;
use crate::redact::{printable, without_urls};
use crate::shell::Exit;

#[cfg(test)]
mod tests;

/// Why a run did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line, the URL or a file on it is wrong.
    Usage(String),
    /// The server, the connection or the output failed.
    Failed { text: String, hint: Option<String> },
    /// Everything was said already.
    Reported,
    /// Help or version was asked for.
    Help(String),
    /// The command line is wrong, and clap has said how, the word `error:` included.
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

    /// Says what was being done.
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

    /// What clap refused. Its text repeats what it does not know, which may be a URL with a password.
    pub(crate) fn from_clap(error: &clap::Error, args: &[OsString]) -> Self {
        let text = error.to_string();
        match error.use_stderr() {
            true => Self::CommandLine(without_urls(&text, args)),
            false => Self::Help(text),
        }
    }

    /// Says it, and gives the code to exit with. When nobody listens any more there is nobody to tell.
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

/// Wrong options and wrong arguments are the caller's; everything else the server's or the network's.
impl From<flightsql::Error> for Failure {
    fn from(error: flightsql::Error) -> Self {
        let text = explained(&error);
        match error {
            flightsql::Error::Configuration(_) | flightsql::Error::InvalidArgument(_) => {
                Self::Usage(text)
            }
            error => Self::Failed {
                text,
                hint: advice(&error).map(str::to_owned),
            },
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::failed(format!("cannot write the output: {error}"))
    }
}

/// What SQLx's error holds, without SQLx's own words before it: they name a database where a server, a network or the
/// command line is meant.
pub(crate) fn explained(error: &flightsql::Error) -> String {
    match error {
        flightsql::Error::Database(inner) => inner.to_string(),
        flightsql::Error::Io(inner) => chain(inner),
        flightsql::Error::Tls(inner) | flightsql::Error::Configuration(inner) => chain(&**inner),
        flightsql::Error::InvalidArgument(text) | flightsql::Error::Protocol(text) => text.clone(),
        other => chain(other),
    }
}

/// An error with its sources, without those whose text it holds already.
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
